//! Warnings about the keys that tokens were verified with.

use crate::KeySource;
use crate::cli::context::Context;

/// Warns of keys that are ignored, as somebody published them by mistake (rule T8), and of a key set that could not be
/// renewed (rule K2).
pub fn show(ctx: &Context, source: &KeySource) {
    if let Some(set) = source.current() {
        for key in set.ignored() {
            ctx.out.warn(&key.to_string());
        }
    }
    if let Some(failure) = source.last_failure() {
        ctx.out
            .warn(&format!("verified against keys that were fetched before: {failure}"));
    }
}
