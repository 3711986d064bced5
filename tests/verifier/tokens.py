"""The parts of the cases and the mutants: the test keys beside this file, key sets, and tokens with any text in them.

The keys protect nothing and are here so that the same tokens can be made again.
"""

import base64
import hashlib
import hmac
import json
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

HERE = Path(__file__).parent
NOW = 1782208800
SECRET = b"a secret of more than thirty-two bytes"


def b64(data):
    data = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@lru_cache(maxsize=None)
def key(name):
    """A private RSA key, by the name of its file."""
    # Unchecked: to prove the primes of the largest key takes eight seconds.
    pem = (HERE / "keys" / f"{name}.pem").read_bytes()
    return serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)


def number(value):
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def jwk(name="one", **members):
    """The public key as a JWK; a member that is `...` is left out."""
    public = key(name).public_key().public_numbers()
    jwk = {"kty": "RSA", "kid": name, "use": "sig", "alg": "RS256", "n": number(public.n), "e": number(public.e)}
    jwk.update(members)
    return {name: value for name, value in jwk.items() if value is not ...}


def key_set(*keys):
    return json.dumps({"keys": list(keys)}, ensure_ascii=False)


def sign(signed, name="one", scheme=None, digest=None):
    """An RS256 signature, or another one made by the same key."""
    return b64(key(name).sign(signed.encode(), scheme or padding.PKCS1v15(), digest or hashes.SHA256()))


def rs256(header, claims, name="one"):
    signed = f"{b64(header)}.{b64(claims)}"
    return f"{signed}.{sign(signed, name)}"


def hs256(header, claims, secret=SECRET):
    signed = f"{b64(header)}.{b64(claims)}"
    return f"{signed}.{b64(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"
