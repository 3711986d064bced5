//! Whether a proxy is configured for the platform, and whether it can be connected to.

use std::time::Duration;

use super::check::Check;
use super::connect::connect;
use crate::cli::settings::environment::{Proxy, Route, route_to};
use crate::http::BaseUrl;

const NAME: &str = "proxy";

/// The check, and the address of the proxy; `None` where requests are sent directly.
pub async fn check(base: &BaseUrl, limit: Duration) -> (Check, Option<String>) {
    let host = base.host();
    if base.is_loopback() {
        return (Check::skip(NAME, "none is used for this machine"), None);
    }
    match route_to(base.as_str()) {
        Route::Direct => (Check::pass(NAME, "none is configured"), None),
        Route::Exempt(variable) => {
            let words = format!("`{variable}` is set, and `NO_PROXY` exempts `{host}`");
            (Check::pass(NAME, words), None)
        }
        Route::Proxy(proxy) => {
            let at = format!("{}:{}", proxy.host, proxy.port);
            let tried = connect(proxy.host.trim_matches(['[', ']']), proxy.port, limit).await;
            (check_of(&proxy, &host, tried), Some(at))
        }
    }
}

fn check_of(proxy: &Proxy, host: &str, tried: Result<(), String>) -> Check {
    let by = match proxy.variable {
        Some(variable) => format!("as `{variable}` says"),
        None => "as the system's settings say".to_owned(),
    };
    let at = format!("`{}:{}`", proxy.host, proxy.port);
    match tried {
        Ok(()) => Check::pass(NAME, format!("requests to `{host}` go through {at}, {by}")),
        Err(why) => {
            let hint = match proxy.variable {
                Some(variable) => {
                    format!("run `unset {variable}` if no proxy is needed, or set it to the right one")
                }
                None => "correct the proxy in the system's settings".to_owned(),
            };
            Check::fail(NAME, format!("requests to `{host}` go through {at}, {by}; {why}"), hint)
        }
    }
}
