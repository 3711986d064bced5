//! Profile names, and the names of the files that belong to them.
//!
//! `Work` and `work` are two profiles. Where the file system (macOS, Windows) or the keyring (Windows) ignores case they
//! would share a session, so that every byte but `a-z 0-9 . _ -` is written as `%XX` there: common names are unchanged, and
//! no name, valid or not, is a path out of the folder.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Whether `name` is a valid profile name: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
pub fn valid_profile_name(name: &str) -> bool {
    let tail = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    name.len() <= 64 && name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric()) && name.bytes().all(tail)
}

/// Every byte but `a-z 0-9 . _ -`.
const NOT_CASELESS: AsciiSet = {
    let mut set = NON_ALPHANUMERIC.remove(b'.').remove(b'_').remove(b'-');
    let mut byte = b'A';
    while byte <= b'Z' {
        set = set.add(byte);
        byte += 1;
    }
    set
};

/// `profile`, encoded so that two profiles differ in more than case.
pub(super) fn caseless(profile: &str) -> String {
    utf8_percent_encode(profile, &NOT_CASELESS).to_string()
}

/// The inverse of [`caseless`], if the result is a valid profile name.
pub(super) fn with_case(name: &str) -> Option<String> {
    let profile = percent_decode_str(name).decode_utf8().ok()?;
    valid_profile_name(&profile).then(|| profile.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_name_has_64_plain_characters_at_most_and_begins_with_a_letter_or_digit() {
        let longest = "a".repeat(64);
        for good in ["default", "a", "7", "Work.eu_1-x", longest.as_str()] {
            assert!(valid_profile_name(good), "{good}");
        }
        let longer = "a".repeat(65);
        for bad in [
            "",
            ".",
            "..",
            "-a",
            "_a",
            "a/b",
            "a b",
            "a#b",
            "a\n",
            "é",
            "a\0",
            longer.as_str(),
        ] {
            assert!(!valid_profile_name(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_name_is_decoded_from_its_encoding() {
        for name in ["default", "Work.eu_1-x", "ABC", "7"] {
            assert_eq!(with_case(&caseless(name)).as_deref(), Some(name));
        }
        for none in ["", ".tmp", "a%", "a%4", "a%zz", "%2Fetc", "a%C3%A9", "é"] {
            assert_eq!(with_case(none), None, "{none}");
        }
    }

    #[test]
    fn names_that_differ_only_in_case_are_different_files() {
        assert_eq!(caseless("work.eu_1-x"), "work.eu_1-x");
        assert_eq!(caseless("Work"), "%57ork");
        assert_ne!(caseless("Work").to_lowercase(), caseless("work").to_lowercase());
    }

    #[test]
    fn not_even_an_invalid_name_is_a_path_out_of_the_folder() {
        assert_eq!(caseless("../é"), "..%2F%C3%A9");
    }
}
