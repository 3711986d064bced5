//! The program `noesis`; everything it does is in [`noesis::cli`].

fn main() -> std::process::ExitCode {
    noesis::cli::run()
}
