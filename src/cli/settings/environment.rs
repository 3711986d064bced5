//! What commands need of the environment besides settings: colour, proxies, the display, `PATH` and the temporary folder.

#[cfg(feature = "sandbox")]
use std::ffi::OsString;
use std::path::Path;
#[cfg(feature = "sandbox")]
use std::path::PathBuf;

use hyper_util::client::proxy::matcher::Matcher;

use super::variables::set;
#[cfg(feature = "sandbox")]
use crate::cli::error::CliError;

/// Whether the environment disables colour, which has to be known before anything else can fail.
pub fn colour_unwanted() -> bool {
    set(&|name| std::env::var_os(name), "NO_COLOR").is_some() || std::env::var_os("TERM").is_some_and(|t| t == "dumb")
}

/// The variables that name a proxy for `https://`, the first that is set wins; in the order of the HTTP client.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// How a request leaves this machine.
#[derive(Debug, PartialEq, Eq)]
pub enum Route {
    /// No proxy is configured.
    Direct,
    /// A proxy is configured, but not for this host.
    Exempt(&'static str),
    Proxy(Proxy),
}

/// A proxy, without the user and password that its URL may hold.
#[derive(Debug, PartialEq, Eq)]
pub struct Proxy {
    /// The variable that configures it; `None` where it is a system setting.
    pub variable: Option<&'static str>,
    pub host: String,
    pub port: u16,
}

/// The route that the HTTP client would take, by the same code that chooses it there.
pub fn route_to(url: &str) -> Route {
    let variable = PROXIES
        .into_iter()
        .find(|name| set(&|name| std::env::var_os(name), name).is_some());
    let proxy = url
        .parse::<hyper::Uri>()
        .ok()
        .and_then(|url| Matcher::from_system().intercept(&url));
    match (proxy, variable) {
        (Some(proxy), variable) => {
            let uri = proxy.uri();
            let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
            Route::Proxy(Proxy {
                variable,
                host: uri.host().unwrap_or_default().to_owned(),
                port: uri.port_u16().unwrap_or(default),
            })
        }
        (None, Some(variable)) => Route::Exempt(variable),
        (None, None) => Route::Direct,
    }
}

/// What configures the proxy of a request to this URL, if it takes one.
pub fn proxy_to(url: &str) -> Option<String> {
    match route_to(url) {
        Route::Proxy(Proxy {
            variable: Some(variable),
            ..
        }) => Some(format!("`{variable}`")),
        Route::Proxy(Proxy { variable: None, .. }) => Some("the system".to_owned()),
        Route::Direct | Route::Exempt(_) => None,
    }
}

/// Whether a window can be shown, as far as the environment says.
pub fn has_display() -> bool {
    let variables = ["DISPLAY", "WAYLAND_DISPLAY"];
    let is_set = |name: &&str| set(&|name| std::env::var_os(name), name).is_some();
    cfg!(any(windows, target_os = "macos")) || variables.iter().any(is_set)
}

/// Whether there is an executable program of that name or path.
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
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file() || path.with_extension("exe").is_file()
}

/// `PATH` with a folder in front, for a child process.
#[cfg(feature = "sandbox")]
pub fn path_with(first: &Path) -> Result<OsString, CliError> {
    // Without a `PATH` there is no other folder; an empty one would mean the current folder.
    let path = std::env::var_os("PATH").filter(|path| !path.is_empty());
    let others: Vec<PathBuf> = path.iter().flat_map(std::env::split_paths).collect();
    let dirs = std::iter::once(first.to_owned()).chain(others);
    std::env::join_paths(dirs).map_err(|_| CliError::io(format!("`{}` cannot be put on `PATH`", first.display())))
}

/// The folder of temporary files, absolute: `TMPDIR` on Unix, where one that is set to nothing counts as unset.
#[cfg(feature = "sandbox")]
pub fn temporary_folder() -> std::io::Result<PathBuf> {
    let dir = std::env::temp_dir();
    match dir.as_os_str().is_empty() {
        true => Ok(PathBuf::from("/tmp")),
        false => std::path::absolute(dir),
    }
}
