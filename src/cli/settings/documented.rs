//! The tables of `docs/cli.md`, for the tests that compare them with those of the program.

/// The rows of the table below a heading: what its first two columns have, as it is written.
pub fn rows(heading: &str) -> Vec<(String, String)> {
    let document = include_str!("../../../docs/cli.md");
    let (_, table) = document.split_once(&format!("\n## {heading}\n")).unwrap();
    let table = table.split("\n## ").next().unwrap();
    let lines = table.lines().filter(|line| line.starts_with("| `"));
    lines
        .map(|line| line.split('|').map(str::trim).collect::<Vec<&str>>())
        .map(|cells| (cells[1].to_owned(), cells[2].to_owned()))
        .collect()
}
