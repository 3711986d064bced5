"""The real SDK's FastAPI middleware, noesis-auth 0.2.0, with a table of requests.

Run by tests/it/guard/peer.rs: the URL of the key set is the argument, the requests come on standard input as a JSON list of
{"headers": [[name, value], …], "tool": string, integer or null}; the answers go to standard output as a JSON list of
{"status": …, "detail": …}. Where the application breaks, the status is the 500 that a server then sends.
"""

import asyncio
import json
import sys

import httpx
from fastapi import Depends, FastAPI
from noesis_auth import AuthMiddleware

SECRET = "noesis-sandbox-hs256-secret-for-tests-only"


def application(auth, tool):
    app = FastAPI()
    dependency = auth.authenticate if tool is None else auth.require_tool(tool)

    @app.get("/")
    async def read(payload=Depends(dependency)):
        return {"detail": payload.sub}

    return app


async def main():
    auth = AuthMiddleware(sys.argv[1], hs256_secret=SECRET)
    answers = []
    for case in json.load(sys.stdin):
        transport = httpx.ASGITransport(application(auth, case["tool"]), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://tool") as client:
            headers = [(name.encode(), value.encode()) for name, value in case["headers"]]
            response = await client.get("/", headers=headers)
        try:
            detail = response.json().get("detail")
        except ValueError:
            detail = None
        answers.append({"status": response.status_code, "detail": detail})
    print(json.dumps(answers))


asyncio.run(main())
