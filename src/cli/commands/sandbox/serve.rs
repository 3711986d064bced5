//! `noesis sandbox serve`: serves the platform until Ctrl-C.

use std::net::SocketAddr;

use serde::Serialize;

use super::{Common, failed};
use crate::cli::args::address;
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
    /// The address to listen on, on a loopback interface; a port alone is on 127.0.0.1
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787", value_parser = address)]
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
        // The handlers come first, so that no signal ends a process that already serves.
        let stop = Stop::listen().map_err(|e| CliError::io(format!("cannot wait for signals: {e}")))?;
        let sandbox = Sandbox::bind(options).await.map_err(failed)?;
        ctx.out.show(&Serving {
            base_url: sandbox.base_url().to_owned(),
            client_id: sandbox.default_client().to_owned(),
        })?;
        // Ctrl-C and SIGTERM are its normal end.
        sandbox.serve(stop.requested()).await.map_err(failed)
    })
}

/// What asks this process to stop: Ctrl-C, and on Unix SIGTERM.
#[cfg(unix)]
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    /// Installs the handlers. Needs a Tokio runtime.
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn requested(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Stop(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Stop {
    /// Installs the handler. Needs a Tokio runtime.
    fn listen() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn requested(mut self) {
        self.0.recv().await;
    }
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
