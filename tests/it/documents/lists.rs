//! Lists of names that are written out in schemas, help and prose are those of the tables that define them.

use serde_json::Value;

use super::{code, rows, section};
use crate::support::repository::read;
use crate::support::{Home, stdout};

fn schema(name: &str) -> Value {
    serde_json::from_str(&read(&format!("tests/schemas/{name}.json"))).unwrap()
}

/// `a, b or c`.
fn listed(names: &[&str]) -> String {
    let (last, others) = names.split_last().unwrap();
    format!("{} or {last}", others.join(", "))
}

#[test]
fn the_schemas_of_checks_require_all_checks() {
    let names = |schema: &Value| -> Vec<String> {
        let items = schema["prefixItems"].as_array().unwrap().iter();
        items
            .map(|check| check["properties"]["name"]["const"].as_str().unwrap().to_owned())
            .collect()
    };
    for command in ["verify", "doctor"] {
        let checks = &schema(command)["properties"]["checks"];
        assert_eq!(checks["minItems"], names(checks).len(), "{command}");
    }
    let all = noesis::CheckName::ALL.map(|check| check.as_str().to_owned());
    assert_eq!(names(&schema("verify")["properties"]["checks"]), all);
}

#[test]
fn the_stores_in_the_json_documents_are_those_of_the_option() {
    let cli = read("docs/cli.md");
    let option = cli.lines().find(|line| line.starts_with("| `--store STORE`")).unwrap();
    let stores = &code(option.split('|').nth(2).unwrap())[..];
    assert!(stores.len() >= 2, "{stores:?}");
    assert_eq!(schema("login")["properties"]["store"]["enum"], Value::from(stores));
    let sources: Vec<&str> = std::iter::once(&"env").chain(stores).copied().collect();
    assert_eq!(
        schema("status")["properties"]["source"]["enum"],
        Value::from(&sources[..])
    );
    let documents = rows(section(&cli, "## JSON documents"));
    for (command, member) in [
        ("`login`", format!("\"store\": {}}}", listed(stores))),
        ("`status`", format!("\"source\": {},", listed(&sources))),
    ] {
        let row = documents.iter().find(|row| row[0] == command).unwrap();
        assert!(row[1].contains(&member), "{command}: {member}");
    }
}

#[test]
fn the_endpoints_of_faults_are_those_of_the_table() {
    let sandbox = read("docs/sandbox.md");
    let table = rows(section(&sandbox, "## Endpoints"));
    let affected: Vec<&str> = table
        .iter()
        .filter(|row| row.len() == 6 && ["yes", "only where named"].contains(&&*row[4]))
        .map(|row| row[0].trim_matches('`'))
        .collect();
    assert!(affected.len() >= 2, "{affected:?}");
    let quoted: Vec<String> = affected.iter().map(|name| format!("`{name}`")).collect();
    let quoted: Vec<&str> = quoted.iter().map(String::as_str).collect();
    let sentence = format!("`@ENDPOINT` is {}.", listed(&quoted));
    assert!(sandbox.contains(&sentence), "docs/sandbox.md lacks: {sentence}");

    let help = stdout(&Home::new().noesis(&["sandbox", "serve", "--help"]).output().unwrap());
    let sentence = format!("ENDPOINT is {};", listed(&affected));
    let unwrapped = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unwrapped.contains(&sentence), "the help of `--fault` lacks: {sentence}");
}
