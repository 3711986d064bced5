//! The smallest program that clap makes: what the start of `noesis` is measured against, in the same build (see
//! `benches/startup.rs`).

use clap::Parser;

/// Greet somebody
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    /// Whom to greet
    #[arg(default_value = "world")]
    name: String,
}

#[allow(clippy::print_stdout)]
fn main() {
    println!("hello, {}", Cli::parse().name);
}
