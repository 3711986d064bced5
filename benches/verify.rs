//! How many tokens a second `noesis verify --batch` verifies: beside the raw limit, which is hash and signature and nothing
//! else (goals: 0.85 of it on one core, 0.8 of twice that on two), and beside `JWTValidator.validate` of the platform's SDK
//! for Python (goal: 20 times as many). That memory is the same for 10,000 tokens and for 1,000,000. And what `verify` of
//! one token costs beside `jwt decode` of the crate `jwt-cli`, both with a file of keys (goal: no more), ours being the
//! program as it is handed out (`packaging/linux`), with what `cargo build --release` makes beside it.
//!
//! `cargo bench --bench verify`; the raw limit is measured in a process of its own, pinned to the same core.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

#[path = "common/mod.rs"]
mod common;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use common::{
    NOESIS, Samples, heading, in_turn, instructions, jwt_cli, life, packaged, peak_memory, peer_python, report,
};
use serde_json::json;

const DISTINCT: usize = 10_000;
/// How often the tokens are verified in a run, so that starting is no part of it.
const TIMES: usize = 10;
const ROUNDS: usize = 7;
const PYTHON_TOKENS: usize = 1_000;
const SINGLE_ROUNDS: usize = 300;
const MEMORY_ROUNDS: usize = 11;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let [_, mode, tokens, keys] = &args[..]
        && mode == "raw"
    {
        return println!("{}", raw(tokens, keys).as_nanos());
    }
    let home = tempfile::tempdir().expect("a temporary folder");
    let home = home.path();
    let made = Made::new(home);

    heading("verify --batch: RS256 with 2048 bits, 10,000 different tokens ten times over");
    batch(home, &made);
    memory(home, &made);
    heading("verify of one token, the whole process, the keys in a file");
    single(home, &made);
}

/// Tokens and the keys that they are signed with.
struct Made {
    keys: PathBuf,
    one: String,
    some: PathBuf,
    many: PathBuf,
}

impl Made {
    fn new(home: &Path) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        // The DER of a key of this size has its modulus always here (RFC 8017 §A.1.1), and the exponent is 65537.
        let der = pair.public_key().as_ref();
        assert!(der.len() == 270 && der.ends_with(&[1, 0, 1]), "{der:02x?}");
        let keys = json!({"keys": [{
            "kty": "RSA", "kid": "2026-01", "use": "sig", "alg": "RS256",
            "n": BASE64.encode(&der[9..265]), "e": "AQAB",
        }]});
        let made = Self {
            keys: home.join("keys.json"),
            one: token(&pair, 0),
            some: home.join("tokens.txt"),
            many: home.join("many.txt"),
        };
        std::fs::write(&made.keys, keys.to_string()).expect("a file");
        let lines: String = (1..=DISTINCT).map(|number| token(&pair, number) + "\n").collect();
        std::fs::write(&made.some, &lines).expect("a file");
        std::fs::write(&made.many, lines.repeat(TIMES)).expect("a file");
        made
    }
}

/// A token of the platform's kind, some 770 bytes.
fn token(pair: &KeyPair, number: usize) -> String {
    let now = std::time::UNIX_EPOCH.elapsed().expect("a clock").as_secs();
    let month = now + 30 * 86_400;
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": "2026-01"});
    let claims = json!({
        "iss": "https://noesis.example", "sub": format!("user-{number:06}"), "iat": now - 60, "exp": month,
        "jti": format!("{:032x}", number as u128 * 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834), "role": null, "is_admin": false,
        "entitlements": [
            {"tool_id": "vision-lab", "expires_at": month, "source": "purchase"},
            {"tool_id": "prompt-studio", "expires_at": month, "source": "invite"},
        ],
    });
    let signed = format!(
        "{}.{}",
        BASE64.encode(header.to_string()),
        BASE64.encode(claims.to_string())
    );
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .expect("a signature");
    format!("{signed}.{}", BASE64.encode(signature))
}

/// How long it takes to hash and check every token of a file, each with the same parsed key, and nothing else.
fn raw(tokens: &str, keys: &str) -> Duration {
    let keys: serde_json::Value = serde_json::from_slice(&std::fs::read(keys).unwrap()).unwrap();
    let number = |name: &str| BASE64.decode(keys["keys"][0][name].as_str().unwrap()).unwrap();
    let key = RsaPublicKeyComponents {
        n: number("n"),
        e: number("e"),
    }
    .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
    .unwrap();
    let tokens = std::fs::read_to_string(tokens).unwrap();
    let tokens: Vec<(&str, Vec<u8>)> = tokens
        .lines()
        .map(|token| token.rsplit_once('.').unwrap())
        .map(|(signed, signature)| (signed, BASE64.decode(signature).unwrap()))
        .collect();
    let start = Instant::now();
    for (signed, signature) in &tokens {
        key.verify_sig(signed.as_bytes(), signature).expect("a good signature");
    }
    start.elapsed()
}

fn pinned(home: &Path, program: &str, args: &[&str]) -> Command {
    let mut command = common::command(home, "taskset", &["-c", "0", program]);
    command.args(args);
    command
}

fn batch(home: &Path, made: &Made) {
    let (keys, many) = (made.keys.to_str().unwrap(), made.many.to_str().unwrap());
    let own = std::env::current_exe().unwrap();
    let args = |jobs| ["verify", "--jwks", keys, "--batch", many, "--jobs", jobs];
    let mut times: [Vec<Duration>; 3] = Default::default();
    for round in 0..=ROUNDS {
        let mut limit = pinned(home, own.to_str().unwrap(), &["raw", many, keys]);
        let limit = limit.stdout(Stdio::piped()).output().expect("the raw limit").stdout;
        let limit: u64 = String::from_utf8(limit).unwrap().trim().parse().unwrap();
        let one = life(&mut pinned(home, NOESIS, &args("1")));
        let two = life(&mut common::command(home, NOESIS, &args("2")));
        // The first round brings everything into the page cache.
        if round > 0 {
            for (times, took) in times.iter_mut().zip([Duration::from_nanos(limit), one, two]) {
                times.push(took);
            }
        }
    }
    let [limit, one, two] = times.map(Samples::new);
    let rate = |samples: &Samples| (DISTINCT * TIMES) as f64 / samples.median() * 1e3;
    for (name, samples) in [
        ("raw limit, one core", &limit),
        ("one core", &one),
        ("both cores", &two),
    ] {
        samples.print(name);
        println!("{name}: {:.0} tokens a second", rate(samples));
    }
    report_at_least("one core, of the raw limit", rate(&one) / rate(&limit), 0.85);
    report_at_least(
        "both cores, of twice the raw limit",
        rate(&two) / rate(&limit) / 2.0,
        0.8,
    );

    let Some(python) = peer_python() else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/validate.py");
    let count = PYTHON_TOKENS.to_string();
    let mut command = pinned(home, &python, &[script, keys, many, &count]);
    let output = command
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .output()
        .expect("the SDK");
    assert!(output.status.success(), "{}", output.status);
    let theirs: f64 = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap();
    println!("Python with noesis-auth, one core: {theirs:.0} tokens a second");
    report_at_least("one core, times the SDK", rate(&one) / theirs, 20.0);
}

fn memory(home: &Path, made: &Made) {
    let peak = |times: usize| {
        // The tokens come through a pipe, so that a million of them need no disk.
        let repeat = format!("for i in $(seq {times}); do cat '{}'; done", made.some.display());
        let mut feeder = Command::new("sh");
        let mut feeder = feeder.args(["-c", &repeat]).stdout(Stdio::piped()).spawn().unwrap();
        let program = [
            "-f",
            "%M KiB",
            NOESIS,
            "verify",
            "--jwks",
            made.keys.to_str().unwrap(),
            "--batch",
            "-",
        ];
        let mut command = common::command(home, "/usr/bin/time", &program);
        command.stdin(feeder.stdout.take().unwrap()).stderr(Stdio::piped());
        let output = command.output();
        feeder.wait().unwrap();
        let output = output.ok()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        text.lines()
            .find_map(|line| line.strip_suffix(" KiB")?.parse::<u64>().ok())
    };
    let (Some(some), Some(many)) = (peak(1), peak(100)) else {
        return println!("memory: not measured, as there is no GNU time");
    };
    println!("memory at most: {some} KiB for 10,000 tokens, {many} KiB for 1,000,000");
    report(
        "memory for a million, of that for ten thousand",
        many as f64 / some as f64,
        1.05,
        "",
    );
}

fn single(home: &Path, made: &Made) {
    let keys = made.keys.to_str().unwrap();
    let jwt = jwt_cli();
    let jwt = jwt.to_str().unwrap();
    let packaged = packaged();
    let packaged = packaged.to_str().unwrap();
    let secret = format!("@{keys}");
    let ours = vec!["verify", "--jwks", keys, &made.one];
    let theirs = vec!["decode", "--secret", &secret, "--alg", "RS256", &made.one];
    let subjects = [
        ("noesis verify", packaged, ours.clone()),
        ("jwt decode, of jwt-cli 6.2.0", jwt, theirs),
        ("noesis verify, of cargo build", NOESIS, ours),
    ];
    let mut commands: Vec<Command> = subjects
        .iter()
        .map(|(_, program, args)| common::command(home, program, args))
        .collect();
    for ((name, ..), samples) in subjects.iter().zip(in_turn(&mut commands, SINGLE_ROUNDS)) {
        samples.print(name);
    }
    let figures = subjects.map(|(name, program, args)| {
        let memory = peak_memory(home, program, &args, MEMORY_ROUNDS);
        let count = instructions(home, program, &args);
        println!("{name}: {memory:?} KiB of memory at most, {count:?} instructions");
        (memory, count)
    });
    let [(Some(memory), Some(count)), (Some(their_memory), Some(their_count)), _] = figures else {
        return println!("not compared: there is no GNU time, or no valgrind");
    };
    report("memory, ratio to jwt-cli", memory as f64 / their_memory as f64, 1.0, "");
    report(
        "instructions, ratio to jwt-cli",
        count as f64 / their_count as f64,
        1.0,
        "",
    );
}

/// Says whether a goal is met that is to be reached from below.
fn report_at_least(what: &str, value: f64, goal: f64) {
    let verdict = if value >= goal { "met" } else { "MISSED" };
    println!("{what}: {value:.2}, goal at least {goal}: {verdict}");
    std::io::stdout().flush().expect("standard output");
}
