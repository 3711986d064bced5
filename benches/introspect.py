"""Asks about the first COUNT tokens of FILE, JOBS at a time, through the platform's SDK; prints tokens a second.

Run by benches/batch.rs: introspect.py BASE_URL FILE COUNT JOBS
"""

import asyncio
import sys
import time
from itertools import islice

from noesis_auth import AuthClient

base, path, count, jobs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


async def main():
    client = AuthClient(base)
    with open(path) as file:
        tokens = [line.strip() for line in islice(file, count)]
    start = time.perf_counter()
    if jobs == 1:
        results = [await client.introspect(token) for token in tokens]
    else:
        gate = asyncio.Semaphore(jobs)

        async def ask(token):
            async with gate:
                return await client.introspect(token)

        results = await asyncio.gather(*map(ask, tokens))
    took = time.perf_counter() - start
    assert len(results) == count and all(result.active for result in results)
    print(f"{count / took:.0f}")


asyncio.run(main())
