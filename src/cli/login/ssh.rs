//! The line that brings the callback to a machine reached over SSH (rule L7).
//!
//! The browser runs where the person sits and asks its own loopback address; a forwarded port leads from there to here.

use std::net::IpAddr;

/// The command to run where the browser is, for example `ssh -N -L 49152:127.0.0.1:49152 alice@192.0.2.7`.
///
/// `authority` is [`Loopback::authority`](super::loopback::Loopback::authority), `user` the name of the person here, and
/// `ssh_connection` the variable `SSH_CONNECTION` as sshd sets it: the client's address and port, then ours. What is not known, or
/// is nothing that a shell could be given without a second thought, is left for the person to fill in.
pub fn forward_line(authority: &str, user: Option<&str>, ssh_connection: Option<&str>) -> String {
    let port = authority.rsplit(':').next().unwrap_or_default();
    let user = user.filter(|name| is_plain(name)).unwrap_or("USER");
    let mut ours = ssh_connection.unwrap_or_default().split(' ').skip(2);
    let host = ours.next().and_then(|host| host.parse::<IpAddr>().ok());
    let host = host.map_or_else(|| "HOST".to_owned(), |host| host.to_string());
    let option = match ours.next().and_then(|port| port.parse::<u16>().ok()) {
        None | Some(22) => String::new(),
        Some(port) => format!("-p {port} "),
    };
    format!("ssh -N {option}-L {port}:{authority} {user}@{host}")
}

/// Whether a shell and ssh take the name as nothing but a name.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && name
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || "._-".contains(char))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l7_the_line_leads_from_the_persons_machine_to_the_bound_port() {
        let line = |authority, connection| forward_line(authority, Some("alice"), connection);
        assert_eq!(
            line("127.0.0.1:8400", Some("198.51.100.2 50022 192.0.2.7 22")),
            "ssh -N -L 8400:127.0.0.1:8400 alice@192.0.2.7"
        );
        assert_eq!(
            line("[::1]:8400", Some("2001:db8::2 50022 2001:db8::7 2222")),
            "ssh -N -p 2222 -L 8400:[::1]:8400 alice@2001:db8::7"
        );
        assert_eq!(line("localhost:8400", None), "ssh -N -L 8400:localhost:8400 alice@HOST");
    }

    #[test]
    fn l7_nothing_that_a_shell_would_run_gets_into_the_line() {
        for user in [
            None,
            Some(""),
            Some("-oProxyCommand=x"),
            Some("a;b"),
            Some("$(id)"),
            Some("a b"),
        ] {
            let line = forward_line("127.0.0.1:1", user, Some("a b $(id) 22;id"));
            assert_eq!(line, "ssh -N -L 1:127.0.0.1:1 USER@HOST");
        }
    }
}
