//! The program as clap knows it: its name, its global options and its commands.

use clap::builder::Styles;
use clap::builder::styling::{AnsiColor, Effects};
use clap::{Parser, Subcommand};

use super::overview;
use crate::cli::args::GlobalArgs;
use crate::cli::commands;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .usage(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .literal(AnsiColor::Cyan.on_default().effects(Effects::BOLD))
    .placeholder(AnsiColor::Cyan.on_default());

/// Sign in, hold a session and check access on the Noesis AIToolCenter platform.
#[derive(Debug, Parser)]
#[command(name = "noesis", version, styles = STYLES, disable_help_subcommand = true, max_term_width = 100)]
#[command(help_template = overview::template())]
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

/// The commands. Each is built only when it is named: building all would dominate the time of a start.
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
    /// Refresh the session now
    Refresh(commands::refresh::Args),
    /// Redeem activation codes
    Redeem(commands::redeem::Args),
    /// Ask the platform whether a token is active
    Introspect(commands::introspect::Args),
    /// Show a token's content without verifying it
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
    /// Guard a tool: grant or deny each request
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

impl Command {
    /// Whether it uses a profile that has to exist. `login` creates it, `doctor` reports it, and `logout` and `decode` check it
    /// when they look for its session.
    pub fn uses_profile(&self) -> bool {
        match self {
            Self::Login(_) | Self::Logout(_) | Self::Doctor(_) | Self::Decode(_) => false,
            Self::Pkce(_) | Self::Completions(_) | Self::Man(_) => false,
            #[cfg(feature = "sandbox")]
            Self::Sandbox(args) => args.uses_a_platform(),
            _ => true,
        }
    }
}
