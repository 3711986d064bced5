//! Every network fault against every command that uses the network: each ends in time, with the exit status and the
//! error of the contract, in little memory, and no one-time credential is sent twice (rules N1, N2, N3, N6,
//! N7, S6 and K3).

mod faulty_server;
mod table;

use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::table::{ENDED, Fault, GOOD, Pace, faults, nothing_wrong};
use crate::jwt;
use crate::support::call::{CALLS, CODE, Call};
use crate::support::{Home, NOESIS, now, stderr, stdout, text};

/// The whole time that a request may take.
const DEADLINE: Duration = Duration::from_secs(1);
/// How much later than that it may end on a busy machine (rule N1): each fault goes on for longer.
const GRACE: Duration = Duration::from_secs(1);
/// The pause before the one retry of a key fetch (rule K3).
const RETRY: Duration = Duration::from_secs(1);
/// The most memory that a run may take, in KiB (rule N2).
const MEMORY: u64 = 64 * 1024;
/// How many runs are under way at once: most of their time they wait.
const AT_ONCE: usize = 16;

/// What was observed of a run.
struct Run {
    output: Output,
    took: Duration,
    /// What each request took by the program's own clock.
    requests: Vec<Duration>,
    /// The most memory that it was seen to have, in KiB; 0 where it ended before anybody looked.
    peak: u64,
}

/// The program with a limit on its memory, in KiB.
fn within(memory: u64, home: &Home) -> Command {
    let mut command = home.command("sh");
    let limited = format!("ulimit -d {memory} && exec \"$@\"");
    command.args(["-c", &limited, "sh", NOESIS]).env("NOESIS_STORE", "file");
    command
}

/// Runs a call against a server; a run that hangs is killed.
fn run(call: Call, home: &Home, url: &str) -> Run {
    let mut command = within(MEMORY, home);
    command
        .args(["--json", "-v", "--timeout", "1s"])
        .args(call.args(url))
        .envs(Call::env(url))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let started = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        // It only grows, so that the last look before the end is the one that counts.
        peak = peak_of(&child).unwrap_or(peak);
        if started.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let took = started.elapsed();
    let output = child.wait_with_output().unwrap();
    let requests = stderr(&output)
        .lines()
        .filter(|line| line.contains("request path="))
        .map(|line| {
            let (_, ms) = line.rsplit_once(" ms=").unwrap();
            Duration::from_millis(ms.parse().unwrap())
        })
        .collect();
    Run {
        output,
        took,
        requests,
        peak,
    }
}

/// The most memory that a process has had, in KiB; `None` where it has ended.
fn peak_of(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// What is wrong with a cell.
enum Wrong {
    /// It took too long, which may be due to the load of this machine.
    Late(String),
    /// It did what it must not do.
    Never(String),
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), Wrong> {
    if holds { Ok(()) } else { Err(Wrong::Never(what())) }
}

/// One fault, and one command that meets it. `start` is what a run takes beside its requests.
fn cell(fault: &Fault, call: Call, start: Duration) -> Result<Run, Wrong> {
    let want = fault.want[call as usize];
    let place = (fault.place)(&call.good());
    let home = call.home(&place.url);
    let (iat, exp) = (now() - 60, now() + 900);
    let token = jwt::rs256(jwt::HEADER, &jwt::claims(json!({"iat": iat, "exp": exp})));
    std::fs::write(home.path().join("token"), &token).unwrap();
    let session = std::fs::read(home.session_file("default")).unwrap();
    let run = run(call, &home, &place.url);
    let (out, all) = (stdout(&run.output), text(&run.output));

    // How it ended.
    let exit = run.output.status.code();
    ensure(exit == Some(want.exit), || {
        format!("exit {exit:?}, not {}: {all}", want.exit)
    })?;
    if want == GOOD {
        ensure(serde_json::from_str::<Value>(&out).is_ok(), || {
            format!("no document: {all}")
        })?;
    } else {
        let error = call.error(&run.output);
        let found = (&error["code"], &error["status"], &error["retryable"]);
        let expected = (&json!(want.code), &json!(want.status), &json!(want.exit == 5));
        ensure(found == expected, || format!("{found:?}, not {expected:?}: {all}"))?;
        ensure(out.is_empty() || call == Call::Redeem, || format!("an answer: {all}"))?;
        let says = error["message"].as_str().unwrap_or_default();
        ensure(says.contains(fault.says), || {
            format!("says {says:?}, without {:?}", fault.says)
        })?;
    }

    // What the server saw.
    let tries = call.tries(want == GOOD);
    ensure(run.requests.len() == tries, || {
        format!("{} tries: {all}", run.requests.len())
    })?;
    if let Some(requests) = place.requests() {
        let least = if fault.pace == Pace::Busy { 1 } else { tries };
        ensure((least..=tries).contains(&requests.len()), || {
            format!("{} requests, not {tries}", requests.len())
        })?;
        if let Some(spent) = call.spends() {
            let sent = requests.iter().filter(|request| request.contains(spent)).count();
            ensure(sent == 1, || format!("`{spent}` was sent {sent} times"))?;
        }
    }
    let elsewhere = place.requests_elsewhere();
    ensure(elsewhere.is_empty(), || {
        format!("a request to another host: {elsewhere:?}")
    })?;

    // What it left: the session, and no secret in any output. An activation code is part of the answer.
    let left = std::fs::read(home.session_file("default")).ok();
    match want {
        GOOD if call == Call::Refresh => {
            let refresh_token = &home.session()["refresh_token"];
            ensure(*refresh_token == "next", || format!("stored: {refresh_token}"))?;
        }
        ENDED => ensure(left.is_none(), || "the session is still there".into())?,
        _ => ensure(left == Some(session), || "the session is another".into())?,
    }
    ensure(!all.contains("canary") && !all.contains(&token), || {
        format!("a secret: {all}")
    })?;
    ensure(!stderr(&run.output).contains(CODE), || format!("the code: {all}"))?;

    // What it took.
    ensure(run.peak < MEMORY, || format!("{} KiB of memory", run.peak))?;
    if fault.pace != Pace::Quick {
        let early = run.requests.iter().find(|took| **took < DEADLINE);
        ensure(early.is_none(), || format!("ended early, after {early:?}"))?;
    }
    let most = (DEADLINE + GRACE) * u32::try_from(tries).unwrap() + RETRY * u32::try_from(tries - 1).unwrap() + start;
    if run.took > most || run.requests.iter().any(|took| *took > DEADLINE + GRACE) {
        let late = format!("took {:?} of {most:?}, its requests {:?}", run.took, run.requests);
        return Err(Wrong::Late(late));
    }
    Ok(run)
}

/// A cell that is late has two more tries: on a busy machine a process may be woken late, and one that hangs is late
/// every time.
fn survived(fault: &Fault, call: Call, start: Duration) -> Result<Run, String> {
    let mut tries = 0;
    loop {
        tries += 1;
        match cell(fault, call, start) {
            Ok(run) => return Ok(run),
            Err(Wrong::Late(_)) if tries < 3 => {}
            Err(Wrong::Late(what) | Wrong::Never(what)) => return Err(format!("{}, {call:?}: {what}", fault.name)),
        }
    }
}

/// The results of the cells, several at once: most of the time they wait.
fn all_of(cells: &[(&Fault, Call)], start: Duration) -> Vec<Result<Run, String>> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(cells.len()) {
            scope.spawn(|| {
                while let Some((fault, call)) = cells.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let outcome = survived(fault, *call, start);
                    done.lock().unwrap().push(outcome);
                }
            });
        }
    });
    done.into_inner().unwrap()
}

/// What a run takes on this machine as busy as it is, where nothing is wrong; the slowest, three times over.
fn start() -> Duration {
    let nothing_wrong = Fault {
        name: "nothing wrong",
        pace: Pace::Quick,
        want: [GOOD; 5],
        says: "",
        place: nothing_wrong,
    };
    let cells: Vec<(&Fault, Call)> = (0..3).flat_map(|_| CALLS.map(|call| (&nothing_wrong, call))).collect();
    let runs = all_of(&cells, Duration::from_secs(40));
    let took = runs
        .into_iter()
        .map(|run| run.unwrap_or_else(|why| panic!("{why}")).took);
    took.max().unwrap() * 3 + Duration::from_millis(500)
}

#[allow(clippy::print_stdout)]
fn matrix(cells: &[(&Fault, Call)]) {
    // The limit is one: with too little memory nothing runs.
    let starved = within(100, &Home::new()).arg("--version").output().unwrap();
    assert!(!starved.status.success(), "{}", text(&starved));
    let outcomes = all_of(cells, start());
    let wrong: Vec<&String> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    let peak = outcomes.iter().flatten().map(|run| run.peak).max().unwrap_or(0);
    println!("network: {} cases, {} survived", cells.len(), cells.len() - wrong.len());
    println!("the most memory that one took: {peak} KiB");
    assert!(wrong.is_empty() && peak > 0, "{wrong:#?}");
}

#[test]
fn n1_n2_n3_n6_n7_commands_handle_the_main_network_faults() {
    let faults = faults();
    let some = [
        "refused",
        "reset after the request",
        "closed in the body",
        "JSON cut short",
        "chunks without end",
        "a gzip bomb",
        "a redirect to another host that keeps the method",
        "400 invalid_grant",
        "401",
        "503",
    ];
    let mut cells = Vec::new();
    for fault in &faults {
        let calls = match fault.pace {
            Pace::Quick if some.contains(&fault.name) => &CALLS[..],
            Pace::Quick => &[],
            Pace::Deadline | Pace::Busy => &[Call::Refresh],
        };
        cells.extend(calls.iter().map(|call| (fault, *call)));
    }
    assert!(cells.len() > 5 * some.len(), "{}", cells.len());
    matrix(&cells);
}

#[test]
#[ignore = "takes a while: run tests/run"]
fn n1_n2_n3_n6_n7_every_command_handles_every_network_fault() {
    let faults = faults();
    let cells: Vec<(&Fault, Call)> = faults
        .iter()
        .flat_map(|fault| CALLS.map(|call| (fault, call)))
        .collect();
    matrix(&cells);
}
