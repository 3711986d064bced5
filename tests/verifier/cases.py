#!/usr/bin/env python3
"""The test vectors of this project: for each of the rules T1 to T14 tokens, key sets and secrets that keep it and that break it.

The public suites test JSON, signatures and known attacks, but not these rules: where a limit is, which check is first,
which of two interpretations was chosen. Each case names what it tests, and its verdict is written beside it and never
computed: `expect` comes from this file alone. Both verifiers, the library and `verifier.py`, have to return it.

    cases.py           writes cases.jsonl, after `verifier.py` has agreed with every case
    cases.py --check   fails where cases.jsonl is not what would be written
    cases.py --sdk     verifies the same cases with the real SDK, noesis-auth 0.2.0, and sums up in one line

What can be signed has a valid signature, over the very bytes that are wrong: a verifier that overlooks the flaw finds
a valid signature. Everything is deterministic: every machine generates the same file.
"""

import argparse
import asyncio
import collections
import datetime
import hashlib
import hmac
import json
import logging
import math
import string
import sys
import warnings
import zlib
from base64 import b64encode
from unittest import mock

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from verifier import base64url, verify
from tokens import HERE, NOW, SECRET, b64, hs256, jwk, key, key_set, number, rs256, sign

FILE = HERE / "cases.jsonl"
CASES = []
KEYS = key_set(jwk("one"))
TWO_KEYS = key_set(jwk("one"), jwk("two"))
ISSUER = "https://noesis.example"
# For rules that have nothing to do with keys: an HS256 token is verified alone, and its line is short.
ALONE = {"keys": None}


# ------------------------------------------------------------------------------------------------- how a case is written


def case(rule, name, token, expect, keys=KEYS, secret=SECRET, now=NOW, payload=None, **policy):
    policy = {"leeway": 30, "issuer": None, "audience": None, "tool": None} | policy
    if payload is not None:
        expect = expect | {"payload": payload}
    secret = None if secret is None else b64(secret)
    given = {"token": token, "jwks": keys, "secret": secret, "policy": policy, "now": now}
    CASES.append({"name": name, "rule": rule} | given | {"expect": expect})


def accepted(rule, name, token, **given):
    access = True if given.get("tool") is not None else None
    case(rule, name, token, {"outcome": "checked", "valid": True, "failed": None, "access": access}, **given)


def refused(rule, failed, name, token, **given):
    access = False if failed == "access" else None
    case(rule, name, token, {"outcome": "checked", "valid": False, "failed": failed, "access": access}, **given)


def no_keys(name, keys, token=None):
    case("T9", name, token or rsa(), {"outcome": "no-keys"}, keys=keys)


def bad_config(name, secret, token=None, **given):
    case("T10", name, token or mac(), {"outcome": "config"}, secret=secret, **given)


# ---------------------------------------------------------------------------------------------- what tokens are made of


def members(pairs):
    """The text of an object; a value is the text of a value, or a number, or `...` where the member is left out."""
    return "{" + ",".join(f'"{name}":{text}' for name, text in pairs.items() if text is not ...) + "}"


def header(alg='"RS256"', **more):
    return members({"alg": alg, "typ": '"JWT"', "kid": '"one"'} | more)


def claims(**more):
    return members({"sub": '"ada"', "iat": NOW - 60, "exp": NOW + 900} | more)


HS256 = header('"HS256"', kid=...)


def q(text):
    """A text as JSON."""
    return json.dumps(text, ensure_ascii=False)


def rsa(head=None, body=None, name="one"):
    return rs256(head or header(), body or claims(), name)


def mac(body=None, head=None, secret=SECRET):
    return hs256(head or HS256, body or claims(), secret)


def seal(head, body, make):
    """A token whose signature is the bytes that a function makes of what is signed."""
    signed = f"{b64(head)}.{b64(body)}"
    return f"{signed}.{b64(make(signed.encode()))}"


def rsa_of(name="one", scheme=None, digest=None):
    return lambda data: key(name).sign(data, scheme or padding.PKCS1v15(), digest or hashes.SHA256())


def hmac_of(secret, digest="sha256"):
    return lambda data: hmac.new(secret, data, digest).digest()


def pss():
    """PSS with a salt of no bytes, which makes one signature only."""
    return padding.PSS(padding.MGF1(hashes.SHA256()), 0)


SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def padded(data, length, info=SHA256_INFO):
    """EMSA-PKCS1-v1_5 (RFC 8017 §9.2) of what is signed."""
    end = b"\0" + info + hashlib.sha256(data).digest()
    return b"\0\1" + b"\xff" * (length - 2 - len(end)) + end


class Textbook:
    """RSA by its definition: of any primes and exponent, over any number, where `cryptography` would refuse both."""

    def __init__(self, name="one", e=65537, times=1):
        private = key(name).private_numbers()
        self.primes = [private.p, private.q] + ([times] if times > 1 else [])
        self.e, self.n = e, math.prod(self.primes)
        self.length = (self.n.bit_length() + 7) // 8
        self.d = pow(e, -1, math.lcm(*(prime - 1 for prime in self.primes)))

    def power(self, data):
        """The signature whose padded text is these bytes."""
        value, result = int.from_bytes(data, "big"), 0
        for prime in self.primes:
            rest = self.n // prime
            result += pow(value % prime, self.d, prime) * rest * pow(rest, -1, prime)
        return (result % self.n).to_bytes(self.length, "big")

    def sign(self, data):
        return self.power(padded(data, self.length))

    def jwk(self, **more):
        return jwk("one", n=number(self.n), e=number(self.e), **more)


def unrelated_key(place):
    """A key of a set that made no signature: an odd number of 2048 bits."""
    bits = hashlib.shake_256(f"unrelated {place}".encode()).digest(256)
    return jwk("one", kid=f"unrelated-{place}", n=number(int.from_bytes(bits, "big") | 1 << 2047 | 1))


def unrelated_keys(count):
    return [unrelated_key(place) for place in range(count)]


# --------------------------------------------------------------------------------------------------------- T1, the form


def sized(length):
    """A valid token of so many bytes, padded with spaces after its claims."""
    for spaces in range(3):
        head = header() + " " * spaces
        rest = length - len(b64(head)) - 342 - 2
        if rest % 4 != 1:
            token = rsa(head, claims().ljust(rest * 3 // 4))
            assert len(token) == length
            return token


def t1():
    good = rsa()
    head, body, signature = good.split(".")
    unsigned = b64(header('"none"'))
    jwe = [header('"RSA-OAEP"', enc='"A256GCM"'), b"k" * 256, b"i" * 12, claims(), b"t" * 16]
    direct = b64(header('"dir"', enc='"A128GCM"')) + f"..{b64(b'i' * 12)}.AA.AA"
    json_form = {"protected": head, "signature": signature}
    for name, token in [
        ("nothing", ""),
        ("one dot", "."),
        ("two dots", ".."),
        ("ten thousand dots", "." * 10000),
        ("words", "not a token"),
        ("one segment", head),
        ("two segments: the signature and its dot are gone", f"{head}.{body}"),
        ("two segments: the claims are gone", f"{head}.{signature}"),
        ("an empty header", f".{body}.{signature}"),
        ("empty claims: the content is detached", f"{head}..{signature}"),
        ("an empty signature", f"{head}.{body}."),
        ("an empty signature, `none` in the header", f"{unsigned}.{body}."),
        ("all three segments are empty but for spaces", " . . "),
        ("a dot before a valid token", f".{good}"),
        ("a dot after a valid token", f"{good}."),
        ("four segments: one more after a valid token", f"{good}.AA"),
        ("four segments: one more before a valid token", f"AA.{good}"),
        ("four segments: one more in the middle", f"{head}.{body}.AA.{signature}"),
        ("five segments of a jwe", ".".join(b64(part) for part in jwe)),
        ("five segments of a jwe with a direct key", direct),
        ("five segments that begin as a valid token", f"{good}.AA.AA"),
        ("two valid tokens in one", good + good),
        ("two valid tokens on two lines", f"{good}\n{good}"),
        ("two valid tokens with a comma between", f"{good},{good}"),
        ("the flattened json serialization", json.dumps(json_form | {"payload": body})),
        ("the general json serialization", json.dumps({"payload": body, "signatures": [json_form]})),
        ("the segments in a json list", json.dumps([head, body, signature])),
        ("a valid token in quotation marks", f'"{good}"'),
        ("a valid token with its scheme before it", f"Bearer {good}"),
        ("dots of full width", good.replace(".", "\uff0e")),
        ("one dot leaders for dots", good.replace(".", "\u2024")),
        ("dots that are percent-encoded", good.replace(".", "%2E")),
        ("colons for dots", good.replace(".", ":")),
        ("16385 bytes, one too many", sized(16385)),
        ("16386 bytes", sized(16386)),
        ("more than 16384 bytes in fewer characters", good + "\u20ac" * ((16387 - len(good)) // 3)),
        ("a valid token and 16 KiB of spaces after it", good.ljust(16385 + len(good))),
    ]:
        refused("T1", "structure", f"no compact form: {name}", token)
    accepted("T1", "three segments", good)
    accepted("T1", "16384 bytes, as many as are verified", sized(16384))
    accepted("T1", "16383 bytes", sized(16383))
    tiny = hs256('{"alg":"HS256"}', '{"sub":"a","exp":%d}' % (NOW + 900))
    accepted("T1", "a header and claims with the least that they need", tiny, **ALONE)
    accepted("T1", "a signature of 8192 bits", rsa(name="bits-8192"), keys=key_set(jwk("bits-8192", kid="one")))


# ----------------------------------------------------------------------------------------------------- T2, the alphabet

LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


def left_over(segment, bits):
    """The segment with bits in its last letter that belong to no byte."""
    return segment[:-1] + LETTERS[LETTERS.index(segment[-1]) | bits]


# What becomes of a segment of 4n + 2 letters, whose last letter has four bits that belong to no byte.
SPELLINGS = [
    ("is padded, as base64 is", lambda s: s + "=="),
    ("is half padded", lambda s: s + "="),
    ("is padded too far", lambda s: s + "===="),
    ("has a padding sign inside", lambda s: s[:8] + "=" + s[8:]),
    ("has a space after it", lambda s: s + " "),
    ("has a space before it", lambda s: " " + s),
    ("has a space inside", lambda s: s[:8] + " " + s[8:]),
    ("has a newline after it", lambda s: s + "\n"),
    ("has a newline before it", lambda s: "\n" + s),
    ("has carriage return and newline inside, as mail has", lambda s: s[:8] + "\r\n" + s[8:]),
    ("has a tab before it", lambda s: "\t" + s),
    ("has a nul after it", lambda s: s + "\0"),
    ("has a nul inside", lambda s: s[:8] + "\0" + s[8:]),
    ("has a byte order mark before it", lambda s: "\ufeff" + s),
    ("has a zero width space after it", lambda s: s + "\u200b"),
    ("has a letter with an accent after it", lambda s: s + "\u00e9"),
    ("has its first letter in full width", lambda s: chr(ord(s[0]) + 0xFEE0) + s[1:]),
    ("has a plus for each hyphen", lambda s: s.replace("-", "+")),
    ("has a slash for each underscore", lambda s: s.replace("_", "/")),
    ("has its padding percent-encoded", lambda s: s + "%3D%3D"),
    ("has a tilde inside", lambda s: s[:8] + "~" + s[8:]),
    ("is in quotation marks", lambda s: f'"{s}"'),
    ("has one bit left over", lambda s: left_over(s, 1)),
    ("has four bits left over", lambda s: left_over(s, 15)),
    ("has lost a letter, so that 4n + 1 are left", lambda s: s[:-1]),
    ("has three letters more, so that there are 4n + 1", lambda s: s + "AAA"),
    ("is one letter", lambda s: "A"),
]


def t2():
    # Spaces after the objects give the segments the length that the table needs, `x` the letters.
    head, body = header(x='"?>?>?>?>"'), claims(x='"?>?>?>?>"')
    head, body = (b64(text + " " * ((1 - len(text)) % 3)) for text in (head, body))
    signature = sign(f"{head}.{body}")
    for segment in (head, body, signature):
        assert len(segment) % 4 == 2 and "-" in segment and "_" in segment
    accepted(
        "T2", "all three segments have hyphens, underscores and a last letter that is not full",
        f"{head}.{body}.{signature}",
    )
    for what, spell in SPELLINGS:
        for part, signed in (("header", f"{spell(head)}.{body}"), ("claims", f"{head}.{spell(body)}")):
            refused("T2", "structure", f"the segment of the {part} {what}", f"{signed}.{sign(signed)}")
        refused("T2", "structure", f"the segment of the signature {what}", f"{head}.{body}.{spell(signature)}")
    for spaces, length in ((0, "3n"), (1, "3n + 1"), (2, "3n + 2")):
        fit = lambda text: text + " " * ((spaces - len(text)) % 3)
        accepted("T2", f"a header of {length} bytes", rsa(fit(header())))
        accepted("T2", f"claims of {length} bytes", rsa(body=fit(claims())))


# --------------------------------------------------------------------------------------------------------- T3, the JSON

# What follows the valid members of an object. `BAD` breaks it in header and claims alike.
BAD = [
    ("a number with a zero before it", '"x":01'),
    ("a number with a plus before it", '"x":+1'),
    ("a number that begins with its point", '"x":.5'),
    ("a number that ends with its point", '"x":1.'),
    ("a number with an empty exponent", '"x":1e'),
    ("a number with a space inside", '"x":1 2'),
    ("a minus alone", '"x":-'),
    ("a hexadecimal number", '"x":0x10'),
    ("a number with an underscore", '"x":1_000'),
    ("NaN", '"x":NaN'),
    ("Infinity", '"x":Infinity'),
    ("-Infinity", '"x":-Infinity'),
    ("1e400, which is beyond all floats", '"x":1e400'),
    ("-1e400", '"x":-1e400'),
    ("an integer of 400 digits", '"x":1' + "0" * 399),
    ("1e400 three levels down", '"x":{"y":[{"z":1e400}]}'),
    ("True", '"x":True'),
    ("a word without quotes", '"x":word'),
    ("undefined", '"x":undefined'),
    ("half a word", '"x":tru'),
    ("a member without a value", '"x":'),
    ("a member without a colon", '"x" 1'),
    ("a name without a colon and value", '"x"'),
    ("a name without quotes", "x:1"),
    ("a name that is a number", "1:1"),
    ("a name that is null", "null:1"),
    ("single quotes", "'x':1"),
    ("single quotes around a value", "\"x\":'y'"),
    ("a comma after the last member", '"x":1,'),
    ("two commas", '"x":1,,"y":2'),
    ("a comma after the last value of a list", '"x":[1,]'),
    ("a list that ends as an object", '"x":[1}'),
    ("a comment between stars", '"x":1/* y */'),
    ("a comment to the end of the line", '"x":1// y\n'),
    ("a comment after a hash", '"x":1# y\n'),
    ("a newline in a string", '"x":"\n"'),
    ("a tab in a string", '"x":"\t"'),
    ("a nul in a string", '"x":"\0"'),
    ("U+001F in a string", '"x":"\x1f"'),
    ("a nul in a name", '"x\0":1'),
    ("a form feed for white space", '"x":\f1'),
    ("a vertical tab for white space", '"x":\v1'),
    ("a no-break space for white space", '"x":\u00a01'),
    ("a line separator for white space", '"x":\u20281'),
    ("a byte order mark for white space", '"x":\ufeff1'),
    ("an escape that there is not", r'"x":"\a"'),
    ("an escaped single quote", r'"x":"\'"'),
    ("a hexadecimal escape", r'"x":"\x41"'),
    ("a short escape", r'"x":"\u12"'),
    ("an escape with letters that are no digits", r'"x":"\u12g4"'),
    ("an escape in capitals", r'"x":"\U0041"'),
    ("an escape in braces", r'"x":"\u{41}"'),
    ("a backslash before a newline", '"x":"\\\n"'),
    ("a lone high surrogate", r'"x":"\ud800"'),
    ("a lone low surrogate", r'"x":"\udc00"'),
    ("surrogates in the wrong order", r'"x":"\udc00\ud800"'),
    ("two high surrogates", r'"x":"\ud800\ud800"'),
    ("a high surrogate before a letter", r'"x":"\ud800a"'),
    ("a high surrogate before another escape", r'"x":"\ud800\n"'),
    ("a high surrogate before an escaped letter", r'"x":"\ud800\u0041"'),
    ("a lone surrogate in a name", r'"\ud800":1'),
    ("the byte FF in a string", b'"x":"\xff"'),
    ("a byte that goes on with nothing", b'"x":"\x80"'),
    ("a character cut short", b'"x":"\xe2\x82"'),
    ("an overlong nul", b'"x":"\xc0\x80"'),
    ("an overlong slash", b'"x":"\xe0\x80\xaf"'),
    ("a surrogate in utf-8", b'"x":"\xed\xa0\x80"'),
    ("a pair of surrogates in utf-8", b'"x":"\xed\xa0\xbd\xed\xb8\x80"'),
    ("a character beyond U+10FFFF", b'"x":"\xf4\x90\x80\x80"'),
    ("a character of five bytes", b'"x":"\xf8\x88\x80\x80\x80"'),
    ("latin-1", b'"x":"\xe9"'),
    ("the byte FF in a name", b'"x\xff":1'),
    ("one name twice", '"x":1,"x":2'),
    ("one name twice with one value", '"x":1,"x":1'),
    ("one name twice, once through an escape", r'"x":1,"\u0078":2'),
    ("one name twice through escapes of either case", r'"\u006a":1,"\u006A":2'),
    ("one name twice through surrogates", '"\U0001f600":1,"\\ud83d\\ude00":2'),
    ("an escaped slash twice", r'"a\/b":1,"a/b":2'),
    ("the empty name twice", '"":1,"":2'),
    ("one name twice in an object below", '"x":{"y":1,"y":2}'),
    ("one name twice in an object in two lists", '"x":[[{"y":1,"z":2,"y":3}]]'),
    ("one name twice, 30 levels down", '"x":' + '{"y":' * 29 + '{"z":1,"z":2}' + "}" * 29),
    ("one name twice among forty", ",".join(f'"n{n}":{n}' for n in range(40)) + ',"n7":7'),
    ("33 levels of objects", '"x":' + '{"y":' * 31 + "{}" + "}" * 31),
    ("33 levels of lists", '"x":' + "[" * 32 + "]" * 32),
    ("33 levels of lists and objects", '"x":' + '[{"y":' * 15 + "[[]]" + "}]" * 15),
    ("2000 levels of lists", '"x":' + "[" * 2000 + "]" * 2000),
    ("1000 lists that never end", '"x":' + "[" * 1000),
]
GOOD = [
    ("32 levels of objects", '"x":' + '{"y":' * 30 + "{}" + "}" * 30),
    ("32 levels of lists", '"x":' + "[" * 31 + "]" * 31),
    ("many lists side by side", '"x":[' + ",".join(["[]"] * 200) + "]"),
    ("all white space that json has", '"x" \t\r\n: \t\r\n[ \t\r\n1 \t\r\n, \t\r\n2 \t\r\n] \t\r\n'),
    ("all escapes", r'"x":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\u0000"'),
    ("characters of one to four bytes", '"x":"a\u00e9\u20ac\U0001f600"'),
    ("DEL and separators in a string", '"x":"\x7f\u0085\u2028\u2029"'),
    ("a byte order mark in a string", '"x":"\ufeff"'),
    ("noncharacters in a string", '"x":"\ufffe\uffff\U0010ffff"'),
    ("names of two letter cases", '"x":1,"X":2'),
    ("names that only look alike", '"\u00e9":1,"e\u0301":2'),
    ("the empty name once", '"":1'),
    ("one name in objects beside each other", '"x":[{"y":1},{"y":2}],"z":{"x":1}'),
    ("a hundred members", ",".join(f'"n{n}":{n}' for n in range(100))),
    ("numbers of every shape", '"x":[0,-0,-1,1.5,-1.5e-7,1E+2,1e0,0.0,0e9]'),
    ("numbers at the ends of floats", '"x":[1e308,-1e308,1e-400,-1e-400,5e-324]'),
    (
        "integers of more than 64 bits",
        '"x":[18446744073709551615,18446744073709551616,-9223372036854775809,1' + "0" * 99 + "]",
    ),
    ("text that looks like json", r'"x":"{\"alg\":\"none\"}"'),
]
# What becomes of a whole text.
WHOLE_BAD = [
    ("is not closed", lambda t: t[:-1]),
    ("is closed twice", lambda t: t + b"}"),
    ("has a byte order mark", lambda t: b"\xef\xbb\xbf" + t),
    ("has a nul after it", lambda t: t + b"\0"),
    ("has a nul before it", lambda t: b"\0" + t),
    ("has a letter after it", lambda t: t + b"x"),
    ("has a comma after it", lambda t: t + b","),
    ("has a second object after it", lambda t: t + b"{}"),
    ("is twice there, on two lines", lambda t: t + b"\n" + t),
    ("has a comment after it", lambda t: t + b" // x"),
    ("has a form feed after it", lambda t: t + b"\f"),
    ("has a next line after it", lambda t: t + "\u0085".encode()),
    ("has an invalid byte after it", lambda t: t + b"\xff"),
    ("is in utf-16", lambda t: t.decode().encode("utf-16-le")),
    ("is in utf-16 with a byte order mark", lambda t: b"\xfe\xff" + t.decode().encode("utf-16-be")),
    ("is in utf-32", lambda t: t.decode().encode("utf-32-le")),
    ("is in a list", lambda t: b"[" + t + b"]"),
    ("is a list of names and values", lambda t: json.dumps([list(pair) for pair in json.loads(t).items()]).encode()),
    ("is a string that holds it", lambda t: json.dumps(t.decode()).encode()),
    ("is base64url once more", lambda t: b64(t).encode()),
    ("is an empty list", lambda t: b"[]"),
    ("is null", lambda t: b"null"),
    ("is true", lambda t: b"true"),
    ("is a number", lambda t: b"1"),
    ("is a string", lambda t: b'"x"'),
    ("is a space", lambda t: b" "),
    ("is a nul", lambda t: b"\0"),
    ("is an opening brace", lambda t: b"{"),
    ("is in the syntax of xml", lambda t: b"<alg>RS256</alg>"),
]
WHOLE_GOOD = [
    ("has white space around it", lambda t: b" \t\r\n" + t + b"\n\r\t "),
    ("is written over many lines", lambda t: json.dumps(json.loads(t), indent=4).encode()),
    ("has every letter of its names escaped", lambda t: members_escaped(json.loads(t))),
    ("has its members in another order", lambda t: json.dumps(dict(reversed(json.loads(t).items()))).encode()),
]


def members_escaped(members):
    escaped = lambda name: "".join(f"\\u{ord(letter):04X}" for letter in name)
    return ("{" + ",".join(f'"{escaped(name)}":{json.dumps(value)}' for name, value in members.items()) + "}").encode()


def t3():
    places = {"header": (HS256, lambda t: mac(head=t)), "claims": (claims(), lambda t: mac(t))}
    for place, (text, token) in places.items():
        text = text.encode()
        for table, tell in (
            (BAD, lambda *given: refused("T3", "structure", *given, **ALONE)),
            (GOOD, lambda *given: accepted("T3", *given, **ALONE)),
        ):
            for what, more in table:
                more = more.encode() if isinstance(more, str) else more
                tell(f"in the {place}: {what}", token(text[:-1] + b"," + more + b"}"))
        for what, change in WHOLE_BAD:
            refused("T3", "structure", f"the {place} {what}", token(change(text)), **ALONE)
        for what, change in WHOLE_GOOD:
            accepted("T3", f"the {place} {what}", token(change(text)), **ALONE)
    for name, head in [
        ("`alg` twice, the valid one first", header()[:-1] + ',"alg":"none"}'),
        ("`alg` twice, the valid one last", '{"alg":"none",' + header()[1:]),
        ("`alg` twice, once through an escape", header()[:-1] + r',"\u0061lg":"HS256"}'),
        ("`kid` twice", header()[:-1] + ',"kid":"two"}'),
        ("`crit` twice, the empty one last", '{"crit":["exp"],' + header()[1:-1] + ',"crit":[]}'),
    ]:
        refused("T3", "structure", name, rsa(head))
    for name, more in [
        ("`sub` twice", '"sub":"root"'),
        ("`sub` twice, once through an escape", r'"s\u0075b":"root"'),
        ("`exp` twice", f'"exp":{NOW + 9999}'),
        ("`is_admin` twice", '"is_admin":false,"is_admin":true'),
        ("`entitlements` twice", '"entitlements":[],"entitlements":[]'),
        ("`tool_id` twice in an entitlement", '"entitlements":[{"tool_id":"a","tool_id":"ocr"}]'),
    ]:
        refused("T3", "structure", name, rsa(body=claims()[:-1] + f",{more}}}"))
    # An object it is, so other rules refuse it.
    refused("T3", "algorithm", "the header is an empty object", rsa("{}"))
    refused("T3", "expiry", "the claims are an empty object", rsa(body="{}"))


# ---------------------------------------------------------------------------------------------------- T4, the algorithm


def public_forms(name="one"):
    """The spellings of a public key that somebody could take for an HS256 secret."""
    public = key(name).public_key()
    form = lambda encoding, form: public.public_bytes(encoding, form)
    pem = form(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    modulus = jwk(name)["n"]
    return [
        ("the key as pem", pem),
        ("the key as pem, without its last newline", pem.rstrip()),
        ("the key as pem with the line ends of windows", pem.replace(b"\n", b"\r\n")),
        ("the key as pem of pkcs #1", form(Encoding.PEM, PublicFormat.PKCS1)),
        ("the key as der", form(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
        ("the key as der of pkcs #1", form(Encoding.DER, PublicFormat.PKCS1)),
        ("the key as jwk", json.dumps(jwk(name)).encode()),
        ("the key set", KEYS.encode()),
        ("the modulus", base64url(modulus)),
        ("the modulus in base64url", modulus.encode()),
    ]


def t4():
    for alg in ["none", "None", "NONE", "nOnE", "none ", " none", "none\0", "n\u043ene", ""]:
        refused("T4", "algorithm", f"alg {q(alg)} before a signature that is valid for RS256", rsa(header(q(alg))))
    for alg in ["none", "None", "NONE", "nOnE"]:
        refused(
            "T4", "structure", f"alg {q(alg)} without a signature", seal(header(q(alg)), claims(), lambda data: b"")
        )
        refused(
            "T4", "algorithm", f"alg {q(alg)} with one byte for a signature",
            seal(header(q(alg)), claims(), lambda data: b"\0"),
        )
    refused("T4", "algorithm", "alg `none` through escapes", rsa(header(r'"\u006e\u006f\u006e\u0065"')))
    for alg in [
        "rs256", "Rs256", "RS256 ", " RS256", "RS256\n", "RS256\0", "RS-256", "RS256,HS256", "\uff32\uff33256",
        "R\u0405256",
    ]:
        refused("T4", "algorithm", f"alg {q(alg)}, signed as RS256", rsa(header(q(alg))))
    for alg in ["hs256", "Hs256", "HS256 ", " HS256", "HS256\0", "HS-256", "\uff28\uff33256", "HMAC", "HMACSHA256"]:
        refused("T4", "algorithm", f"alg {q(alg)}, signed as HS256", mac(head=header(q(alg))))
    # Validly signed by algorithms that are not accepted, with published keys.
    edwards = ed25519.Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
    raw = edwards.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    okp = {"kty": "OKP", "crv": "Ed25519", "kid": "one", "x": b64(raw)}
    for alg, make, given in [
        ("RS384", rsa_of(digest=hashes.SHA384()), {}),
        ("RS512", rsa_of(digest=hashes.SHA512()), {}),
        ("RS1", rsa_of(digest=hashes.SHA1()), {}),
        ("PS256", rsa_of(scheme=pss()), {}),
        ("PS256", rsa_of(scheme=pss()), {"keys": key_set(jwk("one", alg="PS256"))}),
        ("RS384", rsa_of(digest=hashes.SHA384()), {"keys": key_set(jwk("one", alg="RS384"))}),
        ("HS384", hmac_of(SECRET, "sha384"), {}),
        ("HS512", hmac_of(SECRET, "sha512"), {}),
        ("EdDSA", edwards.sign, {"keys": key_set(okp)}),
        ("Ed25519", edwards.sign, {"keys": key_set(okp)}),
    ]:
        where = ", with a key for it" if given else ""
        refused(
            "T4", "algorithm", f"alg {alg}, signed by it{where}", seal(header(q(alg)), claims(), make), **given
        )
    for alg in [
        "ES256", "ES256K", "ES384", "RSA1_5", "RSA-OAEP", "RSA-OAEP-256", "A128KW", "dir", "ECDH-ES",
        "PBES2-HS256+A128KW",
    ]:
        refused(
            "T4", "algorithm", f"alg {alg} with 64 bytes for a signature",
            seal(header(q(alg)), claims(), lambda data: b"\1" * 64),
        )
    for alg in [
        "sha256", "SHA256withRSA", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "1.2.840.113549.1.1.11",
    ]:
        refused("T4", "algorithm", f"alg {q(alg)}, another name of RS256", rsa(header(q(alg))))
    refused("T4", "algorithm", "no alg", rsa(header(...)))
    refused("T4", "algorithm", "no alg, signed as HS256", mac(head=header(..., kid=...)))
    for name in ("Alg", "ALG", "algorithm", "alg "):
        refused("T4", "algorithm", f"RS256 in a member {q(name)}", rsa(header(..., **{name: '"RS256"'})))
    for alg in [
        "null", "true", "false", "0", "1", "256", "[]", '["RS256"]', '["none","RS256"]', "{}", '{"RS256":true}',
        '{"alg":"RS256"}',
    ]:
        refused("T4", "algorithm", f"alg {alg}", rsa(header(alg)))
    refused("T4", "algorithm", 'alg ["HS256"], signed as HS256', mac(head=header('["HS256"]')))
    # The two accepted algorithms, without their keys.
    refused("T4", "algorithm", "HS256 where no secret is given", mac(), secret=None)
    refused("T4", "algorithm", "HS256 where no secret and no keys are given", mac(), secret=None, keys=None)
    refused("T4", "algorithm", "HS256 with an empty secret where none is given", mac(secret=b""), secret=None)
    refused("T4", "algorithm", "RS256 where no keys are given", rsa(), keys=None)
    refused("T4", "algorithm", "RS256 where neither keys nor a secret are given", rsa(), keys=None, secret=None)
    oct_key = {"kty": "oct", "kid": "one", "k": b64(SECRET)}
    named = header('"HS256"')
    refused(
        "T4", "algorithm", "HS256 by a symmetric key of the set", mac(head=named), secret=None, keys=key_set(oct_key)
    )
    oct_key["alg"] = "HS256"
    refused(
        "T4", "algorithm", "HS256 by a symmetric key that says HS256", mac(head=named), secret=None,
        keys=key_set(oct_key, jwk("two")),
    )
    refused("T4", "signature", "RS256 by a mac of the secret", seal(header(), claims(), hmac_of(SECRET)))
    refused("T4", "signature", "HS256 by a signature of the rsa key", rsa(header('"HS256"')))
    # The public key is no secret, so a mac made with it proves nothing.
    for what, secret in public_forms():
        for head, named in ((HS256, "no kid"), (header('"HS256"'), "its kid")):
            token = mac(head=head, secret=secret)
            refused("T4", "signature", f"HS256 with {what} for a secret and {named}", token)
            refused(
                "T4", "algorithm", f"HS256 with {what} for a secret and {named}, where none is given", token,
                secret=None,
            )
    accepted("T4", "RS256", rsa())
    accepted("T4", "RS256 where no secret is given", rsa(), secret=None)
    accepted("T4", "HS256", mac())
    accepted("T4", "HS256 where no keys are given", mac(), keys=None)
    accepted("T4", "HS256 with the kid of an rsa key", mac(head=header('"HS256"')))
    accepted("T4", "RS256 through escapes", rsa(header(r'"\u0052S\u003256"')))
    accepted("T4", "HS256 through escapes", mac(head=header(r'"HS\u003256"')))


# ---------------------------------------------------------------------------- T5, members that change what the token is


def t5():
    for crit in [
        "[]", "null", "false", "0", '""', '"exp"', '["exp"]', '["alg"]', '["b64"]', '["crit"]',
        '["http://example.com/x"]', "[1]", "[null]", "{}",
    ]:
        refused("T5", "structure", f"crit {crit}", rsa(header(crit=crit)))
    refused("T5", "structure", "crit names an extension that is there", rsa(header(crit='["x"]', x="true")))
    refused("T5", "structure", "crit in a token of HS256", mac(head=header('"HS256"', crit='["x"]', x="1")), **ALONE)
    for text in ["true", "false", "null", "0", '"true"', "[]"]:
        refused("T5", "structure", f"b64 {text}", rsa(header(b64=text)))
    refused("T5", "structure", "b64 true, and crit names it", rsa(header(b64="true", crit='["b64"]')))
    refused("T5", "structure", "b64 false, and crit names it", rsa(header(b64="false", crit='["b64"]')))
    plain = b64(header(b64="false", crit='["b64"]')) + "." + claims()
    refused("T5", "structure", "claims that are not encoded, as b64 false wants it", f"{plain}.{sign(plain)}")
    for text in ['"DEF"', '"GZIP"', '""', '"none"', "null", "false", "[]"]:
        refused("T5", "structure", f"zip {text}", rsa(header(zip=text)))
    deflate = zlib.compressobj(0, zlib.DEFLATED, -15)
    squeezed = deflate.compress(claims().encode()) + deflate.flush()
    refused("T5", "structure", "claims that are deflated, as zip DEF wants it", rsa(header(zip='"DEF"'), squeezed))
    refused("T5", "structure", "claims that are deflated, without zip", rsa(body=squeezed))
    for text in ['"A128GCM"', '"A256CBC-HS512"', '""', "null", "false", "{}"]:
        refused("T5", "structure", f"enc {text}", rsa(header(enc=text)))
    for name in ("Crit", "CRIT", "B64", "Zip", "Enc", "crit "):
        accepted("T5", f"a member {q(name)}, which means nothing", rsa(header(**{name: '"x"'})))
    for text in ["JWT", "jwt", "Jwt", "jwT", "application/jwt", "application/JWT", "APPLICATION/jwt"]:
        refused("T5", "structure", f"cty {q(text)}: a token in the token", rsa(header(cty=q(text))))
    refused("T5", "structure", "cty JWT and a token in the token indeed", rsa(header(cty='"JWT"'), rsa()))
    refused("T5", "structure", "a nested token, without cty", rsa(body=rsa()))
    refused("T5", "structure", "cty JWT through escapes", rsa(header(cty=r'"\u004aWT"')))
    for text in ["null", "0", "true", "[]", '["JWT"]', "{}"]:
        refused("T5", "structure", f"cty {text}, which is not a string", rsa(header(cty=text)))
    for text in ["json", "application/json", "JSON", "text/plain", ""]:
        accepted("T5", f"cty {q(text)}", rsa(header(cty=q(text))))
    for text in ["JWT", "jwt", "Jwt", "jWt", "at+jwt", "AT+JWT", "At+Jwt"]:
        accepted("T5", f"typ {q(text)}", rsa(header(typ=q(text))))
    for text in ["application/jwt", "application/JWT", "APPLICATION/JWT", "application/at+jwt", "Application/At+Jwt"]:
        accepted("T5", f"typ {q(text)}, the whole media type", rsa(header(typ=q(text))))
    accepted("T5", "typ through escapes", rsa(header(typ=r'"\u0061t\u002bjwt"')))
    accepted("T5", "no typ", rsa(header(typ=...)))
    for text in """JOSE JOSE+JSON dpop+jwt id_token logout+jwt secevent+jwt entity-statement+jwt oauth-authz-req+jwt
        token-introspection+jwt vc+sd-jwt kb+jwt client-authentication+jwt rt+jwt JWE at_jwt at+JWTs at-jwt jwt+at +jwt
        at+ JW""".split():
        refused("T5", "structure", f"typ {q(text)}: a token for something else", rsa(header(typ=q(text))))
    for text in [
        "", " ", " JWT", "JWT ", "JWT\0", "JWT\n", "jwt;charset=utf-8", "application/jwt; charset=utf-8",
        "application/", "application/application/jwt", "application /jwt", "text/jwt", "/jwt", "x/at+jwt", "at +jwt",
        "at jwt", "at%2Bjwt",
    ]:
        refused("T5", "structure", f"typ {q(text)}: almost a known one", rsa(header(typ=q(text))))
    for name, text in [
        ("a cyrillic letter", "JW\u0422"),
        ("letters of full width", "\uff2a\uff37\uff34"),
        ("a dotless i, whose capital is I", "appl\u0131cation/jwt"),
        ("a dotted capital I, whose small letter is i", "APPL\u0130CATION/JWT"),
        ("a zero width joiner", "J\u200dWT"),
    ]:
        refused("T5", "structure", f"typ with {name}", rsa(header(typ=q(text))))
    for text in ["null", "0", "1", "true", "false", "[]", '["JWT"]', "{}", '{"JWT":true}']:
        refused("T5", "structure", f"typ {text}, which is not a string", rsa(header(typ=text)))


# ----------------------------------------------------------------------------------- T6, keys embedded in a token


def certificate(name):
    """A certificate of a key by itself, as `x5c` has it."""
    day = datetime.datetime(2026, 1, 1)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    maker = x509.CertificateBuilder(subject, subject, key(name).public_key(), 1, day, day.replace(year=2036))
    return maker.sign(key(name), hashes.SHA256()).public_bytes(Encoding.DER)


def t6():
    der = certificate("two")
    chain = json.dumps([b64encode(der).decode()])
    thumb = q(b64(hashlib.sha1(der).digest()))
    thumb256 = q(b64(hashlib.sha256(der).digest()))
    attacker = '"https://attacker.example/jwks.json"'
    for what, brought in [
        ("jwk", {"jwk": json.dumps(jwk("two"))}),
        ("jwk with the kid of ours", {"jwk": json.dumps(jwk("two", kid="one"))}),
        ("jwk without a kid", {"jwk": json.dumps(jwk("two", kid=...))}),
        ("a key set in jwk", {"jwk": key_set(jwk("two"))}),
        ("a key set in jwks", {"jwks": key_set(jwk("two"))}),
        ("keys", {"keys": json.dumps([jwk("two")])}),
        ("jku", {"jku": attacker}),
        ("jku at our own host", {"jku": f'"{ISSUER}/.well-known/jwks.json?@attacker.example"'}),
        ("jku of a file", {"jku": '"file:///dev/stdin"'}),
        ("jku of a service within", {"jku": '"http://169.254.169.254/latest/meta-data/"'}),
        ("jku with data", {"jku": q("data:application/json," + key_set(jwk("two", kid=...)))}),
        ("x5u", {"x5u": '"https://attacker.example/chain.pem"'}),
        ("x5c", {"x5c": chain}),
        ("x5c and its thumbprints", {"x5c": chain, "x5t": thumb, "x5t#S256": thumb256}),
        ("all of them", {"jwk": json.dumps(jwk("two")), "jku": attacker, "x5u": attacker, "x5c": chain}),
    ]:
        for kid, failed, named in (
            (..., "signature", "no kid"), ('"one"', "signature", "our kid"), ('"two"', "key", "its own kid"),
        ):
            token = rsa(header(kid=kid, **brought), name="two")
            refused("T6", failed, f"signed by a key embedded in the token, by {what} and {named}", token)
        accepted("T6", f"a valid token with another key in {what}", rsa(header(**brought)))
    secret = b"the secret of an attacker, of more than 32 bytes"
    head = header('"HS256"', jwk=json.dumps({"kty": "oct", "k": b64(secret)}))
    refused("T6", "signature", "a secret in jwk, which signed the token", mac(head=head, secret=secret))
    refused("T6", "algorithm", "a secret in jwk, where none is given", mac(head=head, secret=secret), secret=None)
    head = header('"HS256"', k=q(b64(secret)), secret=q(b64(secret)))
    refused("T6", "signature", "a secret in the header, which signed the token", mac(head=head, secret=secret))
    refused(
        "T6", "key", "a key in the token where the set has none", rsa(header(kid=..., jwk=json.dumps(jwk("one")))),
        keys=key_set(),
    )
    refused(
        "T6", "algorithm", "a key in the token where no keys are given", rsa(header(jwk=json.dumps(jwk("one")))),
        keys=None,
    )
    for name in ("jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256"):
        for text in ("null", "1", '""', "{}", "[null]"):
            accepted("T6", f"a valid token with {name} {text}, which is ignored", rsa(header(**{name: text})))
    accepted("T6", "a valid token with its own key in jwk", rsa(header(jwk=json.dumps(jwk("one")))))
    accepted(
        "T6", "a valid token of HS256 with a key in jwk", mac(head=header('"HS256"', jwk=json.dumps(jwk("two")))),
        **ALONE,
    )


# -------------------------------------------------------------------------------------------------- T7, which key it is


def t7():
    for kid in [
        "three", "", "ONE", "One", "one ", " one", "one\0", "one\n", "on", "onee", "one,two", "one two", "null", "0",
        "1", "keys", "*", ".*", "%", "../../../../dev/null", "/dev/null", "file:///etc/passwd", "one/../one", "%00",
        "https://attacker.example/jwks.json", "x' OR '1'='1", "one' UNION SELECT 'secret' --", "one; cat /etc/passwd",
        "$(id)", "`id`", "| id", "${jndi:ldap://x/}", "__proto__", "constructor", "\uff4f\uff4e\uff45", "\u043ene",
        "o\u200bne", "\u202eone", "x" * 3000,
    ]:
        shown = q(kid) if len(kid) < 100 else "of 3000 letters"
        refused("T7", "key", f"kid {shown}, which names no key", rsa(header(kid=q(kid))))
    for text in ["null", "true", "0", "1", "-1", "1.0", "[]", '["one"]', "{}", '{"kid":"one"}']:
        refused("T7", "key", f"kid {text}, which is not a string", rsa(header(kid=text)))
        refused("T7", "key", f"kid {text} in a token of HS256", mac(head=header('"HS256"', kid=text)), **ALONE)
    one = jwk("one")
    refused("T7", "key", "kid 1 where a key is named `1`", rsa(header(kid="1")), keys=key_set(jwk("one", kid="1")))
    refused(
        "T7", "key", "kid `1` where a key has the number 1 for a name", rsa(header(kid='"1"')),
        keys=key_set(jwk("one", kid=1)),
    )
    refused("T7", "key", "kid null where a key has no name", rsa(header(kid="null")), keys=key_set(jwk("one", kid=...)))
    refused("T7", "key", "kid `one` where the only key has no name", rsa(), keys=key_set(jwk("one", kid=...)))
    refused(
        "T7", "key", "an empty kid where the only key has no name", rsa(header(kid='""')),
        keys=key_set(jwk("one", kid=...)),
    )
    decomposed = rsa(header(kid='"e\u0301"'))
    refused(
        "T7", "key", "a kid that is composed in the key and decomposed in the token", decomposed,
        keys=key_set(jwk("one", kid="\u00e9")),
    )
    refused("T7", "signature", "the kid of another key of the set", rsa(header(kid='"two"')), keys=TWO_KEYS)
    refused(
        "T7", "signature", "no kid, and no key of the set matches", rsa(header(kid=...), name="bits-3072"), keys=TWO_KEYS
    )
    refused("T7", "key", "no kid, and the set is empty", rsa(header(kid=...)), keys=key_set())
    refused(
        "T7", "key", "no kid, and no key of the set is usable", rsa(header(kid=...)),
        keys=key_set(jwk("one", use="enc")),
    )
    accepted("T7", "a kid through escapes", rsa(header(kid=r'"\u006fne"')))
    accepted("T7", "the second key of the set by its kid", rsa(header(kid='"two"'), name="two"), keys=TWO_KEYS)
    accepted("T7", "an empty kid, which names a key", rsa(header(kid='""')), keys=key_set(jwk("one", kid="")))
    for kid in [
        "\u00e9", "\U0001f511", "a\0b", "x' OR '1'='1", "../one", " ", "https://noesis.example/keys#1", "x" * 3000,
    ]:
        shown = q(kid) if len(kid) < 100 else "of 3000 letters"
        accepted(
            "T7", f"kid {shown}, which names a key", rsa(header(kid=q(kid))),
            keys=key_set(jwk("one", kid=kid), jwk("two")),
        )
    accepted("T7", "a kid of HS256 is ignored", mac(head=header('"HS256"', kid='"nobody"')), **ALONE)
    # Without a name.
    nameless = rsa(header(kid=...))
    accepted("T7", "no kid and one key", nameless, keys=key_set(one))
    accepted("T7", "no kid, and the first of two keys matches", nameless, keys=TWO_KEYS)
    accepted("T7", "no kid, and the second of two keys matches", rsa(header(kid=...), name="two"), keys=TWO_KEYS)
    accepted(
        "T7", "no kid, and no key has a name either", nameless, keys=key_set(jwk("two", kid=...), jwk("one", kid=...))
    )
    accepted("T7", "no kid, and the 16th of 16 keys matches", nameless, keys=key_set(*unrelated_keys(15), one))
    accepted("T7", "no kid, and the 16th of 17 keys matches", nameless, keys=key_set(*unrelated_keys(15), one, unrelated_key(15)))
    refused("T7", "signature", "no kid, and the 17th of 17 keys would match", nameless, keys=key_set(*unrelated_keys(16), one))
    accepted("T7", "a kid of the 17th of 17 keys", rsa(), keys=key_set(*unrelated_keys(16), one))
    broken = [{"kty": "RSA"}] * 20
    accepted("T7", "no kid, and the 21st key is the first that is usable", nameless, keys=key_set(*broken, one))
    twins = [unrelated_key(0), unrelated_key(0)] * 8
    accepted("T7", "no kid, and 16 keys that share a name do not count", nameless, keys=key_set(*twins, one))
    # Two keys with one name.
    both = key_set(one, jwk("two", kid="one"))
    refused("T7", "key", "two keys have the kid, the first matches", rsa(), keys=both)
    refused("T7", "key", "two keys have the kid, the second matches", rsa(name="two"), keys=both)
    refused("T7", "key", "no kid, and the only keys share a name", nameless, keys=both)
    refused("T7", "key", "one key is there twice", rsa(), keys=key_set(one, one))
    refused(
        "T7", "key", "three keys have the kid", rsa(),
        keys=key_set(one, jwk("two", kid="one"), jwk("bits-3072", kid="one")),
    )
    refused(
        "T7", "key", "two keys have an empty kid", rsa(header(kid='""')),
        keys=key_set(jwk("one", kid=""), jwk("two", kid="")),
    )
    escaped = key_set(one, jwk("two", kid="xyz")).replace("xyz", r"\u006fne")
    refused("T7", "key", "two keys have the kid, one through an escape", rsa(), keys=escaped)
    third = key_set(one, jwk("bits-3072"), jwk("two", kid="one"))
    refused("T7", "signature", "no kid, and the key that matches shares its name", nameless, keys=third)
    accepted(
        "T7", "no kid, and a third key matches beside two that share a name", rsa(header(kid=...), name="bits-3072"),
        keys=third,
    )
    accepted(
        "T7", "a kid of a third key beside two that share a name", rsa(header(kid='"bits-3072"'), name="bits-3072"),
        keys=third,
    )
    accepted(
        "T7", "two keys have the kid, and the first is not usable", rsa(),
        keys=key_set(jwk("two", kid="one", use="enc"), one),
    )
    accepted(
        "T7", "two keys have the kid, and the second is not usable", rsa(),
        keys=key_set(one, jwk("two", kid="one", alg="PS256")),
    )
    accepted(
        "T7", "two keys without a name both serve", nameless, keys=key_set(jwk("one", kid=...), jwk("one", kid=...))
    )


# ------------------------------------------------------------------------------------------------------ T8, usable keys

# Members that a key must not have with such a value: `...` is a member that is not there.
UNUSABLE = {
    "kty": [..., "rsa", "Rsa", "RSA ", "EC", "OKP", "oct", "", None, 1, True, ["RSA"], {}],
    "use": ["enc", "SIG", "Sig", "sig ", "signature", "", None, True, 1, ["sig"], {}],
    "key_ops": [
        [], ["sign"], ["VERIFY"], ["verify "], ["encrypt", "wrapKey"], ["verify", "verify"], ["sign", "sign", "verify"],
        ["verify", 1], ["verify", None], [["verify"]], [None], "verify", "", None, True, {}, {"verify": True},
    ],
    "alg": ["RS384", "RS512", "PS256", "HS256", "ES256", "RSA-OAEP", "none", "rs256", "RS256 ", "", None, 1, ["RS256"]],
    "kid": [None, 1, 1.5, True, ["one"], {}],
    "n": [..., "", None, 1, ["AQ"], {}, "AA", "AQ", "Aw"],
    "e": [..., "", None, 65537, True, ["AQAB"], {}, "AQAB=", "AQA B", "AQAB\n", "AQABA", "0x10001", "65537"],
}


def spelt(value):
    return "left out" if value is ... else json.dumps(value)


def t8():
    one = jwk("one")
    private = key("one").private_numbers()
    n, good = private.public_numbers.n, rsa()
    for member, values in UNUSABLE.items():
        for value in values:
            # A name of the wrong type is no name: without one, the key would have to be tried.
            token = good if member != "kid" else rsa(header(kid=...))
            refused(
                "T8", "key", f"a key with {member} {spelt(value)}", token, keys=key_set(jwk("one", **{member: value}))
            )
    text = one["n"]
    assert "-" in text and "_" in text
    data = n.to_bytes(256, "big")
    for name, spelling in [
        ("with a zero byte before it", b64(b"\0" + data)),
        ("with four zero bytes before it", b64(b"\0" * 4 + data)),
        ("padded", text + "=="),
        ("in base64", text.replace("-", "+").replace("_", "/")),
        ("with a newline after it", text + "\n"),
        ("with spaces around it", f" {text} "),
        ("with lines of 64 letters", "\n".join(text[at : at + 64] for at in range(0, len(text), 64))),
        ("with a bit left over", left_over(text, 1)),
        ("with a letter too many", text + "AAA"),
        ("in decimal digits", str(n)),
        ("even, one less than ours", number(n - 1)),
        ("of 2047 bits, half of ours", number(n >> 1 | 1)),
        ("of 8193 bits", number(1 << 8192 | 1)),
        ("of 65536 bits", number(1 << 65535 | 1)),
    ]:
        refused("T8", "key", f"a key with n {name}", good, keys=key_set(jwk("one", n=spelling)))
    # Base64url all the same, of another number, which makes a key.
    for name, spelling in (("in hexadecimal digits", data.hex()), ("as der", b64(public_forms()[5][1]))):
        refused("T8", "signature", f"a key with n {name}", good, keys=key_set(jwk("one", n=spelling)))
    # Keys of the signer.
    for name, what in (("bits-1024", "1024 bits"), ("bits-2047", "2047 bits"), ("exponent-3", "e 3")):
        token = rsa(name=name)
        refused("T8", "key", f"a key of {what}, which signed the token", token, keys=key_set(jwk(name, kid="one")))
        nameless = rsa(header(kid=...), name=name)
        refused(
            "T8", "signature", f"a key of {what}, which signed the token, beside one that serves", nameless,
            keys=key_set(jwk(name), one),
        )
    for what, made in [
        ("n of 8194 bits, of three primes", Textbook("bits-8192", times=3)),
        ("an even n of 2049 bits", Textbook(times=2)),
        ("e 1, so that everybody can sign", Textbook(e=1)),
        ("e 5", Textbook(e=5)),
        ("e 17", Textbook(e=17)),
        ("e 257", Textbook(e=257)),
        ("e 65521, a prime below 65537", Textbook(e=65521)),
        ("e 4294967297, more than 32 bits", Textbook(e=2**32 + 1)),
        ("e of 64 bits", Textbook(e=2**64 - 59)),
        ("e of 2048 bits", Textbook(e=private.d)),
    ]:
        token = seal(header(), claims(), made.sign)
        refused("T8", "key", f"a key with {what}, which signed the token", token, keys=key_set(made.jwk()))
    for e in (0, 2, 4, 65535, 65536, 65538, 2**31, 2**32 - 2, 2**32, 2**33 + 1):
        refused("T8", "key", f"a key with e {e}", good, keys=key_set(jwk("one", e=number(e))))
    for zeros in (1, 2, 5):
        spelling = b64(b"\0" * zeros + b"\1\0\1")
        refused("T8", "key", f"a key with {zeros} zero bytes before e", good, keys=key_set(jwk("one", e=spelling)))
    refused("T8", "key", "a key with n and e exchanged", good, keys=key_set(jwk("one", n=one["e"], e=one["n"])))
    numbers = {"d": private.d, "p": private.p, "q": private.q}
    numbers |= {"dp": private.dmp1, "dq": private.dmq1, "qi": private.iqmp}
    for member, value in numbers.items():
        refused(
            "T8", "key", f"a key with the private member {member}", good,
            keys=key_set(jwk("one", **{member: number(value)})),
        )
    refused(
        "T8", "key", "a whole private key", good,
        keys=key_set(one | {name: number(value) for name, value in numbers.items()}),
    )
    refused("T8", "key", "a key with other primes", good, keys=key_set(jwk("one", oth=[])))
    refused("T8", "key", "a key with a symmetric key inside", good, keys=key_set(jwk("one", k=b64(SECRET))))
    refused("T8", "key", "a key with d null", good, keys=key_set(jwk("one", d=None)))
    refused("T8", "key", "a key with an empty d", good, keys=key_set(jwk("one", d="")))
    refused(
        "T8", "key", "a key with d through an escape", good,
        keys=key_set(jwk("one", xyz="AQ")).replace("xyz", r"\u0064"),
    )
    others = {
        "a symmetric key": {"kty": "oct", "kid": "one", "k": b64(SECRET)},
        "an elliptic key": {"kty": "EC", "crv": "P-256", "kid": "one", "x": b64(b"\1" * 32), "y": b64(b"\2" * 32)},
        "a key of edwards": {"kty": "OKP", "crv": "Ed25519", "kid": "one", "x": b64(b"\3" * 32)},
        "an empty object": {},
        "null": None,
        "a number": 1,
        "a text": "one",
        "a list": [],
        "a list of a good key": [one],
        "a set within the set": {"keys": [one]},
    }
    for what, other in others.items():
        refused("T8", "key", f"{what} is all that the set has", good, keys=key_set(other))
    # One that is left out spoils no other.
    others |= {
        "a key for encryption": jwk("two", use="enc"),
        "a key of PS256": jwk("two", alg="PS256"),
        "a private key": jwk("two", d=number(key("two").private_numbers().d)),
        "a key of 1024 bits": jwk("bits-1024"),
        "a key with e 3": jwk("exponent-3"),
        "a key whose n is no base64url": jwk("two", n="+/+/"),
        "a key whose n is even": jwk("two", n=number(n - 1)),
        "a key whose kid is a number": jwk("two", kid=2),
    }
    for what, other in others.items():
        accepted("T8", f"{what} before the usable key", good, keys=key_set(other, one))
        accepted("T8", f"{what} after the usable key", rsa(header(kid=...)), keys=key_set(one, other))
    accepted(
        "T8", "all of these around the usable key", good, keys=key_set(*others.values(), one, *others.values())
    )
    # Keys that are usable.
    for what, given in [
        ("no use", {"use": ...}),
        ("no alg", {"alg": ...}),
        ("neither use nor alg", {"use": ..., "alg": ...}),
        ("key_ops verify", {"key_ops": ["verify"]}),
        ("key_ops verify and sign", {"key_ops": ["sign", "verify"]}),
        ("key_ops verify and an unknown one", {"key_ops": ["verify", "x"]}),
        ("key_ops and no use", {"key_ops": ["verify"], "use": ...}),
        ("a certificate", {"x5c": [b64encode(certificate("one")).decode()]}),
        ("a certificate of another key", {"x5c": [b64encode(certificate("two")).decode()]}),
        ("a certificate that is none", {"x5c": None}),
        ("thumbprints and an address", {"x5t": "x", "x5t#S256": "y", "x5u": "https://noesis.example/one.pem"}),
        ("members that are unknown", {"ext": True, "iat": NOW, "D": 1, "nbf": {}, "oth ": []}),
    ]:
        accepted("T8", f"a key with {what}", good, keys=key_set(jwk("one", **given)))
    accepted("T8", "a key of 3072 bits", rsa(name="bits-3072"), keys=key_set(jwk("bits-3072", kid="one")))
    accepted("T8", "a key of 8192 bits", rsa(name="bits-8192"), keys=key_set(jwk("bits-8192", kid="one")))
    for e in (65539, 2**32 - 5):
        made = Textbook(e=e)
        accepted("T8", f"a key with e {e}", seal(header(), claims(), made.sign), keys=key_set(made.jwk()))
    # The largest exponent that is allowed has no inverse for these primes: the key is usable, and signed nothing.
    largest = key_set(jwk("one", e=number(2**32 - 1)))
    refused("T8", "signature", "a key with e 4294967295, which is usable and does not match", good, keys=largest)


# --------------------------------------------------------------------------------------------------------- T9, key sets


def t9():
    one, good = jwk("one"), KEYS
    for name, keys in [
        ("nothing", ""),
        ("a space", " "),
        ("null", "null"),
        ("true", "true"),
        ("a number", "1"),
        ("a text", '"keys"'),
        ("an empty list", "[]"),
        ("a list of keys", json.dumps([one])),
        ("the set in a list", f"[{good}]"),
        ("the set in a text", json.dumps(good)),
        ("an empty object", "{}"),
        ("one key alone", json.dumps(one)),
        ("keys under their names", json.dumps({"one": one})),
        ("Keys with a capital", json.dumps({"Keys": [one]})),
        ("jwks for keys", json.dumps({"jwks": [one]})),
        ("the set one level down", json.dumps({"jwks": {"keys": [one]}})),
        ("an error of the server", '{"detail":"Not Found"}'),
        ("a page of html", "<!doctype html><title>502 Bad Gateway</title>"),
        ("a key as pem", public_forms()[0][1].decode()),
        ("keys null", '{"keys":null}'),
        ("keys false", '{"keys":false}'),
        ("keys a number", '{"keys":1}'),
        ("keys a text", '{"keys":"one"}'),
        ("keys an empty object", '{"keys":{}}'),
        ("keys one key", json.dumps({"keys": one})),
        ("keys by their names", json.dumps({"keys": {"one": one}})),
        ("keys of keys", json.dumps({"keys": {"keys": [one]}})),
        ("101 keys", key_set(one, *[{}] * 100)),
        ("101 keys, all null", key_set(*[None] * 101)),
        ("1000 keys", key_set(*[1] * 1000)),
        ("101 keys of 2048 bits, all of them one", key_set(*[one] * 101)),
        ("one byte more than 512 KiB", good.ljust(512 * 1024 + 1)),
        ("a set that breaks off", good[:-1]),
        ("a set that breaks off within a key", good[:300]),
        ("a byte order mark before the set", "\ufeff" + good),
        ("a letter after the set", good + "x"),
        ("a nul after the set", good + "\0"),
        ("two sets", good + good),
        ("a comment in the set", "/* keys */" + good),
        ("a comma after the last key", json.dumps({"keys": [one]})[:-2] + ",]}"),
        ("single quotes", json.dumps({"keys": [one]}).replace('"', "'")),
        ("keys twice", good[:-1] + ',"keys":[]}'),
        ("keys twice, once through an escape", good[:-1] + r',"\u006beys":[]}'),
        ("a member of a key twice", good.replace('"use"', '"kty": "RSA", "use"', 1)),
        ("the kid of a key twice", good.replace('"kid"', '"kid": "two", "kid"', 1)),
        ("an unknown member of a key twice", good.replace('"use"', '"x": 1, "x": 1, "use"', 1)),
        ("NaN beside the keys", good[:-1] + ',"x":NaN}'),
        ("1e400 beside the keys", good[:-1] + ',"x":1e400}'),
        ("a modulus that is a number, which is beyond all floats", good.replace(q(one["n"]), str(Textbook().n))),
        ("a lone surrogate beside the keys", good[:-1] + r',"x":"\ud800"}'),
        ("a nul in a string", good[:-1] + ',"x":"\0"}'),
        ("33 levels beside the keys", good[:-1] + ',"x":' + "[" * 32 + "]" * 32 + "}"),
        ("33 levels in a key", json.dumps({"keys": [one | {"x": 0}]}).replace('"x": 0', '"x":' + "[" * 30 + "]" * 30)),
    ]:
        no_keys(f"no key set: {name}", keys)
    no_keys("no key set, and the token needs none", "[]", mac())
    no_keys("no key set, and the token is none either", "[]", "x")
    refused("T9", "key", "an empty key set", rsa(), keys='{"keys":[]}')
    refused("T9", "key", "an empty key set and no kid", rsa(header(kid=...)), keys='{"keys":[]}')
    refused(
        "T9", "algorithm", "an empty key set and no secret: it never falls back to HS256", mac(), keys='{"keys":[]}',
        secret=None,
    )
    refused(
        "T9", "algorithm", "an empty key set, and an empty secret signed", mac(secret=b""), keys='{"keys":[]}',
        secret=None,
    )
    accepted("T9", "an empty key set, and the token is of HS256", mac(), keys='{"keys":[]}')
    accepted("T9", "100 keys, the last of them the only one", rsa(), keys=key_set(*[{}] * 99, one))
    accepted("T9", "100 keys, and no kid", rsa(header(kid=...)), keys=key_set(*[None] * 99, one))
    accepted("T9", "512 KiB to the byte", rsa(), keys=good.ljust(512 * 1024))
    accepted(
        "T9", "other members beside the keys", rsa(), keys='{"x":[{}],"issuer":"x",' + good[1:-1] + ',"KEYS":null}'
    )
    accepted(
        "T9", "white space wherever it may be", rsa(), keys="\r\n\t " + json.dumps(json.loads(good), indent="\t") + "\n"
    )
    accepted("T9", "32 levels beside the keys", rsa(), keys=good[:-1] + ',"x":' + "[" * 31 + "]" * 31 + "}")
    accepted("T9", "keys through escapes", rsa(), keys=good.replace('"keys"', r'"\u006be\u0079s"'))


# --------------------------------------------------------------------------------------------------------- T10, secrets


def t10():
    for secret, what in [
        (b"", "of no bytes"),
        (b"x", "of one byte"),
        (b"secret", "that is the word secret"),
        (b"x" * 16, "of 16 bytes"),
        (b"x" * 31, "of 31 bytes"),
        (b"\0" * 31, "of 31 zero bytes"),
        ("\u00e9".encode() * 15 + b"x", "of 16 letters in 31 bytes"),
    ]:
        bad_config(f"a secret {what}", secret, mac(secret=secret))
    bad_config("a secret of 31 bytes, and the token is of RS256", b"x" * 31, rsa())
    bad_config("a secret of 31 bytes, and the key set is none", b"x" * 31, keys="[]")
    bad_config("a secret of 31 bytes, and no keys", b"x" * 31, **ALONE)
    bad_config("a secret of 31 bytes, and the token is none", b"x" * 31, "x")
    for secret, what in [
        (b"x" * 32, "of 32 bytes"),
        (b"x" * 33, "of 33 bytes"),
        (b"\0" * 32, "of 32 zero bytes"),
        (bytes(range(32)), "of 32 bytes from 0 to 31"),
        (bytes(range(224, 256)), "of 32 bytes that are not UTF-8"),
        ("\u00e9".encode() * 16, "of 16 letters in 32 bytes"),
        (b"x" * 31 + b"\n", "of 31 letters and a newline"),
        (b"x" * 64, "of 64 bytes, as long as a block"),
        (b"x" * 65, "of 65 bytes, longer than a block"),
        (b"x" * 1000, "of 1000 bytes"),
    ]:
        accepted("T10", f"a secret {what}", mac(secret=secret), secret=secret, **ALONE)
    refused("T10", "signature", "a secret with one zero byte less", mac(secret=b"\1" * 40), secret=b"\1" * 39, **ALONE)
    refused(
        "T10", "signature", "a secret with another last byte", mac(secret=b"x" * 40), secret=b"x" * 39 + b"y", **ALONE
    )
    refused("T10", "signature", "a secret in capitals", mac(secret=SECRET.upper()), **ALONE)


# ------------------------------------------------------------------------------------------------------ T11, signatures


def flipped(data, bit):
    at = len(data) * 8 - 1 - bit
    return data[: at // 8] + bytes([data[at // 8] ^ 0x80 >> at % 8]) + data[at // 8 + 1 :]


def t11():
    made, good = Textbook(), rsa_of()
    n = made.n
    other = rsa(body=claims(jti='"other"')).rsplit(".", 1)[1]
    of_other = hmac_of(SECRET)(rsa(body=claims(jti='"other"')).rsplit(".", 1)[0].encode())
    whole = lambda data: padded(data, 256)
    value = lambda data: int.from_bytes(good(data), "big")
    for name, make in [
        ("pss for pkcs #1", rsa_of(scheme=pss())),
        ("sha-1", rsa_of(digest=hashes.SHA1())),
        ("sha-224", rsa_of(digest=hashes.SHA224())),
        ("sha-384", rsa_of(digest=hashes.SHA384())),
        ("sha-512", rsa_of(digest=hashes.SHA512())),
        ("sha-512/256", rsa_of(digest=hashes.SHA512_256())),
        ("sha3-256", rsa_of(digest=hashes.SHA3_256())),
        ("one byte less at the end", lambda data: good(data)[:-1]),
        ("one byte less at the beginning", lambda data: good(data)[1:]),
        ("half of it", lambda data: good(data)[:128]),
        ("a zero byte more at the end", lambda data: good(data) + b"\0"),
        ("a zero byte more at the beginning", lambda data: b"\0" + good(data)),
        ("a newline more", lambda data: good(data) + b"\n"),
        ("it twice", lambda data: good(data) * 2),
        ("one zero byte", lambda data: b"\0"),
        ("256 zero bytes", lambda data: bytes(256)),
        ("256 bytes FF", lambda data: b"\xff" * 256),
        ("the number 1", lambda data: bytes(255) + b"\1"),
        ("the modulus", lambda data: n.to_bytes(256, "big")),
        ("the modulus less 1", lambda data: (n - 1).to_bytes(256, "big")),
        ("the modulus and 1", lambda data: (n + 1).to_bytes(256, "big")),
        ("the signature's negative", lambda data: (n - value(data)).to_bytes(256, "big")),
        ("one more than the signature", lambda data: (value(data) + 1).to_bytes(256, "big")),
        ("twice the signature", lambda data: (value(data) * 2 % n).to_bytes(256, "big")),
        ("the signature and the modulus in 257 bytes", lambda data: (value(data) + n).to_bytes(257, "big")),
        ("its bytes in the other order", lambda data: good(data)[::-1]),
        ("its hexadecimal digits", lambda data: good(data).hex().encode()),
        ("its base64url", lambda data: b64(good(data)).encode()),
        ("its lowest bit flipped", lambda data: flipped(good(data), 0)),
        ("a bit in its middle flipped", lambda data: flipped(good(data), 1024)),
        ("its highest bit flipped", lambda data: flipped(good(data), 2047)),
        ("the padded hash itself", whole),
        ("the hash itself", lambda data: hashlib.sha256(data).digest()),
        ("the signature over another token", lambda data: made.sign(data + b" ")),
        ("a signature over the hash", lambda data: good(hashlib.sha256(data).digest())),
        ("a signature over the header alone", lambda data: good(data.split(b".")[0])),
        ("a signature over the claims alone", lambda data: good(data.split(b".")[1])),
        ("a signature over both without the dot", lambda data: good(data.replace(b".", b""))),
        ("a signature over both and a dot", lambda data: good(data + b".")),
        ("a signature over what is decoded", lambda data: good(f"{header()}.{claims()}".encode())),
        ("a signature over nothing", lambda data: good(b"")),
        ("an unpublished key", rsa_of("two")),
        ("an unpublished key of 3072 bits", rsa_of("bits-3072")),
        ("an unpublished key of 1024 bits", rsa_of("bits-1024")),
        ("the mac of the secret", hmac_of(SECRET)),
        # What the private key made, and a lax reader of the padding would take.
        ("padding of the second kind", lambda data: made.power(b"\0\2" + whole(data)[2:])),
        ("padding of the kind 0", lambda data: made.power(b"\0\0" + whole(data)[2:])),
        ("padding with one byte that is not FF", lambda data: made.power(whole(data)[:9] + b"\xfe" + whole(data)[10:])),
        ("padding that is not closed by a zero", lambda data: made.power(b"\0\1" + b"\xff" * 203 + whole(data)[205:])),
        (
            "padding of eight bytes and zeros after the hash",
            lambda data: made.power((whole(data)[:10] + whole(data)[204:]).ljust(256, b"\0")),
        ),
        (
            "padding of no bytes and zeros after the hash",
            lambda data: made.power((b"\0\1" + whole(data)[204:]).ljust(256, b"\0")),
        ),
        ("a hash without its name", lambda data: made.power(padded(data, 256, b""))),
        (
            "a name of the hash without its null",
            lambda data: made.power(padded(data, 256, bytes.fromhex("302f300b0609608648016503040201") + b"\4\x20")),
        ),
        (
            "a name of the hash with a long length",
            lambda data: made.power(padded(data, 256, b"\x30\x81\x31" + SHA256_INFO[2:])),
        ),
        (
            "the name of sha-384 before a hash of sha-256",
            lambda data: made.power(padded(data, 256, SHA256_INFO.replace(b"\4\2\1", b"\4\2\2"))),
        ),
        (
            "the name of sha-1 before a hash of sha-256",
            lambda data: made.power(padded(data, 256, bytes.fromhex("302d300906052b0e03021a05000420"))),
        ),
        (
            "garbage after the hash",
            lambda data: made.power((b"\0\1" + b"\xff" * 8 + whole(data)[204:]).ljust(256, b"\x5a")),
        ),
        ("the hash of sha-256 twice", lambda data: made.power(whole(data)[:2] + whole(data)[34:] + whole(data)[-32:])),
    ]:
        refused("T11", "signature", f"a signature of RS256: {name}", seal(header(), claims(), make))
    refused("T11", "structure", "a signature of RS256: nothing", seal(header(), claims(), lambda data: b""))
    # A signature is a number below the modulus; with the modulus added it is the same number to some.
    for place in range(100):
        token = rsa(body=claims(jti=place))
        signed, signature = token.rsplit(".", 1)
        more = int.from_bytes(base64url(signature), "big") + n
        if more < 1 << 2048:
            break
    refused(
        "T11", "signature", "a signature of RS256: the modulus added to it",
        f"{signed}.{b64(more.to_bytes(256, 'big'))}",
    )
    head, body, signature = rsa().split(".")
    refused(
        "T11", "signature", "claims changed after they were signed",
        f"{head}.{b64(claims(is_admin='true'))}.{signature}",
    )
    refused(
        "T11", "signature", "one space after the claims after they were signed",
        f"{head}.{b64(claims() + ' ')}.{signature}",
    )
    refused("T11", "signature", "a header changed after it was signed", f"{b64(header(x=1))}.{body}.{signature}")
    reordered = b64('{"kid":"one","typ":"JWT","alg":"RS256"}')
    refused("T11", "signature", "members of the header moved after it was signed", f"{reordered}.{body}.{signature}")
    refused("T11", "signature", "the signature of another token", f"{head}.{body}.{other}")
    refused(
        "T11", "signature", "a short signature for a key of 3072 bits", rsa(), keys=key_set(jwk("bits-3072", kid="one"))
    )
    refused("T11", "signature", "a long signature for a key of 2048 bits", rsa(name="bits-3072"))
    mac_of = hmac_of(SECRET)
    for name, make in [
        ("one byte less", lambda data: mac_of(data)[:-1]),
        ("its first byte less", lambda data: mac_of(data)[1:]),
        ("its first half", lambda data: mac_of(data)[:16]),
        ("its first byte", lambda data: mac_of(data)[:1]),
        ("one zero byte more", lambda data: mac_of(data) + b"\0"),
        ("it twice", lambda data: mac_of(data) * 2),
        ("32 zero bytes", lambda data: bytes(32)),
        ("32 bytes FF", lambda data: b"\xff" * 32),
        ("its lowest bit flipped", lambda data: flipped(mac_of(data), 0)),
        ("its highest bit flipped", lambda data: flipped(mac_of(data), 255)),
        ("its bytes in the other order", lambda data: mac_of(data)[::-1]),
        ("its hexadecimal digits", lambda data: mac_of(data).hex().encode()),
        ("the mac of sha-384", hmac_of(SECRET, "sha384")),
        ("the mac of sha-512", hmac_of(SECRET, "sha512")),
        ("the mac of sha-384, cut to 32 bytes", lambda data: hmac_of(SECRET, "sha384")(data)[:32]),
        ("the mac of sha-512, cut to 32 bytes", lambda data: hmac_of(SECRET, "sha512")(data)[:32]),
        ("the mac of sha-1", hmac_of(SECRET, "sha1")),
        ("the hash without the secret", lambda data: hashlib.sha256(data).digest()),
        ("the hash of secret and text", lambda data: hashlib.sha256(SECRET + data).digest()),
        ("the hash of text and secret", lambda data: hashlib.sha256(data + SECRET).digest()),
        ("the mac of an empty secret", hmac_of(b"")),
        ("the mac of another secret", hmac_of(b"another secret of more than 32 bytes")),
        ("the mac of the secret in base64url", hmac_of(b64(SECRET).encode())),
        ("the mac of the secret and a newline", hmac_of(SECRET + b"\n")),
        ("the mac of the secret's hash", hmac_of(hashlib.sha256(SECRET).digest())),
        ("the mac with secret and text exchanged", lambda data: hmac_of(data)(SECRET)),
        ("the mac of another token", lambda data: of_other),
        ("the mac of the claims alone", lambda data: mac_of(data.split(b".")[1])),
    ]:
        refused("T11", "signature", f"a signature of HS256: {name}", seal(HS256, claims(), make), **ALONE)
    accepted("T11", "a signature by the definition of rsa", seal(header(), claims(), made.sign))
    accepted("T11", "a signature of 3072 bits", rsa(name="bits-3072"), keys=key_set(jwk("bits-3072", kid="one")))
    accepted(
        "T11", "a secret of zero bytes, which hmac fills up to the same", mac(secret=b"\0" * 40), secret=b"\0" * 33,
        **ALONE,
    )


# ----------------------------------------------------------------------------------------------------------- T12, times

# No numbers, whatever they look like.
NO_NUMBERS = [
    "null", "true", "false", '""', '"soon"', f'"{NOW + 900}"', '"2030-01-01T00:00:00Z"', "[]", f"[{NOW}]", "{}",
    f'{{"at":{NOW}}}',
]
FAR = [
    "253402300800", "9999999999999", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e18",
    "1e308",
]
LONG_AGO = ["0", "-0", "0.0", "1", "-1", "-9223372036854775808", "-9223372036854775809", "1e-400", "1e9", "-1e308"]


def t12():
    def tell(name, failed, body, **given):
        given = ALONE | given
        if failed:
            refused("T12", failed, name, mac(body), **given)
        else:
            accepted("T12", name, mac(body), **given)

    tell("no exp", "expiry", claims(exp=...))
    tell("Exp with a capital", "expiry", claims(exp=..., Exp=NOW + 900))
    for text in NO_NUMBERS:
        tell(f"exp {text}, which is not a number", "expiry", claims(exp=text))
        tell(f"nbf {text}, which is not a number", "not-before", claims(nbf=text))
        tell(f"iat {text}, which is not a number", "issued-at", claims(iat=text))
    for text in LONG_AGO:
        tell(f"exp {text}, long ago", "expiry", claims(exp=text))
        tell(f"nbf {text}, long ago", None, claims(nbf=text))
        tell(f"iat {text}, long ago", None, claims(iat=text))
    for text in FAR:
        tell(f"exp {text}, far ahead", None, claims(exp=text))
        tell(f"nbf {text}, far ahead", "not-before", claims(nbf=text))
        tell(f"iat {text}, far ahead", "issued-at", claims(iat=text))
    # The edge of exp: `now - leeway >= exp` refuses.
    for leeway, seconds, failed in [
        (30, "-31", "expiry"), (30, "-30.5", "expiry"), (30, "-30", "expiry"), (30, "-29.5", None), (30, "-29", None),
        (30, "0", None), (0, "-1", "expiry"), (0, "-0.5", "expiry"), (0, "0", "expiry"), (0, "0.5", None),
        (0, "1", None), (300, "-301", "expiry"), (300, "-300", "expiry"), (300, "-299.5", None), (300, "-299", None),
    ]:
        text = moved(seconds)
        tell(f"exp at now {signed_text(seconds)} with a leeway of {leeway}", failed, claims(exp=text), leeway=leeway)
    # The edge of nbf and iat: later than `now + leeway` refuses.
    for name, check in (("nbf", "not-before"), ("iat", "issued-at")):
        for leeway, seconds, late in [
            (30, "0", False), (30, "29", False), (30, "29.5", False), (30, "30", False), (30, "30.5", True),
            (30, "31", True), (30, "900", True), (0, "-1", False), (0, "-0.5", False), (0, "0", False),
            (0, "0.5", True), (0, "1", True), (300, "299", False), (300, "300", False), (300, "300.5", True),
            (300, "301", True),
        ]:
            body = claims(**{name: moved(seconds), "exp": NOW + 9999})
            tell(
                f"{name} at now {signed_text(seconds)} with a leeway of {leeway}", check if late else None, body,
                leeway=leeway,
            )
    # One number in many spellings.
    for text, failed in [
        (f"{NOW - 30}.0", "expiry"), (f"{NOW - 30}.000", "expiry"), (f"{NOW - 30}e0", "expiry"),
        (f"{NOW - 30}0e-1", "expiry"), ("1.78220877e9", "expiry"), ("1.78220877E+9", "expiry"),
        ("0.178220877e10", "expiry"), ("1.782208771e9", None), (f"{NOW - 29}.0", None), (f"{NOW - 29}0e-1", None),
        (f"{NOW - 30}.25", None), (f"{NOW - 31}.75", "expiry"),
    ]:
        tell(f"exp spelt {text}", failed, claims(exp=text))
    tell("exp in milliseconds, which is far ahead", None, claims(exp=NOW * 1000))
    tell("nbf in milliseconds, which is far ahead", "not-before", claims(nbf=NOW * 1000))
    tell("neither nbf nor iat", None, claims(iat=...))
    tell("exp before iat, both within the leeway", None, claims(iat=NOW + 10, exp=NOW - 10))
    tell("nbf after exp, both within the leeway", None, claims(nbf=NOW + 20, exp=NOW - 20))
    # Which of them is reported first.
    tell("all three are wrong: exp comes first", "expiry", claims(exp=0, nbf=NOW + 99, iat=NOW + 99))
    tell("nbf and iat are wrong: nbf comes first", "not-before", claims(nbf=NOW + 99, iat=NOW + 99))
    tell("iat and sub are wrong: iat comes first", "issued-at", claims(iat=NOW + 99, sub="null"))
    # The same token at other times.
    body = claims(nbf=NOW)
    for now, failed, when in [
        (NOW + 899, None, "a second before exp"), (NOW + 900, None, "at exp"), (NOW + 929, None, "29 s past exp"),
        (NOW + 930, "expiry", "30 s past exp"), (NOW - 30, None, "30 s before nbf"),
        (NOW - 31, "not-before", "31 s before nbf"), (0, "not-before", "in 1970"), (-1, "not-before", "before 1970"),
        (2**31, "expiry", "in 2038"), (2**33, "expiry", "in 2242"),
    ]:
        tell(f"one token, {when}", failed, body, now=now)
    tell("a token of 1970 in 1970", None, '{"sub":"ada","iat":0,"exp":10}', now=5)
    refused("T12", "expiry", "an expired token of RS256", rsa(body=claims(exp=NOW - 30)))
    refused("T12", "not-before", "a token of RS256 from tomorrow", rsa(body=claims(nbf=NOW + 86400)))
    refused("T12", "issued-at", "a token of RS256 issued tomorrow", rsa(body=claims(iat=NOW + 86400)))
    refused(
        "T12", "signature", "an expired token with a bad signature: the signature comes first",
        rsa(body=claims(exp=0), name="two"),
    )


def rounding():
    """Numbers whose nearest 64-bit float lies beyond an edge that a float one unit away from it does not reach."""
    late, early = f"{NOW + 30}.00000012", f"{NOW - 30}.00000012"
    refused("T12", "not-before", "nbf a ten millionth of a second past the leeway", mac(claims(nbf=late)), **ALONE)
    refused("T12", "issued-at", "iat a ten millionth of a second past the leeway", mac(claims(iat=late)), **ALONE)
    accepted("T12", "exp a ten millionth of a second within the leeway", mac(claims(exp=early)), **ALONE)
    for number in ("1.7976931348623158e308", "0.17976931348623158e309"):
        accepted("T3", f"{number}, which rounds to the largest float", mac(claims(x=number)), **ALONE)
    token = entitled(entry(end=f"{NOW}.00000012"))
    accepted("T14", "an entitlement that ends a ten millionth of a second from now", token, tool="ocr", **ALONE)


def moved(seconds):
    """The moment so many seconds from now, spelt with a fraction where `seconds` is."""
    whole, _, fraction = seconds.partition(".")
    if fraction and whole.startswith("-"):
        return f"{NOW + int(whole) - 1}.{fraction}"
    return f"{NOW + int(whole)}" + (f".{fraction}" if fraction else "")


def signed_text(seconds):
    return f"- {seconds[1:]} s" if seconds.startswith("-") else f"+ {seconds} s"


# --------------------------------------------------------------------------------------- T13, subject, issuer, audience


def t13():
    def tell(name, failed, body, **given):
        given = ALONE | given
        if failed:
            refused("T13", failed, name, mac(body), **given)
        else:
            accepted("T13", name, mac(body), **given)

    tell("no sub", "subject", claims(sub=...))
    for text in ['""', "null", "true", "0", "1", "1.5", "[]", '["ada"]', "{}", '{"id":"ada"}']:
        tell(f"sub {text}", "subject", claims(sub=text))
    for code in (0x00, 0x01, 0x08, 0x09, 0x0A, 0x0D, 0x1B, 0x1F, 0x7F, 0x80, 0x85, 0x9B, 0x9F):
        tell(f"sub with U+{code:04X} inside", "subject", claims(sub=f'"a\\u{code:04x}b"'))
    tell("sub that is one nul", "subject", claims(sub=r'"\u0000"'))
    tell("sub with a newline at its end", "subject", claims(sub=r'"ada\n"'))
    tell("sub with a newline at its beginning", "subject", claims(sub=r'"\nada"'))
    tell("sub with U+0085 as it is, not escaped", "subject", claims(sub='"ada\u0085"'))
    tell("sub with DEL as it is, not escaped", "subject", claims(sub='"ada\x7f"'))
    tell("sub that writes a header", "subject", claims(sub=r'"ada\r\nX-Noesis-Sub: root"'))
    for what, text in [
        ("one letter", '"a"'), ("a digit", '"0"'), ("a space", '" "'), ("the word null", '"null"'),
        ("a number in quotes", '"42"'), ("letters with accents", '"Ren\u00e9e"'), ("chinese letters", '"\u8bfa\u65af"'),
        ("an emoji", '"\U0001f469\u200d\U0001f4bb"'), ("an emoji through surrogates", r'"\ud83d\ude00"'),
        ("a no-break space", '"a\u00a0b"'), ("a line separator", '"a\u2028b"'), ("a change of direction", '"a\u202eb"'),
        ("a noncharacter", '"a\uffffb"'), ("a byte order mark", '"\ufeffada"'), ("an address", '"ada@example.com"'),
        ("an identifier", '"018f7a2c-7c4e-7a2b-9d6e-2f3a4b5c6d7e"'),
        ("quotes and markup", r'"\"><script>alert(1)</script>"'), ("2000 letters", '"' + "a" * 2000 + '"'),
    ]:
        tell(f"sub of {what}", None, claims(sub=text))
    # The issuer, where one is required.
    tell("iss as required", None, claims(iss=q(ISSUER)), issuer=ISSUER)
    tell("iss through escapes", None, claims(iss=r'"https:\/\/noesis\u002eexample"'), issuer=ISSUER)
    tell("an empty iss, which is required", None, claims(iss='""'), issuer="")
    tell(
        "iss with letters beyond ascii", None, claims(iss='"https://n\u00f6esis.example"'),
        issuer="https://n\u00f6esis.example",
    )
    tell("no iss", "issuer", claims(), issuer=ISSUER)
    tell("no iss, where an empty one is required", "issuer", claims(), issuer="")
    for what, iss in [
        ("another", "https://attacker.example"), ("with a slash after it", ISSUER + "/"),
        ("without its last letter", ISSUER[:-1]), ("with more after it", ISSUER + ".attacker.example"),
        ("with more before it", "x" + ISSUER), ("in capitals", ISSUER.upper()),
        ("with a capital", "https://Noesis.example"), ("with http", "http://noesis.example"),
        ("with its port", ISSUER + ":443"), ("with a space after it", ISSUER + " "),
        ("with a newline after it", ISSUER + "\n"), ("with a nul after it", ISSUER + "\0"),
        ("with a user before it", "https://noesis.example@attacker.example"),
        ("with a letter that looks alike", "https://n\u043eesis.example"), ("without its scheme", "noesis.example"),
        ("empty", ""), ("a pattern", "https://*.example"),
    ]:
        tell(f"iss {what}", "issuer", claims(iss=q(iss)), issuer=ISSUER)
    tell("iss decomposed", "issuer", claims(iss='"https://no\u0308esis.example"'), issuer="https://n\u00f6esis.example")
    for text in ["null", "true", "0", f'["{ISSUER}"]', f'{{"{ISSUER}":true}}', "[]", "{}"]:
        tell(f"iss {text}, which is not a string", "issuer", claims(iss=text), issuer=ISSUER)
        tell(f"iss {text}, where none is required", None, claims(iss=text))
    tell("another iss, where none is required", None, claims(iss='"https://attacker.example"'))
    # The audience, where one is required.
    for what, text in [
        ("as required", '"tool"'), ("a list of the one", '["tool"]'), ("the first of a list", '["tool","a"]'),
        ("the last of a list", '["a","b","tool"]'), ("twice in a list", '["tool","tool"]'),
        ("through escapes", r'["\u0074ool"]'), ("in a list with empty texts", '["","tool",""]'),
        ("the last of a hundred", json.dumps([f"a{n}" for n in range(99)] + ["tool"])),
    ]:
        tell(f"aud {what}", None, claims(aud=text), audience="tool")
    tell("an empty aud, which is required", None, claims(aud='""'), audience="")
    tell("no aud", "audience", claims(), audience="tool")
    for text in [
        '"other"', '"Tool"', '"TOOL"', '"tools"', '"too"', '"a tool"', '"tool "', '" tool"', r'"tool\u0000"',
        '"tool,a"', '"tool a"', '""', '"*"', '"t\uff4f\uff4fl"', "null", "true", "0", "{}", '{"tool":true}',
        '{"aud":"tool"}', "[]", '["a"]', '["Tool"]', '["too","l"]', '[""]', '[["tool"]]', '["a",["tool"]]',
        '[{"tool":true}]', '["tool",1]', '[1,"tool"]', '["tool",null]', '["tool",["tool"]]', '["tool",{}]',
        '["tool",true]',
    ]:
        tell(f"aud {text}", "audience", claims(aud=text), audience="tool")
    for text, audience in (
        ("null", "null"), ("1", "1"), ("true", "true"), ("[null]", "null"), ("[1]", "1"), ("[]", ""),
    ):
        tell(f"aud {text}, where the text {q(audience)} is required", "audience", claims(aud=text), audience=audience)
    for text in ['"other"', "null", "1", "{}", "[]", '["tool",1]']:
        tell(f"aud {text}, where none is required", None, claims(aud=text))
    both = {"issuer": ISSUER, "audience": "tool"}
    tell("iss and aud as required", None, claims(iss=q(ISSUER), aud='["tool"]'), **both)
    tell("sub, iss and aud are wrong: sub comes first", "subject", claims(sub='""'), **both)
    tell("iss and aud are wrong: iss comes first", "issuer", claims(), **both)
    tell("iss and aud are exchanged", "issuer", claims(iss='"tool"', aud=q(ISSUER)), **both)
    tell(
        "aud is wrong and access is missing: aud comes first", "audience", claims(aud='"x"'), tool="ocr",
        **both | {"issuer": None},
    )
    refused("T13", "subject", "a token of RS256 without a sub", rsa(body=claims(sub=...)))
    refused("T13", "issuer", "a token of RS256 from another issuer", rsa(body=claims(iss='"x"')), issuer=ISSUER)
    refused("T13", "audience", "a token of RS256 for another audience", rsa(body=claims(aud='"x"')), audience="tool")


# ------------------------------------------------------------------------------------ T14, access and what else it says


def entry(tool='"ocr"', end=NOW + 900, **more):
    return members({"tool_id": tool, "expires_at": end} | more)


def entitled(*entries):
    return mac(claims(entitlements="[" + ",".join(entries) + "]"))


def t14():
    def tell(name, has, token, tool="ocr", **given):
        given = ALONE | given
        if has:
            accepted("T14", name, token, tool=tool, **given)
        else:
            refused("T14", "access", name, token, tool=tool, **given)

    # Which tool: the text of `tool_id`, the required tool, and whether they are equal.
    for text, tool, has in [
        ('"ocr"', "ocr", True), (r'"\u006fcr"', "ocr", True), ('"OCR"', "ocr", False), ('"oc"', "ocr", False),
        ('"ocr2"', "ocr", False), ('"ocr "', "ocr", False), ('" ocr"', "ocr", False), (r'"ocr\u0000"', "ocr", False),
        ('"*"', "ocr", False), ('""', "ocr", False), ('""', "", True), ('"ocr"', "", False),
        ('"\u00e9"', "\u00e9", True), ('"e\u0301"', "\u00e9", False), ('"\U0001f527"', "\U0001f527", True),
        ("7", "7", True), ('"7"', "7", True), ('"07"', "7", False), ('"07"', "07", True), ("7", "07", False),
        ("7", "7.0", False), ("7", " 7", False), ("7", "+7", False), ("70", "7", False), ("0", "0", True),
        ("-0", "0", False), ("-0", "-0", False), ("-7", "-7", True), ("-7", "7", False), ("7.0", "7", False),
        ("7.0", "7.0", False), ("7.5", "7.5", False), ("7e0", "7", False), ("1e2", "100", False),
        ('"7.0"', "7.0", True), ("9007199254740993", "9007199254740993", True),
        ("9007199254740993", "9007199254740992", False), ("9223372036854775807", "9223372036854775807", True),
        ("9223372036854775808", "9223372036854775808", True), ("18446744073709551615", "18446744073709551615", True),
        ("18446744073709551616", "18446744073709551616", True), ("-9223372036854775808", "-9223372036854775808", True),
        ("-9223372036854775809", "-9223372036854775809", True), ("true", "true", False), ("true", "True", False),
        ("true", "1", False), ("false", "0", False), ("null", "null", False), ("null", "None", False),
        ("null", "", False), ('["ocr"]', "ocr", False), ("[7]", "7", False), ('{"id":"ocr"}', "ocr", False),
        ("{}", "ocr", False), (..., "ocr", False),
    ]:
        shown = "left out" if text is ... else text
        tell(f"tool_id {shown}, where {q(tool)} is required", has, entitled(entry(text)), tool)
    # Until when.
    for text, has in [
        (NOW + 1, True), (NOW, False), (NOW - 1, False), (NOW + 900, True), (f"{NOW}.5", True), (f"{NOW}.0", False),
        (f"{NOW - 1}.5", False), (f"{NOW + 1}.0", True), (f"{NOW}.25", True), ("1.7822088e9", False),
        ("1.782208801e9", True), (0, False), ("-0", False), (1, False), (-1, False), (-NOW, False),
        ("-9223372036854775808", False), ("-1e300", False), ("1e-400", False), (NOW * 1000, True),
        ("253402300800", True), ("9223372036854775807", True), ("9223372036854775808", True),
        ("18446744073709551615", True), ("18446744073709551616", True), ("1e300", True), ("null", False),
        ("true", False), ("false", False), ('""', False), (f'"{NOW + 900}"', False), ('"never"', False), ("[]", False),
        (f"[{NOW + 900}]", False), ("{}", False), (f'{{"at":{NOW + 900}}}', False), (..., False),
    ]:
        tell(f"expires_at {'left out' if text is ... else text}", has, entitled(entry(end=text)))
    # Dates: now is 2026-06-23T10:00:00Z.
    for text, has in [
        ("2026-06-23T10:00:01Z", True), ("2026-06-23T10:00:00Z", False), ("2026-06-23T09:59:59Z", False),
        ("2027-01-01T00:00:00Z", True), ("2026-06-23t10:00:01z", True), ("2026-06-23T10:00:00.5Z", True),
        ("2026-06-23T10:00:00.000000001Z", True), ("2026-06-23T10:00:00.000Z", False),
        ("2026-06-23T09:59:59.999999999Z", False), ("2026-06-23T10:00:01+00:00", True),
        ("2026-06-23T10:00:00+00:00", False), ("2026-06-23T10:00:01-00:00", True), ("2026-06-23T12:00:01+02:00", True),
        ("2026-06-23T12:00:00+02:00", False), ("2026-06-23T05:00:01-05:00", True), ("2026-06-23T05:00:00-05:00", False),
        ("2026-06-23T15:30:01+05:30", True), ("2026-06-23T15:30:00+05:30", False), ("2026-06-24T09:59:01+23:59", True),
        ("2026-06-24T09:59:00+23:59", False), ("2026-06-22T10:01:01-23:59", True), ("2026-06-22T10:01:00-23:59", False),
        ("2026-06-23T09:59:60Z", False), ("2026-06-23T10:00:60Z", True), ("2028-02-29T00:00:00Z", True),
        ("2400-02-29T00:00:00Z", True), ("9999-12-31T23:59:59Z", True), ("9999-12-31T23:59:59-23:59", True),
        ("0000-01-01T00:00:00Z", False), ("0001-01-01T00:00:00Z", False), ("1970-01-01T00:00:00Z", False),
    ]:
        tell(f"expires_at {q(text)}", has, entitled(entry(end=q(text))))
    for text in [
        "2030-01-01T00:00:00", "2030-01-01", "2030-01-01T00:00Z", "2030-01-01T00Z", "2030-01Z", "2030",
        "2030-01-01 00:00:00Z", "2030-01-01_00:00:00Z", "20300101T000000Z", "2030-001T00:00:00Z",
        "2030-W01-1T00:00:00Z", "2030-1-1T00:00:00Z", "30-01-01T00:00:00Z", "02030-01-01T00:00:00Z",
        "+002030-01-01T00:00:00Z", "-2030-01-01T00:00:00Z", "12030-01-01T00:00:00Z", "2030-00-01T00:00:00Z",
        "2030-13-01T00:00:00Z", "2030-01-00T00:00:00Z", "2030-01-32T00:00:00Z", "2030-04-31T00:00:00Z",
        "2030-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2028-02-30T00:00:00Z", "2030-01-01T24:00:00Z",
        "2030-01-01T25:00:00Z", "2030-01-01T00:60:00Z", "2030-01-01T00:00:61Z", "2030-01-01T0:00:00Z",
        "2030-01-01T00:00:0Z", "2030-01-01T00:00:00.Z", "2030-01-01T00:00:00,5Z", "2030-01-01T00:00:00.5.5Z",
        "2030-01-01T00:00:00+24:00", "2030-01-01T00:00:00+00:60", "2030-01-01T00:00:00+0200", "2030-01-01T00:00:00+02",
        "2030-01-01T00:00:00+2:00", "2030-01-01T00:00:00\u221202:00", "2030-01-01T00:00:00 Z", "2030-01-01T00:00:00ZZ",
        "2030-01-01T00:00:00Z+00:00", "2030-01-01T00:00:00UTC", "2030-01-01T00:00:00Z[UTC]", "2030-01-01T00:00:00Z ",
        " 2030-01-01T00:00:00Z", "2030-01-01T00:00:00Z\n", "2030-01-01T00:00:00Z\0", "\uff12030-01-01T00:00:00Z",
        "2030-01-01T00:00:0\u0660Z", "2030/01/01T00:00:00Z", "01.01.2030", "Tue, 01 Jan 2030 00:00:00 GMT",
        "2030-01-01T00:00:00+02:00:00", "1e18", "Infinity", "9999999999",
    ]:
        tell(f"expires_at {q(text)}, which is no date and time with its offset", False, entitled(entry(end=q(text))))
    # The list, and what it holds.
    tell("no entitlements", False, mac())
    for text in [
        "null", "true", "1", '"ocr"', "{}", "[]", '["ocr"]', "[null]", "[[]]", "[{}]", entry(), f'{{"ocr":{entry()}}}',
        f"[[{entry()}]]", f'{{"0":{entry()}}}',
    ]:
        tell(f"entitlements {text}", False, mac(claims(entitlements=text)))
    tell("Entitlements with a capital", False, mac(claims(Entitlements=f"[{entry()}]")))
    tell("an entitlement beside the list", False, mac(claims(tool_id='"ocr"', expires_at=NOW + 900, entitlements="[]")))
    tell("tools for entitlements", False, mac(claims(tools='["ocr"]', scope='"ocr"')))
    broken = {
        "null": "null", "true": "true", "a number": "7", "a text": '"ocr"', "an empty list": "[]",
        "a list of an entitlement": f"[{entry()}]", "an empty object": "{}", "one without an end": entry(end=...),
        "one without a tool": entry(...), "one whose tool is null": entry("null"),
        "one whose tool is true": entry("true"), "one whose tool is 7.5": entry("7.5"),
        "one whose tool is a list": entry('["ocr"]'), "one whose end is null": entry(end="null"),
        "one whose end is true": entry(end="true"), "one whose end is a naive date": entry(end='"2030-01-01T00:00:00"'),
        "one whose end is a text": entry(end='"never"'), "one whose end is an object": entry(end="{}"),
        "one with names in capitals": '{"Tool_ID":"ocr","Expires_At":1}',
    }
    for what, text in broken.items():
        tell(f"{what} before a good entitlement", True, entitled(text, entry()))
        tell(f"{what} after a valid entitlement", True, entitled(entry(), text))
        tell(f"{what} before an entitlement that has ended", False, entitled(text, entry(end=NOW)))
    tell("all of these around a good entitlement", True, entitled(*broken.values(), entry(), *broken.values()))
    tell("all of these and no good entitlement", False, entitled(*broken.values()))
    past, later = entry(end=NOW - 1), entry(end=NOW + 1)
    for name, has, entries in [
        ("one tool twice, the first has ended", True, [past, later]),
        ("one tool twice, the second has ended", True, [later, past]),
        ("one tool twice, both have ended", False, [past, entry(end=NOW)]),
        ("one tool twice, neither has ended", True, [later, entry()]),
        ("one tool twice, one end is a date", True, [past, entry(end='"2030-01-01T00:00:00Z"')]),
        ("one tool as text and as integer", False, [entry("7"), entry('"7"')]),
        ("another tool", False, [entry('"vision"')]),
        ("another tool lives, this one has ended", False, [entry('"vision"'), past]),
        ("this tool is the last of a hundred", True, [entry(f'"t{n}"', NOW + n) for n in range(99)] + [entry()]),
        ("this tool is none of a hundred", False, [entry(f'"t{n}"', NOW + n) for n in range(100)]),
    ]:
        tell(name, has, entitled(*entries))
    tell(
        "one tool as integer that has ended, and as text that lives", True, entitled(entry("7", NOW), entry('"7"')), "7"
    )
    for text in ['"purchase"', '"invite"', '"promotion"', '"stolen"', '""', "null", "1", "[]", "{}"]:
        tell(f"source {text}, which decides nothing", True, entitled(entry(source=text)))
    tell(
        "members of an entitlement that are unknown", True,
        entitled(entry(revoked="true", starts_at=NOW + 99, **{"": "1"})),
    )
    # The leeway is for clocks of tokens; an entitlement ends when it ends.
    tell("no leeway for an entitlement", False, entitled(entry(end=NOW)), leeway=300)
    body = claims(exp=NOW - 10, entitlements=f"[{entry()}]")
    tell("a token within its leeway, whose entitlement lives", True, mac(body))
    body = claims(exp=NOW + 5, entitlements=f"[{entry(end=NOW + 1)}]")
    for now, has in ((NOW, True), (NOW + 1, False), (NOW + 10, False)):
        tell(f"one token, {now - NOW} s later", has, mac(body), now=now)
    refused(
        "T14", "expiry", "an entitlement in a token that has expired", mac(claims(exp=0, entitlements=f"[{entry()}]")),
        tool="ocr", **ALONE,
    )
    refused(
        "T14", "signature", "an entitlement in a token that nobody signed",
        rsa(body=claims(entitlements=f"[{entry()}]"), name="two"), tool="ocr",
    )
    refused(
        "T14", "access", "a token of RS256 without the entitlement", rsa(body=claims(entitlements=f"[{past}]")),
        tool="ocr",
    )
    accepted("T14", "a token of RS256 with the entitlement", rsa(body=claims(entitlements=f"[{later}]")), tool="ocr")
    # Where no tool is required, entitlements decide nothing.
    for text in ["null", "[]", '"ocr"', f"[{past}]", "[null,{}]"]:
        accepted("T14", f"entitlements {text}, where no tool is required", mac(claims(entitlements=text)), **ALONE)
    # What else the platform says of a user.
    for text in [
        ..., "true", "false", "null", "0", "1", "-1", "1.0", '"true"', '"True"', '"yes"', '"1"', '""', "[]", "[true]",
        "{}", '{"is_admin":true}',
    ]:
        shown = "left out" if text is ... else text
        token = mac(claims(is_admin=text, entitlements=f"[{past}]"))
        payload = {"is_admin": text == "true"}
        accepted("T14", f"is_admin {shown}", token, payload=payload)
        refused("T14", "access", f"is_admin {shown} gives no access to a tool", token, tool="ocr", payload=payload)
    accepted(
        "T14", "Is_Admin with a capital", mac(claims(Is_Admin="true", admin="true", isAdmin="true")),
        payload={"is_admin": False},
    )
    accepted("T14", "is_admin through an escape", mac(claims(**{r"is_\u0061dmin": "true"})), payload={"is_admin": True})
    accepted("T14", "is_admin in the header", mac(head=header('"HS256"', is_admin="true")), payload={"is_admin": False})
    accepted("T14", "is_admin in an entitlement", entitled(entry(is_admin="true")), payload={"is_admin": False})
    for text, role in [
        (..., None), ("null", None), ('"integrator"', "integrator"), ('"distributor"', "distributor"),
        ('"admin"', "admin"), ('""', ""), (r'"a\u0000b"', "a\0b"), ("true", None), ("1", None), ('["admin"]', None),
        ('{"name":"admin"}', None),
    ]:
        payload = {"is_admin": False, "role": role}
        accepted("T14", f"role {'left out' if text is ... else text}", mac(claims(role=text)), payload=payload)
    refused(
        "T14", "access", "the role admin gives no access to a tool", mac(claims(role='"admin"')), tool="ocr",
        payload={"role": "admin", "is_admin": False},
    )
    for text, jti in ((..., None), ('"t-1"', "t-1"), ('""', ""), ("null", None), ("1", None), ('["t-1"]', None)):
        accepted(
            "T14", f"jti {'left out' if text is ... else text}", mac(claims(jti=text)),
            payload={"jti": jti, "sub": "ada"},
        )


# --------------------------------------------------------------------------------------------------------- the real SDK


class Clock(datetime.datetime):
    """`datetime`, whose clock is fixed."""

    at = NOW

    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(cls.at, tz)


def is_supported(case):
    """Whether the SDK has the options of the case: it has none for issuer, audience and leeway."""
    policy = case["policy"]
    if policy["issuer"] is not None or policy["audience"] is not None:
        return False
    strict = verify(case | {"policy": policy | {"leeway": 0}})
    return all(strict[name] == case["expect"].get(name) for name in strict)


async def verify_with_sdk(case):
    """What the SDK does with a token, and with a request that needs the tool; it fetches the key set from a server."""
    import httpx
    from fastapi import HTTPException
    from noesis_auth import AuthMiddleware

    def server(request):
        keys = case["jwks"]
        return httpx.Response(404) if keys is None else httpx.Response(200, content=keys.encode())

    secret = None
    if case["secret"] is not None:
        secret = base64url(case["secret"])
        # Its type is text; it takes bytes as well.
        secret = secret.decode() if secret.isascii() else secret
    Clock.at = case["now"]
    client = httpx.AsyncClient
    with (
        mock.patch("jose.jwt.datetime", Clock),
        mock.patch("time.time", lambda: case["now"]),
        mock.patch("httpx.AsyncClient", lambda: client(transport=httpx.MockTransport(server))),
        mock.patch("noesis_auth.jwt_validator.asyncio.sleep", mock.AsyncMock()),
    ):
        middleware = AuthMiddleware("https://noesis.example/.well-known/jwks.json", hs256_secret=secret)
        try:
            await middleware.validator.validate(case["token"])
            verdict = "accepts"
        except ValueError:
            verdict = "refuses"
        except Exception as error:
            # Without any key set it raises a plain RuntimeError.
            verdict = "refuses" if type(error) is RuntimeError else "crashes"
        if case["policy"]["tool"] is None and "payload" not in case["expect"]:
            return verdict, None, None
        request = mock.Mock(headers={"Authorization": f"Bearer {case['token']}"})
        try:
            payload = await middleware.authenticate(request)
        except HTTPException:
            return verdict, "refused", None
        except Exception:
            return verdict, "crash", None
        try:
            access = payload.has_tool_access(case["policy"]["tool"])
        except Exception:
            access = "crash"
        return verdict, access, payload


async def sdk():
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    supported = [case for case in CASES if is_supported(case)]
    wrong = {"accepts": collections.Counter(), "refuses": collections.Counter(), "crashes": collections.Counter()}
    decisions, members_compared, members_wrong = collections.Counter(), 0, 0
    for case in supported:
        expect, rule = case["expect"], case["rule"]
        verdict, access, payload = await verify_with_sdk(case)
        should = "accepts" if expect.get("valid") or expect.get("failed") == "access" else "refuses"
        if verdict != should:
            wrong[verdict][rule] += 1
        if expect.get("access") is not None:
            decisions["all"] += 1
            if access is not expect["access"]:
                decisions["granted" if access is True else "crashed" if access == "crash" else "denied"] += 1
        for name, value in expect.get("payload", {}).items():
            found = getattr(payload, name, ...)
            # A `jti` that is absent is an empty text to it.
            found = value if name == "jti" and value is None and found == "" else found
            members_compared += 1
            members_wrong += type(found) is not type(value) or found != value

    def counted(verdict):
        rules = sorted(wrong[verdict], key=lambda rule: int(rule[1:]))
        return f"{wrong[verdict].total()} ({', '.join(f'{rule} {wrong[verdict][rule]}' for rule in rules)})"

    bad = decisions["granted"] + decisions["denied"] + decisions["crashed"]
    print(
        f"noesis-auth 0.2.0, {len(supported)} cases ({len(CASES) - len(supported)} that its options cannot express left out):"
        f" accepts {counted('accepts')} that it should refuse, refuses {counted('refuses')} that it should accept,"
        f" crashes on {counted('crashes')}; access decisions: {bad} wrong of {decisions['all']}"
        f" ({decisions['granted']} granted, {decisions['denied']} denied, {decisions['crashed']} crashed);"
        f" members of the payload: {members_wrong} wrong of {members_compared}"
    )


# -------------------------------------------------------------------------------------------------------------- the end


def check_cases():
    """Fails where a case is not well formed, or `verifier.py` says something else."""
    names = collections.Counter(case["name"] for case in CASES)
    wrong = [f"{name}: a name of {count} cases" for name, count in names.items() if count > 1]
    for case in CASES:
        stated = {name: value for name, value in case["expect"].items() if name != "payload"}
        found = verify(case)
        if found != stated:
            wrong.append(f"{case['rule']}, {case['name']}: verifier.py says {found}, stated is {stated}")
    if wrong:
        sys.exit("\n".join(wrong) + f"\n{len(wrong)} of {len(CASES)} cases are wrong")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="fail where cases.jsonl is not what would be written")
    parser.add_argument("--sdk", action="store_true", help="ask the real SDK the same cases")
    args = parser.parse_args()
    for section in (t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, rounding):
        section()
    check_cases()
    if args.sdk:
        return asyncio.run(sdk())
    text = "".join(json.dumps(case) + "\n" for case in CASES)
    if not args.check:
        FILE.write_text(text)
    elif not FILE.exists() or FILE.read_text() != text:
        sys.exit(f"{FILE.name} is not what {sys.argv[0]} writes")
    counts = collections.Counter((case["rule"], case["expect"].get("valid", False)) for case in CASES)
    rules = [f"T{rule} {counts[f'T{rule}', True]} + {counts[f'T{rule}', False]}" for rule in range(1, 15)]
    print(f"{len(CASES)} cases; accepted + refused by rule: {', '.join(rules)}")


if __name__ == "__main__":
    main()
