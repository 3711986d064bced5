//! Hints: what to do about an error, as text and commands, rendered once.
//!
//! A command in a hint is a value. So a run whose profile was named by a flag can add that flag to the commands that act
//! on a profile, without reading text back.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};

use serde::{Serialize, Serializer};

use crate::cli::shell;

/// What to do about an error. Rendered, it is a sentence that begins with what to do, its commands in backticks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hint {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(Cow<'static, str>),
    Command(Invocation),
}

impl Hint {
    /// `run` and a command.
    pub fn run(command: Invocation) -> Self {
        Self::from("run ").command(command)
    }

    /// The hint and more text.
    pub fn text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.parts.push(Part::Text(text.into()));
        self
    }

    /// The hint and a command.
    pub fn command(mut self, command: Invocation) -> Self {
        self.parts.push(Part::Command(command));
        self
    }

    /// The hint for a run whose profile was named by a flag: commands that act on a profile name it too, or they would
    /// act on another one.
    pub fn for_profile(mut self, profile: &str) -> Self {
        for part in &mut self.parts {
            if let Part::Command(command) = part
                && command.profile.is_none()
            {
                command.profile = Some(profile.to_owned());
            }
        }
        self
    }
}

impl From<&'static str> for Hint {
    fn from(text: &'static str) -> Self {
        Self::default().text(text)
    }
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self::default().text(text)
    }
}

impl Display for Hint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Text(text) => f.write_str(text)?,
                Part::Command(command) => write!(f, "`{command}`")?,
            }
        }
        Ok(())
    }
}

impl Serialize for Hint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A command line of this program that acts on the session of a profile, such as `noesis login --store file`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    command: &'static str,
    profile: Option<String>,
    arguments: Vec<String>,
}

impl Invocation {
    pub fn new(command: &'static str) -> Self {
        Self {
            command,
            profile: None,
            arguments: Vec::new(),
        }
    }

    /// With the profile that it acts on.
    pub fn profile(mut self, profile: &str) -> Self {
        self.profile = Some(profile.to_owned());
        self
    }

    /// With a flag.
    pub fn flag(mut self, flag: &str) -> Self {
        self.arguments.push(flag.to_owned());
        self
    }

    /// With a flag and its value.
    pub fn option(mut self, flag: &str, value: &str) -> Self {
        self.arguments.extend([flag.to_owned(), value.to_owned()]);
        self
    }
}

impl Display for Invocation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "noesis {}", self.command)?;
        if let Some(profile) = &self.profile {
            write!(f, " --profile {}", shell::quote(profile).unwrap_or_default())?;
        }
        for argument in &self.arguments {
            write!(f, " {}", shell::quote(argument).unwrap_or_default())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_a_hint_name_the_profile_of_the_run_unless_they_name_one() {
        let hint = Hint::run(Invocation::new("refresh"))
            .text(", then ")
            .command(Invocation::new("login").profile("home").option("--store", "my file"))
            .text("; `noesis doctor` checks every step");
        assert_eq!(
            hint.to_string(),
            "run `noesis refresh`, then `noesis login --profile home --store 'my file'`; `noesis doctor` checks every step"
        );
        assert_eq!(
            hint.for_profile("work").to_string(),
            "run `noesis refresh --profile work`, then `noesis login --profile home --store 'my file'`; `noesis doctor` \
             checks every step"
        );
    }
}
