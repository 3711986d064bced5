//! `noesis guard`: a server that lets only those through to a tool who may use it.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use ipnet::IpNet;
use serde::Serialize;

use crate::JwtValidator;
use crate::cli::args::duration;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::keys::{JudgedBy, Place, file, secret};
use crate::cli::output::{Page, Style, View};
use crate::guard::{Event, Guard, GuardError, LoadValidator, LogFormat, Options, TrustedProxies, Upstream};

/// Let only those through to a tool who may use it: answer a proxy's question about each request, or be the proxy.
///
/// A proxy asks `/auth`, or `/tools/ID/auth` for another tool than `--tool`: 200 with the X-Noesis headers, or 401, 403,
/// 503. `/healthz`, `/readyz` and `/metrics` answer for the guard itself. With `--upstream`, requests that may pass go on
/// there. SIGHUP reads keys and secrets anew, SIGTERM and Ctrl-C stop it when what is under way is answered.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis guard --tool vision-lab
  noesis guard --tool vision-lab --upstream http://127.0.0.1:3000
  noesis guard --listen 0.0.0.0:9080 --jwks keys.json --access-log json")]
pub struct Args {
    /// The address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9080")]
    listen: SocketAddr,
    /// Another address for health, readiness and metrics
    #[arg(long, value_name = "ADDRESS")]
    status_listen: Option<SocketAddr>,
    /// The tool that a request has to have access to [default: none, a valid token is enough]
    #[arg(long, value_name = "ID")]
    tool: Option<String>,
    #[command(flatten)]
    by: JudgedBy,
    /// A proxy whose X-Forwarded-For is believed, or a network of them; may be given more than once
    #[arg(long, value_name = "CIDR", value_parser = TrustedProxies::network)]
    trusted_proxy: Vec<IpNet>,
    /// Pass requests that may pass on to this server, `http://HOST:PORT`
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    /// How long it may take to begin its answer
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration, requires = "upstream")]
    upstream_timeout: Duration,
    /// How each request is logged, to standard error
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    access_log: Log,
    /// How many connections are served at one time; more wait
    #[arg(long, value_name = "N", default_value = "10000")]
    max_connections: NonZeroUsize,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Log {
    /// A line of words
    Text,
    /// A JSON object a line
    Json,
    /// Not at all
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
            "give a server alone, such as `--upstream http://127.0.0.1:3000`",
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
    let load = load(ctx, args)?;
    // A mistake in what is named is told as that of any command; one at a reload is a warning.
    let first = load()?;
    let reload: LoadValidator = Box::new(move || load().map_err(|error| error.report().message));
    descriptors::raise();
    let runtime = runtime()?;
    runtime.block_on(async {
        // Heard from before it listens, so that none comes to a process that does not know what to do about it.
        let mut signals = Signals::listen().map_err(|e| CliError::io(format!("cannot wait for signals: {e}")))?;
        let guard = Guard::bind(options, first, reload, ctx.out.log())
            .await
            .map_err(failed)?;
        ctx.out.show(&Guarding::of(&guard, args))?;
        let mut interrupted = false;
        let next = async || {
            let (event, by_key) = signals.next().await;
            interrupted |= by_key;
            event
        };
        guard.serve(next, |warning| ctx.out.warn(warning)).await;
        match interrupted {
            true => Err(CliError::Interrupted),
            false => Ok(ExitStatus::Success),
        }
    })
}

/// One thread a core; where there is one core, the one that there is.
fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut builder = match cores {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let built = builder.worker_threads(cores).enable_all().build();
    built.map_err(|e| CliError::io(format!("cannot start the network: {e}")))
}

/// What makes the validator, at the start and at each reload.
fn load(
    ctx: &Context,
    args: &Args,
) -> Result<impl Fn() -> Result<JwtValidator, CliError> + Send + Sync + 'static, CliError> {
    let policy = args.by.policy();
    let base_url = ctx.settings.base_url.as_ref().map(|url| &*url.value);
    let (path, cache) = match args.by.place(base_url)? {
        Place::Nowhere => (None, None),
        Place::File(path) => (Some(path), None),
        Place::Url(url) => (None, Some(ctx.key_cache(&url)?.build()?)),
    };
    let secret_file = args.by.hs256_secret_file.clone();
    Ok(move || {
        let mut validator = JwtValidator::builder().policy(policy.clone());
        if let Some(path) = &path {
            validator = validator.key_set(file(path)?);
        }
        if let Some(cache) = &cache {
            // What was fetched serves until it is fetched anew, which begins with the next request.
            cache.expire();
            validator = validator.cache(cache.clone());
        }
        if let Some(path) = &secret_file {
            validator = validator.hmac_secret(secret(path)?);
        }
        Ok(validator.build()?)
    })
}

fn failed(error: GuardError) -> CliError {
    CliError::usage(
        error.to_string(),
        "choose another `--listen`; `127.0.0.1:0` takes any port that is free",
    )
}

#[derive(Debug, Serialize)]
struct Guarding {
    url: String,
    status_url: String,
    tool: Option<String>,
    upstream: Option<String>,
}

impl Guarding {
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

impl View for Guarding {
    fn text(&self, page: &mut Page) {
        let what = match &self.tool {
            Some(tool) => format!("those who may use {tool}"),
            None => "those with a valid token".to_owned(),
        };
        match &self.upstream {
            Some(upstream) => {
                page.styled(Style::Green, &format!("{} lets {what} through to {upstream}", self.url));
            }
            None => {
                page.styled(
                    Style::Green,
                    &format!("the guard is at {}, and lets {what} through", self.url),
                );
                page.line(&format!("A proxy asks {}/auth about each request.", self.url));
            }
        }
        page.line(&format!(
            "{}/readyz says whether it can judge. Ctrl-C stops it.",
            self.status_url
        ));
    }
}

#[cfg(unix)]
mod descriptors {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    /// As many open files as the system allows: a connection is one. Where it allows no more, fewer connections are served.
    pub fn raise() {
        let limit = getrlimit(Resource::Nofile);
        let all = Rlimit {
            current: limit.maximum,
            ..limit
        };
        setrlimit(Resource::Nofile, all).ok();
    }
}

#[cfg(not(unix))]
mod descriptors {
    /// There is no such limit.
    pub fn raise() {}
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

    /// What to do, and whether Ctrl-C says so.
    async fn next(&mut self) -> (Event, bool) {
        tokio::select! {
            _ = self.reload.recv() => (Event::Reload, false),
            _ = self.terminate.recv() => (Event::Stop, false),
            _ = self.interrupt.recv() => (Event::Stop, true),
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

    /// What to do, and whether Ctrl-C says so.
    async fn next(&mut self) -> (Event, bool) {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler the signal ends the process by itself.
            std::future::pending::<()>().await;
        }
        (Event::Stop, true)
    }
}
