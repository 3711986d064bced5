//! The HTTP client of the platform's calls and of the key cache: the only place that builds a client and sends a request
//! (rules N1–N7).
//!
//! Every call of the library goes through [`Http`], so every call keeps the same rules: one deadline for the whole request
//! with its body, a bounded response, no redirect, no compressed response, https or loopback, certificates checked,
//! nothing sent twice, and no secret of the request in any error.
//!
//! | File | Subject |
//! |---|---|
//! | `base_url` | where tokens may be sent: https, or http to a loopback host |
//! | `client` | [`Http`]: how the client is built, and how a request is sent |
//! | `request` | what a request consists of |
//! | `response` | what is made of a response: its body up to a bound, the server's clock |
//! | `runtime` | the thread that requests run on, and their deadline |
//! | `environment` | the proxy that the environment names, and where it says that certificates are |
//! | `no_proxy` | the hosts that are reached without a proxy |
//! | `proxy_error` | what a proxy failed at |
//! | `resolver` | host names, with an error type for a name that does not exist |
//! | `connect_error` | TLS, DNS and connection errors, explained |
//! | `error_chain` | the chain of sources below an error |
//! | `error_response` | the error for any status but 200 |
//! | `json` | the JSON object of a 200 |
//! | `repair` | JSON that only a strict parser refuses |
//! | `html` | the web page that a proxy sent instead |
//! | `normal_text` | a text without the differences of its spelling, to find secrets in it |
//! | `server_text` | text that the server sent: secrets redacted, length bounded |
//! | `date` | HTTP dates |

mod base_url;
mod client;
mod connect_error;
mod date;
mod environment;
mod error_chain;
mod error_response;
mod html;
mod json;
mod no_proxy;
mod normal_text;
mod proxy_error;
mod repair;
mod request;
mod resolver;
mod response;
mod runtime;
mod server_text;

pub use self::base_url::BaseUrl;
#[cfg(feature = "cli")]
pub(crate) use self::client::DEFAULT_TIMEOUT;
pub(crate) use self::client::{Http, HttpOptions};
#[cfg(feature = "cli")]
pub(crate) use self::environment::{Proxy, ProxyRoute};
pub(crate) use self::json::{invalid_response, without_bom};
#[cfg(feature = "cli")]
pub(crate) use self::json::{object, value};
pub(crate) use self::repair::repaired;
pub(crate) use self::request::{Body, Request};
pub(crate) use self::response::Response;
