//! Network faults, and the expected result of each command for each: from `docs/protocol.md` (the codes, and that
//! only a 200 is success) and `docs/cli.md` (the exit codes).
//!
//! Where the documents say nothing, the platform's own SDK decides: what is no HTTP is a `NETWORK_ERROR` there as a cut
//! connection is, the content type of a 200 is not looked at, and a byte order mark is skipped.

use super::faulty_server::{FaultyServer, answer, bomb, echo, page, redirect_loop, silence, with_member};
use crate::support::raw::{drip, flood};

/// The expected end of a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Want {
    pub exit: i32,
    /// The code of the error; `None` for success.
    pub code: &'static str,
    pub status: u16,
}

const fn want(exit: i32, code: &'static str, status: u16) -> Want {
    Want { exit, code, status }
}

/// The answer is as good as any.
pub const GOOD: Want = want(0, "", 200);
/// There was no complete answer.
const CUT: Want = want(5, "NETWORK_ERROR", 0);
/// There was a 200 that is not the JSON expected.
const UNUSABLE: Want = want(1, "INVALID_RESPONSE", 200);
/// The platform has ended the session.
pub const ENDED: Want = want(4, "LOGIN_REQUIRED", 0);

/// The server rejected the request.
const fn rejected(status: u16) -> Want {
    want(1, "TOKEN_INVALID", status)
}

/// The server was unable to answer now.
const fn later(status: u16) -> Want {
    want(5, "TOKEN_INVALID", status)
}

/// The share of the deadline that a fault takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// The fault is seen at once.
    Quick,
    /// Only the deadline ends it.
    Deadline,
    /// The same, and the reader is so busy that a second try may not get as far as being sent.
    Busy,
}

/// One way for a network to fail.
pub struct Fault {
    pub name: &'static str,
    pub pace: Pace,
    /// The expected end of exchange, refresh, introspect, redeem and keys, in this order.
    pub want: [Want; 5],
    /// Words that the error contains.
    pub says: &'static str,
    /// Makes the fault around a good answer.
    pub place: fn(&str) -> FaultyServer,
}

const JSON: &str = "content-type: application/json\r\n";
const OK_CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";

/// An answer whose body is one chunk, with its size in these characters.
fn chunk(size: &str, body: &str) -> Vec<u8> {
    [OK_CHUNKED, format!("{size}\r\n{body}\r\n0\r\n\r\n").as_bytes()].concat()
}

/// A good answer.
pub fn nothing_wrong(good: &str) -> FaultyServer {
    FaultyServer::answering(answer("200 OK", JSON, good))
}

pub fn faults() -> Vec<Fault> {
    let quick = |name, want, says, place| Fault {
        name,
        pace: Pace::Quick,
        want,
        says,
        place,
    };
    let slow = |name, place| Fault {
        name,
        pace: Pace::Deadline,
        want: [CUT; 5],
        says: "within 1 s",
        place,
    };
    let busy = |name, place| Fault {
        pace: Pace::Busy,
        ..slow(name, place)
    };
    let cut = |name, place| quick(name, [CUT; 5], "broke during", place);
    let unusable = |name, says, place| quick(name, [UNUSABLE; 5], says, place);
    let good = |name, place| quick(name, [GOOD; 5], "", place);
    vec![
        // There is no server.
        quick("refused", [CUT; 5], "cannot connect to", |_| FaultyServer::refusing()),
        quick("unknown host", [CUT; 5], "`noesis.invalid`", |_| {
            FaultyServer::unknown_host()
        }),
        slow("a full queue", |_| FaultyServer::full()),
        slow("nobody accepts", |_| FaultyServer::never_accepting()),
        // Connections that are cut off.
        cut("reset after the request", |_| FaultyServer::resetting_after("")),
        cut("reset in the header", |_| {
            FaultyServer::resetting_after("HTTP/1.1 200 OK\r\ncontent-ty")
        }),
        cut("reset in the body", |good| {
            let whole = answer("200 OK", JSON, good);
            FaultyServer::resetting_after(&whole[..whole.len() - 10])
        }),
        cut("closed without an answer", |_| FaultyServer::answering("")),
        cut("closed in the header", |_| {
            FaultyServer::answering("HTTP/1.1 200 OK\r\ncontent-ty")
        }),
        cut("closed in the body", |good| {
            let whole = answer("200 OK", JSON, good);
            FaultyServer::answering(&whole[..whole.len() - 10])
        }),
        unusable("JSON cut short", "", |good| {
            FaultyServer::answering(answer("200 OK", JSON, &good[..good.len() / 2]))
        }),
        unusable("JSON cut short by the end of the connection", "", |good| {
            FaultyServer::answering(format!("HTTP/1.1 200 OK\r\n{JSON}\r\n{}", &good[..good.len() / 2]))
        }),
        unusable("an empty 200", "", |_| {
            FaultyServer::answering(answer("200 OK", JSON, ""))
        }),
        // Slow servers.
        slow("silence", |_| silence()),
        slow("a dripped header", |_| {
            FaultyServer::served(|stream, _| drip(stream, b"HTTP/1.1 200 OK\r\nx-a: ", b"a"))
        }),
        slow("a dripped body", |_| {
            FaultyServer::served(|stream, _| drip(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n{", b" "))
        }),
        slow("100 without end", |_| {
            FaultyServer::served(|stream, _| drip(stream, b"", b"HTTP/1.1 100 Continue\r\n\r\n"))
        }),
        slow("100 without end, a thousand at a time", |_| {
            FaultyServer::served(|stream, _| drip(stream, b"", &b"HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000)))
        }),
        busy("100 without end, as fast as can be", |_| {
            FaultyServer::served(|stream, _| flood(stream, b"", &b"HTTP/1.1 100 Continue\r\n\r\n".repeat(2_000)))
        }),
        busy("a chunk size without end", |_| {
            FaultyServer::served(|stream, _| flood(stream, OK_CHUNKED, &[b'0'; 0x10000]))
        }),
        // Answers that are too large.
        unusable("ten gigabytes", "it is larger than", |_| {
            FaultyServer::served(|stream, _| {
                flood(
                    stream,
                    b"HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n",
                    &[b' '; 0x10000],
                );
            })
        }),
        unusable("chunks without end", "it is larger than", |_| {
            FaultyServer::served(|stream, _| {
                let piece = [b"10000\r\n", &[b' '; 0x10000][..], b"\r\n"].concat();
                flood(stream, OK_CHUNKED, &piece);
            })
        }),
        unusable(
            "a gzip bomb",
            "it is compressed, although no compression was requested",
            |_| FaultyServer::answering(answer("200 OK", "content-encoding: gzip\r\n", bomb())),
        ),
        cut("a header without end", |_| {
            FaultyServer::served(|stream, _| flood(stream, b"HTTP/1.1 200 OK\r\nx-a: ", &[b'a'; 0x10000]))
        }),
        cut("headers without end", |_| {
            FaultyServer::served(|stream, _| flood(stream, b"HTTP/1.1 200 OK\r\n", &b"x-a: b\r\n".repeat(8_000)))
        }),
        quick(
            "a 500 without end",
            [later(500); 5],
            "500 Internal Server Error",
            |_| {
                FaultyServer::served(|stream, _| {
                    flood(stream, b"HTTP/1.1 500 Internal Server Error\r\n\r\n", &[b' '; 0x10000]);
                })
            },
        ),
        // Tokens are kept whatever stands beside them (rule S7); a key set is read strictly.
        quick(
            "JSON of a hundred thousand levels",
            [GOOD, GOOD, GOOD, GOOD, UNUSABLE],
            "",
            |good| {
                let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
                FaultyServer::answering(answer("200 OK", JSON, with_member(good, deep)))
            },
        ),
        // Redirects.
        quick(
            "a redirect to itself",
            [rejected(302); 5],
            "which is not followed",
            |_| redirect_loop(),
        ),
        quick(
            "a redirect to a file",
            [rejected(302); 5],
            "it redirects to `file:///etc/passwd`, which is not followed",
            |_| FaultyServer::answering(answer("302 Found", "location: file:///etc/passwd\r\n", "")),
        ),
        quick(
            "a redirect to another host",
            [rejected(301); 5],
            "which is not followed",
            |_| FaultyServer::redirecting("301 Moved Permanently"),
        ),
        quick(
            "a redirect to another host that keeps the method",
            [rejected(307); 5],
            "which is not followed",
            |_| FaultyServer::redirecting("307 Temporary Redirect"),
        ),
        // Malformed and unusual answers.
        good("103 before the answer", |good| {
            let early = b"HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n";
            FaultyServer::answering([&early[..], &answer("200 OK", JSON, good)].concat())
        }),
        quick("101 unasked", [rejected(101); 5], "101 Switching Protocols", |_| {
            FaultyServer::answering("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n")
        }),
        quick("201 with a good body", [rejected(201); 5], "201 Created", |good| {
            FaultyServer::answering(answer("201 Created", JSON, good))
        }),
        quick("204 with a body", [rejected(204); 5], "204 No Content", |good| {
            FaultyServer::answering(answer("204 No Content", JSON, good))
        }),
        unusable("a page", "", |_| page("200 OK", "content-type: text/html\r\n")),
        good("JSON that is called a text", |good| {
            FaultyServer::answering(answer("200 OK", "content-type: text/plain; charset=latin1\r\n", good))
        }),
        good("the length twice", |good| {
            let twice = format!("content-length: {}\r\n", good.len());
            FaultyServer::answering(answer("200 OK", &twice, good))
        }),
        cut("two lengths", |good| {
            FaultyServer::answering(answer("200 OK", "content-length: 7\r\n", good))
        }),
        cut("a chunk size that is none", |good| {
            FaultyServer::answering(chunk("zz", good))
        }),
        cut("a negative chunk size", |good| {
            FaultyServer::answering(chunk("-5", good))
        }),
        cut("a chunk size beyond all numbers", |good| {
            FaultyServer::answering(chunk("fffffffffffffffff", good))
        }),
        cut("a chunk that ends too early", |good| {
            FaultyServer::answering(chunk(&format!("{:x}", good.len() + 100), good))
        }),
        cut("NUL in the header", |good| {
            FaultyServer::answering(answer("200 OK", "x-a: \0\r\n", good))
        }),
        unusable("NUL in the body", "", |good| {
            FaultyServer::answering(answer("200 OK", JSON, with_member(good, "\"\0\"")))
        }),
        unusable("no UTF-8 in the body", "", |good| {
            FaultyServer::answering(answer("200 OK", JSON, with_member(good, b"\"\xff\"")))
        }),
        good("a byte order mark", |good| {
            FaultyServer::answering(answer("200 OK", JSON, format!("\u{feff}{good}")))
        }),
        cut("another protocol", |_| {
            FaultyServer::answering("SSH-2.0-OpenSSH_9.6\r\n")
        }),
        // Rejections.
        quick(
            "400 invalid_grant",
            [rejected(400), ENDED, rejected(400), rejected(400), rejected(400)],
            "invalid_grant",
            |_| FaultyServer::answering(answer("400 Bad Request", JSON, r#"{"error":"invalid_grant"}"#)),
        ),
        quick("401", [rejected(401); 5], "401 Unauthorized", |_| {
            echo("401 Unauthorized")
        }),
        quick("403", [rejected(403); 5], "403 Forbidden", |_| echo("403 Forbidden")),
        quick("404", [rejected(404); 5], "404 Not Found", |_| {
            page("404 Not Found", "")
        }),
        quick("408", [rejected(408); 5], "408 Request Timeout", |_| {
            page("408 Request Timeout", "")
        }),
        quick("413", [rejected(413); 5], "413 Payload Too Large", |_| {
            page("413 Payload Too Large", "")
        }),
        quick("429", [later(429); 5], "429 Too Many Requests", |_| {
            page("429 Too Many Requests", "retry-after: 7\r\n")
        }),
        quick("500", [later(500); 5], "500 Internal Server Error", |_| {
            echo("500 Internal Server Error")
        }),
        quick("502", [later(502); 5], "502 Bad Gateway", |_| {
            page("502 Bad Gateway", "")
        }),
        quick("503", [later(503); 5], "503 Service Unavailable", |_| {
            page("503 Service Unavailable", "retry-after: 7\r\n")
        }),
        quick("504", [later(504); 5], "504 Gateway Timeout", |_| {
            page("504 Gateway Timeout", "")
        }),
    ]
}
