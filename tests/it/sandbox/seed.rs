//! Seed files: what is valid, and how a mistake is reported.

use noesis::sandbox::{Options, Sandbox, Seed};

const USER: &str = "[[users]]\nid = 'ada'\nname = 'Ada'\n";
const CALLBACK: &str = "redirect_uris = ['http://127.0.0.1/callback']\n";

#[test]
fn a_mistake_is_reported_with_line_column_and_message() {
    let tool = "[[tools]]\nid = 'a'\nname = 'A'\n";
    let client = "[[clients]]\nid = 'c'\nname = 'C'\n";
    let server = "[[clients]]\nid = 's'\nname = 'S'\nsecret = 's'\n";
    for (text, place, words) in [
        (
            format!("{USER}colour = 'red'"),
            (4, 1),
            "unknown field `colour`, expected one of `id`, `name`",
        ),
        (format!("color = 1\n{USER}"), (1, 1), "unknown field `color`"),
        ("[[users]]\nname = 'Ada'".into(), (1, 1), "missing field `id`"),
        (
            "[[users]]\nid = 7\nname = 'Ada'".into(),
            (2, 6),
            "invalid type: integer `7`, expected a string",
        ),
        (
            format!("{USER}role = 'king'"),
            (4, 8),
            "unknown variant `king`, expected `integrator` or `distributor`",
        ),
        (
            format!("access_token_ttl = '15 ages'\n{USER}"),
            (1, 20),
            "such as \"90s\", \"15m\"",
        ),
        (
            format!("access_token_ttl = -1\n{USER}"),
            (1, 20),
            "between 0 and 36500 days",
        ),
        (
            format!("access_token_ttl = 1.5\n{USER}"),
            (1, 20),
            "a number of seconds",
        ),
        (format!("{USER}name = 'Ada'"), (4, 1), "duplicate key"),
        (format!("{USER}admin = yes"), (4, 9), ""),
        (String::new(), (1, 1), "a seed needs a user"),
        ("[[users]]\nid = ''\nname = 'Ada'".into(), (2, 6), "must not be empty"),
        (
            "[[users]]\nid = 'a'\nname = \"A\\u001b[0m\"".into(),
            (3, 8),
            "control characters",
        ),
        (format!("{USER}{USER}"), (5, 6), "duplicate user `ada`"),
        (format!("{USER}{tool}{tool}"), (8, 6), "duplicate tool `a`"),
        (
            format!("{USER}entitlements = [{{ tool = 'é', days = 1 }}, {{ tool = 'b', days = 1 }}]\n{tool}"),
            (4, 26),
            "unknown tool `é`; the file has `a`",
        ),
        (
            format!("{USER}entitlements = [{{ tool = 'a', days = 99999 }}]\n{tool}"),
            (4, 38),
            "between -36500 and 36500",
        ),
        (
            format!("{USER}[[codes]]\ncode = 'A'\ntool = 'x'\ndays = 1"),
            (6, 8),
            "unknown tool `x`; the file has no [[tools]]",
        ),
        (
            format!("{USER}{tool}[[codes]]\ncode = 'a-b'\ntool = 'a'\ndays = 1"),
            (8, 8),
            "upper-case letters, digits and dashes",
        ),
        (
            format!("{USER}{tool}[[codes]]\ncode = 'A'\ntool = 'a'\ndays = 0"),
            (10, 8),
            "between 1 and 36500",
        ),
        (
            format!("{USER}{tool}[[codes]]\ncode = 'A'\ntool = 'a'\ndays = 1\nstate = 'fine'"),
            (11, 9),
            "expected one of `good`, `used`, `expired`",
        ),
        (
            format!("{USER}{client}redirect_uris = ['http://127.0.0.1/cb',\n  'http://tool.example/cb']"),
            (8, 3),
            "`http://tool.example/cb` cannot be a redirect URI: http is for 127.0.0.1, [::1] and localhost only",
        ),
        (format!("{USER}{client}"), (4, 1), "missing field `redirect_uris`"),
        (
            format!("{USER}{client}{CALLBACK}secret = 's'"),
            (1, 1),
            "must be public",
        ),
        (
            format!("{USER}{client}{CALLBACK}redeem = 'later'"),
            (8, 10),
            "`new-token` or `refresh`",
        ),
        (
            format!("{USER}{client}redirect_uris = []"),
            (7, 17),
            "without a redirect URI no sign-in can succeed",
        ),
        (
            format!("{USER}{client}{CALLBACK}grants = []"),
            (8, 10),
            "without the grant \"authorization_code\" no sign-in can succeed",
        ),
        (
            format!("{USER}{client}{CALLBACK}{server}{CALLBACK}grants = ['refresh_token']"),
            (13, 10),
            "without the grant \"authorization_code\" no sign-in can succeed",
        ),
        (
            format!("authorization_code_ttl = '0s'\n{USER}"),
            (1, 26),
            "an `authorization_code_ttl` of 0 no sign-in can succeed",
        ),
    ] {
        let mistake = text.parse::<Seed>().expect_err(&text);
        assert_eq!((mistake.line(), mistake.column()), place, "{mistake}\n{text}");
        assert!(mistake.message().contains(words), "{mistake}\n{text}");
        let whole = mistake.to_string();
        assert!(
            whole.starts_with(&format!("line {}, column {}: ", place.0, place.1)),
            "{whole}"
        );
        assert!(!whole.contains('\n') && !whole.ends_with('.'), "{whole}");
    }
}

#[tokio::test]
async fn a_seed_without_clients_has_the_default_ones_and_one_with_clients_only_its_own() {
    let default_client = |seed: String| async move {
        let seed = seed.parse::<Seed>().unwrap();
        let sandbox = Sandbox::bind(Options {
            seed,
            ..Options::default()
        })
        .await
        .unwrap();
        sandbox.default_client().to_owned()
    };
    assert_eq!(default_client(USER.into()).await, "noesis-cli");
    // The first client only introspects, so that it needs no redirect URI and no grant.
    let own = "[[clients]]\nid = 'x'\nname = 'X'\nsecret = 's'\nredirect_uris = []\ngrants = []\n\
               [[clients]]\nid = 'y'\nname = 'Y'\n";
    assert_eq!(default_client(format!("{USER}{own}{CALLBACK}")).await, "y");
}

#[test]
fn the_default_seed_can_be_copied_changed_and_read_again() {
    let text = include_str!("../../../src/sandbox/seed.toml");
    let changed = text.replace("name = \"Ada Lovelace\"", "name = \"Augusta King\"");
    assert!(changed.parse::<Seed>().is_ok());
}
