//! `noesis guard`: a server that grants or denies access to a tool.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use ipnet::IpNet;
use serde::Serialize;

use crate::cli::args::{address, duration, server_url};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::output::{Page, Style, View};
use crate::cli::verification_args::{SecretFile, VerificationArgs};
use crate::descriptors;
use crate::guard::{Event, Guard, GuardError, LoadValidator, LogFormat, Options, TrustedProxies, Upstream};
use crate::{JwtValidator, KeySource, Policy};

/// Guard a tool: answer a proxy that asks about each request, or be the proxy.
///
/// A proxy asks `/auth`, or `/tools/ID/auth` for a tool other than `--tool`. The answer is 200 with the X-Noesis headers,
/// or 401, 403 or 503. `/healthz`, `/readyz` and `/metrics` are about the guard itself. With `--upstream`, granted requests
/// are forwarded. SIGHUP reads keys and secrets again; SIGTERM and Ctrl-C stop the guard once the requests in progress are
/// answered.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis guard --tool vision-lab
  noesis guard --tool vision-lab --upstream http://127.0.0.1:3000
  noesis guard --listen 0.0.0.0:9080 --jwks keys.json --access-log json")]
pub struct Args {
    /// The address to listen on; a port alone is on 127.0.0.1
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9080", value_parser = address)]
    listen: SocketAddr,
    /// A separate address for health, readiness and metrics
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    status_listen: Option<SocketAddr>,
    /// The tool that a request needs access to [default: none, a valid token is enough]
    #[arg(long, value_name = "ID")]
    tool: Option<String>,
    #[command(flatten)]
    by: VerificationArgs,
    /// A proxy, or a network of proxies, whose X-Forwarded-* headers are trusted; may be repeated
    #[arg(long, value_name = "CIDR", value_parser = TrustedProxies::network)]
    trusted_proxy: Vec<IpNet>,
    /// Forward granted requests to this server, `http://HOST:PORT`
    #[arg(long, value_name = "URL", value_parser = server_url)]
    upstream: Option<String>,
    /// How long the upstream may take to begin its response
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration, requires = "upstream")]
    upstream_timeout: Duration,
    /// How each request is logged, to standard error
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    access_log: Log,
    /// How many connections are served at the same time; more wait
    #[arg(long, value_name = "N", default_value = "10000")]
    max_connections: NonZeroUsize,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Log {
    /// One line of text per request
    Text,
    /// One JSON object per request
    Json,
    /// No access log
    None,
}

pub fn run(ctx: &Context, args: &Args) -> Result<ExitStatus, CliError> {
    let upstream = args
        .upstream
        .as_deref()
        .map(|url| Upstream::new(url, args.upstream_timeout));
    let upstream = upstream.transpose().map_err(|e| {
        CliError::usage(
            e.to_string(),
            "give the server only, such as `--upstream http://127.0.0.1:3000`",
        )
    })?;
    let options = Options {
        listen: args.listen,
        status_listen: args.status_listen,
        tool: args.tool.clone(),
        trusted_proxies: TrustedProxies::new(args.trusted_proxy.iter().copied()),
        upstream,
        access_log: match args.access_log {
            Log::Text => LogFormat::Text,
            Log::Json => LogFormat::Json,
            Log::None => LogFormat::None,
        },
        max_connections: args.max_connections.get(),
    };
    let configured = Configured::new(ctx, args)?;
    // An error at the start ends the command; one at a reload is a warning.
    let first = configured.validator(configured.source.clone())?;
    let reload: LoadValidator = Box::new(move || {
        let source = configured.source.reload().map_err(|error| error.to_string())?;
        configured.validator(source).map_err(|error| error.report().message)
    });
    descriptors::raise_limit();
    let runtime = runtime()?;
    runtime.block_on(async {
        // The handlers are installed before the guard listens, so that no signal ends a process that already serves.
        let mut signals = Signals::listen().map_err(|e| CliError::io(format!("cannot wait for signals: {e}")))?;
        let guard = Guard::bind(options, first, reload, ctx.out.log())
            .await
            .map_err(failed)?;
        ctx.out.show(&Started::of(&guard, args))?;
        let next = async || signals.next().await;
        guard.serve(next, |warning| ctx.out.warn_always(warning)).await;
        // Ctrl-C and SIGTERM are its normal end.
        Ok(ExitStatus::Success)
    })
}

/// One worker thread per core; on a single core, no threads but the main one.
fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut builder = match cores {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let built = descriptors::check_free().and_then(|()| builder.worker_threads(cores).enable_all().build());
    built.map_err(|e| CliError::io(format!("cannot start the network: {e}")))
}

/// What the validator is built from, at the start and at each reload.
struct Configured {
    policy: Policy,
    source: KeySource,
    secret_file: SecretFile,
}

impl Configured {
    fn new(ctx: &Context, args: &Args) -> Result<Self, CliError> {
        let base_url = ctx.settings.base_url.as_ref().map(|url| &*url.value);
        Ok(Self {
            policy: args.by.policy(),
            source: args.by.key_source(base_url, |url| Ok(ctx.key_cache(url)?.build()?))?,
            secret_file: args.by.secret_file(),
        })
    }

    fn validator(&self, source: KeySource) -> Result<JwtValidator, CliError> {
        let mut validator = JwtValidator::builder().policy(self.policy.clone()).key_source(source);
        if let Some(secret) = self.secret_file.read()? {
            validator = validator.hmac_secret(secret);
        }
        Ok(validator.build()?)
    }
}

fn failed(error: GuardError) -> CliError {
    CliError::usage(
        error.to_string(),
        "choose another `--listen`; `127.0.0.1:0` takes any free port",
    )
}

/// Where the guard listens, and what it guards.
#[derive(Debug, Serialize)]
struct Started {
    url: String,
    status_url: String,
    tool: Option<String>,
    upstream: Option<String>,
}

impl Started {
    fn of(guard: &Guard, args: &Args) -> Self {
        let url = |address: Option<SocketAddr>, named| format!("http://{}", address.unwrap_or(named));
        let own = url(guard.address(), args.listen);
        Self {
            status_url: guard.status_address().map_or_else(|| own.clone(), |a| url(Some(a), a)),
            url: own,
            tool: args.tool.clone(),
            upstream: args.upstream.clone(),
        }
    }
}

impl View for Started {
    fn text(&self, page: &mut Page) {
        let url = &self.url;
        let needed = match &self.tool {
            Some(tool) => format!("access to {tool}"),
            None => "a valid token".to_owned(),
        };
        let listening = match &self.upstream {
            Some(upstream) => format!("listening on {url}; requests with {needed} are forwarded to {upstream}"),
            None => format!("listening on {url}; requests with {needed} are granted"),
        };
        page.styled(Style::Green, &listening);
        if self.upstream.is_none() {
            page.line(&format!("A proxy asks {url}/auth about each request."));
        }
        page.line(&format!(
            "{}/readyz reports whether keys are available. Ctrl-C stops the guard.",
            self.status_url
        ));
    }
}

#[cfg(unix)]
struct Signals {
    reload: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            reload: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> Event {
        tokio::select! {
            _ = self.reload.recv() => Event::Reload,
            _ = self.terminate.recv() => Event::Stop,
            _ = self.interrupt.recv() => Event::Stop,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Event {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler, Ctrl-C ends the process by itself.
            std::future::pending::<()>().await;
        }
        Event::Stop
    }
}
