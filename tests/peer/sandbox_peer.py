"""The real SDK, noesis-auth 0.2.0, as a client of the sandbox at the URL given. The sandbox approves by itself.

Run by tests/it/sandbox/peer.rs. Every step asserts; the last line says that all of them passed.
"""

import asyncio
import sys
import time
from importlib.metadata import version
from urllib.parse import parse_qs, urlsplit

import httpx
from noesis_auth import AuthClient, AuthError, AuthMiddleware, JWTValidator

BASE = sys.argv[1]
CALLBACK = "http://127.0.0.1:50000/callback"
CLI, REFRESHING, SERVER = "noesis-cli", "noesis-cli-refresh", "tool-server"
SECRET = "sandbox-tool-server-secret"

# Trailing slashes of the base URL are the SDK's to remove.
sdk = AuthClient(BASE + "/")
validator = JWTValidator(f"{BASE}/.well-known/jwks.json")


def code_for(client_id, user, challenge=None):
    """Follows the authorization URL that the SDK builds to its redirect, and hands back the code."""
    url = sdk.build_authorize_url(client_id, CALLBACK, state="a state", code_challenge=challenge)
    response = httpx.get(url + f"&login_hint={user}", trust_env=False)
    assert response.status_code == 303, response
    target = urlsplit(response.headers["location"])
    answer = {name: values for name, values in parse_qs(target.query).items()}
    assert target._replace(query="").geturl() == CALLBACK
    assert answer["state"] == ["a state"] and answer["iss"] == [BASE], answer
    (code,) = answer["code"]
    return code


async def sign_in(client_id, user, secret=None):
    pair = sdk.generate_pkce()
    code = code_for(client_id, user, pair.code_challenge)
    tokens = await sdk.exchange_code(code, CALLBACK, client_id, pair.code_verifier, secret)
    return code, pair, tokens


async def refused(call, status, says=None):
    try:
        await call
    except AuthError as error:
        assert (error.code, error.status) == ("TOKEN_INVALID", status), (error.code, error.status)
        assert says is None or str(error) == says, str(error)
    else:
        raise AssertionError("it was not refused")


async def exchange_and_validate():
    _, _, tokens = await sign_in(CLI, "grace")
    assert (tokens.token_type, tokens.expires_in) == ("bearer", 900) and tokens.refresh_token
    claims = await validator.validate(tokens.access_token)
    assert (claims["sub"], claims["role"], claims["is_admin"]) == ("grace", "integrator", False)
    assert claims["iss"] == BASE and claims["jti"] and claims["exp"] - claims["iat"] == 900

    class Request:
        headers = {"Authorization": f"Bearer {tokens.access_token}"}

    payload = await AuthMiddleware(f"{BASE}/.well-known/jwks.json").authenticate(Request())
    assert payload.has_tool_access("vision-lab") and not payload.has_tool_access(7)
    assert {held.source for held in payload.entitlements} == {"purchase", "promotion"}

    head, body, signature = tokens.access_token.split(".")
    for tampered in (f"{head}.{body}.{signature[:-4]}AAAA", f"{head}.{body[:-2]}.{signature}"):
        try:
            await validator.validate(tampered)
        except ValueError:
            pass
        else:
            raise AssertionError("a tampered token was valid")


async def wrong_exchanges():
    pair = sdk.generate_pkce()
    code = code_for(CLI, "ada", pair.code_challenge)
    await refused(sdk.exchange_code(code, CALLBACK, CLI, sdk.generate_pkce().code_verifier), 400)
    code, pair, tokens = await sign_in(CLI, "ada")
    await refused(sdk.exchange_code(code, CALLBACK, CLI, pair.code_verifier), 400)
    assert not (await sdk.introspect(tokens.access_token)).active
    code = code_for(SERVER, "ada")
    await refused(sdk.exchange_code(code, CALLBACK, SERVER, client_secret="wrong"), 401)
    assert (await sdk.exchange_code(code, CALLBACK, SERVER, client_secret=SECRET)).access_token


async def refresh_and_reuse():
    _, _, tokens = await sign_in(CLI, "ada")
    second = await sdk.refresh_token(tokens.refresh_token, CLI)
    assert second.refresh_token not in ("", tokens.refresh_token)
    third = await sdk.refresh_token(second.refresh_token)
    assert (await sdk.introspect(third.access_token)).active
    await refused(sdk.refresh_token(tokens.refresh_token, CLI), 400)
    await refused(sdk.refresh_token(third.refresh_token, CLI), 400)
    assert not (await sdk.introspect(third.access_token)).active


async def introspect():
    _, _, tokens = await sign_in(CLI, "root")
    result = await sdk.introspect(tokens.access_token, SERVER, SECRET)
    claims = await validator.validate(tokens.access_token)
    assert result.active and result.sub == "root"
    for name in ("exp", "iat", "jti", "entitlements"):
        assert getattr(result, name) == claims[name], name
    nothing = await sdk.introspect("not a token")
    assert (nothing.active, nothing.sub, nothing.entitlements) == (False, None, None)
    await refused(sdk.introspect(tokens.access_token, SERVER, "wrong"), 401)


async def redeem():
    _, _, tokens = await sign_in(CLI, "linus")
    result = await sdk.redeem_code(tokens.access_token, "AXKF-M3PQ-7RBN-W2YT")
    assert (result.tool_id, result.tool_name, result.duration_days) == ("vision-lab", "Vision Lab", 30)
    assert result.message and result.token_refresh_required is False
    expires_at = time.mktime(time.strptime(result.expires_at, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
    assert abs(expires_at - time.time() - 30 * 86400) < 60, result.expires_at
    (held,) = (await validator.validate(result.new_access_token))["entitlements"]
    assert (held["tool_id"], held["expires_at"]) == ("vision-lab", int(expires_at))

    _, _, tokens = await sign_in(REFRESHING, "linus")
    result = await sdk.redeem_code(tokens.access_token, "BQLG-N4RS-8TCP-X3ZV")
    assert result.token_refresh_required is True and result.new_access_token is None
    fresh = await sdk.refresh_token(tokens.refresh_token, REFRESHING)
    held = (await validator.validate(fresh.access_token))["entitlements"]
    assert [entry["tool_id"] for entry in held] == ["vision-lab", "7"]

    used = "Activation code has already been used"
    await refused(sdk.redeem_code(tokens.access_token, "AXKF-M3PQ-7RBN-W2YT"), 409, used)
    await refused(sdk.redeem_code(tokens.access_token, "USED-M3PQ-7RBN-W2YT"), 409, used)
    await refused(sdk.redeem_code(tokens.access_token, "LATE-M3PQ-7RBN-W2YT"), 410, "Activation code has expired")
    await refused(sdk.redeem_code(tokens.access_token, "ZZZZ-ZZZZ-ZZZZ-ZZZZ"), 404, "Activation code not found")
    await refused(sdk.redeem_code("not a token", "AXKF-M3PQ-7RBN-W2YT"), 401, "Could not validate credentials")


def mint(**order):
    response = httpx.post(f"{BASE}/sandbox/mint", json=order, trust_env=False)
    assert response.status_code == 200, response.text
    return response.json()["token"]


async def invalid(validator, token, says):
    try:
        await validator.validate(token)
    except ValueError as error:
        assert says in str(error), str(error)
    else:
        raise AssertionError("a wrong token was valid")


async def minted():
    secret = "noesis-sandbox-hs256-secret-for-tests-only"
    both = JWTValidator(f"{BASE}/.well-known/jwks.json", hs256_secret=secret)
    tools = [{"tool_id": "x", "expires_in": 60}, {"tool_id": "y", "expires_in": -60}]
    for alg in ("RS256", "HS256"):
        claims = await both.validate(mint(alg=alg, sub="someone", tools=tools, role="integrator"))
        assert (claims["sub"], claims["role"]) == ("someone", "integrator"), claims
        assert [held["tool_id"] for held in claims["entitlements"]] == ["x", "y"], claims
        claims = await both.validate(mint(alg=alg, claims={"aud": "any", "jti": None}))
        assert claims["aud"] == "any" and "jti" not in claims
        await invalid(both, mint(alg=alg, expires_in=-300), "Token has expired")
        await invalid(both, mint(alg=alg, claims={"nbf": int(time.time()) + 3600}), "not yet valid")
        await invalid(both, mint(alg=alg, wrong_key=True), "Signature verification failed")
        await invalid(both, mint(alg=alg, claims={"exp": "soon"}), "Expiration Time claim")
    # Without the secret nobody takes an HS256 token for a good one.
    await invalid(validator, mint(alg="HS256"), "Token validation failed")
    right = mint(sub="grace")
    assert (await sdk.introspect(right)).sub == "grace"
    assert not (await sdk.introspect(mint(wrong_key=True))).active


async def main():
    assert version("noesis-auth") == "0.2.0", version("noesis-auth")
    for step in (exchange_and_validate, wrong_exchanges, refresh_and_reuse, introspect, redeem, minted):
        await step()
        print(f"peer: {step.__name__}")
    print("peer: all well")


asyncio.run(main())
