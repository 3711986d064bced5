//! Prompts at a real terminal: what is typed and pasted, what is shown of it, job control, and where there are none.
//!
//! Each test has a pseudoterminal of its own, with the real program or a real shell in it.

mod availability;
mod job_control;
mod pastes;
mod signals;
