//! `noesis man`: the manual pages, generated from the same texts as the help.

mod sections;

use std::path::PathBuf;

use clap::builder::Resettable;
use clap_mangen::roff::Roff;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;

/// Print the manual page, or write the pages of all commands into a folder.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis man | man -l -
  noesis man --out ~/.local/share/man/man1")]
pub struct Args {
    /// The folder to write the pages into; it is created if it is missing
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub fn run(ctx: &Context, args: &Args, mut program: clap::Command) -> Result<ExitStatus, CliError> {
    program.build();
    let Some(dir) = &args.out else {
        ctx.out.raw(&page(program)?)?;
        return Ok(ExitStatus::Success);
    };
    let failed = |path: &PathBuf, e: std::io::Error| CliError::io(format!("cannot write `{}`: {e}", path.display()));
    std::fs::create_dir_all(dir).map_err(|e| failed(dir, e))?;
    let mut written = 0;
    for (name, command) in pages(program, "noesis") {
        let path = dir.join(format!("{name}.1"));
        std::fs::write(&path, page(command)?).map_err(|e| failed(&path, e))?;
        written += 1;
    }
    ctx.out.note(&format!("wrote {written} pages into `{}`", dir.display()));
    Ok(ExitStatus::Success)
}

/// A command and all visible commands below it, by the names of their pages.
fn pages(command: clap::Command, name: &str) -> Vec<(String, clap::Command)> {
    let mut all = Vec::new();
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        all.extend(pages(below.clone(), &format!("{name}-{}", below.get_name())));
    }
    let command = command.display_name(name.to_owned());
    all.insert(0, (name.to_owned(), command));
    all
}

/// The page of one command.
fn page(command: clap::Command) -> Result<String, CliError> {
    let after_options = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let mut text = Vec::new();
    clap_mangen::Man::new(command.after_help(Resettable::Reset))
        .render(&mut text)
        .map_err(|e| CliError::io(format!("cannot generate the manual page: {e}")))?;
    let mut rest = Roff::new();
    sections::of_every_page(&mut rest);
    sections::after_options(&mut rest, &after_options);
    let page = String::from_utf8_lossy(&text).into_owned() + &rest.render();
    // A name with a hyphen in it is not divided at the end of a line, so that it can be found and copied.
    let page = page.replacen(".SH NAME", ".nh\n.ad l\n.SH NAME", 1);
    // Left alone, these are typeset as other characters than those of the keyboard.
    Ok(page.replace('~', r"\(ti").replace('^', r"\(ha").replace('`', r"\(ga"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::command_line::Cli;

    #[test]
    fn every_visible_command_has_a_page_and_no_hidden_one() {
        let names: Vec<String> = pages(Cli::command(), "noesis")
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        for name in ["noesis", "noesis-login", "noesis-authorize-url", "noesis-man"] {
            assert!(names.contains(&name.to_owned()), "{name}: {names:?}");
        }
        assert!(!names.iter().any(|name| name.ends_with("browse")), "{names:?}");
    }
}
