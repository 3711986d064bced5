//! What a request asks for, by the listener that it came to and its path.
//!
//! Only the beginning of a path is matched, exactly as it was sent: the client's own path, which a proxy may append, never
//! chooses a tool (rule G4), and no `..` or `//` is normalized, which could let it.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Which of the guard's listeners a connection came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listener {
    /// The one that grants or denies access.
    Main,
    /// The separate one for health, readiness and metrics only.
    Status,
}

/// What a request to the guard asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route<'p> {
    /// Whether the credentials give access to the configured tool, if one is configured.
    Auth,
    /// Whether they give access to this tool.
    Tool(Cow<'p, str>),
    /// Whether the guard runs.
    Health,
    /// Whether the guard has keys.
    Ready,
    /// The counters.
    Metrics,
    /// None of the guard's paths.
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

    /// The paths that a proxy asks about a request.
    pub fn auth(path: &'p str) -> Self {
        if is_below(path, "/auth") {
            return Self::Auth;
        }
        let Some((id, rest)) = path.strip_prefix("/tools/").and_then(|rest| rest.split_once('/')) else {
            return Self::Unknown;
        };
        match percent_decode_str(id).decode_utf8() {
            Ok(tool) if !tool.is_empty() && is_below(rest, "auth") => Self::Tool(tool),
            _ => Self::Unknown,
        }
    }
}

/// Whether a path is `prefix` or below it.
fn is_below(path: &str, prefix: &str) -> bool {
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
        for (path, route) in [
            ("/healthz", Route::Health),
            ("/readyz", Route::Ready),
            ("/metrics", Route::Metrics),
        ] {
            assert_eq!(Route::status(path), route, "{path}");
        }
        for other in ["/healthz/", "/healthz/auth", "//healthz", "/Healthz"] {
            assert_eq!(Route::status(other), Route::Unknown, "{other}");
        }
    }
}
