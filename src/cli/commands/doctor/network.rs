//! The network checks, step by step, so that the first failure names the cause: host name, port, certificate, answer,
//! keys and clock.

use std::time::Duration;

use super::check::{CheckStatus, DoctorCheck};
use super::connect::connect;
use super::proxy;
use crate::cli::context::{Context, now};
use crate::cli::error::{CliError, advice};
use crate::http::{BaseUrl, Response};
use crate::jwt::JWKS_PATH;
use crate::{AuthError, ConnectFailure, KeySet, Secret, time};

/// A difference of clocks that the leeway of a token's times allows (rule T6).
const SAME_CLOCK: u64 = 30;

const CHECK_NETWORK: &str = "check `--base-url` and the network, then run `noesis doctor` again";

const NO_PROXY_SENT_IT: &str = "no request was sent: see `proxy`";

/// The last five checks.
///
/// `secrets` are removed from what the platform answers.
pub fn checks(
    ctx: &Context,
    platform: Result<BaseUrl, CliError>,
    secrets: &[Secret],
) -> Result<Vec<DoctorCheck>, CliError> {
    let base = match platform {
        Ok(base) => base,
        Err(error) => {
            let mut named = DoctorCheck::error("platform", &error, CHECK_NETWORK);
            if ctx.settings.base_url.is_none() {
                // Nothing is wrong yet: no platform is configured.
                named.result = CheckStatus::Skip;
            }
            return Ok(Steps::new("no platform is configured").finish(named));
        }
    };
    // The key set needs no sign-in.
    let cache = ctx
        .key_cache(&base.join(JWKS_PATH))
        .and_then(|cache| Ok(cache.build()?));
    ctx.request(async {
        let (proxy, by) = proxy::check(&base, ctx.settings.timeout).await;
        let by = by.map(|proxy| proxy.address());
        let mut steps = Steps::new("the platform was not reached");
        let is_stopped = proxy.failed();
        steps.proxy = proxy;
        if is_stopped {
            return Ok(steps.finish(DoctorCheck::skip("platform", NO_PROXY_SENT_IT)));
        }
        if by.is_none() {
            let (host, port) = base.address();
            if let Err(why) = connect(host, port, ctx.settings.timeout).await {
                let message = format!("`{}`: {why}", base.host());
                return Ok(steps.finish(DoctorCheck::fail("platform", message, start_one(&base, port))));
            }
        }
        match cache {
            Ok(cache) => {
                let response = cache.probe(secrets.iter().map(Secret::expose).collect()).await;
                Ok(steps.answered(&base, by.as_deref(), response))
            }
            Err(error) => {
                steps.certificate = DoctorCheck::error("certificate", &error, "check `--ca-cert`");
                Ok(steps.finish(DoctorCheck::skip("platform", "no request was sent: see `certificate`")))
            }
        }
    })
}

/// What to do where nothing listens: a platform on this machine can be started.
fn start_one(base: &BaseUrl, port: u16) -> String {
    match base.is_loopback() && cfg!(feature = "sandbox") {
        true => format!("check `--base-url`, or run `noesis sandbox serve --listen 127.0.0.1:{port}`"),
        false => CHECK_NETWORK.to_owned(),
    }
}

/// The checks so far; those that were not reached are skipped.
struct Steps {
    proxy: DoctorCheck,
    certificate: DoctorCheck,
    keys: DoctorCheck,
    clock: DoctorCheck,
}

impl Steps {
    fn new(why: &str) -> Self {
        Self {
            proxy: DoctorCheck::skip("proxy", why),
            certificate: DoctorCheck::skip("certificate", why),
            keys: DoctorCheck::skip("keys", why),
            clock: DoctorCheck::skip("clock", why),
        }
    }

    fn finish(self, platform: DoctorCheck) -> Vec<DoctorCheck> {
        vec![self.proxy, platform, self.certificate, self.keys, self.clock]
    }

    /// The checks of an answer, or of its absence.
    fn answered(mut self, base: &BaseUrl, by: Option<&str>, response: Result<Response, AuthError>) -> Vec<DoctorCheck> {
        let response = match response {
            Ok(response) => response,
            Err(error) => return self.unanswered(by, error),
        };
        self.certificate = match base.is_plain() {
            true => DoctorCheck::skip("certificate", "`http://` to this machine uses none"),
            false => DoctorCheck::pass("certificate", format!("it is valid for `{}`", base.host())),
        };
        self.clock = clock(response.date);
        let body = match response.body {
            Ok(body) => body,
            Err(error) => {
                self.keys = DoctorCheck::skip("keys", "the platform sent none");
                return self.finish(DoctorCheck::error("platform", &error.into(), CHECK_NETWORK));
            }
        };
        self.keys = keys(&body, base);
        self.finish(DoctorCheck::pass("platform", format!("`{base}` answers")))
    }

    /// The port was open, and still no answer came.
    fn unanswered(mut self, by: Option<&str>, error: AuthError) -> Vec<DoctorCheck> {
        let message = error.message.clone();
        if error.connect_failure == Some(ConnectFailure::Proxy) {
            self.proxy = DoctorCheck::error(proxy::NAME, &error.into(), CHECK_NETWORK);
            return self.finish(DoctorCheck::skip("platform", NO_PROXY_SENT_IT));
        }
        let why = error.detail().to_owned();
        let hint = match error.connect_failure {
            Some(ConnectFailure::HostNotFound) | None if !(error.never_sent && by.is_none()) => {
                let platform = match by {
                    Some(proxy) => {
                        let hint =
                            format!("ask the operator of the proxy `{proxy}`, or exempt the host with `NO_PROXY`");
                        DoctorCheck::fail("platform", message, hint)
                    }
                    None => DoctorCheck::error("platform", &error.into(), CHECK_NETWORK),
                };
                return self.finish(platform);
            }
            failure => advice::connect(failure.unwrap_or(ConnectFailure::OtherTls)),
        };
        self.certificate = DoctorCheck::fail("certificate", why, hint);
        self.finish(DoctorCheck::skip("platform", "no request was sent: see `certificate`"))
    }
}

fn keys(body: &[u8], base: &BaseUrl) -> DoctorCheck {
    let name = "keys";
    let ask = "ask the operator of the platform for";
    let set = match KeySet::parse(body) {
        Ok(set) => set,
        Err(bad) => {
            let message = format!("`{}` is not a key set: {bad}", base.join(JWKS_PATH));
            return DoctorCheck::fail(
                name,
                message,
                "check `--base-url`; `noesis verify --jwks` uses another key set",
            );
        }
    };
    let ignored: Vec<String> = set.ignored().iter().map(ToString::to_string).collect();
    match (set.len(), ignored.is_empty()) {
        (0, true) => DoctorCheck::fail(
            name,
            "the key set is empty",
            format!("{ask} keys to verify tokens with"),
        ),
        (0, false) => DoctorCheck::fail(name, ignored.join("; "), format!("{ask} RS256 keys")),
        (count, true) => DoctorCheck::pass(name, time::counted(count as u64, "usable key")),
        (count, false) => {
            let message = format!("{}; {}", time::counted(count as u64, "usable key"), ignored.join("; "));
            DoctorCheck::warn(
                name,
                message,
                format!("{ask} a set without them; tokens signed with them are rejected"),
            )
        }
    }
}

/// This machine's clock compared with the server's.
fn clock(date: Option<i64>) -> DoctorCheck {
    let name = "clock";
    let Some(date) = date else {
        return DoctorCheck::skip(name, "the answer does not say the time");
    };
    let ahead = now().saturating_sub(date);
    let span = time::span(Duration::from_secs(ahead.unsigned_abs()));
    match ahead.unsigned_abs() {
        0..=1 => DoctorCheck::pass(name, "it agrees with the platform's"),
        2..=SAME_CLOCK => DoctorCheck::pass(name, format!("it is within {span} of the platform's")),
        _ => {
            let way = if ahead > 0 { "ahead of" } else { "behind" };
            let hint = if cfg!(windows) {
                "run `w32tm /resync`"
            } else if cfg!(target_os = "macos") {
                "run `sudo sntp -sS time.apple.com`"
            } else {
                "run `sudo timedatectl set-ntp true`"
            };
            DoctorCheck::warn(name, format!("it is {span} {way} the platform's"), hint)
        }
    }
}
