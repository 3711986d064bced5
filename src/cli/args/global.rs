//! The options that every command takes. What one falls back to where it is not given is decided in `settings`.

use std::path::PathBuf;
use std::time::Duration;

use super::value::duration;
use crate::cli::output::ColorChoice;
use crate::cli::store::StoreKind;

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
    #[arg(long, global = true, value_enum, hide_possible_values = true, help = store_help())]
    pub store: Option<StoreKind>,
    /// How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// A certificate authority to trust in addition to the system's [env: NOESIS_CA_CERT]
    #[arg(long, global = true, value_name = "PEM")]
    pub ca_cert: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long, global = true)]
    pub json: bool,
    /// Print no progress and no notes
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print each request: its path, the status of the response, and its duration
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Never prompt; fail if something is missing
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

fn store_help() -> String {
    format!(
        "Where the session is kept: {} [env: NOESIS_STORE] [default: {}]",
        StoreKind::names(str::to_owned),
        StoreKind::default().as_str()
    )
}
