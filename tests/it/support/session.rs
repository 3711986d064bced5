//! A session in the file store as a sign-in leaves it, and commands that are running on it.

use std::process::{Child, Command, Stdio};

use super::{Home, now};

/// A home that is signed in to the platform at a URL, with an access token that lives for so many seconds.
pub fn signed_in_at(url: &str, lives: i64) -> Home {
    signed_in_with("old", url, lives)
}

/// The same with an access token of the caller's; the refresh token is `refresh-` and that.
pub fn signed_in_with(access_token: &str, url: &str, lives: i64) -> Home {
    let home = Home::new();
    let file = home.session_file("default");
    let folder = file.parent().unwrap();
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(&file, session(url, access_token, now() + lives).to_string()).unwrap();
    #[cfg(unix)]
    for (path, mode) in [(folder, 0o700), (&file, 0o600)] {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(path, mode).unwrap();
    }
    home
}

/// The JSON of a stored session.
pub fn session(url: &str, access_token: &str, expires_at: i64) -> serde_json::Value {
    serde_json::json!({
        "version": 1, "base_url": url, "client_id": "noesis-cli", "access_token": access_token,
        "refresh_token": format!("refresh-{access_token}"), "token_type": "bearer", "expires_at": expires_at,
        "obtained_at": now() - 60,
    })
}

/// Starts a command with both of its streams kept.
pub fn start(home: &Home, args: &[&str]) -> Child {
    home.noesis(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Sends a signal, by its name for `kill`.
pub fn signal(name: &str, child: &Child) {
    let status = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

/// A sign-in with a token that is given, at a platform that gets no request.
pub const LOGIN_WITH_TOKEN: [&str; 6] = [
    "login",
    "--with-token",
    "--base-url",
    "http://127.0.0.1:1",
    "--client-id",
    "x",
];
