//! The canonical form of activation codes: `axkf m3pq7rbn-w2yt` is `AXKF-M3PQ-7RBN-W2YT`.

/// How many letters and digits a code has.
const LENGTH: usize = 16;

/// The canonical form, four groups of four in upper case, of what has 16 letters and digits besides spaces and dashes;
/// anything else as it was typed, without the white space around it.
pub fn canonical(typed: &str) -> String {
    let Some(letters) = letters(typed).filter(|letters| letters.len() == LENGTH) else {
        return typed.trim().to_owned();
    };
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// The codes that the words of a command line name. Words that only together have 16 letters and digits are one code,
/// typed with spaces.
pub fn join(words: &[String]) -> Vec<String> {
    let counts: Option<Vec<usize>> = words
        .iter()
        .map(|word| letters(word).map(|letters| letters.len()))
        .collect();
    match counts {
        Some(counts) if words.len() > 1 && counts.iter().sum::<usize>() == LENGTH => vec![words.concat()],
        _ => words.to_vec(),
    }
}

/// The letters and digits of a text, in upper case; `None` where there is anything else but spaces and dashes.
fn letters(text: &str) -> Option<Vec<char>> {
    let dash = |c: char| matches!(c, '-' | '_' | '\u{2010}'..='\u{2015}');
    text.chars()
        .filter(|c| !c.is_whitespace() && !dash(*c))
        .map(|c| c.is_ascii_alphanumeric().then(|| c.to_ascii_uppercase()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_letters_and_digits_are_put_into_the_canonical_form() {
        for typed in [
            "AXKF-M3PQ-7RBN-W2YT",
            "axkf m3pq7rbn-w2yt",
            "axkfm3pq7rbnw2yt",
            " AXKF–M3PQ—7RBN‑W2YT \n",
            "a x k f m 3 p q 7 r b n w 2 y t",
        ] {
            assert_eq!(canonical(typed), "AXKF-M3PQ-7RBN-W2YT", "{typed:?}");
        }
    }

    #[test]
    fn anything_else_is_sent_as_typed() {
        for typed in [
            "",
            "short",
            "AXKF-M3PQ-7RBN-W2YTX",
            "AXKF-M3PQ-7RBN-W2Y!",
            "ÄXKF-M3PQ-7RBN-W2YT",
            "a.b",
        ] {
            assert_eq!(canonical(typed), typed);
        }
    }

    #[test]
    fn words_that_are_a_code_only_together_are_one_code() {
        let join = |words: &[&str]| join(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
        assert_eq!(join(&["axkf", "m3pq7rbn-w2yt"]), ["axkfm3pq7rbn-w2yt"]);
        assert_eq!(join(&["AXKF", "M3PQ", "7RBN", "W2YT"]).len(), 1);
        assert_eq!(join(&["AXKF-M3PQ-7RBN-W2YT", "BQLG-N4RS-8TCP-X3ZV"]).len(), 2);
        assert_eq!(join(&["short", "codes"]).len(), 2);
        assert_eq!(join(&["AXKF-M3PQ-7RBN-W2YT"]).len(), 1);
    }
}
