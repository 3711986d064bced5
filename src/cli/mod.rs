//! The program: from the command line to the exit status.

pub(crate) mod login;
pub(crate) mod store;

/// Runs the program.
pub fn run() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
