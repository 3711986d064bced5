//! The canonical form of activation codes: `axkf m3pq7rbn-w2yt` is `AXKF-M3PQ-7RBN-W2YT`.

use crate::cli::input::pasted;

/// How many letters and digits a code has.
const LENGTH: usize = 16;

/// The canonical form, four groups of four in upper case, of what has 16 letters and digits besides spaces and dashes;
/// anything else as it was typed, without what stands around it.
pub fn canonical(typed: &str) -> String {
    let text = pasted::unwrapped(typed);
    let Some(letters) = letters(text).filter(|letters| letters.len() == LENGTH) else {
        return text.to_owned();
    };
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// The codes that the words of a command line name. Words that only together have 16 letters and digits are one code,
/// typed with spaces.
pub fn join(words: &[&str]) -> Vec<String> {
    let counts: Option<Vec<usize>> = words
        .iter()
        .map(|word| letters(pasted::unwrapped(word)).map(|letters| letters.len()))
        .collect();
    match counts {
        Some(counts) if words.len() > 1 && counts.iter().sum::<usize>() == LENGTH => vec![words.concat()],
        _ => words.iter().map(|word| (*word).to_owned()).collect(),
    }
}

/// The first letter or digit of a code that no code has, with what it is: the eye takes many for a Latin one.
pub fn foreign_letter(code: &str) -> Option<String> {
    let letter = code.chars().find(|c| c.is_alphanumeric() && !c.is_ascii())?;
    let script = SCRIPTS
        .iter()
        .find(|(first, last, _)| (*first..=*last).contains(&letter))
        .map_or("", |(_, _, name)| name);
    let looks = LOOK_ALIKES
        .iter()
        .find(|(foreign, _)| foreign.contains(letter))
        .map(|(_, latin)| format!(", which looks like the Latin `{latin}`"));
    Some(format!(
        "{script}letter `{letter}` (U+{:04X}){}",
        u32::from(letter),
        looks.unwrap_or_default()
    ))
}

/// The scripts that look-alikes come from.
const SCRIPTS: [(char, char, &str); 7] = [
    ('\u{370}', '\u{3ff}', "Greek "),
    ('\u{1f00}', '\u{1fff}', "Greek "),
    ('\u{400}', '\u{52f}', "Cyrillic "),
    ('\u{1c80}', '\u{1c8f}', "Cyrillic "),
    ('\u{2de0}', '\u{2dff}', "Cyrillic "),
    ('\u{530}', '\u{58f}', "Armenian "),
    ('\u{13a0}', '\u{13ff}', "Cherokee "),
];

/// Letters that look like a Latin letter or a digit, in both cases.
const LOOK_ALIKES: [(&str, char); 29] = [
    ("АаΑα", 'A'),
    ("ВвΒβᏴ", 'B'),
    ("СсϹϲᏟ", 'C'),
    ("ԁᎠ", 'D'),
    ("ЕеΕЁёᎬ", 'E'),
    ("Ϝ", 'F'),
    ("ԌԍᏀ", 'G'),
    ("НнΗηһҺᎻ", 'H'),
    ("ІіΙιЇїӀı", 'I'),
    ("ЈјͿϳᎫ", 'J'),
    ("КкΚκᏦ", 'K'),
    ("Ꮮ", 'L'),
    ("МмΜϺᎷ", 'M'),
    ("ΝոՈ", 'N'),
    ("ОоΟοՕօ", 'O'),
    ("РрΡρᏢ", 'P'),
    ("ԚԛՔ", 'Q'),
    ("ᎡᏒ", 'R'),
    ("ЅѕՏᏚ", 'S'),
    ("ТтΤτᎢ", 'T'),
    ("Սսυ", 'U'),
    ("ѴѵνᏙ", 'V'),
    ("ԜԝωшᎳ", 'W'),
    ("ХхΧχ", 'X'),
    ("УуΥүҮγЎў", 'Y'),
    ("ΖζᏃ", 'Z'),
    ("ЗзӠӡ", '3'),
    ("Чч", '4'),
    ("бᏮ", '6'),
];

/// The letters and digits of a text, in upper case; `None` where there is anything else but spaces and dashes.
fn letters(text: &str) -> Option<Vec<char>> {
    let is_ignored = |c: &char| c.is_whitespace() || is_dash(*c) || is_invisible(*c);
    text.chars()
        .map(half_width)
        .filter(|c| !is_ignored(c))
        .map(|c| c.is_ascii_alphanumeric().then(|| c.to_ascii_uppercase()))
        .collect()
}

/// The ASCII character of a full-width one, as East Asian keyboards type it.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' | '\u{fe58}' | '\u{fe63}' | '\u{ff70}'
    )
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
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
            "'AXKF-M3PQ-7RBN-W2YT'",
            "“AXKF-M3PQ-7RBN-W2YT”.",
            "«axkf-m3pq-7rbn-w2yt»,",
            "AXKF-M3PQ-7RBN-W2YT.",
            "(AXKF-M3PQ-7RBN-W2YT).",
            "ＡＸＫＦ－Ｍ３ＰＱ－７ＲＢＮ－Ｗ２ＹＴ",
            "ａｘｋｆ　ｍ３ｐｑ　７ｒｂｎ　ｗ２ｙｔ。",
            "AXKF\u{2212}M3PQ\u{ad}7RBN\u{200b}W2YT",
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
        assert_eq!(join(&["axkf", "m3pq7rbn-w2yt"]), ["axkfm3pq7rbn-w2yt"]);
        assert_eq!(join(&["AXKF", "M3PQ", "7RBN", "W2YT"]).len(), 1);
        assert_eq!(join(&["AXKF-M3PQ-7RBN-W2YT", "BQLG-N4RS-8TCP-X3ZV"]).len(), 2);
        assert_eq!(join(&["short", "codes"]).len(), 2);
        assert_eq!(join(&["AXKF-M3PQ-7RBN-W2YT"]).len(), 1);
    }

    #[test]
    fn a_letter_of_another_script_is_named() {
        for (code, named) in [
            (
                "\u{410}XKF-M3PQ",
                "Cyrillic letter `\u{410}` (U+0410), which looks like the Latin `A`",
            ),
            (
                "AXKF-\u{43e}",
                "Cyrillic letter `\u{43e}` (U+043E), which looks like the Latin `O`",
            ),
            (
                "\u{396}",
                "Greek letter `\u{396}` (U+0396), which looks like the Latin `Z`",
            ),
            ("\u{416}", "Cyrillic letter `\u{416}` (U+0416)"),
            ("\u{c4}", "letter `\u{c4}` (U+00C4)"),
            ("\u{1d400}", "letter `\u{1d400}` (U+1D400)"),
        ] {
            assert_eq!(foreign_letter(code).as_deref(), Some(named), "{code}");
        }
        for code in ["AXKF-M3PQ-7RBN-W2YT", "no code at all", "–", ""] {
            assert_eq!(foreign_letter(code), None);
        }
        for (foreign, _) in LOOK_ALIKES {
            assert!(
                foreign.chars().all(|c| !c.is_ascii() && c.is_alphanumeric()),
                "{foreign}"
            );
        }
    }
}
