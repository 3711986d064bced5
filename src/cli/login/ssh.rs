//! The command that forwards the callback to a machine reached over SSH (rule L7).
//!
//! The browser runs on the user's machine and connects to its own loopback address; a forwarded port connects it to here.

use std::net::IpAddr;

/// The command to run where the browser is, for example `ssh -N -L 49152:127.0.0.1:49152 alice@192.0.2.7`.
///
/// `authority` is [`CallbackListener::authority`](super::loopback::CallbackListener::authority), `user` the user's name on this
/// machine, and `ssh_connection` the variable `SSH_CONNECTION` as sshd sets it: the client's address and port, then the server's.
/// What is unknown, or is not safe in a shell, is a placeholder for the user to fill in.
pub fn forward_command(authority: &str, user: Option<&str>, ssh_connection: Option<&str>) -> String {
    let port = authority.rsplit(':').next().unwrap_or_default();
    let user = user.filter(|name| is_plain(name)).unwrap_or("USER");
    let mut server = ssh_connection.unwrap_or_default().split(' ').skip(2);
    let host = server.next().and_then(|host| host.parse::<IpAddr>().ok());
    let host = host.map_or_else(|| "HOST".to_owned(), |host| host.to_string());
    let option = match server.next().and_then(|port| port.parse::<u16>().ok()) {
        None | Some(22) => String::new(),
        Some(port) => format!("-p {port} "),
    };
    format!("ssh -N {option}-L {port}:{authority} {user}@{host}")
}

/// Whether neither a shell nor ssh interprets the name.
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
    fn l7_the_command_forwards_the_users_port_to_the_bound_port() {
        let line = |authority, connection| forward_command(authority, Some("alice"), connection);
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
    fn l7_the_command_has_nothing_that_a_shell_would_expand() {
        for user in [
            None,
            Some(""),
            Some("-oProxyCommand=x"),
            Some("-V"),
            Some("a;b"),
            Some("$(id)"),
            Some("a b"),
        ] {
            let line = forward_command("127.0.0.1:1", user, Some("a b $(id) 22;id"));
            assert_eq!(line, "ssh -N -L 1:127.0.0.1:1 USER@HOST");
        }
    }
}
