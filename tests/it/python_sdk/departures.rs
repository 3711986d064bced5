//! Where we differ from the SDK, and why: every row occurs in every case that it names, and nothing else differs.

use super::Case;
use super::compare::Difference;
use crate::support::call::CALLS;
use crate::support::call::Call::{self, Exchange, Introspect, Keys, Redeem, Refresh};

/// A header, what the SDK sends in it, what we send, and why.
pub type Header = (&'static str, Option<&'static str>, Option<&'static str>, &'static str);

/// The headers that differ in every request.
pub const HEADERS: &[Header] = &[
    ("accept", Some("*/*"), Some("application/json"), "only JSON can be used"),
    (
        "accept-encoding",
        Some("gzip, deflate"),
        None,
        "rule N2: no compressed answer is accepted",
    ),
    (
        "connection",
        Some("keep-alive"),
        None,
        "HTTP/1.1 keeps connections by itself (RFC 9112 §9.3)",
    ),
    (
        "user-agent",
        Some("python-httpx"),
        Some("noesis"),
        "each says what it is",
    ),
];

/// One difference in the same cases of some calls.
pub struct Departure {
    pub calls: &'static [Call],
    /// The cases by name; `4*` is every one that begins so.
    pub cases: &'static [&'static str],
    /// What the SDK makes of it.
    pub theirs: &'static str,
    /// What we make of it; `{status}` is the status that the case's name begins with.
    pub ours: &'static str,
    pub why: &'static str,
}

impl Departure {
    /// Whether it is to occur in a case.
    pub fn names(&self, case: &Case) -> bool {
        self.calls.contains(&case.call) && self.cases.iter().any(|pattern| is_named(case.name, pattern))
    }

    /// The names of it that are no case of one of its calls.
    pub fn unmet<'a>(&'a self, cases: &'a [Case]) -> impl Iterator<Item = (Call, &'static str)> + 'a {
        let pairs = self
            .calls
            .iter()
            .flat_map(|call| self.cases.iter().map(move |name| (*call, *name)));
        pairs.filter(move |(call, name)| !cases.iter().any(|case| case.call == *call && is_named(case.name, name)))
    }

    /// Whether it is this difference.
    pub fn is(&self, case: &Case, (theirs, ours): &Difference) -> bool {
        let status = case.name.get(..3).unwrap_or_default();
        self.theirs == theirs && self.ours.replace("{status}", status) == *ours
    }
}

fn is_named(name: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

const ALL: &[Call] = &CALLS;
const BUT_KEYS: &[Call] = &[Exchange, Refresh, Introspect, Redeem];
const TOKENS: &[Call] = &[Exchange, Refresh];

pub const DEPARTURES: &[Departure] = &[
    Departure {
        calls: BUT_KEYS,
        cases: &[
            "empty",
            "spaces",
            "words",
            "a form",
            "a web page",
            "half of JSON",
            "JSON and more",
            "single quotes",
            "a byte that is no UTF-8",
        ],
        theirs: "INVALID_RESPONSE 0",
        ours: "INVALID_RESPONSE 200",
        why: "docs/protocol.md, Errors: `INVALID_RESPONSE` carries the status 200, and the peer reports 0",
    },
    Departure {
        calls: TOKENS,
        cases: &["an empty object", "access token missing"],
        theirs: "INVALID_RESPONSE 0",
        ours: "INVALID_RESPONSE 200",
        why: "docs/protocol.md, Errors: `INVALID_RESPONSE` carries the status 200, and the peer reports 0",
    },
    Departure {
        calls: &[Redeem],
        cases: &[
            "an empty object",
            "tool ID missing",
            "tool name missing",
            "days missing",
            "end missing",
        ],
        theirs: "INVALID_RESPONSE 0",
        ours: "INVALID_RESPONSE 200",
        why: "docs/protocol.md, Errors: `INVALID_RESPONSE` carries the status 200, and the peer reports 0",
    },
    Departure {
        calls: &[Exchange, Refresh, Redeem],
        cases: &["null", "a list", "a string", "a number", "true"],
        theirs: "raises TypeError",
        ours: "INVALID_RESPONSE 200",
        why: "the SDK catches neither: JSON that is not an object is a body that is not the JSON expected",
    },
    Departure {
        calls: &[Introspect],
        cases: &["null", "a list", "a string", "a number", "true"],
        theirs: "raises AttributeError",
        ours: "INVALID_RESPONSE 200",
        why: "the SDK catches neither: JSON that is not an object is a body that is not the JSON expected",
    },
    Departure {
        calls: BUT_KEYS,
        cases: &["100,000 open lists"],
        theirs: "raises RecursionError",
        ours: "INVALID_RESPONSE 200",
        why: "the SDK's parser recurses without a bound of its own",
    },
    Departure {
        calls: ALL,
        cases: &["good with 10 MB of spaces", "good, gzip bomb"],
        theirs: "accepted",
        ours: "INVALID_RESPONSE 200",
        why: "rule N2: answers over 1 MiB (keys: 512 KiB) are refused, and compressed ones whatever they hold",
    },
    Departure {
        calls: &[Keys],
        cases: &["good with 900 KB of spaces"],
        theirs: "accepted",
        ours: "INVALID_RESPONSE 200",
        why: "rule N2: answers over 1 MiB (keys: 512 KiB) are refused, and compressed ones whatever they hold",
    },
    Departure {
        calls: BUT_KEYS,
        cases: &["gzip that is none"],
        theirs: "NETWORK_ERROR 0",
        ours: "INVALID_RESPONSE 200",
        why: "rule N2: answers over 1 MiB (keys: 512 KiB) are refused, and compressed ones whatever they hold",
    },
    Departure {
        calls: BUT_KEYS,
        cases: &["10 GB declared, then the end"],
        theirs: "NETWORK_ERROR 0",
        ours: "INVALID_RESPONSE 200",
        why: "rule N2: refused by the length that it declares, before the end comes",
    },
    Departure {
        calls: BUT_KEYS,
        cases: &["400 with 10 MB of spaces"],
        theirs: "says Big",
        ours: "says the server answered 400 Bad Request",
        why: "rule N2: so large a body is not read to its end",
    },
    Departure {
        calls: BUT_KEYS,
        cases: &["400 with gzip that is none"],
        theirs: "NETWORK_ERROR 0",
        ours: "TOKEN_INVALID {status}",
        why: "docs/protocol.md, Errors: any status but 200 is a rejection, whether or not its body can be read",
    },
    Departure {
        calls: ALL,
        cases: &["good in UTF-16"],
        theirs: "accepted",
        ours: "INVALID_RESPONSE 200",
        why: "RFC 8259 §8.1: JSON between systems is UTF-8; Python guesses among UTF-8, 16 and 32",
    },
    Departure {
        calls: BUT_KEYS,
        cases: &["a header of 200 KB"],
        theirs: "NETWORK_ERROR 0",
        ours: "accepted",
        why: "h11 ends at 100 KiB of headers, hyper at 400 KiB; both are bounds",
    },
    Departure {
        calls: ALL,
        cases: &["an unknown version of HTTP"],
        theirs: "accepted",
        ours: "NETWORK_ERROR 0",
        why: "RFC 9112 §2.3: there is no HTTP/9.9 over this connection; h11 takes any digits",
    },
    Departure {
        calls: BUT_KEYS,
        cases: &["dripped past the deadline"],
        theirs: "accepted",
        ours: "NETWORK_ERROR 0",
        why: "rule N1: the deadline holds for the whole request; httpx starts again with each byte",
    },
    Departure {
        calls: &[Refresh],
        cases: &["400 invalid_grant", "400 detail invalid_grant"],
        theirs: "TOKEN_INVALID 400",
        ours: "LOGIN_REQUIRED 0",
        why: "docs/cli.md: `invalid_grant` for a refresh token is exit 4, sign-in required",
    },
    Departure {
        calls: TOKENS,
        cases: &[
            "access token null",
            "access token empty",
            "access token a number",
            "access token a list",
        ],
        theirs: "accepted",
        ours: "INVALID_RESPONSE 200",
        why: "docs/protocol.md: the tokens are strings, and the access token is required; the SDK checks no type",
    },
    Departure {
        calls: TOKENS,
        cases: &["access token with a line break"],
        theirs: "accepted",
        ours: "INVALID_RESPONSE 200",
        why: "RFC 6749 Appendix A.12 and A.17: no token has such characters, and a header could not carry them",
    },
    Departure {
        calls: TOKENS,
        cases: &["refresh token a number"],
        theirs: "refresh_token=7",
        ours: r#"refresh_token="""#,
        why: "docs/protocol.md: what cannot be read beside the tokens is left out with a warning; the SDK checks no type",
    },
    Departure {
        calls: TOKENS,
        cases: &["refresh token with a space"],
        theirs: r#"refresh_token="b c""#,
        ours: r#"refresh_token="""#,
        why: "docs/protocol.md: what cannot be read beside the tokens is left out with a warning; the SDK checks no type",
    },
    Departure {
        calls: TOKENS,
        cases: &["token type a number"],
        theirs: "token_type=1",
        ours: r#"token_type="bearer""#,
        why: "docs/protocol.md: what cannot be read beside the tokens is left out with a warning; the SDK checks no type",
    },
    Departure {
        calls: TOKENS,
        cases: &["expires in words"],
        theirs: r#"expires_in="soon""#,
        ours: "expires_in=0",
        why: "docs/protocol.md: what cannot be read beside the tokens is left out with a warning; the SDK checks no type",
    },
    Departure {
        calls: TOKENS,
        cases: &["expires in the past"],
        theirs: "expires_in=-1",
        ours: "expires_in=0",
        why: "docs/protocol.md: what cannot be read beside the tokens is left out with a warning; the SDK checks no type",
    },
    Departure {
        calls: TOKENS,
        cases: &["expires in true"],
        theirs: "expires_in=true",
        ours: "expires_in=0",
        why: "docs/protocol.md: what cannot be read beside the tokens is left out with a warning; the SDK checks no type",
    },
    Departure {
        calls: TOKENS,
        cases: &["expires in 2^64"],
        theirs: "expires_in=1.8446744073709552e+19",
        ours: "expires_in=0",
        why: "docs/protocol.md: what cannot be read beside the tokens is left out with a warning; the SDK checks no type",
    },
    Departure {
        calls: TOKENS,
        cases: &["expires in infinity"],
        theirs: r#"expires_in="inf""#,
        ours: "expires_in=0",
        why: "docs/protocol.md: what cannot be read beside the tokens is left out with a warning; the SDK checks no type",
    },
    Departure {
        calls: TOKENS,
        cases: &["expires in a fraction"],
        theirs: "expires_in=900.5",
        ours: "expires_in=900",
        why: "docs/protocol.md: `expires_in` is whole seconds, a fraction is cut off",
    },
    Departure {
        calls: &[Redeem],
        cases: &["message a number"],
        theirs: "message=1",
        ours: r#"message="""#,
        why: "docs/protocol.md: what cannot be read beside the tokens is left out with a warning; the SDK checks no type",
    },
    Departure {
        calls: &[Redeem],
        cases: &["refresh required in words"],
        theirs: r#"token_refresh_required="false""#,
        ours: "token_refresh_required=true",
        why: "docs/protocol.md: what cannot be read beside the tokens is left out with a warning; the SDK checks no type",
    },
    Departure {
        calls: &[Redeem],
        cases: &["new token a number"],
        theirs: "new_access_token=5",
        ours: "new_access_token=null",
        why: "docs/protocol.md: what cannot be read beside the tokens is left out with a warning; the SDK checks no type",
    },
    Departure {
        calls: &[Redeem],
        cases: &["new token with a line break"],
        theirs: r#"new_access_token="a\nb""#,
        ours: "new_access_token=null",
        why: "docs/protocol.md: what cannot be read beside the tokens is left out with a warning; the SDK checks no type",
    },
    Departure {
        calls: &[Introspect],
        cases: &["exp not a number"],
        theirs: r#"exp="nan""#,
        ours: r#"exp="NaN""#,
        why: "RFC 8259 §6: NaN is no JSON; it is read as a string",
    },
    Departure {
        calls: &[Introspect],
        cases: &["half a character"],
        theirs: "sub=\"\u{fffd}\u{fffd}\u{fffd}\"",
        ours: "sub=\"\u{fffd}\"",
        why: "RFC 8259 §8.2: half of a surrogate pair is no character, and is read as U+FFFD",
    },
    Departure {
        calls: TOKENS,
        cases: &["expires in digits"],
        theirs: r#"expires_in="900""#,
        ours: "expires_in=900",
        why: "the same seconds, as the integer that docs/protocol.md has",
    },
    Departure {
        calls: TOKENS,
        cases: &["expires in a whole float"],
        theirs: "expires_in=900.0",
        ours: "expires_in=900",
        why: "the same seconds, as the integer that docs/protocol.md has",
    },
    Departure {
        calls: TOKENS,
        cases: &["expires in null"],
        theirs: "expires_in=null",
        ours: "expires_in=0",
        why: "null is read as left out: the default of docs/protocol.md instead of a value of another type",
    },
    Departure {
        calls: TOKENS,
        cases: &["refresh token null"],
        theirs: "refresh_token=null",
        ours: r#"refresh_token="""#,
        why: "null is read as left out: the default of docs/protocol.md instead of a value of another type",
    },
    Departure {
        calls: TOKENS,
        cases: &["token type null"],
        theirs: "token_type=null",
        ours: r#"token_type="bearer""#,
        why: "null is read as left out: the default of docs/protocol.md instead of a value of another type",
    },
    Departure {
        calls: &[Redeem],
        cases: &["message null"],
        theirs: "message=null",
        ours: r#"message="""#,
        why: "null is read as left out: the default of docs/protocol.md instead of a value of another type",
    },
    Departure {
        calls: &[Redeem],
        cases: &["refresh required null"],
        theirs: "token_refresh_required=null",
        ours: "token_refresh_required=true",
        why: "null is read as left out: the default of docs/protocol.md instead of a value of another type",
    },
    Departure {
        calls: &[Redeem],
        cases: &["new token empty"],
        theirs: r#"new_access_token="""#,
        ours: "new_access_token=null",
        why: "an empty token is none",
    },
    Departure {
        calls: &[Redeem],
        cases: &["tool ID a number"],
        theirs: "tool_id=7",
        ours: r#"tool_id="7""#,
        why: "docs/protocol.md, Access to a tool: IDs may be integers, and compare as strings",
    },
    Departure {
        calls: &[Redeem],
        cases: &["days a whole float"],
        theirs: "duration_days=30.0",
        ours: "duration_days=30",
        why: "the same days, as an integer",
    },
    Departure {
        calls: &[Redeem],
        cases: &[
            "tool ID a fraction",
            "tool ID null",
            "tool ID empty",
            "tool name null",
            "days in digits",
            "days null",
            "end a number",
        ],
        theirs: "accepted",
        ours: "INVALID_RESPONSE 200",
        why: "docs/protocol.md has the types of the members, and which are required; the SDK checks no type",
    },
    Departure {
        calls: &[Introspect],
        cases: &["active null"],
        theirs: "active=null",
        ours: "active=false",
        why: "`active` is true only for JSON `true`; what the SDK hands on here, `if result.active` may take for yes",
    },
    Departure {
        calls: &[Introspect],
        cases: &["active in words"],
        theirs: r#"active="true""#,
        ours: "active=false",
        why: "`active` is true only for JSON `true`; what the SDK hands on here, `if result.active` may take for yes",
    },
    Departure {
        calls: &[Introspect],
        cases: &["active in words, no"],
        theirs: r#"active="false""#,
        ours: "active=false",
        why: "`active` is true only for JSON `true`; what the SDK hands on here, `if result.active` may take for yes",
    },
    Departure {
        calls: &[Introspect],
        cases: &["active 1"],
        theirs: "active=1",
        ours: "active=false",
        why: "`active` is true only for JSON `true`; what the SDK hands on here, `if result.active` may take for yes",
    },
    Departure {
        calls: &[Introspect],
        cases: &["active a list"],
        theirs: "active=[true]",
        ours: "active=false",
        why: "`active` is true only for JSON `true`; what the SDK hands on here, `if result.active` may take for yes",
    },
    Departure {
        calls: BUT_KEYS,
        cases: &["422 with a list"],
        theirs: "says [{'loc': ['body', 'code'], 'msg': 'field required', 'type': 'missing'}, {'loc': ['body', 0], 'msg': 'too long'}]",
        ours: "says body.code: field required; body.0: too long (422 Unprocessable Entity)",
        why: "docs/protocol.md, Errors: all must end in a readable message; the SDK's is a Python value",
    },
    Departure {
        calls: BUT_KEYS,
        cases: &["422 with an empty list"],
        theirs: "says []",
        ours: "says the server answered 422 Unprocessable Entity",
        why: "docs/protocol.md, Errors: all must end in a readable message; the SDK's is a Python value",
    },
    Departure {
        calls: BUT_KEYS,
        cases: &["400 with an object as detail"],
        theirs: "says {'error': 'invalid_request', 'msg': 'no'}",
        ours: "says no, `invalid_request` (400 Bad Request)",
        why: "docs/protocol.md, Errors: all must end in a readable message; the SDK's is a Python value",
    },
    Departure {
        calls: BUT_KEYS,
        cases: &["400 with a number as detail"],
        theirs: "says 17",
        ours: "says the server answered 400 Bad Request",
        why: "docs/protocol.md, Errors: all must end in a readable message; the SDK's is a Python value",
    },
    Departure {
        calls: BUT_KEYS,
        cases: &["400 with detail null"],
        theirs: "says None",
        ours: "says the server answered 400 Bad Request",
        why: "docs/protocol.md, Errors: all must end in a readable message; the SDK's is a Python value",
    },
    Departure {
        calls: &[Keys],
        cases: &["204", "3*", "4*", "5*", "600"],
        theirs: "raises RuntimeError after 2 requests",
        ours: "TOKEN_INVALID {status}",
        why: "the SDK has one exception without a code for all of this, and asks twice within one call; ours is the code of docs/protocol.md, and trying again is for the key cache (rule K3)",
    },
    Departure {
        calls: &[Keys],
        cases: &[
            "empty",
            "spaces",
            "words",
            "a form",
            "a web page",
            "half of JSON",
            "JSON and more",
            "single quotes",
            "a byte that is no UTF-8",
            "100,000 open lists",
            "gzip that is none",
            "10 GB declared, then the end",
        ],
        theirs: "raises RuntimeError after 2 requests",
        ours: "INVALID_RESPONSE 200",
        why: "the SDK has one exception without a code for all of this, and asks twice within one call; ours is the code of docs/protocol.md, and trying again is for the key cache (rule K3)",
    },
    Departure {
        calls: &[Keys],
        cases: &[
            "cut short, with 500",
            "closed without a byte",
            "a head cut short",
            "headers cut short",
            "a body cut short",
            "no body at all",
            "chunks cut short",
            "chunks without their end",
            "a chunk of no number",
            "a length that is not a number",
            "two lengths",
            "no HTTP",
            "a status that is not a number",
            "a TLS alert",
        ],
        theirs: "raises RuntimeError after 2 requests",
        ours: "NETWORK_ERROR 0",
        why: "the SDK has one exception without a code for all of this, and asks twice within one call; ours is the code of docs/protocol.md, and trying again is for the key cache (rule K3)",
    },
    Departure {
        calls: &[Keys],
        cases: &["refused"],
        theirs: "raises RuntimeError",
        ours: "NETWORK_ERROR 0",
        why: "the SDK has one exception without a code for all of this, and asks twice within one call; ours is the code of docs/protocol.md, and trying again is for the key cache (rule K3)",
    },
    Departure {
        calls: &[Keys],
        cases: &["a header of 200 KB"],
        theirs: "raises RuntimeError after 2 requests",
        ours: "accepted",
        why: "h11 ends at 100 KiB of headers, hyper at 400 KiB; both are bounds",
    },
    Departure {
        calls: &[Keys],
        cases: &[
            "201 with a good body",
            "202 with a good body",
            "203 with a good body",
            "206 with a good body",
        ],
        theirs: "accepted",
        ours: "TOKEN_INVALID {status}",
        why: "docs/protocol.md, Endpoints: success is status 200 and nothing else",
    },
    Departure {
        calls: &[Keys],
        cases: &[
            "null",
            "a list",
            "a string",
            "a number",
            "true",
            "an empty object",
            "no keys",
            "keys null",
            "keys an object",
        ],
        theirs: "accepted",
        ours: "INVALID_RESPONSE 200",
        why: "rule T9: a key set is an object with a list of keys; the SDK keeps anything for 6 hours and fails at the first token",
    },
    Departure {
        calls: &[Keys],
        cases: &["keys among others"],
        theirs: r#"keys=[{"kty":"RSA"},5,null,{"kty":"EC","crv":"P-256"}]"#,
        ours: r#"keys=[{"kty":"RSA"},{"kty":"EC","crv":"P-256"}]"#,
        why: "rule T8: what can be no key is left out; the rest of the set serves",
    },
    Departure {
        calls: &[Exchange],
        cases: &["input: a code with tilde and star"],
        theirs: "code=a~b%2Ac",
        ours: "code=a%7Eb*c",
        why: "two spellings of the same text: the URL Standard leaves `*` and escapes `~`, RFC 3986 the other way round",
    },
    Departure {
        calls: &[Refresh],
        cases: &["input: a token with tilde and star"],
        theirs: "refresh_token=a~b%2Ac",
        ours: "refresh_token=a%7Eb*c",
        why: "two spellings of the same text: the URL Standard leaves `*` and escapes `~`, RFC 3986 the other way round",
    },
    Departure {
        calls: &[Introspect],
        cases: &["input: a token with tilde and star"],
        theirs: "token=a~b%2Ac",
        ours: "token=a%7Eb*c",
        why: "two spellings of the same text: the URL Standard leaves `*` and escapes `~`, RFC 3986 the other way round",
    },
];
