//! What is looked at in the environment only when something is wrong: proxies, the display, and where programs are.

use std::path::Path;

use hyper_util::client::proxy::matcher::Matcher;

use super::set;

/// The variables that name a proxy for `https://`, the first that is set wins; in the order of the HTTP client.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// By what way a request leaves this machine.
#[derive(Debug, PartialEq, Eq)]
pub enum Way {
    /// No proxy is named.
    Direct,
    /// One is named, but not for this host.
    Exempt(&'static str),
    Proxy(Proxy),
}

/// A proxy, without the user and password that its URL may hold.
#[derive(Debug, PartialEq, Eq)]
pub struct Proxy {
    /// The variable that names it; `None` where it is a setting of the system.
    pub variable: Option<&'static str>,
    pub host: String,
    pub port: u16,
}

/// The proxy that the HTTP client would take, told by the same code that chooses it there.
pub fn way_to(url: &str) -> Way {
    let variable = PROXIES
        .into_iter()
        .find(|name| set(&|name| std::env::var_os(name), name).is_some());
    let taken = url
        .parse::<hyper::Uri>()
        .ok()
        .and_then(|url| Matcher::from_system().intercept(&url));
    match (taken, variable) {
        (Some(taken), variable) => {
            let uri = taken.uri();
            let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
            Way::Proxy(Proxy {
                variable,
                host: uri.host().unwrap_or_default().to_owned(),
                port: uri.port_u16().unwrap_or(usual),
            })
        }
        (None, Some(variable)) => Way::Exempt(variable),
        (None, None) => Way::Direct,
    }
}

/// What names the proxy that a request to this URL takes, where it takes one.
pub fn proxy_to(url: &str) -> Option<String> {
    match way_to(url) {
        Way::Proxy(Proxy {
            variable: Some(variable),
            ..
        }) => Some(format!("`{variable}`")),
        Way::Proxy(Proxy { variable: None, .. }) => Some("the system".to_owned()),
        Way::Direct | Way::Exempt(_) => None,
    }
}

/// Whether a window can be shown; only where the environment says so.
pub fn has_display() -> bool {
    let told = ["DISPLAY", "WAYLAND_DISPLAY"];
    let named = |name: &&str| set(&|name| std::env::var_os(name), name).is_some();
    cfg!(any(windows, target_os = "macos")) || told.iter().any(named)
}

/// Whether a program of that name or path could be started.
pub fn is_program(name: &str) -> bool {
    let path = Path::new(name);
    if path.components().count() > 1 {
        return is_executable(path);
    }
    let dirs = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&dirs).any(|dir| is_executable(&dir.join(name)))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file() || path.with_extension("exe").is_file()
}
