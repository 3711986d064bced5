//! The JSON documents of `docs/cli.md` have the members of their schemas in `tests/schemas`, which the program is held to by
//! `contract.rs`, and here where nothing else runs the command.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{code, rows, section};
use crate::support::repository::{paths_below, read};
use crate::support::schema::fits;
use crate::support::{Home, Sandbox, document};

/// The schema of a row of the table, by what its first cell names first.
fn schema_of(row: &str) -> String {
    match row {
        "refresh TOKEN" => "tokens".to_owned(),
        "introspect --batch" => "introspect-line".to_owned(),
        "any error" => "error".to_owned(),
        command => command.replace(' ', "-"),
    }
}

/// Each row by what it names first, and the document it is about.
fn documented() -> BTreeMap<String, String> {
    let cli = read("docs/cli.md");
    let rows = rows(section(&cli, "## JSON documents")).into_iter();
    rows.map(|row| (code(&row[0]).first().unwrap_or(&&*row[0]).to_string(), row[1].clone()))
        .collect()
}

/// The members that a document is written with, and which of them may be absent.
fn written(text: &str) -> BTreeMap<String, bool> {
    let mut members = BTreeMap::new();
    for document in code(text).into_iter().filter(|code| code.starts_with(['{', '['])) {
        let mut before = ' ';
        let mut rest = document;
        while let Some(at) = rest.find('"') {
            before = rest[..at].trim_end().chars().next_back().unwrap_or(before);
            let (name, after) = rest[at + 1..].split_once('"').unwrap();
            assert!(['{', ','].contains(&before), "`{name}` in {document}");
            *members.entry(name.to_owned()).or_default() |= after.starts_with('?');
            rest = after;
        }
    }
    members
}

/// The same of a schema; a document that is referred to has its own.
fn of_schema(schema: &Value, members: &mut BTreeMap<String, bool>) {
    match schema {
        Value::Object(object) => {
            let required = |name: &str| {
                schema["required"]
                    .as_array()
                    .is_some_and(|all| all.iter().any(|r| r == name))
            };
            if schema["type"] == "object"
                && let Some(properties) = object.get("properties").and_then(Value::as_object)
            {
                for (name, _) in properties.iter().filter(|(_, value)| **value != Value::Bool(false)) {
                    *members.entry(name.clone()).or_default() |= !required(name);
                }
            }
            object.values().for_each(|value| of_schema(value, members));
        }
        Value::Array(list) => list.iter().for_each(|value| of_schema(value, members)),
        _ => {}
    }
}

#[test]
fn every_document_has_the_members_of_its_schema_and_every_schema_a_document() {
    let mut rows = documented();
    // A line of a batch is the whole document with its number.
    let line = rows.remove("verify --batch").unwrap();
    let members = [("error".to_owned(), true), ("line".to_owned(), false)];
    assert_eq!(written(&line), BTreeMap::from(members));
    for (row, text) in &rows {
        let schema: Value = serde_json::from_str(&read(&format!("tests/schemas/{}.json", schema_of(row)))).unwrap();
        let mut members = BTreeMap::new();
        of_schema(&schema, &mut members);
        assert_eq!(written(text), members, "{row}");
    }
    let documented: BTreeSet<String> = rows.keys().map(|row| schema_of(row) + ".json").collect();
    let name = |path: std::path::PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let schemas: BTreeSet<String> = paths_below("tests/schemas", ".json").into_iter().map(name).collect();
    assert_eq!(schemas, documented);
}

#[test]
fn the_names_of_checks_are_those_of_the_schemas() {
    let cli = read("docs/cli.md");
    let notes = section(&cli, "## JSON documents");
    for command in ["verify", "doctor"] {
        let schema: Value = serde_json::from_str(&read(&format!("tests/schemas/{command}.json"))).unwrap();
        let checks = schema["properties"]["checks"]["prefixItems"].as_array().unwrap();
        let names: Vec<&str> = checks
            .iter()
            .map(|check| check["properties"]["name"]["const"].as_str().unwrap())
            .collect();
        let (_, note) = notes.split_once(&format!("\n- `{command}`: ")).unwrap();
        // The list is the first sentence about checks that begins with the first of them.
        let list = note
            .split("checks")
            .find(|part| code(part).starts_with(&names[..1]))
            .unwrap();
        assert_eq!(code(list).get(..names.len()), Some(&names[..]), "{command}");
    }
}

#[test]
fn the_codes_of_errors_are_those_of_the_schema() {
    let cli = read("docs/cli.md");
    let cells = rows(section(&cli, "## Exit statuses"))
        .into_iter()
        .map(|row| row[2].clone());
    let codes: BTreeSet<String> = cells
        .flat_map(|cell| code(&cell).into_iter().map(str::to_owned).collect::<Vec<_>>())
        .filter(|code| code.starts_with(|c: char| c.is_ascii_uppercase()))
        .collect();
    let schema: Value = serde_json::from_str(&read("tests/schemas/error.json")).unwrap();
    let listed = schema["$defs"]["error"]["properties"]["code"]["enum"]
        .as_array()
        .unwrap();
    let listed: BTreeSet<String> = listed.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    assert_eq!(codes, listed);
}

#[test]
fn the_documents_of_token_logout_serve_and_mint_are_what_their_schemas_say() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    for (args, schema) in [
        (&["token"][..], "token"),
        (&["sandbox", "mint"], "sandbox-mint"),
        (&["logout"], "logout"),
        (&["logout", "--all"], "logout"),
    ] {
        let output = home.at(&sandbox, args).arg("--json").output().unwrap();
        fits(schema, &document(&output));
    }
    // What `Sandbox::start` reads is the document itself.
    let serving = serde_json::json!({"base_url": sandbox.url, "client_id": "noesis-cli"});
    fits("sandbox-serve", &serving);
}
