//! The sockets of a loopback redirect URI (rule L1).

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use super::error::ListenError;
use crate::cli::login::redirect::LoopbackHost;

/// How many free IPv4 ports are tried to find one that is free on IPv6 too.
const ATTEMPTS: usize = 16;

/// Bound sockets.
#[derive(Debug)]
pub struct Bound {
    /// One, or one per address family for `localhost`, all on one port.
    pub listeners: Vec<TcpListener>,
    /// The host as a redirect URI spells it.
    pub host: &'static str,
    /// The port they share.
    pub port: u16,
}

/// Binds through `listen`, which is `TcpListener::bind` outside tests.
pub fn bind(
    host: LoopbackHost,
    port: u16,
    listen: impl Fn(SocketAddr) -> io::Result<TcpListener>,
) -> Result<Bound, ListenError> {
    let one = |address: SocketAddr, host| {
        listen(address)
            .and_then(|listener| bound(vec![listener], host))
            .map_err(|source| ListenError::Bind {
                address: address.to_string(),
                source,
            })
    };
    match host {
        LoopbackHost::V4 => one(v4(port), "127.0.0.1"),
        LoopbackHost::V6 => one(v6(port), "[::1]"),
        LoopbackHost::Any => match one(v4(port), "127.0.0.1") {
            Err(ListenError::Bind { address, source }) if is_missing(&source) => {
                // Unless IPv6 is available, the error about IPv4 is the one that the user can act on.
                one(v6(port), "[::1]").map_err(|_| ListenError::Bind { address, source })
            }
            bound => bound,
        },
        LoopbackHost::Localhost => {
            both(port, listen).map_err(|(address, source)| ListenError::Bind { address, source })
        }
    }
}

/// Both families on one port: a program with the same port on the other family could receive the callback.
fn both(port: u16, listen: impl Fn(SocketAddr) -> io::Result<TcpListener>) -> Result<Bound, (String, io::Error)> {
    let at = |address: SocketAddr| move |source| (address.to_string(), source);
    let mut attempts = ATTEMPTS;
    loop {
        attempts -= 1;
        let first = match listen(v4(port)) {
            Ok(listener) => listener,
            Err(error) if is_missing(&error) => {
                let listener = listen(v6(port)).map_err(at(v6(port)))?;
                return bound(vec![listener], "localhost").map_err(at(v6(port)));
            }
            Err(error) => return Err(at(v4(port))(error)),
        };
        let shared = first.local_addr().map_err(at(v4(port)))?.port();
        match listen(v6(shared)) {
            Ok(second) => {
                return bound(vec![first, second], "localhost").map_err(at(v4(shared)));
            }
            Err(error) if is_missing(&error) => {
                return bound(vec![first], "localhost").map_err(at(v4(shared)));
            }
            Err(error) if error.kind() == ErrorKind::AddrInUse && port == 0 && attempts > 0 => {}
            Err(error) => return Err(at(v6(shared))(error)),
        }
    }
}

fn bound(listeners: Vec<TcpListener>, host: &'static str) -> io::Result<Bound> {
    let first = listeners.first().ok_or(ErrorKind::NotFound)?;
    let port = first.local_addr()?.port();
    Ok(Bound { listeners, host, port })
}

fn v4(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn v6(port: u16) -> SocketAddr {
    (Ipv6Addr::LOCALHOST, port).into()
}

/// Whether the address family is missing, rather than this port.
fn is_missing(error: &io::Error) -> bool {
    !matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn real(address: SocketAddr) -> io::Result<TcpListener> {
        TcpListener::bind(address)
    }

    /// A machine without one of the address families.
    fn without(missing: fn(&SocketAddr) -> bool) -> impl Fn(SocketAddr) -> io::Result<TcpListener> {
        move |address| {
            if missing(&address) {
                return Err(ErrorKind::AddrNotAvailable.into());
            }
            real(address)
        }
    }

    #[test]
    fn l1_by_default_it_is_ipv4_and_a_free_port() {
        let first = bind(LoopbackHost::Any, 0, real).unwrap();
        let second = bind(LoopbackHost::Any, 0, real).unwrap();
        assert_eq!(first.host, "127.0.0.1");
        assert_ne!(first.port, 0);
        assert_ne!(first.port, second.port);
        let address = first.listeners[0].local_addr().unwrap();
        assert_eq!(address, v4(first.port), "never the unspecified address");
    }

    #[test]
    fn l1_without_ipv4_it_is_ipv6() {
        let any = bind(LoopbackHost::Any, 0, without(SocketAddr::is_ipv4)).unwrap();
        assert_eq!((any.host, any.listeners.len()), ("[::1]", 1));
        let named = bind(LoopbackHost::Localhost, 0, without(SocketAddr::is_ipv4)).unwrap();
        assert_eq!((named.host, named.listeners.len()), ("localhost", 1));
        let neither = bind(LoopbackHost::Any, 0, without(|_| true)).unwrap_err();
        assert!(neither.to_string().contains("`127.0.0.1:0`"), "{neither}");
    }

    #[test]
    fn l1_localhost_is_both_families_on_one_port() {
        let both = bind(LoopbackHost::Localhost, 0, real).unwrap();
        let addresses: Vec<_> = both
            .listeners
            .iter()
            .map(|listener| listener.local_addr().unwrap())
            .collect();
        assert_eq!(addresses, [v4(both.port), v6(both.port)]);
        let lone = bind(LoopbackHost::Localhost, 0, without(SocketAddr::is_ipv6)).unwrap();
        assert_eq!(lone.listeners.len(), 1);
    }

    #[test]
    fn l1_a_port_in_use_is_an_error_and_not_another_family() {
        let taken = bind(LoopbackHost::Any, 0, real).unwrap();
        for host in [LoopbackHost::Any, LoopbackHost::V4, LoopbackHost::Localhost] {
            let error = bind(host, taken.port, real).unwrap_err().to_string();
            assert!(error.contains(&format!("`127.0.0.1:{}`", taken.port)), "{error}");
        }
    }

    #[test]
    fn l1_localhost_is_refused_where_another_program_has_the_port_on_one_family() {
        let taken = bind(LoopbackHost::V6, 0, real).unwrap();
        let error = bind(LoopbackHost::Localhost, taken.port, real).unwrap_err();
        let address = format!("`[::1]:{}`", taken.port);
        assert!(error.to_string().contains(&address), "{error}");
    }

    #[test]
    fn l1_localhost_is_bound_to_a_port_that_is_free_on_both_families() {
        let refusals = Cell::new(3);
        let both = bind(LoopbackHost::Localhost, 0, |address| {
            if address.is_ipv6() && refusals.get() > 0 {
                refusals.set(refusals.get() - 1);
                return Err(ErrorKind::AddrInUse.into());
            }
            real(address)
        });
        assert_eq!(both.unwrap().listeners.len(), 2);
        let never = bind(LoopbackHost::Localhost, 0, |address| match address {
            SocketAddr::V4(_) => real(address),
            SocketAddr::V6(_) => Err(ErrorKind::AddrInUse.into()),
        });
        assert!(never.is_err());
    }
}
