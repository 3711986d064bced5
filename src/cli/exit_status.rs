//! The exit status of a run: every status, its number, its meaning and the error codes that go with it, in one table.

/// How a run of the program ended. Every command returns one; an error has one by `CliError::exit_status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    Success,
    Failure,
    Usage,
    No,
    LoginRequired,
    Unavailable,
    NotExecutable,
    NotFound,
    Interrupted,
    /// The exit status of the command that `exec` or `sandbox run` ran, passed through.
    Child(u8),
}

/// What is documented of an exit status.
struct Row {
    number: u8,
    /// In the help of the program.
    brief: &'static str,
    meaning: &'static str,
    codes: &'static [&'static str],
}

impl ExitStatus {
    /// Every status of this program's own.
    pub const ALL: [Self; 9] = [
        Self::Success,
        Self::Failure,
        Self::Usage,
        Self::No,
        Self::LoginRequired,
        Self::Unavailable,
        Self::NotExecutable,
        Self::NotFound,
        Self::Interrupted,
    ];

    const fn row(self) -> Row {
        let (number, brief, meaning, codes): (u8, &str, &str, &'static [&'static str]) = match self {
            Self::Success => (
                0,
                "done or yes",
                "done; the answer is yes (also: the reader of a pipe closed it)",
                &[],
            ),
            Self::Failure => (
                1,
                "failed",
                "failed: the server rejected the request, its answer is unusable, storing failed, or a check of `doctor` failed",
                &["TOKEN_INVALID", "INVALID_RESPONSE", "STORE_ERROR", "IO_ERROR"],
            ),
            Self::Usage => (
                2,
                "usage or configuration",
                "usage or configuration",
                &["USAGE", "CONFIG"],
            ),
            Self::No => (
                3,
                "no",
                "the answer is no: token inactive, not valid, or no access to the tool",
                &[],
            ),
            Self::LoginRequired => (
                4,
                "sign-in required",
                "sign-in required: no session, or the server ended it (`invalid_grant`)",
                &["LOGIN_REQUIRED"],
            ),
            Self::Unavailable => (
                5,
                "platform unavailable",
                "platform unreachable, timed out, or unable to answer now (429, 5xx); trying again may help",
                &["NETWORK_ERROR", "TOKEN_INVALID"],
            ),
            Self::NotExecutable => (
                126,
                "command not executable",
                "the command of `exec` or `sandbox run` cannot be run",
                &["USAGE"],
            ),
            Self::NotFound => (
                127,
                "command not found",
                "the command of `exec` or `sandbox run` was not found",
                &["USAGE"],
            ),
            Self::Interrupted => (
                130,
                "interrupted",
                "interrupted (Ctrl-C), terminal restored",
                &["INTERRUPTED"],
            ),
            Self::Child(number) => (
                number,
                "of the command",
                "the exit status of the command that was run",
                &[],
            ),
        };
        Row {
            number,
            brief,
            meaning,
            codes,
        }
    }

    /// The number that the operating system is given.
    pub const fn number(self) -> u8 {
        self.row().number
    }

    /// What it says, in a few words.
    pub const fn brief(self) -> &'static str {
        self.row().brief
    }

    /// What it says to a script.
    pub const fn meaning(self) -> &'static str {
        self.row().meaning
    }

    /// The error codes of `--json` that a run with this status can have.
    pub const fn codes(self) -> &'static [&'static str] {
        self.row().codes
    }

    /// The status of a decision.
    pub const fn of_answer(yes: bool) -> Self {
        if yes { Self::Success } else { Self::No }
    }
}

impl From<ExitStatus> for std::process::ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x1_no_two_exit_statuses_share_a_number() {
        let mut numbers: Vec<u8> = ExitStatus::ALL.into_iter().map(ExitStatus::number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 126, 127, 130]);
    }
    #[test]
    fn x1_the_documented_table_is_this_one() {
        let document = include_str!("../../docs/cli.md");
        let (_, table) = document.split_once("\n## Exit statuses\n").unwrap();
        let table = table.split("\n## ").next().unwrap();
        let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
        assert_eq!(rows.len(), ExitStatus::ALL.len(), "{rows:?}");
        for (row, status) in rows.into_iter().zip(ExitStatus::ALL) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let code = |text: &&str| text.starts_with(|c: char| c.is_ascii_uppercase());
            let codes: Vec<&str> = cells[3].split('`').skip(1).step_by(2).filter(code).collect();
            assert_eq!((cells[1], cells[2]), (&*status.number().to_string(), status.meaning()));
            assert_eq!(codes, status.codes());
        }
    }
}
