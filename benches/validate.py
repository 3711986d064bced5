"""Validates the first COUNT tokens of FILE with the platform's SDK, its keys at hand; prints tokens a second.

Run by benches/verify.rs: validate.py KEYS FILE COUNT
"""

import asyncio
import json
import sys
import time
from itertools import islice

from noesis_auth import JWTValidator

keys, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])


async def main():
    validator = JWTValidator("http://127.0.0.1:1/never-requested")
    with open(keys) as file:
        validator._jwks = json.load(file)
    validator._jwks_fetched_at = time.time()
    with open(path) as file:
        tokens = [line.strip() for line in islice(file, count)]
    start = time.perf_counter()
    payloads = [await validator.validate(token) for token in tokens]
    took = time.perf_counter() - start
    assert len(payloads) == count and all(payload["sub"] for payload in payloads)
    print(f"{count / took:.0f}")


asyncio.run(main())
