//! The arguments of the calls: the usual ones, and those that a request could encode wrongly.

use super::Call;

/// The arguments of a call: each takes what it needs of them.
#[derive(Debug, Clone)]
pub struct Input {
    /// Behind the base URL: trailing slashes are to be removed.
    pub slashes: &'static str,
    pub code: &'static str,
    pub token: &'static str,
    pub redirect_uri: &'static str,
    pub client_id: Option<&'static str>,
    pub client_secret: Option<&'static str>,
    pub code_verifier: Option<&'static str>,
}

/// A public client with PKCE.
pub fn usual() -> Input {
    Input {
        slashes: "",
        code: "AXKF-M3PQ-7RBN-W2YT",
        token: "eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
        redirect_uri: "http://127.0.0.1:8400/callback",
        client_id: Some("noesis-cli"),
        client_secret: None,
        code_verifier: Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    }
}

/// Every other input of a call, by name.
pub fn inputs(call: Call) -> Vec<(&'static str, Input)> {
    let reserved = "a+b/c=d&e%20f?g#h;i:j@k,l$m!n'o(p)q";
    let mut all = vec![
        (
            "input: base URL with slashes behind it",
            Input {
                slashes: "///",
                ..usual()
            },
        ),
        (
            "input: a secret",
            Input {
                client_secret: Some("s3cr3t"),
                ..usual()
            },
        ),
        (
            "input: a secret of reserved characters",
            Input {
                client_secret: Some(reserved),
                ..usual()
            },
        ),
    ];
    match call {
        Call::Exchange => all.extend([
            (
                "input: no verifier",
                Input {
                    code_verifier: None,
                    ..usual()
                },
            ),
            (
                "input: no verifier, a secret",
                Input {
                    code_verifier: None,
                    client_secret: Some("s3cr3t"),
                    ..usual()
                },
            ),
            (
                "input: a code of reserved characters",
                Input {
                    code: reserved,
                    ..usual()
                },
            ),
            (
                "input: a code with tilde and star",
                Input {
                    code: "a~b*c",
                    ..usual()
                },
            ),
            (
                "input: a code with a space and other scripts",
                Input {
                    code: "é 漢 😀",
                    ..usual()
                },
            ),
            (
                "input: a redirect with a query",
                Input {
                    redirect_uri: "https://x.example/cb?a=b&c=%20d",
                    ..usual()
                },
            ),
            (
                "input: a client of reserved characters",
                Input {
                    client_id: Some("a b&c=é"),
                    ..usual()
                },
            ),
        ]),
        Call::Refresh | Call::Introspect => all.extend([
            (
                "input: no client",
                Input {
                    client_id: None,
                    ..usual()
                },
            ),
            (
                "input: a token of reserved characters",
                Input {
                    token: reserved,
                    ..usual()
                },
            ),
            (
                "input: a token with tilde and star",
                Input {
                    token: "a~b*c",
                    ..usual()
                },
            ),
            (
                "input: a token with other scripts",
                Input {
                    token: "é漢😀",
                    ..usual()
                },
            ),
            ("input: a long token", Input { token: LONG, ..usual() }),
        ]),
        Call::Redeem => all.extend([
            (
                "input: a code with quotes and a backslash",
                Input {
                    code: r#"a"b\c/d"#,
                    ..usual()
                },
            ),
            (
                "input: a code with signs that no code has",
                Input {
                    code: "😀→x",
                    ..usual()
                },
            ),
            (
                "input: a code with a control character",
                Input {
                    code: "a\u{1}\tb",
                    ..usual()
                },
            ),
            (
                "input: a token of reserved characters",
                Input {
                    token: "a+b/c=d~e",
                    ..usual()
                },
            ),
            ("input: a long token", Input { token: LONG, ..usual() }),
        ]),
        Call::Keys => {}
    }
    all
}

/// 12 KiB, as a token with many entitlements has them.
const LONG: &str = {
    const BYTES: [u8; 12 * 1024] = [b'x'; 12 * 1024];
    match std::str::from_utf8(&BYTES) {
        Ok(text) => text,
        Err(_) => panic!("it is ASCII"),
    }
};
