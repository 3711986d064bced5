//! The examples for those who run a guard: the unit by systemd's own check, the manifest by the schemas of Kubernetes, the
//! image by what it copies, started where there is nothing else.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::packaged::empty_root;
use crate::support::{Home, has, skipped, text};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", text(output));
}

#[test]
fn the_unit_is_one_and_leaves_a_service_little_to_do_harm_with() {
    if !has("systemd-analyze") {
        return;
    }
    // The program has to be where the unit says, or the check says that it is not.
    let home = Home::new();
    let unit = std::fs::read_to_string(example("systemd/noesis-guard.service")).unwrap();
    assert!(unit.contains("ExecStart=/usr/local/bin/noesis guard "), "{unit}");
    let unit = unit.replace("/usr/local/bin/noesis", crate::support::NOESIS);
    let path = home.path().join("noesis-guard.service");
    std::fs::write(&path, unit).unwrap();
    let analyze = |args: &[&str]| {
        let mut command = Command::new("systemd-analyze");
        command
            .args(args)
            .arg(&path)
            .env("SYSTEMD_LOG_LEVEL", "warning")
            .output()
            .unwrap()
    };
    let output = analyze(&["verify", "--man=no"]);
    succeeded(&output);
    assert!(!text(&output).contains("noesis-guard.service:"), "{}", text(&output));
    // Of ten, by systemd's own count of what a service may do.
    succeeded(&analyze(&["security", "--offline=true", "--threshold=20"]));
}

#[test]
fn the_manifest_fits_the_schemas_of_kubernetes() {
    let Some(python) = std::env::var_os("NOESIS_PEER_PYTHON") else {
        skipped("needs `NOESIS_PEER_PYTHON`, a Python with kubernetes-validate");
        return;
    };
    let manifest = example("kubernetes/guard.yaml");
    let validate = |path: &Path| {
        let mut command = Command::new(&python);
        command
            .args(["-m", "kubernetes_validate", "--strict"])
            .arg(path)
            .output()
            .unwrap()
    };
    succeeded(&validate(&manifest));
    // A check that cannot fail would prove nothing.
    let home = Home::new();
    let broken = std::fs::read_to_string(&manifest)
        .unwrap()
        .replace("replicas: 2", "replicas: two");
    let path = home.path().join("broken.yaml");
    std::fs::write(&path, broken).unwrap();
    assert!(!validate(&path).status.success());
    // What the manifest starts is what the program takes.
    let text_of = std::fs::read_to_string(&manifest).unwrap();
    let flags = text_of.lines().filter_map(|line| line.trim().strip_prefix("- --"));
    let help = home.noesis(&["guard", "--help"]).output().unwrap();
    let mut count = 0;
    for flag in flags {
        let name = flag.split('=').next().unwrap();
        assert!(text(&help).contains(&format!("--{name}")), "{name}");
        count += 1;
    }
    assert_eq!(count, 5);
}

#[test]
#[cfg(target_os = "linux")]
fn the_program_of_the_image_runs_where_there_is_nothing_else() {
    let docker = std::fs::read_to_string(example("docker/Dockerfile")).unwrap();
    assert!(
        docker.contains("\nFROM scratch\n") && docker.contains("\nUSER 65532:65532\n"),
        "{docker}"
    );
    assert!(docker.contains("\nCOPY target/packaged/noesis /noesis\n"), "{docker}");
    let Some(root) = empty_root() else { return };
    let output = root.run(&["guard", "--help"]);
    succeeded(&output);
    assert!(text(&output).contains("--upstream"), "{}", text(&output));
}
