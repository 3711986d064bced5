//! The JSON documents of the program against their schemas in `tests/schemas`.

use std::path::Path;

use boon::{Compiler, Draft, Schemas};
use serde_json::Value;

/// What a schema says against a document; nothing where it fits.
pub fn against(schema: &str, document: &Value) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/schemas/{schema}.json"));
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.set_default_draft(Draft::V2020_12);
    // The names that schemas call each other by are theirs, and not places to look them up at.
    for entry in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let schema: Value = serde_json::from_str(&text).unwrap();
        let id = schema["$id"].as_str().unwrap().to_owned();
        compiler.add_resource(&id, schema).unwrap();
    }
    let id = format!("https://noesis.example/schemas/{schema}.json");
    let index = compiler
        .compile(&id, &mut schemas)
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    schemas.validate(document, index).err().map(|e| e.to_string())
}

#[track_caller]
pub fn fits(schema: &str, document: &Value) {
    if let Some(why) = against(schema, document) {
        panic!("{schema}: {why}: {document}");
    }
}
