//! What a path asks for. Only its beginning is looked at, as it stands: what a proxy appends of the client's own path never
//! chooses a tool (rule G4), and no `..` or `//` is resolved, by which it could.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// What a request to the guard asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route<'p> {
    /// Whether the credentials are good for the guard's own tool, if it has one.
    Auth,
    /// Whether they are good for this tool.
    Tool(Cow<'p, str>),
    /// Whether the guard lives.
    Health,
    /// Whether it can judge.
    Ready,
    /// What it has done so far.
    Metrics,
    /// Nothing that there is.
    Unknown,
}

impl<'p> Route<'p> {
    /// Health, readiness and metrics, by their exact paths.
    pub fn status(path: &str) -> Self {
        match path {
            "/healthz" => Self::Health,
            "/readyz" => Self::Ready,
            "/metrics" => Self::Metrics,
            _ => Self::Unknown,
        }
    }

    /// What a proxy asks.
    pub fn auth(path: &'p str) -> Self {
        if begins_with(path, "/auth") {
            return Self::Auth;
        }
        let Some((id, rest)) = path.strip_prefix("/tools/").and_then(|rest| rest.split_once('/')) else {
            return Self::Unknown;
        };
        match percent_decode_str(id).decode_utf8() {
            Ok(tool) if !tool.is_empty() && begins_with(rest, "auth") => Self::Tool(tool),
            _ => Self::Unknown,
        }
    }
}

/// Whether a path is a prefix or lies below it.
fn begins_with(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g4_only_the_beginning_of_a_path_chooses_the_tool() {
        let tool = |id: &str| Route::Tool(id.to_owned().into());
        for (path, route) in [
            ("/auth", Route::Auth),
            ("/auth/", Route::Auth),
            ("/auth/../tools/b/auth", Route::Auth),
            ("/auth/tools/b/auth", Route::Auth),
            ("/tools/a/auth", tool("a")),
            ("/tools/a/auth/x/y", tool("a")),
            ("/tools/a/auth/../../b/auth", tool("a")),
            ("/tools/42/auth", tool("42")),
            ("/tools/a%2Fb/auth", tool("a/b")),
            ("/tools/%C3%A9/auth", tool("é")),
            ("/tools/../auth", tool("..")),
            ("/tools/%ff/auth", Route::Unknown),
            ("/tools//auth", Route::Unknown),
            ("/tools/a/authx", Route::Unknown),
            ("/tools/a/b/auth", Route::Unknown),
            ("/tools/a", Route::Unknown),
            ("/authx", Route::Unknown),
            ("//auth", Route::Unknown),
            ("/AUTH", Route::Unknown),
            ("/%61uth", Route::Unknown),
            ("/", Route::Unknown),
            ("", Route::Unknown),
        ] {
            assert_eq!(Route::auth(path), route, "{path}");
        }
        assert_eq!(Route::status("/healthz"), Route::Health);
        for other in ["/healthz/", "/healthz/auth", "//healthz", "/Healthz"] {
            assert_eq!(Route::status(other), Route::Unknown, "{other}");
        }
    }
}
