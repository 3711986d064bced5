//! Where the tests, benches and scripts read and write: inside the repository, the folder that cargo builds into, and
//! temporary folders.

use std::process::Command;

use crate::support::repository::{files_below, read, root, rust_files};

/// The scripts that build something or use what was built.
const SCRIPTS: [&str; 7] = [
    ".ci/run",
    "packaging/linux",
    "tests/fuzz",
    "tests/keyring-bus",
    "tests/run",
    "tests/soak",
    "tests/target",
];

/// Everything that the tests of a fresh clone run, by its path.
fn sources() -> Vec<(String, String)> {
    let mut files = rust_files(&["src", "tests", "benches", "fuzz/src", "fuzz/fuzz_targets", "examples"]);
    for folder in ["tests", "benches", "fuzz/src"] {
        files.extend(files_below(folder, "py"));
    }
    files.extend(SCRIPTS.map(str::to_owned));
    files.retain(|file| file != "tests/it/layout/folders.rs");
    files.into_iter().map(|file| (file.clone(), read(&file))).collect()
}

/// The lines of all sources that `wrong` picks.
fn lines(wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (file, text) in sources() {
        let lines = text.lines().filter(|line| wrong(line));
        found.extend(lines.map(|line| format!("{file}: {}", line.trim())));
    }
    found
}

const NONE: &[String] = &[];

#[test]
fn nothing_beside_the_repository_is_read() {
    let beside = |line: &str| line.contains("join(\"..") || line.contains("/../") && line.contains("MANIFEST_DIR");
    assert_eq!(lines(|line| beside(line) || line.contains("NOESIS_VECTORS")), NONE);
}

#[test]
fn the_folder_that_cargo_builds_into_is_nowhere_taken_to_be_target() {
    // A variable of that name holds what `tests/target` says.
    let inside = ["debug", "release", "tests", "packaged", "fuzz", "tmp"].map(|name| format!("target/{name}"));
    let named = |line: &str| {
        let line = line.replace("$target/", "");
        inside.iter().any(|path| line.contains(path))
    };
    assert_eq!(lines(named), NONE);
}

#[test]
#[cfg(unix)]
fn the_folder_that_cargo_builds_into_is_found_by_variable_configuration_and_default() {
    let home = tempfile::Builder::new().prefix("a \"folder\" ").tempdir().unwrap();
    let home = home.path().canonicalize().unwrap();
    let write = |name: &str, text: &str| {
        let path = home.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[package]\nname = \"x\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
    );
    write("src/lib.rs", "");
    std::fs::create_dir(home.join("tests")).unwrap();
    std::fs::copy(root().join("tests/target"), home.join("tests/target")).unwrap();
    let found = |variable: Option<&str>| {
        let mut command = Command::new(home.join("tests/target"));
        command
            .current_dir("/")
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("CARGO_BUILD_TARGET_DIR");
        command.envs(variable.map(|value| ("CARGO_TARGET_DIR", value)));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let inside = |name: &str| format!("{}\n", home.join(name).display());
    assert_eq!(found(None), inside("target"));
    assert_eq!(
        found(Some("relative to the repository")),
        inside("relative to the repository")
    );
    assert_eq!(found(Some("/all builds/noesis")), "/all builds/noesis\n");
    write(".cargo/config.toml", "[build]\ntarget-dir = \"of the configuration\"\n");
    assert_eq!(found(None), inside("of the configuration"));
    assert_eq!(found(Some("/elsewhere")), "/elsewhere\n", "the variable is stronger");
    // Where there is no answer, there is none: a script that went on would write to the root of the file system.
    write("Cargo.toml", "nonsense");
    let output = Command::new(home.join("tests/target")).output().unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
}
