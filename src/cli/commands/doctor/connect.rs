//! A TCP connection to a host by name, with the reason where there is none.

use std::io::ErrorKind;
use std::time::Duration;

use crate::time;

/// Resolves a host and connects to it; the error says which of the two failed. All addresses are tried at once, as some
/// of them may not be reachable.
pub async fn connect(host: &str, port: u16, limit: Duration) -> Result<(), String> {
    let timed_out = |what: &str| format!("{what} within {}", time::span(limit));
    let addresses: Vec<_> = match tokio::time::timeout(limit, tokio::net::lookup_host((host, port))).await {
        Ok(Ok(found)) => found.collect(),
        Ok(Err(error)) => return Err(format!("its name cannot be resolved: {error}")),
        Err(_) => return Err(timed_out("its name was not resolved")),
    };
    let mut tries = tokio::task::JoinSet::new();
    for address in addresses {
        tries.spawn(tokio::net::TcpStream::connect(address));
    }
    let mut why = "its name has no address".to_owned();
    let first = async {
        while let Some(tried) = tries.join_next().await {
            match tried {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => {
                    why = format!("nothing listens on port {port} (the connection was refused)");
                }
                Ok(Err(error)) => why = format!("cannot connect to it: {error}"),
                Err(_) => {}
            }
        }
        Err(why)
    };
    let timed = tokio::time::timeout(limit, first).await;
    timed.unwrap_or_else(|_| Err(timed_out(&format!("port {port} did not accept a connection"))))
}
