//! `noesis sandbox serve`: serves the platform until Ctrl-C.

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

  Replace the faults while it runs; an empty list removes them:
  curl -s -H 'content-type: application/json' \"$NOESIS_BASE_URL/sandbox/faults\" \\
    -d '{\"faults\":[\"latency=300ms@token\"]}'")]
pub struct Args {
    /// The address to listen on, on a loopback interface
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
            .serve(async { interrupted = stop_signal().await == Stop::Interrupt })
            .await
            .map_err(failed)?;
        if interrupted {
            Err(CliError::Interrupted)
        } else {
            Ok(())
        }
    })
}

/// The signal that asks this process to stop.
#[derive(Debug, PartialEq, Eq)]
enum Stop {
    Interrupt,
    Terminate,
}

#[cfg(unix)]
async fn stop_signal() -> Stop {
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
async fn stop_signal() -> Stop {
    interrupt().await
}

async fn interrupt() -> Stop {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler the signal terminates the process by default.
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
        page.line(&format!("  export NOESIS_BASE_URL={}", quoted(&self.base_url)));
        page.line(&format!("  export NOESIS_CLIENT_ID={}", quoted(&self.client_id)));
        page.line("  noesis login");
    }
}

/// Quoted for a shell; a seed may give a client any ID. Only NUL cannot be quoted, which a seed rejects.
fn quoted(text: &str) -> std::borrow::Cow<'_, str> {
    shlex::try_quote(text).unwrap_or_default()
}
