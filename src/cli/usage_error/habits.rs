//! What people type from the habit of other tools, and what it is called here.

/// What a word of another tool stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    /// These words of this program.
    Words(&'static str),
    /// Nothing that can be typed: what to do instead.
    Advice(&'static str),
}

use Meant::{Advice, Words};

const UPGRADE: &str = "upgrade it the way it was installed: `cargo install` again, or the new program or package in place of \
                       the old one";
const CONFIG: &str =
    "edit `config.toml`: `noesis man` says where it is and has every key, and `noesis login` writes it";

/// Words in front of a command that have none here: `auth login`, as gh and others have it.
pub const GROUPS: [&str; 9] = [
    "auth", "oauth", "session", "sessions", "account", "user", "self", "token", "tokens",
];

/// The names of commands elsewhere, by the command that they are typed behind.
pub const COMMANDS: [(&str, &[&str], Meant); 22] = [
    (
        "noesis",
        &[
            "signin",
            "sign-in",
            "log-in",
            "logon",
            "sign_in",
            "authenticate",
            "connect",
            "auth",
            "oauth",
            "init",
            "setup",
        ],
        Words("login"),
    ),
    (
        "noesis",
        &["signout", "sign-out", "log-out", "logoff", "sign_out", "disconnect"],
        Words("logout"),
    ),
    (
        "noesis",
        &[
            "whoami", "who", "me", "user", "account", "session", "sessions", "current", "info", "list", "ls",
        ],
        Words("status"),
    ),
    (
        "noesis",
        &[
            "tokens",
            "access-token",
            "get-token",
            "get-access-token",
            "print-token",
            "print-access-token",
        ],
        Words("token"),
    ),
    ("noesis", &["renew", "rotate", "refresh-token"], Words("refresh")),
    ("noesis", &["activate", "claim", "code", "codes"], Words("redeem")),
    ("noesis", &["inspect", "parse", "jwt"], Words("decode")),
    ("noesis", &["check", "validate", "verify-token"], Words("verify")),
    ("noesis", &["run", "env", "with-token"], Words("exec")),
    ("noesis", &["proxy", "gateway", "protect"], Words("guard")),
    (
        "noesis",
        &["mock", "emulator", "server", "dev", "start"],
        Words("sandbox serve"),
    ),
    (
        "noesis",
        &["diagnose", "debug", "health", "healthcheck", "ping"],
        Words("doctor"),
    ),
    (
        "noesis",
        &["completion", "complete", "autocomplete", "shell-completion"],
        Words("completions"),
    ),
    ("noesis", &["manual", "manpage", "manpages", "docs"], Words("man")),
    ("noesis", &["version", "ver"], Words("--version")),
    ("noesis", &["usage", "commands", "?"], Words("--help")),
    (
        "noesis",
        &["upgrade", "update", "self-update", "selfupdate", "self-upgrade"],
        Advice(UPGRADE),
    ),
    (
        "noesis",
        &[
            "config",
            "configure",
            "configuration",
            "settings",
            "set",
            "profile",
            "profiles",
        ],
        Advice(CONFIG),
    ),
    (
        "noesis sandbox",
        &["start", "up", "server", "listen", "dev", "launch"],
        Words("serve"),
    ),
    ("noesis sandbox", &["exec", "shell"], Words("run")),
    ("noesis sandbox", &["token", "sign", "issue"], Words("mint")),
    (
        "noesis sandbox",
        &["stop", "down", "kill", "reset"],
        Advice("stop it with Ctrl-C where it runs: it keeps nothing, so that a new start is a reset"),
    ),
];

/// The flags of other tools, with the value that they are meant for where it matters. Of several rows for one flag the first
/// is taken whose command line is right.
pub const FLAGS: [(&[&str], Option<&str>, Meant); 29] = [
    (
        &["-o", "--output", "--format", "--output-format"],
        Some("json"),
        Words("--json"),
    ),
    (&["--no-color", "--no-colour", "--plain"], None, Words("--color never")),
    (&["--debug", "--trace", "-d", "-vv", "-vvv"], None, Words("--verbose")),
    (&["--silent", "-s"], None, Words("--quiet")),
    (
        &["-y", "--yes", "--non-interactive", "--no-prompt", "--no-interactive"],
        None,
        Words("--no-input"),
    ),
    (
        &["-p", "--port", "--address", "--addr", "--bind", "--host", "-l"],
        None,
        Words("--listen"),
    ),
    (
        &[
            "--host",
            "--hostname",
            "--url",
            "--server",
            "--endpoint",
            "--platform",
            "--api-url",
            "-H",
        ],
        None,
        Words("--base-url"),
    ),
    (&["-p"], None, Words("--profile")),
    (
        &[
            "--keys",
            "--key",
            "--public-key",
            "--jwk",
            "--jwks-url",
            "--jwks-uri",
            "--jwks-file",
        ],
        None,
        Words("--jwks"),
    ),
    (&["--aud"], None, Words("--audience")),
    (&["--iss"], None, Words("--issuer")),
    (&["--clock-skew", "--skew"], None, Words("--leeway")),
    (&["--ttl", "--valid-for"], None, Words("--min-ttl")),
    (
        &["--ttl", "--exp", "--expires", "--expiry", "--lifetime"],
        None,
        Words("--expires-in"),
    ),
    (&["--user", "--subject"], None, Words("--sub")),
    (&["--user", "--auto-approve-user"], None, Words("--auto-approve=")),
    (
        &["--threads", "--parallel", "--concurrency", "-j"],
        None,
        Words("--jobs"),
    ),
    (&["--callback", "--redirect"], None, Words("--redirect-uri")),
    (&["--verifier", "--pkce-verifier"], None, Words("--code-verifier")),
    (&["--code-verifier"], None, Words("--verifier")),
    (&["--challenge"], None, Words("--code-challenge")),
    (&["--target", "--backend"], None, Words("--upstream")),
    (&["-o", "--output"], None, Words("--out")),
    (
        &["--client-secret", "--secret", "--password"],
        None,
        Advice(
            "a secret is never an argument, as other users could see it: set `NOESIS_CLIENT_SECRET`, or name its file with \
             `--client-secret-file`",
        ),
    ),
    (
        &["--token", "--access-token", "--bearer"],
        None,
        Advice(
            "set `NOESIS_TOKEN` to the token, or keep it with `noesis login --with-token`, which reads it from standard input",
        ),
    ),
    (
        &["-c", "--config", "--config-file", "--config-dir"],
        None,
        Advice("set `NOESIS_CONFIG_DIR` to the folder of `config.toml`"),
    ),
    (
        &[
            "-k",
            "--insecure",
            "--no-verify",
            "--skip-verify",
            "--no-check-certificate",
            "--tls-skip-verify",
        ],
        None,
        Advice("certificates are always verified: trust an authority of your own with `--ca-cert PEM`"),
    ),
    (
        &["-x", "--proxy"],
        None,
        Advice("set `HTTPS_PROXY` to the proxy, and `NO_PROXY` to the hosts that need none"),
    ),
    (&["-V", "--version"], None, Advice("run `noesis --version`")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command_line::{built, position};

    #[test]
    fn no_slip_hides_a_command_and_none_stands_twice_for_a_command() {
        let program = built();
        let commands: Vec<String> = position::all(&program).into_iter().map(|(typed, _)| typed).collect();
        let mut typed: Vec<String> = COMMANDS
            .iter()
            .flat_map(|(group, words, _)| words.iter().map(move |word| format!("{group} {word}")))
            .collect();
        for slip in &typed {
            assert!(!commands.contains(slip), "{slip}");
        }
        let count = typed.len();
        typed.sort_unstable();
        typed.dedup();
        assert_eq!(typed.len(), count);
    }

    #[test]
    fn every_command_that_is_meant_exists() {
        let program = built();
        for (group, _, meant) in COMMANDS {
            let Words(words) = meant else { continue };
            let typed = format!("{group} {words}");
            let exists = position::all(&program).into_iter().any(|(command, _)| command == typed);
            assert!(exists || words.starts_with('-'), "{typed}");
        }
        for (_, _, meant) in FLAGS {
            let Words(words) = meant else { continue };
            let flag = words.split(['=', ' ']).next().unwrap();
            let exists = position::all(&program)
                .into_iter()
                .any(|(_, command)| position::option(command, flag).is_some());
            assert!(exists, "{flag}");
        }
    }
}
