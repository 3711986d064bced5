#!/usr/bin/env python3
"""Mutants of tokens, key sets and policies, one JSON line each, with the result of the second verifier in `expect`.

Most mutants are signed again after they were changed, so that the later rules are reached. The same seed gives the same
mutants. Usage: mutants.py --seed N --count N; a summary goes to standard error.
"""

import argparse
import collections
import json
import random
import sys

from verifier import verify
from tokens import NOW, SECRET, b64, hs256, jwk, key_set, number, key, rs256

NASTY = """null true false 0 -0 1 -1 0.5 -0.5 1e3 1E+2 1e400 -1e400 1e308 1e-400 1.0 00 01 .5 1. +1 NaN Infinity 0x10 "" "a" "\\u0000" "\\u0061"
"\\ud800" "\\udc00" "\\ud83d\\ude00" "\\ud83d" "\\u12" "\\x" "\u0085" "\u202e" "é" "\t" [] {} [null] [1] ["a"] [[]] {"a":1} {"a":1,"a":2} {"a":1,"\\u0061":2}
9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809 18446744073709551615 18446744073709551616 9007199254740993 1e18 1e19 "null" "true" "RSA" "sig" "RS256" "HS256"
"none" "JWT" "jwt" "at+JWT" "application/at+jwt" "JOSE" "one" "two" "verify" ["verify"] ["verify","verify"] ["verify","sign"] ["sign"] ["tool"] ["tool",1] "tool" "https://noesis.example" "ocr" 7 "7" 7.0""".split()
NOWS = [NOW, NOW - 1, NOW + 1, NOW - 29, NOW - 30, NOW - 31, NOW + 29, NOW + 30, NOW + 31, NOW + 0.5, NOW - 30.5, NOW - 29.5, NOW + 900, NOW * 1000]
DATES = """2026-06-23T10:00:00Z 2026-06-23T10:00:01Z 2026-06-23T10:00:00.5Z 2026-06-23T12:00:00+02:00 2026-06-23T12:00:01+02:00 2026-06-23t10:00:01z 2026-06-23T10:00:59.999999999-23:59
2027-02-29T00:00:00Z 2028-02-29T00:00:00Z 9999-12-31T23:59:60Z 2027-01-01T24:00:00Z 2027-01-01T00:60:00Z 2027-01-01T00:00:61Z 2027-1-1T00:00:00Z 2027-01-01 00:00:00Z 2027-01-01T00:00:00 2027-01-01T00:00:00+24:00
2027-01-01T00:00:00.Z 2027-01-01T00:00:00.1234567890Z 0000-01-01T00:00:00Z 0000-02-29T00:00:00+01:00 2027-13-01T00:00:00Z 2027-00-01T00:00:00Z 2027-01-00T00:00:00Z 2027-04-31T00:00:00Z 2027-01-01""".split("\n")
DATES = [date for line in DATES for date in ([line] if " 00" in line else line.split(" "))]
CLAIMS = ["sub", "exp", "nbf", "iat", "iss", "aud", "jti", "role", "is_admin", "entitlements"]
HEADERS = ["alg", "typ", "kid", "cty", "crit", "b64", "zip", "enc", "jwk", "jku", "x5u", "x5c", "x"]
MEMBERS = ["kty", "kid", "use", "alg", "key_ops", "n", "e", "d", "p", "k", "oth", "x5c", "x"]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def pick(self, values):
        return self.random.choice(values)

    def value(self):
        if self.chance(20):
            return json.dumps(self.pick(NOWS))
        if self.chance(15):
            return json.dumps(self.pick(DATES))
        return self.pick(NASTY)

    def deep(self):
        depth = self.pick([2, 15, 29, 30, 31, 32, 33, 60])
        inner = self.pick(["1", "", "{}"])
        return "[" * depth + inner + "]" * depth

    def object(self, members):
        """The text of an object, whose members are pairs of a name and the text of a value."""
        space = self.pick(["", "", "", " ", "\n", "\t", "\r", "\f", "\u00a0"]) if self.chance(10) else ""
        pairs = []
        for name, value in members:
            name = json.dumps(name)
            if self.chance(2) and len(name) > 2:
                place = self.random.randrange(1, len(name) - 1)
                name = f"{name[:place]}\\u{ord(name[place]):04x}{name[place + 1:]}"
            pairs.append(f"{name}{space}:{space}{value}")
        return "{" + space + f"{space},{space}".join(pairs) + space + "}"

    def mend(self, members, names):
        """Changes some members: adds, leaves out, gives another value, doubles, moves."""
        for _ in range(self.pick([0, 0, 1, 1, 1, 2, 3])):
            action = self.random.randrange(8)
            if action < 4:
                name = self.pick(names)
                value = self.deep() if self.chance(4) else self.value()
                place = [at for at, (other, _) in enumerate(members) if other == name]
                if place:
                    members[place[0]] = (name, value)
                else:
                    members.append((name, value))
            elif action < 5 and members:
                members.pop(self.random.randrange(len(members)))
            elif action == 5 and members:
                self.random.shuffle(members)
            elif action == 6 and members and self.chance(25):
                members.append((self.pick(members)[0], self.value()))
            elif action == 7:
                members.append((self.pick(["x", "é", "", "Exp", "exp "]), self.value()))
        return members

    def edit(self, text):
        """Changes letters of a text."""
        for _ in range(self.pick([1, 1, 1, 2, 4])):
            place = self.random.randrange(len(text) + 1)
            action = self.random.randrange(5)
            if action == 0:
                text = text[:place] + text[place + 1 :]
            elif action == 1:
                text = text[:place] + self.pick(list('{}[]",:\\ \n\t0123456789eE.+-truefalsn') + ["\ufeff", "é", "\0"]) + text[place:]
            elif action == 2 and place < len(text):
                text = text[:place] + chr(ord(text[place]) ^ (1 << self.random.randrange(7))) + text[place + 1 :]
            elif action == 3:
                other = self.random.randrange(len(text) + 1)
                text = text[:place] + text[min(place, other) : max(place, other)] + text[place:]
            else:
                text = text[:place] + text[min(len(text), place + self.random.randrange(9)) :]
        return text

    def entitlements(self):
        entries = []
        for _ in range(self.pick([0, 1, 1, 2, 3])):
            members = [
                ("tool_id", self.pick(['"ocr"', '"ocr"', "7", '"7"', self.value()])),
                ("expires_at", self.pick([str(self.pick(NOWS)), json.dumps(self.pick(DATES)), str(NOW + 1), self.value()])),
            ]
            if self.chance(10):
                members.pop(self.random.randrange(2))
            if self.chance(20):
                members.append(("source", self.value()))
            entries.append(self.value() if self.chance(8) else self.object(members))
        return "[" + ",".join(entries) + "]"

    def keys(self, name):
        """The text of a key set, which mostly has the key of that name."""
        if self.chance(55):
            return key_set(jwk("one"), jwk("two"))
        members = []
        for each in self.pick([["one", "two"], ["one"], ["two", "one"], ["one", "one"], ["bits-1024", "one"], ["exponent-3", "two", "one"], []]):
            members.append([(field, json.dumps(value)) for field, value in jwk(each).items()])
        if members and self.chance(30):
            for each in members:
                each[:] = [pair for pair in each if pair[0] != "kid"]
        if members:
            changed = self.pick(members)
            if self.chance(20):
                n = key(name).public_key().public_numbers().n
                odd = self.pick([n + 1, n >> 1, n << 8 | 1, n ^ (1 << self.random.randrange(2048))])
                changed[:] = [(field, json.dumps(number(odd)) if field == "n" else value) for field, value in changed]
            elif self.chance(30):
                exponent = self.pick([1, 3, 65535, 65537, 65536, 65539, 2**32 - 1, 2**32 + 1, 2**16])
                changed[:] = [(field, json.dumps(number(exponent)) if field == "e" else value) for field, value in changed]
            else:
                self.mend(changed, MEMBERS)
        texts = [self.object(each) for each in members]
        if self.chance(10):
            texts.append(self.value())
        if self.chance(3):
            texts += ["{}"] * self.pick([15, 97, 98, 99, 100])
        text = self.object([("keys", "[" + ",".join(texts) + "]")] + ([("x", self.value())] if self.chance(10) else []))
        return self.edit(text) if self.chance(8) else text

    def spoil(self, token):
        """Changes a token after it was signed."""
        segments = token.split(".")
        place = self.random.randrange(len(segments))
        action = self.random.randrange(9)
        if action < 2 and segments[place]:
            at = self.random.randrange(len(segments[place]))
            segments[place] = segments[place][:at] + self.pick(LETTERS + "+/= .") + segments[place][at + 1 :]
        elif action == 2 and segments[place]:
            last = LETTERS.index(segments[place][-1]) if segments[place][-1] in LETTERS else 0
            segments[place] = segments[place][:-1] + LETTERS[last ^ self.pick([1, 2, 3])]
        elif action == 3:
            segments[place] += self.pick(["=", "==", "A", "AA", "AAAA", "\n", " ", "\u00e9"])
        elif action == 4:
            segments[place] = segments[place][: -self.pick([1, 2, 3, 4])]
        elif action == 5:
            self.random.shuffle(segments)
        elif action == 6:
            segments[self.random.randrange(len(segments))] = segments[place]
        elif action == 7:
            segments = self.pick([segments[:2], segments + [""], segments + segments[2:], ["", *segments], segments[:2] + [""]])
        else:
            return self.edit(token)
        return ".".join(segments)

    def case(self):
        name = self.pick(["one", "one", "two"])
        rsa = self.chance(30)
        policy = {"leeway": self.pick([30, 30, 30, 0, 300]), "issuer": None, "audience": None, "tool": None}
        if self.chance(30):
            policy["issuer"] = "https://noesis.example"
        if self.chance(30):
            policy["audience"] = self.pick(["tool", "a", "null"])
        if self.chance(60):
            policy["tool"] = self.pick(["ocr", "ocr", "7", "null", ""])
        header = [("alg", '"RS256"' if rsa else '"HS256"'), ("typ", '"JWT"'), ("kid", f'"{name}"')]
        claims = [
            ("sub", '"ada"'), ("iat", str(NOW - 60)), ("exp", str(NOW + 900)),
            ("iss", '"https://noesis.example"'), ("aud", self.pick(['"tool"', '["tool","a"]', "null", '["tool",1]', "[]"])),
            ("entitlements", self.entitlements()),
        ]
        if self.chance(40):
            claims[self.random.randrange(3)] = (self.pick(["nbf", "exp", "iat"]), json.dumps(self.pick(NOWS)))
        if self.chance(35):
            self.mend(header, HEADERS)
        if self.chance(60):
            self.mend(claims, CLAIMS)
        header, claims = self.object(header), self.object(claims)
        if self.chance(6):
            header = self.edit(header)
        if self.chance(8):
            claims = self.edit(claims)
        if self.chance(1):
            claims = self.pick(["[]", "null", "", "{}", "{} ", "{}{}", "\ufeff{}", " {}"])
        if self.chance(0.5):
            claims = claims[:-1] + ',"pad":"' + "x" * self.random.randrange(11500, 12300) + '"}'
        # Bytes that are no UTF-8, some of which only look like it.
        raw = claims.encode("utf-8", "surrogatepass")
        if self.chance(1):
            at = self.random.randrange(len(raw) + 1)
            raw = raw[:at] + self.pick([b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"]) + raw[at:]
        token = rs256(header, raw, name) if rsa else hs256(header, raw)
        if self.chance(12):
            token = self.spoil(token)
        secret = b64(SECRET)
        if self.chance(4):
            secret = self.pick([None, b64(b"x" * 31), b64(b"x" * 32), b64(key_set(jwk(name)))])
        return {
            "token": token,
            "jwks": None if self.chance(3) else self.keys(name),
            "secret": secret,
            "policy": policy,
            "now": self.pick([NOW, NOW, NOW, NOW + 900, NOW + 930, NOW + 929, NOW - 90, NOW - 91, 0, 2**33]) if self.chance(15) else NOW,
        }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20000)
    args = parser.parse_args()
    maker = Maker(args.seed)
    seen = collections.Counter()
    for _ in range(args.count):
        case = maker.case()
        case["expect"] = verify(case)
        seen[case["expect"].get("failed") or case["expect"]["outcome"]] += 1
        sys.stdout.write(json.dumps(case) + "\n")
    print(", ".join(f"{what} {count}" for what, count in seen.most_common()), file=sys.stderr)


if __name__ == "__main__":
    main()
