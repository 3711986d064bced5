//! The sections of a manual page that clap knows nothing of, each made of the table that the program itself uses.

use clap_mangen::roff::{Roff, bold, italic, roman};

use crate::cli::exit_status::ExitStatus;
use crate::cli::settings::{FILES, KEYS, VARIABLES};

/// EXIT STATUS, ENVIRONMENT and FILES.
pub fn of_every_page(page: &mut Roff) {
    page.control("SH", ["EXIT STATUS"]);
    for status in ExitStatus::ALL {
        entry(page, &status.number().to_string(), status.meaning());
    }
    page.control("SH", ["ENVIRONMENT"]);
    for variable in VARIABLES {
        entry(page, &variable.names.join(", "), variable.meaning);
    }
    page.control("SH", ["FILES"]);
    for file in FILES {
        entry(page, file.path, file.holds);
    }
    page.control("PP", []);
    page.text([
        roman("The keys of a "),
        bold("[profile.NAME]"),
        roman(" table of "),
        bold("config.toml"),
        roman(":"),
    ]);
    for key in KEYS {
        entry(page, key.name, key.meaning);
    }
}

/// A name, and below it what it means.
fn entry(page: &mut Roff, name: &str, meaning: &str) {
    page.control("TP", []);
    page.text([bold(name)]);
    let parts = meaning.split('`').enumerate();
    // Every second part is one in backticks.
    let inlines: Vec<_> = parts
        .map(|(number, part)| match number % 2 {
            0 => roman(part),
            _ => italic(part),
        })
        .collect();
    page.text(inlines);
}

/// What stands below the options in the help: sentences, and the examples as they are typed.
pub fn after_options(page: &mut Roff, help: &str) {
    let (sentences, examples) = match help.split_once("Examples:\n") {
        Some((sentences, examples)) => (sentences, examples),
        None => (help, ""),
    };
    if !sentences.trim().is_empty() {
        page.control("SH", ["NOTES"]);
        page.text([roman(sentences.trim())]);
    }
    if !examples.trim().is_empty() {
        page.control("SH", ["EXAMPLES"]);
        page.control("nf", []);
        for line in examples.trim_end().lines() {
            // In filled text an empty line is a paragraph; here it is an empty line as well.
            match line.strip_prefix("  ").unwrap_or(line) {
                "" => page.control("sp", []),
                line => page.text([roman(line)]),
            };
        }
        page.control("fi", []);
    }
}
