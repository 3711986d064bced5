//! Whether continuous integration or a coding agent runs the program, and nobody is at the terminal.

use super::variables::Env;

/// The variables that continuous integration and coding agents set for what they run.
const AUTOMATION: [&str; 32] = [
    "CI",
    "CONTINUOUS_INTEGRATION",
    "BUILD_NUMBER",
    "RUN_ID",
    "APPVEYOR",
    "BITBUCKET_BUILD_NUMBER",
    "BUILDKITE",
    "CIRCLECI",
    "CIRRUS_CI",
    "CODEBUILD_BUILD_ID",
    "DRONE",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "JENKINS_URL",
    "SEMAPHORE",
    "TEAMCITY_VERSION",
    "TF_BUILD",
    "TRAVIS",
    "WOODPECKER",
    "AGENT",
    "AI_AGENT",
    "ANTIGRAVITY_AGENT",
    "AUGMENT_AGENT",
    "CLAUDECODE",
    "CLAUDE_CODE",
    "CODEX_CI",
    "CODEX_SANDBOX",
    "CODEX_THREAD_ID",
    "COPILOT_AGENT",
    "CURSOR_AGENT",
    "GEMINI_CLI",
    "OPENCODE",
];

/// The variable that says that nobody is at the terminal.
pub fn automation() -> Option<&'static str> {
    automation_in(&|name| std::env::var_os(name))
}

fn automation_in(env: Env<'_>) -> Option<&'static str> {
    let means_no = |value: &str| ["", "0", "false", "no", "off"].contains(&value.trim().to_ascii_lowercase().as_str());
    let says_so = |name: &&str| env(name).is_some_and(|value| !value.to_str().is_some_and(means_no));
    AUTOMATION.into_iter().find(says_so)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_of_automation_counts_unless_it_means_no() {
        for name in AUTOMATION {
            let of = |value: &str| automation_in(&|other| (other == name).then(|| value.into()));
            for value in ["true", "1", "TRUE", "42", "https://ci.example/"] {
                assert_eq!(of(value), Some(name), "{value}");
            }
            for value in ["", " ", "0", "false", "False", "no", "off"] {
                assert_eq!(of(value), None, "{name}={value}");
            }
        }
        assert_eq!(automation_in(&|_| None), None);
    }
}
