//! The HTML pages: consent, overview, and errors.

mod consent;
mod document;
mod overview;
mod problem;

pub(super) use consent::consent;
pub(super) use overview::overview;
pub(super) use problem::{Problem, problem};
