//! A run of `noesis doctor`, with its checks by name.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use super::schema::fits;
use super::{document, text};

/// The result of a run of `noesis doctor`, with its checks by name.
pub struct DoctorRun(pub BTreeMap<String, Value>);

impl DoctorRun {
    /// Runs the command; its document has to fit, and its exit code the document.
    #[track_caller]
    pub fn of(command: &mut Command) -> Self {
        let output = command.arg("--json").output().unwrap();
        let document = document(&output);
        fits("doctor", &document);
        let exit = if document["well"] == true { 0 } else { 1 };
        assert_eq!(output.status.code(), Some(exit), "{}", text(&output));
        let checks = document["checks"].as_array().unwrap().iter();
        Self(
            checks
                .map(|check| (check["name"].as_str().unwrap().to_owned(), check.clone()))
                .collect(),
        )
    }

    /// A check has this result, and these words in what it says; its hint.
    #[track_caller]
    pub fn says(&self, name: &str, result: &str, words: &str) -> String {
        let check = &self.0[name];
        let detail = check["detail"].as_str().unwrap();
        assert!(check["result"] == result && detail.contains(words), "{check}");
        check["hint"].as_str().unwrap_or_default().to_owned()
    }

    /// The checks with that result.
    pub fn all(&self, result: &str) -> Vec<&str> {
        let found = self.0.iter().filter(|(_, check)| check["result"] == result);
        found.map(|(name, _)| name.as_str()).collect()
    }
}
