//! The command line's names. What a command's own flags mean stands with the command; what a global flag falls back to
//! stands in `settings`.

mod named;
mod overview;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::Styles;
use clap::builder::styling::{AnsiColor, Effects};
use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use super::commands;
use super::output::ColorChoice;
use super::store::StoreKind;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .usage(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .literal(AnsiColor::Cyan.on_default().effects(Effects::BOLD))
    .placeholder(AnsiColor::Cyan.on_default());

/// Sign in, hold a session and check access on the Noesis AIToolCenter platform.
#[derive(Debug, Parser)]
#[command(name = "noesis", version, styles = STYLES, disable_help_subcommand = true, max_term_width = 100)]
#[command(help_template = overview::TEMPLATE)]
#[command(after_help = "\
Examples:
  noesis sandbox run --auto-approve -- sh  a shell with its own platform
  noesis login --base-url https://…        sign in
  noesis status                            who is signed in, and for how long
  curl -H \"$(noesis token --header)\" …     call a tool")]
pub struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// The platform's base URL [env: NOESIS_BASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// The client ID to sign in with [env: NOESIS_CLIENT_ID]
    #[arg(long, global = true, value_name = "ID")]
    pub client_id: Option<String>,
    /// A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]
    #[arg(long, global = true, value_name = "PATH")]
    pub client_secret_file: Option<PathBuf>,
    /// The profile to use [env: NOESIS_PROFILE] [default: default]
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]
    #[arg(long, global = true, value_enum, hide_possible_values = true)]
    pub store: Option<StoreKind>,
    /// How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// A certificate authority to trust beside the system's [env: NOESIS_CA_CERT]
    #[arg(long, global = true, value_name = "PEM")]
    pub ca_cert: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long, global = true)]
    pub json: bool,
    /// Print no progress and no notes
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print each request: its path, the status of its answer, and how long it took
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Never ask; fail where something is missing
    #[arg(long, global = true)]
    pub no_input: bool,
    /// When to use colour: auto, always or never
    #[arg(
        long,
        global = true,
        value_enum,
        hide_possible_values = true,
        value_name = "WHEN",
        default_value_t
    )]
    pub color: ColorChoice,
}

/// What to do. Only the command that is named is built: the others would cost every start more than all else it does.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Sign in with the browser
    Login(commands::login::Args),
    /// Forget the session
    Logout(commands::logout::Args),
    /// Show who is signed in, and for how long
    Status(commands::status::Args),
    /// Print a valid access token
    Token(commands::token::Args),
    /// Renew the session now
    Refresh(commands::refresh::Args),
    /// Redeem activation codes
    Redeem(commands::redeem::Args),
    /// Ask the platform whether a token is active
    Introspect(commands::introspect::Args),
    /// Show what a token says, verifying nothing
    Decode(commands::decode::Args),
    /// Check a token's signature, times and access
    Verify(commands::verify::Args),
    /// Run a command with a token in its environment
    Exec(commands::exec::Args),
    /// Print a PKCE pair
    Pkce(commands::pkce::Args),
    /// Print the URL where a user approves a sign-in
    AuthorizeUrl(commands::authorize_url::Args),
    /// Exchange an authorization code for tokens
    Exchange(commands::exchange::Args),
    /// Check store, browser, network and keys
    Doctor(commands::doctor::Args),
    /// Guard a tool: let only those in who may use it
    #[cfg(feature = "guard")]
    Guard(commands::guard::Args),
    /// Print the completion script for a shell
    Completions(commands::completions::Args),
    /// Print the manual pages
    Man(commands::man::Args),
    /// Run the platform on your own machine
    #[cfg(feature = "sandbox")]
    Sandbox(commands::sandbox::Args),
}

/// The command line, or what clap says about it.
pub fn parse(argv: &[OsString]) -> Result<Cli, clap::Error> {
    // Whatever is wrong is told by the whole program, whose words name the other commands too.
    match named::parse(argv) {
        Err(error) if error.kind() != ErrorKind::DisplayVersion => Cli::try_parse_from(argv),
        parsed => parsed,
    }
}

/// The words of this process's command line.
pub fn argv() -> Vec<OsString> {
    std::env::args_os().collect()
}

/// A duration as people write it: `10s`, `5m`, `1h30m`, `500ms`; more than nothing, at most a day.
pub fn duration(text: &str) -> Result<Duration, String> {
    let say = || format!("`{text}` is no duration; write it as `10s`, `5m` or `1h30m`");
    let signed: jiff::SignedDuration = text.parse().map_err(|_| say())?;
    let duration = Duration::try_from(signed).map_err(|_| say())?;
    if duration.is_zero() || duration > Duration::from_secs(24 * 60 * 60) {
        return Err(format!(
            "`{text}` is out of range; it has to be between `1ms` and `24h`"
        ));
    }
    Ok(duration)
}

/// A duration of which nothing at all is a value too.
pub fn duration_or_zero(text: &str) -> Result<Duration, String> {
    if ["0", "0s", "0m"].contains(&text) {
        return Ok(Duration::ZERO);
    }
    duration(text)
}

/// A secret that a script passes as it came. One in 64 that are base64url begins with a dash, and is no flag for that.
pub fn secret(text: &str) -> Result<String, String> {
    let flag = text.strip_prefix('-').filter(|rest| !rest.is_empty());
    let short = text.len() < 8;
    let word = |rest: &str| rest.starts_with('-') && rest.chars().all(|c| c == '-' || c.is_ascii_lowercase());
    match flag {
        Some(rest) if short || word(rest) => Err("there is no such flag here".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn a_secret_may_begin_with_a_dash_and_a_mistyped_flag_is_none() {
        let verifier = "-BjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        for fine in ["-", "code", "@file", verifier, &verifier.replace('B', "-")] {
            assert_eq!(secret(fine).as_deref(), Ok(fine));
        }
        for flag in ["--jsn", "-x", "--no-such-flag-here"] {
            assert!(secret(flag).is_err(), "{flag}");
        }
        for line in [
            [
                "noesis",
                "exchange",
                verifier,
                "--redirect-uri",
                "x",
                "--code-verifier",
                verifier,
            ]
            .as_slice(),
            &[
                "noesis",
                "authorize-url",
                "--redirect-uri",
                "x",
                "--state",
                "-s",
                "--code-challenge",
                verifier,
            ],
            &["noesis", "pkce", "--verifier", verifier],
            &["noesis", "refresh", verifier],
        ] {
            let argv: Vec<OsString> = line.iter().map(OsString::from).collect();
            assert!(parse(&argv).is_ok(), "{line:?}");
        }
    }

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration_or_zero("0"), Ok(Duration::ZERO));
        for bad in ["", "10", "0s", "-5s", "5 parsecs", "25h", "1e9s", "9999999999999h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
