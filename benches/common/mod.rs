//! What the benches share: processes started and timed, medians, the machine.
//!
//! Plain `std`, as what is measured are whole processes and milliseconds. Things that are compared are measured in turn
//! within the same run, so that whatever else the machine does is on both sides.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The program, in the build of the bench.
pub const NOESIS: &str = env!("CARGO_BIN_EXE_noesis");

/// A program with an environment that holds nothing of the person who measures.
pub fn command(home: &Path, program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(args)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("TZ", "UTC")
        .env("NOESIS_STORE", "file")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// A sandbox that approves by itself, ended with the value.
pub struct Sandbox {
    pub url: String,
    child: Child,
}

impl Sandbox {
    pub fn start(home: &Path) -> Self {
        let args = [
            "--json",
            "sandbox",
            "serve",
            "--auto-approve",
            "--listen",
            "127.0.0.1:0",
        ];
        let mut child = command(home, NOESIS, &args).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line.split('"').nth(3).expect("a base URL").to_owned();
        Self { url, child }
    }

    /// A command whose environment names the sandbox.
    pub fn command(&self, home: &Path, args: &[&str]) -> Command {
        let mut command = command(home, NOESIS, args);
        command
            .env("NOESIS_BASE_URL", &self.url)
            .env("NOESIS_CLIENT_ID", "noesis-cli");
        command
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How long a process lives, from before its start to after its end.
pub fn life(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command.status().unwrap();
    let took = start.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    took
}

/// Measurements of one thing, sorted.
pub struct Samples(Vec<Duration>);

impl Samples {
    pub fn new(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    /// The value that so many of a hundred are below.
    pub fn percentile(&self, percent: usize) -> f64 {
        let last = self.0.len() - 1;
        self.0[(last * percent).div_ceil(100)].as_secs_f64() * 1e3
    }

    pub fn median(&self) -> f64 {
        self.percentile(50)
    }

    pub fn print(&self, name: &str) {
        println!(
            "{name:<44} median {:8.2} ms   p95 {:8.2} ms   min {:8.2} ms   n {}",
            self.median(),
            self.percentile(95),
            self.percentile(0),
            self.0.len()
        );
    }
}

/// Measures each of the commands `rounds` times, in turn.
pub fn in_turn(commands: &mut [Command], rounds: usize) -> Vec<Samples> {
    let mut times = vec![Vec::with_capacity(rounds); commands.len()];
    // The first round brings everything into the page cache.
    for round in 0..=rounds {
        for (command, times) in commands.iter_mut().zip(&mut times) {
            let took = life(command);
            if round > 0 {
                times.push(took);
            }
        }
    }
    times.into_iter().map(Samples::new).collect()
}

/// The user-space instructions of a run, the loader's among them; `None` where there is no valgrind.
pub fn instructions(home: &Path, program: &str, args: &[&str]) -> Option<u64> {
    let tool = ["--tool=callgrind", "--callgrind-out-file=/dev/null", program];
    let mut command = command(home, "valgrind", &tool);
    let output = command.args(args).stderr(Stdio::piped()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let count = text.lines().find_map(|line| line.split_once("refs:"))?.1;
    count.trim().replace(',', "").parse().ok()
}

/// The most memory that was resident in a run, in KiB, pages of files among it; the median of `rounds`, as the kernel
/// counts in batches. `None` where there is no GNU `time`: what a process hands on to the one that it becomes counts as
/// well, and `time` has next to nothing to hand on.
pub fn peak_memory(home: &Path, program: &str, args: &[&str], rounds: usize) -> Option<u64> {
    let mut peaks = Vec::new();
    for _ in 0..rounds {
        let mut command = command(home, "/usr/bin/time", &["-f", "%M KiB", program]);
        let output = command.args(args).stderr(Stdio::piped()).output().ok()?;
        assert!(output.status.success(), "{program}: {}", output.status);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let peak = text.lines().find_map(|line| line.strip_suffix(" KiB"))?;
        peaks.push(peak.parse().ok()?);
    }
    peaks.sort_unstable();
    peaks.get(rounds / 2).copied()
}

/// The Python that the platform's SDK is installed for, where there is one.
pub fn peer_python() -> Option<String> {
    let python = std::env::var("NOESIS_PEER_PYTHON").ok();
    if python.is_none() {
        println!("the SDK for Python: not measured, as NOESIS_PEER_PYTHON does not name its interpreter");
    }
    python
}

/// The version of `jwt-cli` that is measured beside.
const JWT_CLI: &str = "6.2.0";

/// A folder within the one that cargo builds into, whatever its name and whatever the program is built for.
fn target_folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name(name)
}

/// The program of the crate `jwt-cli`, installed first where it is missing.
pub fn jwt_cli() -> PathBuf {
    let root = target_folder("peers");
    let program = root.join("bin").join("jwt");
    if !program.exists() {
        println!(
            "installing jwt-cli {JWT_CLI} into `{}`, which takes a minute or two …",
            root.display()
        );
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(["install", "jwt-cli", "--locked", "--version", JWT_CLI, "--root"])
            .arg(&root)
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "jwt-cli cannot be installed"
        );
    }
    program
}

/// The program as it is handed out, built first where it is missing or older than the one of the bench.
pub fn packaged() -> PathBuf {
    let program = target_folder("packaged").join("noesis");
    let built = |path: &Path| path.metadata().and_then(|found| found.modified()).ok();
    if built(&program) < built(Path::new(NOESIS)) {
        println!(
            "building `{}` by packaging/linux, which takes minutes …",
            program.display()
        );
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/linux");
        let status = Command::new(script).stdout(Stdio::null()).status();
        assert!(status.is_ok_and(|status| status.success()), "packaging/linux fails");
    }
    program
}

/// Says what was measured, where and when.
pub fn heading(what: &str) {
    let read = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).output();
        output.map_or_else(
            |_| String::new(),
            |o| String::from_utf8_lossy(&o.stdout).trim().to_owned(),
        )
    };
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or_else(
            || std::env::consts::ARCH.to_owned(),
            |rest| rest.trim_start_matches([' ', '\t', ':']).to_owned(),
        );
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("\n{what}");
    println!(
        "{model}, {cores} cores, load {}; {}; {}; noesis of {} bytes",
        load.split(' ').next().unwrap_or("?"),
        read("rustc", &["--version"]),
        read("date", &["+%Y-%m-%d"]),
        std::fs::metadata(NOESIS).map_or(0, |file| file.len())
    );
}

/// Says whether a goal is met.
pub fn report(what: &str, value: f64, goal: f64, unit: &str) {
    let verdict = if value <= goal { "met" } else { "MISSED" };
    println!("{what}: {value:.2}{unit}, goal {goal}{unit}: {verdict}");
}
