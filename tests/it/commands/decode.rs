//! `noesis decode`: shows any token, and calls none of them verified.

use serde_json::json;

use crate::support::{Home, Sandbox, document, error, now, stdout, text};
use crate::support::{mint, token, with_input};

#[test]
fn t15_a_token_of_any_kind_is_shown_and_never_called_verified() {
    let home = Home::new();
    let unsigned = token(r#"{"alg":"none"}"#, r#"{"sub":"x"}"#)
        .trim_end_matches('A')
        .to_owned();
    for token in [
        token(r#"{"alg":"ES512","typ":"JWT","kid":"k"}"#, r#"{"sub":"x"}"#),
        token(r#"{"alg":"nOnE"}"#, r#"{"sub":"x"}"#),
        token(r#"{"alg":7}"#, r#"{"sub":"x"}"#),
        token("{}", r#"{"sub":"x"}"#),
        token(r#"{"alg":"RS256","crit":["b64"],"jwk":{}}"#, r#"{"sub":"x"}"#),
        token(r#"{"alg":"RS256"}"#, r#"{"sub":"x"}"#) + "!!not base64!!",
        unsigned,
    ] {
        let output = home.noesis(&["decode", &token]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{token}: {}", text(&output));
        let shown = stdout(&output);
        assert!(shown.starts_with("NOT VERIFIED"), "{shown}");
        let shown = document(&home.noesis(&["decode", "--json", &token]).output().unwrap());
        assert_eq!(
            (&shown["verified"], &shown["claims"]["sub"]),
            (&json!(false), &json!("x"))
        );
        assert_eq!(shown["expired"], json!(null));
    }
}

#[test]
fn claims_keep_their_order_and_expired_times_are_marked() {
    let home = Home::new();
    let claims = format!(
        r#"{{"zeta":1,"sub":"x","exp":1700000000,"alpha":{{"b":1,"a":2}},"entitlements":[{{"tool_id":"old-tool","expires_at":1700000000}},{{"tool_id":"new-tool","expires_at":{}}},{{"tool_id":5.5}}],"iat":1600000000}}"#,
        now() + 90_000
    );
    let token = token(r#"{"typ":"JWT","alg":"RS256"}"#, &claims);
    let output = home.noesis(&["decode", "--json", &token]).output().unwrap();
    let shown = stdout(&output);
    assert_eq!(document(&output)["expired"], true, "{shown}");
    let own_order = serde_json::to_string(&document(&output)["claims"]).unwrap();
    assert_eq!(own_order, claims);
    let names: Vec<String> = document(&output).as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["verified", "header", "claims", "expired"]);

    let shown = stdout(&home.noesis(&["decode", &token]).output().unwrap());
    let at = |words: &str| shown.find(words).unwrap_or_else(|| panic!("{words}: {shown}"));
    assert!(at("zeta") < at("sub") && at("sub") < at("exp ") && at("exp ") < at("alpha") && at("alpha") < at("iat"));
    assert!(
        shown.contains("1700000000 (EXPIRED 2023-11-14 22:13"),
        "times in words: {shown}"
    );
    assert!(shown.contains("1600000000 (2020-09-13 12:26"), "{shown}");
    assert!(
        shown.contains("2, below; 1 more, malformed and without effect"),
        "{shown}"
    );
    let line = |tool: &str| shown.lines().find(|line| line.trim_start().starts_with(tool)).unwrap();
    assert!(line("old-tool").to_lowercase().contains("expired"), "{shown}");
    assert!(!line("new-tool").to_lowercase().contains("expired"), "{shown}");
}

#[test]
fn an_invalid_token_is_refused_with_the_part_that_is_invalid() {
    let home = Home::new();
    let good = token("{}", "{}");
    let of = |header: &str, claims: &str| token(header, claims);
    for (broken, place) in [
        ("abc", "this has 1"),
        ("a.b.c.d.e", "this has 5"),
        ("..", "the header segment is empty"),
        (
            &good.replace('.', ".!"),
            "the claims segment is not base64url: invalid character at position 1",
        ),
        (
            &of("{\"a\":", "{}"),
            "the header segment is not a JSON object: invalid JSON at line 1, column 5",
        ),
        (&of("{}", "[]"), "the claims segment is not a JSON object"),
        (&of("{}", "{}\n{}"), "invalid JSON at line 2, column 1"),
        (&of("{}", "\u{feff}{}"), "the claims segment is not a JSON object"),
    ] {
        let output = home.noesis(&["decode", "--json", broken]).output().unwrap();
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(2), ""),
            "{}",
            text(&output)
        );
        let error = error(&output);
        assert_eq!(error["code"], "USAGE");
        assert!(error["message"].as_str().unwrap().contains(place), "{place}: {error}");
    }
}

#[test]
fn the_token_comes_from_an_argument_a_file_standard_input_the_environment_or_the_session() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let minted = mint(&home, &sandbox, &["--sub", "from-file"]);
    let sub = |output: std::process::Output| {
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        document(&output)["claims"]["sub"].as_str().unwrap().to_owned()
    };
    std::fs::write(home.path().join("t"), format!("Bearer {minted}\n")).unwrap();
    assert_eq!(
        sub(home.noesis(&["decode", "--json", "@t"]).output().unwrap()),
        "from-file"
    );
    let other = token("{}", r#"{"sub":"from-stdin"}"#);
    assert_eq!(
        sub(with_input(
            &mut home.noesis(&["decode", "--json", "-"]),
            other.as_bytes()
        )),
        "from-stdin"
    );
    let none = home.noesis(&["decode", "--json"]).output().unwrap();
    assert_eq!(
        (none.status.code(), &error(&none)["code"]),
        (Some(4), &json!("LOGIN_REQUIRED"))
    );
    home.sign_in(&sandbox);
    assert_eq!(sub(home.noesis(&["decode", "--json"]).output().unwrap()), "ada");
    let given = token("{}", r#"{"sub":"from-env"}"#);
    assert_eq!(
        sub(home
            .noesis(&["decode", "--json"])
            .env("NOESIS_TOKEN", given)
            .output()
            .unwrap()),
        "from-env"
    );
}
