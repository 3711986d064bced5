//! What is said of rejected command lines.

use super::*;
use crate::cli::command_line;

fn message_and_hint(line: &str) -> (String, String) {
    let argv: Vec<OsString> = shlex::split(line).unwrap().into_iter().map(OsString::from).collect();
    let report = usage(&command_line::parse(&argv).unwrap_err(), &argv).report();
    assert_eq!((report.code, report.exit), ("USAGE", ExitStatus::Usage));
    (report.message, report.hint.unwrap().to_string())
}

#[test]
fn a_mistyped_word_gets_the_whole_line_with_the_nearest_right_one() {
    for (typed, meant) in [
        ("noesis logn", "noesis login"),
        ("noesis --json statsu", "noesis --json status"),
        ("noesis status --jsn", "noesis status --json"),
        (
            "noesis introspect --batsh 'my tokens'",
            "noesis introspect --batch 'my tokens'",
        ),
        ("noesis introspect --batsh=x", "noesis introspect --batch=x"),
        ("noesis status --store fil", "noesis status --store file"),
        ("noesis status --store=fil", "noesis status --store=file"),
        ("noesis completions bsh", "noesis completions bash"),
    ] {
        assert_eq!(message_and_hint(typed).1, format!("run `{meant}`"), "{typed}");
        let argv = shlex::split(meant)
            .unwrap()
            .into_iter()
            .map(OsString::from)
            .collect::<Vec<_>>();
        assert!(command_line::parse(&argv).is_ok(), "{meant}");
    }
}

#[test]
fn a_line_with_a_secret_in_it_is_not_repeated() {
    let secret = "s".repeat(50);
    let (message, hint) = message_and_hint(&format!("noesis decode {secret} --jsn"));
    assert_eq!(hint, "run `noesis decode --json`");
    assert!(!message.contains(&secret));
    let (message, hint) = message_and_hint(&format!("noesis {secret}"));
    assert!(
        !message.contains(&secret) && hint == "run `noesis --help`",
        "{message}: {hint}"
    );
}

#[test]
fn a_word_without_a_near_match_gets_the_help_of_its_command() {
    assert_eq!(message_and_hint("noesis frobnicate").1, "run `noesis --help`");
    assert_eq!(
        message_and_hint("noesis status --frobnicate").1,
        "run `noesis status --help`"
    );
    assert_eq!(
        message_and_hint("noesis refresh --jsn").1,
        "run `noesis refresh --help`"
    );
    assert_eq!(message_and_hint("noesis --json").0, "no command was given");
    assert_eq!(
        message_and_hint("noesis --profile status login --bogus").1,
        "run `noesis login --help`"
    );
    assert_eq!(
        message_and_hint("noesis sandbox serve --bogus").1,
        "run `noesis sandbox serve --help`"
    );
    assert_eq!(
        message_and_hint("noesis decode --frobnicate").1,
        "to pass `--frobnicate` as a value, use `-- --frobnicate`"
    );
}

#[test]
fn the_message_names_the_argument_and_what_is_wrong_with_it() {
    for (line, message) in [
        (
            "noesis exchange",
            "the following required arguments were not provided: `--redirect-uri <URI>`, `<CODE>`",
        ),
        ("noesis frobnicate", "unrecognized subcommand `frobnicate`"),
        ("noesis status --frobnicate", "unexpected argument `--frobnicate` found"),
        (
            "noesis status --store fil",
            "invalid value `fil` for `--store <STORE>` [possible values: keyring, file, memory]",
        ),
        (
            "noesis status --timeout soon",
            "invalid value `soon` for `--timeout <DURATION>`: invalid duration `soon`; write it as `10s`, `5m` or `1h30m`",
        ),
        (
            "noesis status --timeout",
            "a value is required for `--timeout <DURATION>` but none was supplied",
        ),
        (
            "noesis status --json --json",
            "the argument `--json` cannot be used multiple times",
        ),
        (
            "noesis status --quiet --verbose",
            "the argument `--quiet` cannot be used with `--verbose`",
        ),
        ("noesis decode a b", "unexpected argument `b` found"),
        ("noesis sandbox", "no command was given"),
    ] {
        assert_eq!(message_and_hint(line).0, message, "{line}");
    }
}

#[test]
fn the_slips_of_habit_get_what_they_are_called_here() {
    for (typed, hint) in [
        ("noesis auth login", "run `noesis login`"),
        ("noesis auth login --web", "run `noesis login`"),
        (
            "noesis auth login --base-url http://x",
            "run `noesis login --base-url http://x`",
        ),
        ("noesis auth status", "run `noesis status`"),
        ("noesis auth logout", "run `noesis logout`"),
        ("noesis auth token", "run `noesis token`"),
        ("noesis auth print-access-token", "run `noesis token`"),
        ("noesis auth refresh", "run `noesis refresh`"),
        ("noesis auth", "run `noesis login`"),
        ("noesis session list", "run `noesis status`"),
        ("noesis session refresh", "run `noesis refresh`"),
        ("noesis session", "run `noesis status`"),
        ("noesis --json session status", "run `noesis --json status`"),
        ("noesis signin", "run `noesis login`"),
        ("noesis sign-in --port 80", "run `noesis login --port 80`"),
        ("noesis log-in", "run `noesis login`"),
        ("noesis LOGIN", "run `noesis login`"),
        ("noesis sign-out", "run `noesis logout`"),
        ("noesis whoami", "run `noesis status`"),
        ("noesis whoami --json", "run `noesis status --json`"),
        ("noesis version", "run `noesis --version`"),
        ("noesis login --version", "run `noesis --version`"),
        ("noesis serve", "run `noesis sandbox serve`"),
        ("noesis mint --count 3", "run `noesis sandbox mint --count 3`"),
        ("noesis sandbox start", "run `noesis sandbox serve`"),
        ("noesis sandbox token", "run `noesis sandbox mint`"),
        ("noesis help whoami", "run `noesis help status`"),
        ("noesis help logn", "run `noesis help login`"),
        ("noesis help sandbox srve", "run `noesis help sandbox serve`"),
        (
            "noesis token refresh",
            "give one command at a time: run `noesis refresh`",
        ),
        (
            "noesis login https://p.example",
            "run `noesis login --base-url https://p.example`",
        ),
        (
            "noesis guard http://127.0.0.1:1",
            "run `noesis guard --upstream http://127.0.0.1:1`",
        ),
        ("noesis sandbox serve 8080", "run `noesis sandbox serve --listen 8080`"),
        ("noesis guard :8080", "run `noesis guard --listen :8080`"),
        (
            "noesis guard localhost:8080",
            "run `noesis guard --listen localhost:8080`",
        ),
    ] {
        assert_eq!(message_and_hint(typed).1, hint, "{typed}");
    }
    for typed in ["upgrade", "update", "self-update", "self update"] {
        let hint = message_and_hint(&format!("noesis {typed}")).1;
        assert!(hint.starts_with("upgrade it the way it was installed"), "{hint}");
    }
}

#[test]
fn a_command_to_run_goes_behind_two_dashes() {
    for (typed, hint) in [
        ("noesis exec ls", "put `--` before the command: run `noesis exec -- ls`"),
        (
            "noesis exec ls -la",
            "put `--` before the command: run `noesis exec -- ls -la`",
        ),
        (
            "noesis exec --min-ttl 5m curl --json x",
            "put `--` before the command: run `noesis exec --min-ttl 5m -- curl --json x`",
        ),
        (
            "noesis sandbox run sh",
            "put `--` before the command: run `noesis sandbox run -- sh`",
        ),
        (
            "noesis sandbox run --auto-approve sh",
            "put `--` before the command: run `noesis sandbox run --auto-approve -- sh`",
        ),
        ("noesis run ls", "put `--` before the command: run `noesis exec -- ls`"),
        ("noesis run -- ls", "run `noesis exec -- ls`"),
        // Its `--` is for a token, not for a command.
        ("noesis refresh a b", "run `noesis refresh --help`"),
        ("noesis exec", "name the command after `--`, as in `noesis exec -- sh`"),
        (
            "noesis sandbox run",
            "name the command after `--`, as in `noesis sandbox run -- sh`",
        ),
    ] {
        assert_eq!(message_and_hint(typed).1, hint, "{typed}");
    }
}

#[test]
fn a_flag_in_the_wrong_place_or_form_gets_the_right_one() {
    for (typed, hint) in [
        ("noesis redeem --code X", "run `noesis redeem X`"),
        ("noesis redeem --code=X --json", "run `noesis redeem X --json`"),
        ("noesis redeem --codes X", "run `noesis redeem X`"),
        ("noesis decode --token abc", "run `noesis decode abc`"),
        ("noesis refresh --refresh-token abc", "run `noesis refresh abc`"),
        (
            "noesis exchange --code abc --redirect-uri http://127.0.0.1",
            "run `noesis exchange abc --redirect-uri http://127.0.0.1`",
        ),
        ("noesis completions --shell zsh", "run `noesis completions zsh`"),
        (
            "noesis sandbox serve --auto-approve ada",
            "write `=` before the value: run `noesis sandbox serve --auto-approve=ada`",
        ),
        (
            "noesis sandbox run --auto-approve ada -- sh",
            "write `=` before the value: run `noesis sandbox run --auto-approve=ada -- sh`",
        ),
        (
            "noesis --no-browser login",
            "put the option behind its command: run `noesis login --no-browser`",
        ),
        (
            "noesis --port 80 login",
            "put the option behind its command: run `noesis login --port 80`",
        ),
        (
            "noesis sandbox --fault=denied serve --json",
            "put the option behind its command: run `noesis sandbox serve --fault=denied --json`",
        ),
        ("noesis status -json", "run `noesis status --json`"),
        ("noesis status --JSON", "run `noesis status --json`"),
        (
            "noesis status \u{2014}json",
            "write the dashes of a flag as `--`: run `noesis status --json`",
        ),
        (
            "noesis status --base_url http://x",
            "run `noesis status --base-url http://x`",
        ),
        ("noesis status --output json", "run `noesis status --json`"),
        ("noesis status --output=json", "run `noesis status --json`"),
        ("noesis status -o json", "run `noesis status --json`"),
        ("noesis status --no-color", "run `noesis status --color never`"),
        ("noesis guard --port 8080", "run `noesis guard --listen 8080`"),
        (
            "noesis sandbox serve --port=8080",
            "run `noesis sandbox serve --listen=8080`",
        ),
        ("noesis login --url http://x", "run `noesis login --base-url http://x`"),
        ("noesis sandbox mint --user ada", "run `noesis sandbox mint --sub ada`"),
        (
            "noesis sandbox serve --user ada",
            "run `noesis sandbox serve --auto-approve=ada`",
        ),
        ("noesis pkce --code-verifier @v", "run `noesis pkce --verifier @v`"),
        (
            "noesis status --tool x",
            "`--tool` is an option of `noesis introspect`, `noesis verify`, `noesis guard` and `noesis sandbox mint`",
        ),
        (
            "noesis status --no-browser",
            "`--no-browser` is an option of `noesis login`",
        ),
    ] {
        assert_eq!(message_and_hint(typed).1, hint, "{typed}");
    }
    for (typed, words) in [
        ("noesis status --insecure", "`--ca-cert PEM`"),
        ("noesis login --client-secret hunter2", "`--client-secret-file`"),
        ("noesis status --token abc", "`NOESIS_TOKEN`"),
        ("noesis status --config x", "`NOESIS_CONFIG_DIR`"),
        ("noesis login --with-token abc", "`noesis login --with-token < FILE`"),
    ] {
        let hint = message_and_hint(typed).1;
        assert!(hint.contains(words), "{typed}: {hint}");
    }
}

#[test]
fn every_line_of_a_hint_is_right() {
    for typed in [
        "auth login --web",
        "--port 80 login",
        "exec ls",
        "status -json",
        "redeem --code X",
        "mint --count 3",
    ] {
        let hint = message_and_hint(&format!("noesis {typed}")).1;
        let line = hint.split('`').nth_back(1).unwrap();
        let argv: Vec<OsString> = shlex::split(line).unwrap().into_iter().map(OsString::from).collect();
        assert!(command_line::parse(&argv).is_ok(), "{line}");
    }
}

#[test]
fn a_long_word_is_not_in_a_line_that_is_shown() {
    let secret = "s".repeat(50);
    for (typed, hint) in [
        (format!("noesis decode --token {secret}"), "run `noesis decode TOKEN`"),
        (format!("noesis auth login --client-id {secret}"), "run `noesis login`"),
        (
            format!("noesis login https://{secret}"),
            "run `noesis login --base-url URL`",
        ),
        (
            format!("noesis exec sh -c {secret}"),
            "put `--` before the command: run `noesis exec -- COMMAND`",
        ),
    ] {
        assert_eq!(message_and_hint(&typed).1, hint);
    }
}
