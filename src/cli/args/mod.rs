//! What arguments are made of, below the commands: the global options and the parsers of values.
//!
//! The commands' own arguments stand with the commands, and the whole command line in `command_line`.

#[cfg(any(feature = "guard", feature = "sandbox"))]
mod address;
mod global;
mod value;

use std::ffi::OsString;

#[cfg(any(feature = "guard", feature = "sandbox"))]
pub use self::address::address;
#[cfg(feature = "guard")]
pub use self::address::server_url;
pub use self::global::GlobalArgs;
pub use self::value::{NO_SUCH_FLAG, duration, duration_or_zero, lifetime, secret};

/// The arguments of this process, its name first.
pub fn argv() -> Vec<OsString> {
    std::env::args_os().collect()
}
