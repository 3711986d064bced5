"""The real SDK, noesis-auth 0.2.0, against scripted answers: one JSON line in for each case, one out with what came of it.

Run by tests/it/python_sdk/mod.rs, which owns the server and compares. A line in is {"id", "call", "base", "timeout", "input"}. A line
out is {"id"} with "fields" (what the call returned), "error" (an AuthError: code, status, message), or "raised" (the
class of any other exception: the SDK broke). With the argument `bomb`, prints the gzip of its standard input, many spaces
appended.
"""

import asyncio
import dataclasses
import gzip
import json
import logging
import math
import sys
from importlib.metadata import version

from noesis_auth import AuthClient, AuthError, JWTValidator

# Few at once: a case that waits for its turn on a busy loop would time out by itself.
AT_ONCE = 8


def call(case):
    ask, base = case["input"], case["base"]
    sdk = AuthClient(base, timeout=case["timeout"])
    credentials = (ask["client_id"], ask["client_secret"])
    match case["call"]:
        case "exchange":
            client_id, secret = credentials
            return sdk.exchange_code(ask["code"], ask["redirect_uri"], client_id, ask["code_verifier"], secret)
        case "refresh":
            return sdk.refresh_token(ask["token"], *credentials)
        case "introspect":
            return sdk.introspect(ask["token"], *credentials)
        case "redeem":
            return sdk.redeem_code(ask["token"], ask["code"])
        case "keys":
            return JWTValidator(base.rstrip("/") + "/.well-known/jwks.json").get_jwks()


def plain(value):
    """A value that any JSON reader takes: Python reads and writes NaN and lone surrogates, which are no JSON."""
    match value:
        case dict():
            return {plain(name): plain(member) for name, member in value.items()}
        case list():
            return [plain(member) for member in value]
        case str():
            return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        case float() if not math.isfinite(value):
            return repr(value)
    return value


async def outcome(case):
    try:
        answer = await call(case)
        return {"fields": plain(dataclasses.asdict(answer) if dataclasses.is_dataclass(answer) else answer)}
    except AuthError as error:
        return {"error": {"code": error.code, "status": error.status, "message": plain(str(error))}}
    except Exception as error:
        return {"raised": type(error).__name__}


async def main():
    turns = asyncio.Semaphore(AT_ONCE)

    async def run(case):
        async with turns:
            print(json.dumps({"id": case["id"], **await outcome(case)}), flush=True)

    await asyncio.gather(*(run(json.loads(line)) for line in sys.stdin))


if sys.argv[1:] == ["bomb"]:
    sys.stdout.buffer.write(gzip.compress(sys.stdin.buffer.read() + b" " * (32 << 20)))
else:
    assert version("noesis-auth") == "0.2.0", version("noesis-auth")
    logging.disable(logging.WARNING)
    asyncio.run(main())
