//! What a proxy failed at: to be reached, or to connect to the platform.
//!
//! The HTTP client wraps these errors without a name for them, and the SOCKS error keeps its cause out of the chain of sources.
//! Their types are named here by what they are errors of.

use std::error::Error;

use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use tower_service::Service;

use super::error_chain::find;

type ErrorOf<S> = <S as Service<http::Uri>>::Error;
type TunnelError = ErrorOf<Tunnel<HttpConnector>>;
type SocksError = ErrorOf<SocksV5<HttpConnector>>;

/// What a proxy failed at.
pub(super) enum ProxyFailure<'e> {
    /// There is no connection to the proxy; with the error of that.
    Unreachable(&'e (dyn Error + 'static)),
    /// The proxy did not connect to the platform; with the reason in words.
    NotConnected(String),
}

/// The failure of the proxy in an error of a connection; `None` where it is none of the proxy's.
pub(super) fn proxy_failure<'e>(error: &'e (dyn Error + 'static)) -> Option<ProxyFailure<'e>> {
    if let Some(error) = find::<TunnelError>(error) {
        return Some(match error {
            TunnelError::ConnectFailed(cause) => ProxyFailure::Unreachable(&**cause),
            TunnelError::ProxyAuthRequired => {
                ProxyFailure::NotConnected("it asks for a user name and password, or for others".to_owned())
            }
            TunnelError::TunnelUnsuccessful => ProxyFailure::NotConnected("it refused".to_owned()),
            TunnelError::TunnelUnexpectedEof => ProxyFailure::NotConnected("it closed the connection".to_owned()),
            other => ProxyFailure::NotConnected(bare(other)),
        });
    }
    Some(match find::<SocksError>(error)? {
        SocksError::Inner(cause) => ProxyFailure::Unreachable(cause),
        other => ProxyFailure::NotConnected(bare(other)),
    })
}

/// The text of the error without the words that precede each of its kind.
fn bare(error: &dyn Error) -> String {
    let text = error.to_string();
    match text.split_once(" error: ") {
        Some((_, text)) => text.to_owned(),
        None => text,
    }
}
