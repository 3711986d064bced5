//! The way to the platform, step by step, so that the first that fails has the name of what is wrong: the name of its
//! host, the port, the certificate, the answer, the keys in it, and the clock.

use std::io::ErrorKind;
use std::time::Duration;

use super::{Check, proxy};
use crate::cli::context::{Context, now};
use crate::cli::error::{CliError, connect_hint};
use crate::cli::output::time;
use crate::http::{self, BaseUrl, Body, Http, HttpOptions, MAX_KEY_SET, Request, Response};
use crate::{AuthError, ConnectFailure, KeySet, Secret};

/// Where a platform has its key set: what anybody may ask for.
const PATH: &str = "/.well-known/jwks.json";
/// A difference of clocks that a token's times are judged through (rule T6's leeway).
const SAME_CLOCK: u64 = 30;

const CHECK_NETWORK: &str = "check `--base-url` and the network, then run `noesis doctor` again";

/// The last five checks.
///
/// `secrets` are taken out of whatever the platform says.
pub fn checks(ctx: &Context, platform: Result<BaseUrl, CliError>, secrets: &[Secret]) -> Result<Vec<Check>, CliError> {
    let base = match platform {
        Ok(base) => base,
        Err(error) => {
            let mut named = Check::error("platform", &error, CHECK_NETWORK);
            if ctx.settings.base_url.is_none() {
                // Nothing is wrong yet: there is nothing to ask.
                named.result = super::Outcome::Skip;
            }
            return Ok(Steps::new("there is no platform to ask").ended(named));
        }
    };
    let http = ctx.ca_pem().and_then(|pem| {
        let options = HttpOptions {
            timeout: ctx.settings.timeout,
            ca_cert_pem: pem.into_iter().collect(),
            environment_proxy: true,
        };
        Ok(Http::new(base.clone(), &options)?)
    });
    ctx.request(async {
        let (proxy, by) = proxy::check(&base, ctx.settings.timeout).await;
        let mut steps = Steps::new("the platform was not reached");
        let is_stopped = proxy.failed();
        steps.proxy = proxy;
        if is_stopped {
            return Ok(steps.ended(Check::skip("platform", "its proxy cannot be reached: see `proxy`")));
        }
        if by.is_none() {
            let (host, port) = base.address();
            if let Err(why) = connect(host, port, ctx.settings.timeout).await {
                let words = format!("`{}`: {why}", base.host());
                return Ok(steps.ended(Check::fail("platform", words, start_one(&base, port))));
            }
        }
        match http {
            Ok(http) => {
                let request = Request {
                    max_response: MAX_KEY_SET,
                    secrets: secrets.iter().map(Secret::expose).collect(),
                    ..Request::new("key fetch", PATH, Body::None)
                };
                let response = http.exchange(&request).await;
                Ok(steps.answered(&base, by.as_deref(), &request, response))
            }
            Err(error) => {
                steps.certificate = Check::error("certificate", &error, "check `--ca-cert`");
                Ok(steps.ended(Check::skip("platform", "it was not asked: see `certificate`")))
            }
        }
    })
}

/// What to do where nobody listens: a platform on this machine is one that can be started.
fn start_one(base: &BaseUrl, port: u16) -> String {
    match base.is_loopback() && cfg!(feature = "sandbox") {
        true => format!("check `--base-url`, or run `noesis sandbox serve --listen 127.0.0.1:{port}`"),
        false => CHECK_NETWORK.to_owned(),
    }
}

/// Finds the host and connects to it; says what of the two failed. All its addresses are tried at once, as one of them
/// may lead nowhere.
pub async fn connect(host: &str, port: u16, limit: Duration) -> Result<(), String> {
    let silent = |what: &str| format!("{what} within {}", time::span(limit));
    let addresses: Vec<_> = match tokio::time::timeout(limit, tokio::net::lookup_host((host, port))).await {
        Ok(Ok(found)) => found.collect(),
        Ok(Err(error)) => return Err(format!("its name cannot be resolved: {error}")),
        Err(_) => return Err(silent("its name is not resolved")),
    };
    let mut tries = tokio::task::JoinSet::new();
    for address in addresses {
        tries.spawn(tokio::net::TcpStream::connect(address));
    }
    let mut why = "its name stands for no address".to_owned();
    let first = async {
        while let Some(tried) = tries.join_next().await {
            match tried {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => {
                    why = format!("nobody listens on port {port} (the connection was refused)");
                }
                Ok(Err(error)) => why = format!("it cannot be connected to: {error}"),
                Err(_) => {}
            }
        }
        Err(why)
    };
    let timed = tokio::time::timeout(limit, first).await;
    timed.unwrap_or_else(|_| Err(silent(&format!("port {port} takes no connection"))))
}

/// The checks so far; those that were not come to are skipped.
struct Steps {
    proxy: Check,
    certificate: Check,
    keys: Check,
    clock: Check,
}

impl Steps {
    fn new(why: &str) -> Self {
        Self {
            proxy: Check::skip("proxy", why),
            certificate: Check::skip("certificate", why),
            keys: Check::skip("keys", why),
            clock: Check::skip("clock", why),
        }
    }

    fn ended(self, platform: Check) -> Vec<Check> {
        vec![self.proxy, platform, self.certificate, self.keys, self.clock]
    }

    /// Judges an answer, or its absence.
    fn answered(
        mut self,
        base: &BaseUrl,
        by: Option<&str>,
        request: &Request<'_>,
        response: Result<Response, AuthError>,
    ) -> Vec<Check> {
        let response = match response {
            Ok(response) => response,
            Err(error) => return self.unanswered(by, error),
        };
        self.certificate = match base.is_plain() {
            true => Check::skip("certificate", "`http://` to this machine has none"),
            false => Check::pass("certificate", format!("it is good for `{}`", base.host())),
        };
        self.clock = clock(response.date);
        let set = response
            .body
            .and_then(|body| http::object(&body, request).map(|_| body));
        let body = match set {
            Ok(body) => body,
            Err(error) => {
                self.keys = Check::skip("keys", "the platform gave none");
                return self.ended(Check::error("platform", &error.into(), CHECK_NETWORK));
            }
        };
        self.keys = keys(&body, base);
        self.ended(Check::pass("platform", format!("`{base}` answers")))
    }

    /// The port was open, and yet no answer came.
    fn unanswered(mut self, by: Option<&str>, error: AuthError) -> Vec<Check> {
        let words = error.message.clone();
        let why = words.split_once(": ").map_or(words.as_str(), |(_, why)| why);
        let hint = match error.connect_failure {
            Some(ConnectFailure::HostNotFound) | None if !(error.never_sent && by.is_none()) => {
                let platform = match by {
                    Some(proxy) => {
                        let hint =
                            format!("ask whoever runs the proxy `{proxy}`, or leave the host out with `NO_PROXY`");
                        Check::fail("platform", words, hint)
                    }
                    None => Check::error("platform", &error.into(), CHECK_NETWORK),
                };
                return self.ended(platform);
            }
            failure => connect_hint(failure.unwrap_or(ConnectFailure::OtherTls)),
        };
        self.certificate = Check::fail("certificate", why, hint);
        self.ended(Check::skip("platform", "it was not asked: see `certificate`"))
    }
}

fn keys(body: &[u8], base: &BaseUrl) -> Check {
    let name = "keys";
    let ask = "ask whoever runs the platform for";
    let set = match KeySet::parse(body) {
        Ok(set) => set,
        Err(bad) => {
            let words = format!("`{}` is no key set: {bad}", base.join(PATH));
            return Check::fail(
                name,
                words,
                "check `--base-url`; `noesis verify --jwks` takes another key set",
            );
        }
    };
    let left_out: Vec<String> = set.left_out().iter().map(ToString::to_string).collect();
    match (set.len(), left_out.is_empty()) {
        (0, true) => Check::fail(
            name,
            "the key set is empty",
            format!("{ask} keys to verify tokens with"),
        ),
        (0, false) => Check::fail(name, left_out.join("; "), format!("{ask} RS256 keys")),
        (count, true) => Check::pass(name, time::counted(count as u64, "usable key")),
        (count, false) => {
            let words = format!("{}; {}", time::counted(count as u64, "usable key"), left_out.join("; "));
            Check::warn(
                name,
                words,
                format!("{ask} a set without them; tokens that they signed are refused"),
            )
        }
    }
}

/// This machine's clock beside the server's.
fn clock(date: Option<i64>) -> Check {
    let name = "clock";
    let Some(date) = date else {
        return Check::skip(name, "the answer does not say what time it is there");
    };
    let ahead = now().saturating_sub(date);
    let span = time::span(Duration::from_secs(ahead.unsigned_abs()));
    match ahead.unsigned_abs() {
        0..=1 => Check::pass(name, "it goes with the platform's"),
        2..=SAME_CLOCK => Check::pass(name, format!("it is within {span} of the platform's")),
        _ => {
            let way = if ahead > 0 { "ahead of" } else { "behind" };
            let hint = if cfg!(windows) {
                "run `w32tm /resync`"
            } else if cfg!(target_os = "macos") {
                "run `sudo sntp -sS time.apple.com`"
            } else {
                "run `sudo timedatectl set-ntp true`"
            };
            Check::warn(name, format!("it is {span} {way} the platform's"), hint)
        }
    }
}
