//! The examples for those who run a guard: the unit by systemd's own check, the manifest by the schemas of Kubernetes, the
//! image built and started.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::guard::support::Guard;
use crate::support::mint;
use crate::support::packaged::packaged;
use crate::support::{Home, Sandbox, has, skipped, text};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", text(output));
}

#[test]
fn the_systemd_unit_is_valid_and_sandboxed() {
    if !has("systemd-analyze") {
        return;
    }
    // The program has to be where the unit says, or the check says that it is not.
    let home = Home::new();
    let unit = std::fs::read_to_string(example("systemd/noesis-guard.service")).unwrap();
    assert!(unit.contains("ExecStart=/usr/local/bin/noesis guard "), "{unit}");
    let unit = unit.replace("/usr/local/bin/noesis", &format!("\"{}\"", crate::support::NOESIS));
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

/// The image, built by a program that needs no service and kept in a folder of its own.
struct Image(Home);

impl Image {
    const NAME: &str = "noesis";

    fn buildah(&self, args: &[&str]) -> Command {
        let mut command = Command::new("buildah");
        command
            .args(["--storage-driver", "vfs", "--root"])
            .arg(self.0.path().join("store"));
        command.arg("--runroot").arg(self.0.path().join("run")).args(args);
        command
    }

    fn done(&self, args: &[&str]) -> String {
        let output = self.buildah(args).output().unwrap();
        succeeded(&output);
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// As the head of the Dockerfile says, of nothing but the program.
    fn build(program: &Path) -> Self {
        let image = Self(Home::new());
        let context = image.0.path().join("context");
        std::fs::create_dir(&context).unwrap();
        let (file, context) = (example("docker/Dockerfile"), context.to_str().unwrap().to_owned());
        let file = file.to_str().unwrap();
        let certificates = "certificates=/etc/ssl/certs";
        let program = format!("program={}", program.parent().unwrap().display());
        image.done(&[
            "build",
            "--isolation",
            "chroot",
            "--file",
            file,
            "--build-context",
            certificates,
            "--build-context",
            &program,
            "--tag",
            Self::NAME,
            &context,
        ]);
        image
    }
}

#[test]
fn the_image_builds_and_guards_with_nothing_else_in_it() {
    let Some(program) = packaged() else { return };
    if !has("buildah") {
        return;
    }
    let image = Image::build(&program);
    let seen: serde_json::Value =
        serde_json::from_str(&image.done(&["inspect", "--type", "image", Image::NAME])).unwrap();
    let config = &seen["OCIv1"]["config"];
    assert_eq!(config["User"], "65532:65532");
    assert_eq!(config["Entrypoint"], serde_json::json!(["/noesis"]));
    let starts: Vec<&str> = config["Cmd"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    assert_eq!(starts, ["guard", "--listen", "0.0.0.0:9080", "--access-log", "json"]);

    let (sandbox, home) = (Sandbox::start(), Home::new());
    let token = mint(&home, &sandbox, &["--tool", "vision-lab=1h"]);
    let container = image.done(&["from", "--pull-never", &format!("localhost/{}", Image::NAME)]);
    let platform = format!("NOESIS_BASE_URL={}", sandbox.url);
    let mut command = image.buildah(&[
        "run",
        "--isolation",
        "chroot",
        "--env",
        &platform,
        &container,
        "--",
        "/noesis",
    ]);
    // Another address, as the one that it has may be somebody else's here.
    let starts = starts.iter().map(|word| word.replace("0.0.0.0:9080", "127.0.0.1:0"));
    command
        .arg("--json")
        .args(starts)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let guard = Contained(Guard::spawned(Home::new(), command));
    assert_eq!(guard.0.ask("/auth", &[]).status(), 401);
    assert_eq!(guard.0.with_token("/tools/vision-lab/auth", &token).status(), 200);
    assert_eq!(guard.0.with_token("/tools/another/auth", &token).status(), 403);
}

/// A guard in a container, which is ended by a signal: killing `buildah` would leave it running.
struct Contained(Guard);

impl Drop for Contained {
    fn drop(&mut self) {
        self.0.signal("TERM");
        let _ = self.0.child.wait();
    }
}
