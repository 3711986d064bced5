//! The invariants of the sources, read off the sources: who imports whom, who touches terminal, environment, network and
//! clock. What `src/lib.rs` and `docs/architecture.md` promise of the layout is held here.

mod ci;
mod files;
mod folders;
mod imports;
mod packages;
mod terms;
mod tokens;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::support::repository::{read, root};
use imports::{Crate, circles};

/// What ships: the modules that `src/lib.rs` reaches, without those for tests.
static SHIPPED: LazyLock<Crate> = LazyLock::new(|| {
    Crate::read("lib.rs", &|file| {
        std::fs::read_to_string(root().join("src").join(file)).ok()
    })
});

/// The imports, of files that `from` picks, of files that `to` picks.
fn imports(from: impl Fn(&str) -> bool, to: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let edges = SHIPPED.edges();
    let mut found = Vec::new();
    for (file, taken) in edges.iter().filter(|(file, _)| from(file)) {
        let wrong = taken.iter().filter(|(other, _)| to(file, other));
        found.extend(wrong.map(|(other, names)| format!("{file} -> {other}: {names:?}")));
    }
    found
}

fn is_below(file: &str, places: &[&str]) -> bool {
    places.iter().any(|place| file.starts_with(place))
}

/// The shipped files whose code holds one of these sequences of tokens, with a space between them, and that are not in `allowed`.
fn holders(words: &[&str], allowed: &[&str]) -> Vec<String> {
    let files: BTreeSet<String> = SHIPPED.0.values().map(|module| module.file.clone()).collect();
    let mut found = Vec::new();
    for file in files.iter().filter(|file| !is_below(file, allowed)) {
        let code = tokens::shipped(&read(&format!("src/{file}")));
        let code: Vec<&str> = code.iter().map(tokens::Token::text).collect();
        let hits = words.iter().filter(|words| {
            let words: Vec<&str> = words.split(' ').collect();
            code.windows(words.len()).any(|tokens| tokens == words)
        });
        found.extend(hits.map(|word| format!("{file}: {word}")));
    }
    found
}

const NONE: &[String] = &[];

#[test]
fn no_files_import_each_other_in_a_circle() {
    let edges = SHIPPED.edges();
    assert!(edges.len() > 150, "{}", edges.len());
    let report = circles(&edges).into_iter().map(|circle| {
        let inside = circle.iter().flat_map(|file| {
            let taken = edges[file].iter().filter(|(other, _)| circle.contains(other));
            taken.map(move |(other, names)| format!("  {file} -> {other}: {names:?}"))
        });
        format!("{circle:?}:\n{}", inside.collect::<Vec<_>>().join("\n"))
    });
    let report: Vec<String> = report.collect();
    assert!(report.is_empty(), "{}", report.join("\n"));
}

#[test]
fn the_library_imports_no_program() {
    let program = ["cli/", "guard/", "sandbox/"];
    assert_eq!(
        imports(|file| !is_below(file, &program), |_, other| is_below(other, &program)),
        NONE
    );
}

#[test]
fn tokens_are_verified_without_the_network_but_for_the_key_cache() {
    let offline = |file: &str| is_below(file, &["jwt/"]) && !is_below(file, &["jwt/cache/"]);
    assert_eq!(
        imports(offline, |_, other| is_below(other, &["http/", "client/"])),
        NONE
    );
}

#[test]
fn the_sandbox_shares_no_code_with_the_client() {
    let sandbox = |file: &str| is_below(file, &["sandbox/"]);
    assert_eq!(imports(sandbox, |_, other| !sandbox(other)), NONE);
    // No way around it by the name of the crate.
    assert_eq!(holders(&["noesis ::"], &["main.rs"]), NONE);
}

/// The command that a file belongs to.
fn command(file: &str) -> Option<&str> {
    let name = file.strip_prefix("cli/commands/")?;
    let name = name.split(['/', '.']).next()?;
    (name != "mod").then_some(name)
}

#[test]
fn commands_do_not_import_each_other() {
    let another = |file: &str, other: &str| command(other).is_some() && command(other) != command(file);
    assert_eq!(imports(|file| command(file).is_some(), another), NONE);
}

#[test]
fn what_commands_stand_on_takes_values_and_not_their_context() {
    let below = ["cli/login/", "cli/store/", "cli/session", "cli/output/", "cli/settings"];
    let above = ["cli/context", "cli/commands/"];
    assert_eq!(
        imports(|file| is_below(file, &below), |_, other| is_below(other, &above)),
        NONE
    );
}

#[test]
fn only_output_writes_to_the_terminal() {
    let words = [
        "stdout ( )",
        "stderr ( )",
        "print !",
        "println !",
        "eprint !",
        "eprintln !",
    ];
    assert_eq!(holders(&words, &["cli/output/"]), NONE);
}

#[test]
fn the_environment_is_read_in_four_places() {
    let words = [
        "env :: var",
        "env :: vars",
        "env :: args",
        "args_os",
        "var_os",
        "vars_os",
    ];
    assert_eq!(
        holders(
            &words,
            &["cli/args/", "cli/settings/", "http/environment.rs", "time_zone.rs"]
        ),
        NONE
    );
}

#[test]
fn only_http_builds_a_client() {
    let words = ["reqwest :: Client", "Client :: new", "ClientBuilder"];
    assert_eq!(holders(&words, &["http/"]), NONE);
}

#[test]
fn the_clock_is_read_in_two_places() {
    let words = ["SystemTime :: now", "Timestamp :: now", "Zoned :: now"];
    assert_eq!(holders(&words, &["time.rs", "sandbox/time.rs"]), NONE);
}
