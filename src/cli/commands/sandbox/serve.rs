//! `noesis sandbox serve`: the platform until Ctrl-C.

use std::net::SocketAddr;

use serde::Serialize;

use super::{Common, failed};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::output::{Page, Style, View};
use crate::sandbox::{Options, Sandbox};

/// Serve the platform until Ctrl-C.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis sandbox serve
  noesis sandbox serve --listen 127.0.0.1:0 --seed my-users.toml
  noesis sandbox serve --fault latency=2s@token --fault status=503,retry-after=7,rate=0.1

  Other faults while it runs, or with an empty list none:
  curl -s -H 'content-type: application/json' \"$NOESIS_BASE_URL/sandbox/faults\" \\
    -d '{\"faults\":[\"latency=300ms@token\"]}'")]
pub struct Args {
    /// The address to listen on: this machine's only
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    #[command(flatten)]
    common: Common,
}

pub fn run(ctx: &Context, args: &Args) -> Result<(), CliError> {
    let options = Options {
        listen: args.listen,
        ..args.common.options()?
    };
    ctx.block_on(async {
        let sandbox = Sandbox::bind(options).await.map_err(failed)?;
        ctx.out.show(&Serving {
            base_url: sandbox.base_url().to_owned(),
            client_id: sandbox.default_client().to_owned(),
        })?;
        let mut interrupted = false;
        sandbox
            .serve(async { interrupted = asked_to_stop().await == Stop::Interrupt })
            .await
            .map_err(failed)?;
        if interrupted {
            Err(CliError::Interrupted)
        } else {
            Ok(())
        }
    })
}

/// How this process was asked to end.
#[derive(Debug, PartialEq, Eq)]
enum Stop {
    Interrupt,
    Terminate,
}

#[cfg(unix)]
async fn asked_to_stop() -> Stop {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return interrupt().await;
    };
    tokio::select! {
        stop = interrupt() => stop,
        _ = terminate.recv() => Stop::Terminate,
    }
}

#[cfg(not(unix))]
async fn asked_to_stop() -> Stop {
    interrupt().await
}

async fn interrupt() -> Stop {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler the signal ends the process by itself.
        std::future::pending::<()>().await;
    }
    Stop::Interrupt
}

#[derive(Debug, Serialize)]
struct Serving {
    base_url: String,
    client_id: String,
}

impl View for Serving {
    fn text(&self, page: &mut Page) {
        page.styled(Style::Green, &format!("the sandbox is at {}", self.base_url));
        page.line("Ctrl-C stops it. To use it from another terminal:");
        page.gap();
        page.line(&format!("  export NOESIS_BASE_URL={}", word(&self.base_url)));
        page.line(&format!("  export NOESIS_CLIENT_ID={}", word(&self.client_id)));
        page.line("  noesis login");
    }
}

/// One word to a shell, whatever a seed calls its clients. Only a NUL cannot be quoted, which a seed refuses.
fn word(text: &str) -> std::borrow::Cow<'_, str> {
    shlex::try_quote(text).unwrap_or_default()
}
