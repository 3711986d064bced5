//! Whether a proxy is configured for the platform, and whether it can be connected to.

use std::time::Duration;

use super::check::DoctorCheck;
use super::connect::connect;
use crate::cli::error::CliError;
use crate::http::{BaseUrl, Proxy, ProxyRoute};

pub const NAME: &str = "proxy";

/// The check, and the proxy; `None` where requests are sent directly.
pub async fn check(base: &BaseUrl, limit: Duration) -> (DoctorCheck, Option<Proxy>) {
    let host = base.host();
    if base.is_loopback() {
        return (DoctorCheck::skip(NAME, "none is used for this machine"), None);
    }
    match ProxyRoute::to(base) {
        Err(error) => (
            DoctorCheck::error(NAME, &CliError::from(error), "correct the variable"),
            None,
        ),
        Ok(ProxyRoute::Direct) => (DoctorCheck::pass(NAME, "none is configured"), None),
        Ok(ProxyRoute::Exempt { proxy, by }) => {
            let message = format!("`{proxy}` is set, and `{by}` exempts `{host}`");
            (DoctorCheck::pass(NAME, message), None)
        }
        Ok(ProxyRoute::Proxy(proxy)) => {
            let tried = connect(&proxy.host, proxy.port, limit).await;
            (check_of(&proxy, &host, tried), Some(proxy))
        }
    }
}

fn check_of(proxy: &Proxy, host: &str, tried: Result<(), String>) -> DoctorCheck {
    let by = match proxy.variable {
        Some(variable) => format!("as `{variable}` says"),
        None => "as the system's settings say".to_owned(),
    };
    let at = proxy.address();
    match tried {
        Ok(()) => DoctorCheck::pass(NAME, format!("requests to `{host}` go through `{at}`, {by}")),
        Err(why) => {
            let hint = match proxy.variable {
                Some(variable) => {
                    format!("run `unset {variable}` if no proxy is needed, or set it to the right one")
                }
                None => "correct the proxy in the system's settings".to_owned(),
            };
            DoctorCheck::fail(
                NAME,
                format!("requests to `{host}` go through `{at}`, {by}; {why}"),
                hint,
            )
        }
    }
}
