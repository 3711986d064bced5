//! The proxy that stands before the platform, and whether it can be connected to.

use std::time::Duration;

use super::Check;
use super::network::connect;
use crate::cli::settings::environment::{Proxy, Way, way_to};
use crate::http::BaseUrl;

const NAME: &str = "proxy";

/// The check, and the proxy where there is one that answers; `None` in the second place where requests go straight.
pub async fn check(base: &BaseUrl, limit: Duration) -> (Check, Option<String>) {
    let host = base.host();
    if base.is_loopback() {
        return (Check::skip(NAME, "none is ever used for this machine"), None);
    }
    match way_to(base.as_str()) {
        Way::Direct => (Check::pass(NAME, "none is set"), None),
        Way::Exempt(variable) => {
            let words = format!("`{variable}` is set, and `NO_PROXY` leaves `{host}` out of it");
            (Check::pass(NAME, words), None)
        }
        Way::Proxy(proxy) => {
            let at = format!("{}:{}", proxy.host, proxy.port);
            let tried = connect(proxy.host.trim_matches(['[', ']']), proxy.port, limit).await;
            (told(&proxy, &host, tried), Some(at))
        }
    }
}

fn told(proxy: &Proxy, host: &str, tried: Result<(), String>) -> Check {
    let by = match proxy.variable {
        Some(variable) => format!("as `{variable}` says"),
        None => "as the system's settings say".to_owned(),
    };
    let at = format!("`{}:{}`", proxy.host, proxy.port);
    match tried {
        Ok(()) => Check::pass(NAME, format!("`{host}` is asked by way of {at}, {by}")),
        Err(why) => {
            let hint = match proxy.variable {
                Some(variable) => {
                    format!("run `unset {variable}` where no proxy is needed, or set it to the right one")
                }
                None => "mend the proxy in the system's settings".to_owned(),
            };
            Check::fail(NAME, format!("`{host}` is asked by way of {at}, {by}; {why}"), hint)
        }
    }
}
