//! Whether the redirect of a sign-in can reach this machine: a port is bound, and connected to.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::check::DoctorCheck;
use crate::cli::error::{Hint, Invocation};

/// How long a connection within this machine may take.
const LIMIT: Duration = Duration::from_secs(1);

const PAUSE: Duration = Duration::from_millis(5);

/// IPv4 and IPv6; one of them is enough for `login`.
pub fn checks() -> [DoctorCheck; 2] {
    let v4 = connected(Ipv4Addr::LOCALHOST.into());
    let v6 = connected(Ipv6Addr::LOCALHOST.into());
    let is_there = v4.is_ok() || v6.is_ok();
    [
        check_of("ports-ipv4", v4, is_there),
        check_of("ports-ipv6", v6, is_there),
    ]
}

fn check_of(name: &'static str, outcome: io::Result<SocketAddr>, other: bool) -> DoctorCheck {
    match outcome {
        Ok(address) => DoctorCheck::pass(name, format!("a port of `{}` accepts connections", address.ip())),
        Err(error) if other => DoctorCheck::skip(
            name,
            format!("no port is available ({error}); `login` uses the other address family"),
        ),
        Err(error) => DoctorCheck::fail(
            name,
            format!("no port of this machine can be bound: {error}"),
            Hint::from("run `sudo ip link set lo up`; until then, sign in on another machine and run ")
                .command(Invocation::new("login").flag("--with-token")),
        ),
    }
}

fn connected(host: IpAddr) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((host, 0))?;
    let address = listener.local_addr()?;
    let stream = TcpStream::connect_timeout(&address, LIMIT)?;
    let own = stream.local_addr()?;
    listener.set_nonblocking(true)?;
    let deadline = Instant::now() + LIMIT;
    loop {
        match listener.accept() {
            Ok((_, from)) if from == own => return Ok(address),
            // Another process connected first.
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && Instant::now() < deadline => {
                std::thread::sleep(PAUSE);
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::CheckStatus;
    use super::*;

    #[test]
    fn one_family_is_enough_and_none_is_a_failure() {
        let missing = || Err(io::ErrorKind::AddrNotAvailable.into());
        assert_eq!(check_of("ports-ipv6", missing(), true).result, CheckStatus::Skip);
        let none = check_of("ports-ipv4", missing(), false);
        assert_eq!(none.result, CheckStatus::Fail);
        assert!(none.hint.is_some());
        assert!(checks().iter().all(|check| check.result != CheckStatus::Fail));
    }
}
