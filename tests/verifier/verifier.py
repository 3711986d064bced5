#!/usr/bin/env python3
"""A second verifier of tokens: rules T1 to T15, written for clarity and not for speed.

It shares nothing with the program but the rules, so that a mistake of one is seen by the other. A case is a dictionary:
`token` and `jwks` (texts), `secret` (base64url of its bytes), `policy` (`leeway`, `issuer`, `audience`, `tool`), `now`.
`verify` answers with `outcome` (`checked`, `no-keys`, `config`), and where it is `checked` with `valid`, the check that failed
first, and `access`.
"""

import base64
import datetime
import hashlib
import hmac
import re
from decimal import Decimal
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class Broken(Exception):
    """The input breaks a rule."""


# ---------------------------------------------------------------------------------------------------------- JSON, T3

NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Number:
    """A number as it is written."""

    def __init__(self, match):
        self.text = match.group()
        if float(self.text) in (float("inf"), float("-inf")):
            raise Broken("a number beyond 64 bits")
        # -0 is a float, and so is what no 64-bit integer holds.
        plain = match.group(2) is None and match.group(3) is None and self.text != "-0"
        self.integer = int(self.text) if plain and -(2**63) <= int(self.text) < 2**64 else None
        self.exact = Decimal(float(self.text) if self.integer is None else self.integer)


class Reader:
    """Reads one JSON text (RFC 8259), strictly."""

    def __init__(self, text):
        self.text = text
        self.at = 0

    def whole(self):
        value = self.value(0)
        self.space()
        if self.at != len(self.text):
            raise Broken("something after the value")
        return value

    def space(self):
        while self.at < len(self.text) and self.text[self.at] in " \t\n\r":
            self.at += 1

    def take(self, expected):
        if not self.text.startswith(expected, self.at):
            raise Broken(f"{expected} is missing")
        self.at += len(expected)

    def peek(self):
        self.space()
        return self.text[self.at : self.at + 1]

    def value(self, depth):
        first = self.peek()
        if first == "{":
            return self.object(depth + 1)
        if first == "[":
            return self.array(depth + 1)
        if first == '"':
            return self.string()
        for word, value in (("true", True), ("false", False), ("null", None)):
            if first == word[0]:
                self.take(word)
                return value
        match = NUMBER.match(self.text, self.at)
        if match is None:
            raise Broken("no value")
        self.at = match.end()
        return Number(match)

    def deeper(self, depth):
        if depth > 32:
            raise Broken("too deep")

    def object(self, depth):
        self.deeper(depth)
        self.take("{")
        members = {}
        if self.peek() == "}":
            self.take("}")
            return members
        while True:
            self.space()
            name = self.string()
            self.space()
            self.take(":")
            value = self.value(depth)
            if name in members:
                raise Broken("a name twice")
            members[name] = value
            if self.peek() != ",":
                self.take("}")
                return members
            self.take(",")

    def array(self, depth):
        self.deeper(depth)
        self.take("[")
        values = []
        if self.peek() == "]":
            self.take("]")
            return values
        while True:
            values.append(self.value(depth))
            if self.peek() != ",":
                self.take("]")
                return values
            self.take(",")

    def string(self):
        self.take('"')
        out = []
        while True:
            letter = self.text[self.at : self.at + 1]
            self.at += 1
            if letter == '"':
                return "".join(out)
            if letter == "" or letter < " ":
                raise Broken("a string without its end, or a control character")
            if letter != "\\":
                out.append(letter)
                continue
            letter = self.text[self.at : self.at + 1]
            self.at += 1
            if letter != "u":
                if letter not in ESCAPES:
                    raise Broken("no such escape")
                out.append(ESCAPES[letter])
                continue
            unit = self.hex()
            if 0xD800 <= unit < 0xDC00:
                self.take("\\u")
                low = self.hex()
                if not 0xDC00 <= low < 0xE000:
                    raise Broken("a lone surrogate")
                unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
            elif 0xDC00 <= unit < 0xE000:
                raise Broken("a lone surrogate")
            out.append(chr(unit))

    def hex(self):
        digits = self.text[self.at : self.at + 4]
        if not re.fullmatch("[0-9a-fA-F]{4}", digits):
            raise Broken("four hexadecimal digits are missing")
        self.at += 4
        return int(digits, 16)


def read_json(data):
    """The value of a JSON text of bytes."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Broken("no UTF-8") from None
    return Reader(text).whole()


def read_object(data):
    value = read_json(data)
    if not isinstance(value, dict):
        raise Broken("no object")
    return value


# ------------------------------------------------------------------------------------------------- base64url, T2

def base64url(text):
    """The bytes of a text that is spelt the one right way: no padding, no other letters, no bits left over."""
    if not re.fullmatch("[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        raise Broken("no base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise Broken("bits left over")
    return data


# -------------------------------------------------------------------------------------------------------- keys, T8

PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
MAX_SET = 512 * 1024


class Key:
    """An RSA key that may verify."""

    def __init__(self, jwk):
        if not isinstance(jwk, dict) or jwk.get("kty") != "RSA":
            raise Broken("no RSA key")
        self.kid = jwk.get("kid")
        if "kid" in jwk and not isinstance(self.kid, str):
            raise Broken("kid")
        if "use" in jwk and jwk["use"] != "sig":
            raise Broken("use")
        if "alg" in jwk and jwk["alg"] != "RS256":
            raise Broken("alg")
        if "key_ops" in jwk:
            operations = jwk["key_ops"]
            if not isinstance(operations, list) or not all(isinstance(each, str) for each in operations):
                raise Broken("key_ops")
            if len(set(operations)) != len(operations) or "verify" not in operations:
                raise Broken("key_ops")
        if any(name in jwk for name in PRIVATE):
            raise Broken("a private key")
        numbers = []
        for name in ("n", "e"):
            if not isinstance(jwk.get(name), str):
                raise Broken(name)
            data = base64url(jwk[name])
            if data[:1] in (b"", b"\0"):
                raise Broken("an empty number, or a zero before it")
            numbers.append(int.from_bytes(data, "big"))
        n, e = numbers
        if not 2048 <= n.bit_length() <= 8192 or n % 2 == 0:
            raise Broken("the modulus")
        if not 65537 <= e < 2**32 or e % 2 == 0:
            raise Broken("the exponent")
        self.bytes = (n.bit_length() + 7) // 8
        self.public = rsa.RSAPublicNumbers(e, n).public_key()

    def verifies(self, signed, signature):
        if len(signature) != self.bytes:
            return False
        try:
            self.public.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True


@lru_cache(maxsize=256)
def read_keys(text):
    """The usable keys of a key set, or None where it is no key set."""
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > MAX_SET:
        return None
    try:
        members = read_object(data).get("keys")
    except Broken:
        return None
    if not isinstance(members, list) or len(members) > 100:
        return None
    keys = []
    for member in members:
        try:
            keys.append(Key(member))
        except Broken:
            pass
    named = [key.kid for key in keys]
    return [key for key in keys if key.kid is None or named.count(key.kid) == 1]


# ------------------------------------------------------------------------------------------------------ the verifier

TYPES = ("jwt", "at+jwt", "application/jwt", "application/at+jwt")


def lower(text):
    """Lower case of ASCII letters only."""
    return "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in text)


def verify(case):
    policy = case["policy"]
    keys = secret = None
    if case.get("secret") is not None:
        secret = base64url(case["secret"])
        if len(secret) < 32:
            return {"outcome": "config"}
    if case.get("jwks") is not None:
        keys = read_keys(case["jwks"])
        if keys is None:
            return {"outcome": "no-keys"}
    failed, claims = first_failure(case["token"], keys, secret, policy, case["now"])
    access = None
    if failed is None and policy.get("tool") is not None:
        access = has_access(claims, policy["tool"], case["now"])
        if not access:
            failed = "access"
    return {"outcome": "checked", "valid": failed is None, "failed": failed, "access": access}


def first_failure(token, keys, secret, policy, now):
    # T1 to T3, T5
    try:
        data = token.encode("utf-8", "surrogatepass")
        segments = token.split(".")
        if len(data) > 16384 or len(segments) != 3 or "" in segments:
            raise Broken("no three segments")
        header = read_object(base64url(segments[0]))
        claims = read_object(base64url(segments[1]))
        signature = base64url(segments[2])
        if any(name in header for name in ("crit", "b64", "zip", "enc")):
            raise Broken("a member that changes the meaning")
        if "typ" in header and not (isinstance(header["typ"], str) and lower(header["typ"]) in TYPES):
            raise Broken("typ")
        if "cty" in header:
            if not isinstance(header["cty"], str) or lower(header["cty"]) in ("jwt", "application/jwt"):
                raise Broken("cty")
    except Broken:
        return "structure", None
    # T4
    algorithm = header.get("alg")
    if not (algorithm == "RS256" and keys is not None or algorithm == "HS256" and secret is not None):
        return "algorithm", None
    # T7
    if "kid" in header and not isinstance(header["kid"], str):
        return "key", None
    signed = f"{segments[0]}.{segments[1]}".encode()
    if algorithm == "HS256":
        good = len(signature) == 32 and hmac.compare_digest(hmac.new(secret, signed, hashlib.sha256).digest(), signature)
    else:
        if "kid" in header:
            candidates = [key for key in keys if key.kid == header["kid"]]
        else:
            candidates = keys[:16]
        if not candidates:
            return "key", None
        # T11
        good = any(key.verifies(signed, signature) for key in candidates)
    if not good:
        return "signature", None
    return claims_failure(claims, policy, now), claims


def claims_failure(claims, policy, now):
    leeway = policy.get("leeway", 30)
    # T12
    if not isinstance(claims.get("exp"), Number) or now - leeway >= claims["exp"].exact:
        return "expiry"
    for name, check in (("nbf", "not-before"), ("iat", "issued-at")):
        if name in claims and (not isinstance(claims[name], Number) or claims[name].exact > now + leeway):
            return check
    # T13
    subject = claims.get("sub")
    if not isinstance(subject, str) or subject == "":
        return "subject"
    if any(ord(letter) < 0x20 or 0x7F <= ord(letter) <= 0x9F for letter in subject):
        return "subject"
    if policy.get("issuer") is not None and claims.get("iss") != policy["issuer"]:
        return "issuer"
    if policy.get("audience") is not None:
        audience = claims.get("aud")
        if isinstance(audience, str):
            audience = [audience]
        if not isinstance(audience, list) or not all(isinstance(each, str) for each in audience):
            return "audience"
        if policy["audience"] not in audience:
            return "audience"
    return None


# ------------------------------------------------------------------------------------------------------ access, T14

DATE_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]{1,9})?([Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)


def has_access(claims, tool, now):
    entitlements = claims.get("entitlements")
    if not isinstance(entitlements, list):
        return False
    for entry in entitlements:
        if not isinstance(entry, dict):
            continue
        name = entry.get("tool_id")
        if isinstance(name, Number):
            name = name.text if re.fullmatch(r"0|-?[1-9][0-9]*", name.text) else None
        end = entry.get("expires_at")
        if isinstance(end, Number):
            end = end.exact
        elif isinstance(end, str):
            end = moment(end)
        else:
            end = None
        if isinstance(name, str) and end is not None and name == tool and end > now:
            return True
    return False


def moment(text):
    """Seconds since 1970 of an RFC 3339 date-time, exactly; None where it is none."""
    match = DATE_TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(match.group(place)) for place in range(1, 7))
    if not (1 <= month <= 12 and hour <= 23 and minute <= 59 and second <= 60):
        return None
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    lengths = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    if not 1 <= day <= lengths[month - 1]:
        return None
    offset = 0
    if match.group(9):
        if int(match.group(10)) > 23 or int(match.group(11)) > 59:
            return None
        offset = (int(match.group(10)) * 60 + int(match.group(11))) * 60
        offset = -offset if match.group(9) == "-" else offset
    # Four hundred years have 146,097 days; Python's own dates are those of the years 1 to 9999.
    days = datetime.date(year % 400 + 400, month, day).toordinal() + (year // 400 - 1) * 146097
    days -= datetime.date(1970, 1, 1).toordinal()
    whole = days * 86400 + hour * 3600 + minute * 60 + min(second, 59) - offset
    return Decimal(whole) + Decimal(match.group(7) or 0)
