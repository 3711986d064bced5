//! The program as `packaging/linux` makes it: one file that needs nothing of the system, with addresses as random as ever.
//!
//! `NOESIS_PACKAGED` names it; `tests/run` builds it first.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::support::packaged::packaged;
use crate::support::{Home, has, skipped, text};

/// The program headers of a 64-bit little-endian ELF file, and its type.
fn elf(file: &[u8]) -> (u16, Vec<u32>) {
    let word = |at: usize| u16::from_le_bytes(file[at..at + 2].try_into().unwrap());
    let long = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().unwrap()) as usize;
    assert_eq!(&file[..6], b"\x7fELF\x02\x01");
    let (offset, size, count) = (long(32), word(54) as usize, word(56) as usize);
    let kinds = (0..count).map(|index| {
        let at = offset + index * size;
        u32::from_le_bytes(file[at..at + 4].try_into().unwrap())
    });
    (word(16), kinds.collect())
}

#[test]
fn it_is_static_and_position_independent() {
    const ET_DYN: u16 = 3;
    const PT_DYNAMIC: u32 = 2;
    const PT_INTERP: u32 = 3;
    let Some(packaged) = packaged() else { return };
    let (kind, headers) = elf(&std::fs::read(packaged).unwrap());
    assert_eq!(kind, ET_DYN, "it can be put at any address");
    assert!(headers.contains(&PT_DYNAMIC), "it moves itself there");
    assert!(!headers.contains(&PT_INTERP), "the program names no loader");
}

/// A folder with nothing but the program, as the root of all files.
struct EmptyRoot(Home);

/// One, where there is a program and the system lets it be done; says that the test is skipped where not.
fn empty_root() -> Option<EmptyRoot> {
    let packaged = packaged()?;
    if !has("unshare") {
        return None;
    }
    let root = EmptyRoot(Home::new());
    std::fs::create_dir(root.path()).unwrap();
    std::fs::copy(packaged, root.path().join("noesis")).unwrap();
    let version = root.run(&["--version"]);
    if text(&version).contains("unshare") {
        skipped(&format!(
            "`unshare` cannot change the root here: {}",
            text(&version).trim()
        ));
        return None;
    }
    Some(root)
}

impl EmptyRoot {
    fn path(&self) -> PathBuf {
        self.0.path().join("root")
    }

    /// Runs the program there.
    fn run(&self, args: &[&str]) -> Output {
        Command::new("unshare")
            .args(["--map-root-user", "--root"])
            .arg(self.path())
            .arg("/noesis")
            .args(args)
            .env_clear()
            .output()
            .unwrap()
    }
}

#[test]
fn it_runs_in_an_empty_root_file_system() {
    let Some(root) = empty_root() else { return };
    let version = root.run(&["--version"]);
    assert!(
        String::from_utf8_lossy(&version.stdout).starts_with("noesis "),
        "{}",
        text(&version)
    );
    let pkce = root.run(&["pkce", "--json"]);
    assert!(
        String::from_utf8_lossy(&pkce.stdout).contains("code_challenge"),
        "{}",
        text(&pkce)
    );
    // {"alg":"none"} and {"sub":"ada"}
    let decoded = root.run(&["decode", "--json", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."]);
    assert!(
        String::from_utf8_lossy(&decoded.stdout).contains(r#""sub":"ada""#),
        "{}",
        text(&decoded)
    );
}

#[test]
fn it_signs_in_refreshes_and_verifies_over_http_and_by_the_name_localhost() {
    let Some(packaged) = packaged() else { return };
    let home = Home::new();
    let script = "noesis login && noesis refresh && noesis redeem AXKF-M3PQ-7RBN-W2YT && noesis status && \
        noesis verify --jwks \"$(echo \"$NOESIS_BASE_URL\" | sed s/127.0.0.1/localhost/)/.well-known/jwks.json\" \
        --tool prompt-studio";
    let output = home
        .command(packaged.to_str().unwrap())
        .args(["sandbox", "run", "--auto-approve", "--", "sh", "-c", script])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

/// A static C library looks names up by itself: `/etc/hosts` and DNS. What else `nsswitch.conf` names is tried and, where it
/// cannot be loaded, passed over.
#[test]
fn a_name_service_module_that_cannot_be_loaded_is_skipped() {
    let Some(packaged) = packaged() else { return };
    if !has("unshare") {
        return;
    }
    let home = Home::new();
    let etc = home.path().join("nsswitch.conf");
    let mut file = std::fs::File::create(&etc).unwrap();
    writeln!(file, "hosts: mymachines resolve files mdns4_minimal dns").unwrap();
    let script = r#"mount --bind "$1" /etc/nsswitch.conf || { echo cannot mount; exit 0; }
        exec "$2" sandbox run --auto-approve -- sh -c 'NOESIS_BASE_URL=$(echo "$NOESIS_BASE_URL" | sed s/127.0.0.1/localhost/) noesis introspect x; test $? = 3'"#;
    let output = home
        .command("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(&etc)
        .arg(&packaged)
        .output()
        .unwrap();
    let said = text(&output);
    if said.contains("unshare:") || said.contains("cannot mount") {
        return skipped(&format!(
            "`/etc/nsswitch.conf` cannot be replaced here: {}",
            said.trim()
        ));
    }
    assert_eq!(output.status.code(), Some(0), "{said}");
}
