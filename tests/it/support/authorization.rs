//! An authorization code of a sandbox, obtained by `noesis pkce` and `noesis authorize-url`.

use super::{Home, Sandbox, document, get, stdout, text};

/// A code of a sandbox that approves by itself, and the verifier that goes with it: made by the commands.
pub fn code(home: &Home, sandbox: &Sandbox, redirect_uri: &str) -> (String, String) {
    let pair = document(&home.noesis(&["pkce", "--json"]).output().unwrap());
    let challenge = pair["code_challenge"].as_str().unwrap();
    let mut authorize = home.at(sandbox, &["authorize-url", "--redirect-uri", redirect_uri]);
    let output = authorize
        .args(["--state", "xyz", "--code-challenge", challenge])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let answer = get(stdout(&output).trim());
    let location = answer.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
    let url: url::Url = location.parse().unwrap();
    let find = |name: &str| {
        url.query_pairs()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.into_owned())
    };
    assert_eq!(find("state").as_deref(), Some("xyz"));
    (
        find("code").unwrap(),
        pair["code_verifier"].as_str().unwrap().to_owned(),
    )
}
