//! `noesis authorize-url`: the parameters that were given, and no others.

use serde_json::{Value, json};

use crate::support::{Home, document, error, stderr, text};

#[test]
fn the_authorization_url_has_the_given_parameters_and_no_others() {
    let home = Home::new();
    let url = |args: &[&str]| -> Value {
        let mut command = home.noesis(&[
            "authorize-url",
            "--json",
            "--base-url",
            "https://p.example/x/",
            "--client-id",
            "a b",
        ]);
        let output = command
            .args(["--redirect-uri", "http://127.0.0.1:1/cb"])
            .args(args)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        document(&output)
    };
    let bare = "https://p.example/x/oauth/authorize?response_type=code&client_id=a+b\
                &redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcb";
    assert_eq!(url(&[]), json!({ "url": bare, "state": null }));
    let full = url(&["--state", "s&t", "--code-challenge", "ccc", "--scope", "a b"]);
    let text = full["url"].as_str().unwrap();
    assert!(text.starts_with(bare), "{text}");
    for part in [
        "&state=s%26t",
        "&code_challenge=ccc",
        "&code_challenge_method=S256",
        "&scope=a+b",
    ] {
        assert_eq!(text.matches(part).count(), 1, "{part}: {text}");
    }
    assert_eq!(full["state"], "s&t");

    for (args, exit) in [
        (&["--base-url", "http://p.example", "--client-id", "x"][..], 2),
        (&["--base-url", "not a url", "--client-id", "x"], 2),
        (&["--client-id", "x"], 2),
        (&["--base-url", "https://p.example"], 2),
    ] {
        let mut command = home.noesis(&["authorize-url", "--json", "--redirect-uri", "http://127.0.0.1:1/cb"]);
        let output = command.args(args).output().unwrap();
        assert_eq!(
            (output.status.code(), &error(&output)["code"]),
            (Some(exit), &json!("CONFIG")),
            "{}",
            stderr(&output)
        );
    }
}
