//! `docs/sdk.md` beside both crates: every public name of the Python SDK is in its tables, and every name of ours there is
//! in its example, which the doctests compile.

use std::collections::BTreeSet;
use std::process::Command;

const DOCUMENT: &str = include_str!("../../docs/sdk.md");

/// What stands between backquotes in one column of the tables that have the SDK's names before ours.
fn column(number: usize) -> Vec<&'static str> {
    let rows = DOCUMENT.lines().filter(|line| line.starts_with("| `"));
    rows.filter_map(|row| row.split('|').nth(number))
        .flat_map(quoted)
        .collect()
}

fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The public names of the SDK: functions and methods with their parameters, and the fields of what they return.
const NAMES: &str = r#"
import dataclasses, inspect, noesis_auth

def call(name, function):
    parameters = [p for p in inspect.signature(function).parameters if p != "self"]
    print(f"{name}({', '.join(parameters)})")

for name in noesis_auth.__all__:
    value = getattr(noesis_auth, name)
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            print(f"{name}.{field.name}")
    elif inspect.isclass(value):
        call(name, value.__init__)
        if issubclass(value, Exception):
            for field in vars(value("")):
                print(f"{name}.{field}")
    elif callable(value):
        call(name, value)
    else:
        print(name)
    if inspect.isclass(value):
        for member in vars(value):
            function = getattr(value, member)
            if not member.startswith("_") and callable(function):
                call(f"{name}.{member}", function)
"#;

#[test]
#[ignore = "needs the Python SDK: run tests/run"]
fn every_public_name_of_the_python_sdk_is_in_the_table() {
    let Some(python) = std::env::var_os("NOESIS_PEER_PYTHON") else {
        crate::support::skipped("needs NOESIS_PEER_PYTHON");
        return;
    };
    let output = Command::new(python).args(["-c", NAMES]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).unwrap();
    let names: BTreeSet<&str> = names.lines().collect();
    assert!(names.len() > 40, "{names:?}");
    let table: BTreeSet<&str> = column(1).into_iter().collect();
    let missing: Vec<_> = names.difference(&table).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    // Nor does it list what the SDK does not have.
    let unknown: Vec<_> = table
        .iter()
        .filter(|name| name.contains(['.', '(']) && !names.contains(*name))
        .collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn every_name_of_ours_in_the_table_is_compiled() {
    let mut blocks = DOCUMENT
        .split("```rust")
        .skip(1)
        .map(|block| block.split("```").next().unwrap());
    let code = blocks.find(|code| code.contains("JwtValidator::try_verify(")).unwrap();
    let names = column(2);
    assert!(names.len() > 50, "{names:?}");
    for name in names {
        let is_there = match name.split_once('.') {
            // A field, which the example takes out of the value.
            Some((kind, field)) => {
                let start = code.find(&format!("{kind} {{")).unwrap_or_else(|| panic!("{name}"));
                let fields = code[start..].split('}').next().unwrap();
                fields.split([' ', ',', '\n']).any(|word| word == field)
            }
            None => code.contains(name),
        };
        assert!(is_there, "{name}");
    }
}
