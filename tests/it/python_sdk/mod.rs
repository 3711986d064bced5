//! Our program beside the platform's own Python SDK, `noesis-auth` 0.2.0: both get the same answers, byte by byte, and
//! must send the same request and read the same from the answer. Where they differ, `departures.rs` says why.

mod answers;
mod bodies;
mod compare;
mod departures;
mod inputs;
mod run;
mod script;

use std::collections::BTreeMap;

use compare::{Difference, differences};
use departures::DEPARTURES;
use inputs::Input;
use script::Script;

use crate::support::call::{CALLS, Call};

/// One call with one input that gets one answer.
struct Case {
    call: Call,
    /// Of the answer, or of the input where that is what the case is about.
    name: &'static str,
    input: Input,
    script: Script,
}

fn cases(python: &std::ffi::OsStr) -> Vec<Case> {
    let mut cases = Vec::new();
    for call in CALLS {
        let bomb = run::python_with(python, &["bomb"], bodies::good(call).into());
        for (name, script) in answers::answers(call, &bomb) {
            cases.push(Case {
                call,
                name,
                input: inputs::usual(),
                script,
            });
        }
        for (name, input) in inputs::inputs(call) {
            cases.push(Case {
                call,
                name,
                input,
                script: answers::good(call),
            });
        }
    }
    cases
}

#[test]
#[ignore = "needs the Python SDK: run tests/run"]
fn the_program_and_the_python_sdk_differ_only_in_the_listed_departures() {
    let Some(python) = std::env::var_os("NOESIS_PEER_PYTHON") else {
        crate::support::skipped("needs NOESIS_PEER_PYTHON");
        return;
    };
    let cases = cases(&python);
    for call in CALLS {
        let mut names: Vec<&str> = cases
            .iter()
            .filter(|case| case.call == call)
            .map(|case| case.name)
            .collect();
        let answers = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), answers, "{call:?}: two cases have one name");
        assert!(answers >= 60, "{call:?}: {answers}");
    }
    let (theirs, ours) = std::thread::scope(|scope| {
        let theirs = scope.spawn(|| run::sdk(&python, &cases));
        let ours = run::ours(&cases);
        (theirs.join().unwrap(), ours)
    });

    let mut unlisted: BTreeMap<(&str, Difference), Vec<&str>> = BTreeMap::new();
    let mut faults = Vec::new();
    for ((case, theirs), ours) in cases.iter().zip(&theirs).zip(&ours) {
        let mut found = differences(case, theirs, ours);
        for departure in DEPARTURES.iter().filter(|departure| departure.names(case)) {
            match found.iter().position(|difference| departure.is(case, difference)) {
                Some(at) => drop(found.remove(at)),
                None => faults.push(format!(
                    "listed, but it does not occur: {} `{}`: {} | {}, because {}",
                    case.call.name(),
                    case.name,
                    departure.theirs,
                    departure.ours,
                    departure.why
                )),
            }
        }
        for difference in found {
            unlisted
                .entry((case.call.name(), difference))
                .or_default()
                .push(case.name);
        }
    }
    for unmet in DEPARTURES.iter().flat_map(|departure| departure.unmet(&cases)) {
        faults.push(format!("listed for a case that there is not: {unmet:?}"));
    }
    for ((call, (theirs, ours)), names) in unlisted {
        faults.push(format!(
            "not listed: {call} {names:?}\n  sdk:  {theirs}\n  ours: {ours}"
        ));
    }
    assert!(faults.is_empty(), "of {} cases:\n{}", cases.len(), faults.join("\n"));
}
