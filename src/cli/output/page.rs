//! The text of one result, built piece by piece; every piece is escaped when it is added.

use std::borrow::Cow;

use comfy_table::{ContentArrangement, Table, presets};
use console::measure_text_width;

use super::{time, wrap};
use crate::Entitlement;
use crate::escape::escape;

/// How a piece of text looks with colour. Colour never carries a meaning alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Bold,
    Dim,
    Green,
    Yellow,
    Red,
    Cyan,
}

impl Style {
    pub(super) fn paint(self, text: &str) -> String {
        let code = match self {
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Green => "32",
            Self::Yellow => "33",
            Self::Red => "1;31",
            Self::Cyan => "36",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// The text of a result.
#[derive(Debug)]
pub struct Page {
    text: String,
    /// The terminal's width in columns; `None` on a pipe.
    width: Option<u16>,
    color: bool,
}

/// The width of the labels of [`Page::field`], in columns.
const LABEL: usize = 10;
/// The width of the mark and the name of [`Page::check`], in columns.
const CHECK: usize = 20;
/// The indent of the hint below a check, in columns.
const HINT: usize = 6;
/// On a narrower terminal, columns are stacked.
const NARROW: u16 = 40;

impl Page {
    pub(super) fn new(width: Option<u16>, color: bool) -> Self {
        Self {
            text: String::new(),
            width,
            color,
        }
    }

    /// A line of text as it is: a URL or a token has to stay whole.
    pub fn line(&mut self, text: &str) {
        self.text.push_str(&escape(text));
        self.text.push('\n');
    }

    /// A sentence in a style, on further lines where the terminal is narrow.
    pub fn styled(&mut self, style: Style, text: &str) {
        for (number, line) in wrap(&escape(text), self.room(2)).iter().enumerate() {
            let line = self.paint(style, line);
            self.text.push_str(if number > 0 { "  " } else { "" });
            self.text.push_str(&line);
            self.text.push('\n');
        }
    }

    /// A label and its value, in columns.
    pub fn field(&mut self, label: &str, value: &str) {
        self.labelled(label, value, |line| line.to_owned());
    }

    /// A label and its value in a style.
    pub fn styled_field(&mut self, label: &str, style: Style, value: &str) {
        let color = self.color;
        self.labelled(label, value, |line| match color {
            true => style.paint(line),
            false => line.to_owned(),
        });
    }

    fn labelled(&mut self, label: &str, value: &str, show: impl Fn(&str) -> String) {
        let indent = if self.is_narrow() { 2 } else { LABEL + 2 };
        let label = self.paint(Style::Dim, &format!("{:<1$}", label, indent - 2));
        self.text.push_str(&label);
        self.text.push_str(if self.is_narrow() { "\n  " } else { "  " });
        for (number, line) in wrap(&escape(value), self.room(indent)).iter().enumerate() {
            if number > 0 {
                self.text.push_str(&" ".repeat(indent));
            }
            self.text.push_str(&show(line));
            self.text.push('\n');
        }
    }

    /// Whether the terminal is too narrow for columns.
    fn is_narrow(&self) -> bool {
        self.width.is_some_and(|width| width < NARROW)
    }

    /// The columns of a line that are left after an indent.
    fn room(&self, indent: usize) -> usize {
        self.width
            .map_or(usize::MAX, |width| usize::from(width).saturating_sub(indent))
    }

    /// An indented name and its value; names are in a column of `width`. A value that does not fit beside its name is put
    /// below it, unbroken where it is one word.
    pub fn entry(&mut self, width: usize, name: &str, value: &str) {
        let (name, value) = (escape(name), escape(value));
        let label = self.paint(Style::Cyan, &format!("{name:<width$}"));
        if measure_text_width(&value) <= self.room(width.max(measure_text_width(&name)) + 4) {
            self.text.push_str(&format!("  {label}  {value}\n"));
            return;
        }
        self.text.push_str(&format!("  {}\n", label.trim_end()));
        for line in wrap(&value, self.room(4)) {
            self.text.push_str(&format!("    {line}\n"));
        }
    }

    /// The result of a check: its mark, name and detail, and below them the hint.
    pub fn check(&mut self, style: Style, mark: &str, name: &str, detail: &str, hint: Option<&str>) {
        let indent = if self.is_narrow() { 6 } else { CHECK + 2 };
        let mark = self.paint(style, &format!("{mark:<4}"));
        match self.is_narrow() {
            true => self.text.push_str(&format!("{mark}  {name}\n      ")),
            false => self.text.push_str(&format!("{mark}  {name:<0$}  ", CHECK - 6)),
        }
        let lines = wrap(&escape(detail), self.room(indent));
        self.text.push_str(&lines.join(&format!("\n{}", " ".repeat(indent))));
        self.text.push('\n');
        if let Some(hint) = hint {
            let label = self.paint(Style::Cyan, "hint:");
            // The label counts as a word of the hint.
            let lines = wrap(&format!("hint: {}", escape(hint)), self.room(HINT + 2));
            let text = lines.join(&format!("\n{}", " ".repeat(HINT + 2)));
            let text = text.strip_prefix("hint:").unwrap_or_default();
            self.text.push_str(&format!("{}{label}{text}\n", " ".repeat(HINT)));
        }
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// A table: with borders and within the width on a terminal, stacked cells where that is narrow, plain columns on a
    /// pipe.
    pub fn table(&mut self, header: &[&str], rows: &[Vec<String>]) {
        match self.width {
            None => self.columns(header, rows),
            Some(width) if width < NARROW => self.stacked(header, rows),
            Some(width) => {
                let mut table = Table::new();
                table
                    .load_style(presets::UTF8_FULL_CONDENSED)
                    .set_content_arrangement(ContentArrangement::Dynamic)
                    .set_width(width)
                    .set_header(header.iter().copied());
                for row in rows {
                    table.add_row(row.iter().map(|cell| escape(cell).into_owned()));
                }
                for line in table.lines() {
                    self.text.push_str(line.trim_end());
                    self.text.push('\n');
                }
            }
        }
    }

    /// Columns as wide as their widest cell, with two spaces between.
    fn columns(&mut self, header: &[&str], rows: &[Vec<String>]) {
        let header = header.iter().map(|name| Cow::Borrowed(*name)).collect();
        let rows = rows.iter().map(|row| row.iter().map(|cell| escape(cell)).collect());
        let rows: Vec<Vec<Cow<'_, str>>> = std::iter::once(header).chain(rows).collect();
        let mut widths = Vec::new();
        for row in &rows {
            for (place, cell) in row.iter().enumerate() {
                let width = measure_text_width(cell);
                match widths.get_mut(place) {
                    Some(widest) => *widest = width.max(*widest),
                    None => widths.push(width),
                }
            }
        }
        for row in &rows {
            let mut padding = 0;
            for (cell, width) in row.iter().zip(&widths) {
                self.text.extend(std::iter::repeat_n(' ', padding));
                self.text.push_str(cell);
                padding = width - measure_text_width(cell) + 2;
            }
            // No trailing spaces after an empty last cell.
            self.text.truncate(self.text.trim_end_matches(' ').len());
            self.text.push('\n');
        }
    }

    /// The tools of a user and when each entitlement expires, with expired ones marked.
    pub fn entitlements(&mut self, entitlements: &[Entitlement], now: i64) {
        let row = |entitlement: &Entitlement| {
            let mark = if entitlement.expires_at <= now { "EXPIRED " } else { "" };
            let expires = format!("{mark}{}", time::moment(entitlement.expires_at, now));
            vec![entitlement.tool_id.clone(), expires, entitlement.source.clone()]
        };
        let rows: Vec<Vec<String>> = entitlements.iter().map(row).collect();
        self.table(&["TOOL", "EXPIRES", "SOURCE"], &rows);
    }

    fn stacked(&mut self, header: &[&str], rows: &[Vec<String>]) {
        for row in rows {
            for (number, (name, cell)) in header.iter().zip(row).enumerate() {
                match number {
                    0 => self.line(cell),
                    _ => {
                        let cell = format!("{}: {}", name.to_lowercase(), escape(cell));
                        for line in wrap(&cell, self.room(2)) {
                            self.text.push_str(&format!("  {line}\n"));
                        }
                    }
                }
            }
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.color { style.paint(text) } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x4_everything_that_enters_a_page_is_escaped() {
        let mut page = Page::new(Some(60), false);
        let evil = "x\x1b[2J\u{202e}";
        page.line(evil);
        page.styled(Style::Bold, evil);
        page.field("user", evil);
        page.styled_field("user", Style::Red, evil);
        page.table(&["TOOL"], &[vec![evil.into()]]);
        let text = page.finish();
        assert!(!text.contains('\x1b') && !text.contains('\u{202e}'), "{text}");
        assert_eq!(text.matches(r"\u{1b}[2J").count(), 5, "{text}");
    }

    #[test]
    fn a_value_that_does_not_fit_beside_its_name_is_put_below_it() {
        let mut page = Page::new(Some(30), false);
        page.entry(4, "jti", "short");
        page.entry(4, "url", "https://platform.example/with/a/path");
        page.entry(4, "exp", "1782208800 (2026-06-23 10:00, in 12 minutes)");
        page.styled(Style::Green, "redeemed: Vision Lab until 2026-12-23 09:36");
        assert_eq!(
            page.finish(),
            "  jti   short\n  url\n    https://platform.example/with/a/path\n  exp\n    1782208800 (2026-06-23\n    \
             10:00, in 12 minutes)\nredeemed: Vision Lab until\n  2026-12-23 09:36\n"
        );
    }

    #[test]
    fn a_table_on_a_pipe_has_no_borders_and_one_on_a_terminal_fits_it() {
        let rows = [vec![
            "ocr".to_owned(),
            "a long text that does not fit into forty columns".to_owned(),
        ]];
        let mut pipe = Page::new(None, false);
        pipe.table(&["TOOL", "WORDS"], &rows);
        let pipe = pipe.finish();
        assert_eq!(
            pipe,
            "TOOL  WORDS\nocr   a long text that does not fit into forty columns\n"
        );
        let mut ragged = Page::new(None, false);
        ragged.table(
            &["A", "B"],
            &[vec!["長い".into(), String::new()], vec!["x".into(), "y".into()]],
        );
        assert_eq!(ragged.finish(), "A     B\n長い\nx     y\n");
        let mut terminal = Page::new(Some(40), false);
        terminal.table(&["TOOL", "WORDS"], &rows);
        for line in terminal.finish().lines() {
            assert!(line.chars().count() <= 40, "{line}");
        }
    }

    #[test]
    fn on_a_narrow_terminal_columns_are_stacked_and_words_stay_whole() {
        let mut page = Page::new(Some(20), false);
        page.field("token", "expires in 14 minutes; refreshed when needed");
        page.table(
            &["TOOL", "EXPIRES"],
            &[vec!["prompt-studio".into(), "2027-11-23 08:07, in 364 days".into()]],
        );
        let expected = "\
token
  expires in 14
  minutes; refreshed
  when needed
prompt-studio
  expires:
  2027-11-23 08:07,
  in 364 days
";
        assert_eq!(page.finish(), expected);
    }

    #[test]
    fn a_check_is_one_line_and_its_hint_another_which_can_be_pasted() {
        let hint = Some("run `noesis login --base-url https://platform.example`");
        let of = |width| {
            let mut page = Page::new(width, false);
            page.check(Style::Red, "FAIL", "store", "it keeps nothing\u{1b} at all", hint);
            page.check(Style::Green, "ok", "ports-ipv4", "well", None);
            page.finish()
        };
        let hint_line = "      hint: run `noesis login --base-url https://platform.example`\n";
        let wide = "FAIL  store           it keeps nothing\\u{1b} at all\n";
        assert_eq!(of(None), format!("{wide}{hint_line}ok    ports-ipv4      well\n"));
        let hint_line = "      hint: run\n        `noesis login --base-url \\\n        https://platform.example`\n";
        let wrapped = "FAIL  store           it keeps nothing\\u{1b}\n                      at all\n";
        assert_eq!(
            of(Some(44)),
            format!("{wrapped}{hint_line}ok    ports-ipv4      well\n")
        );
        let hint_line =
            "      hint: run\n        `noesis login \\\n        --base-url \\\n        https://platform.example`\n";
        let narrow = "FAIL  store\n      it keeps nothing\\u{1b}\n      at all\n";
        assert_eq!(
            of(Some(30)),
            format!("{narrow}{hint_line}ok    ports-ipv4\n      well\n")
        );
    }

    #[test]
    fn a_long_value_is_continued_below_itself_and_a_url_stays_whole() {
        let mut page = Page::new(Some(40), false);
        page.field("token", "expires in 14 minutes; refreshed when needed");
        page.field("platform", "https://a-platform-with-a-long-name.example/");
        let expected = "\
token       expires in 14 minutes;
            refreshed when needed
platform    https://a-platform-with-a-long-name.example/
";
        assert_eq!(page.finish(), expected);
        let mut pipe = Page::new(None, false);
        pipe.field("token", &"word ".repeat(100));
        assert_eq!(pipe.finish().lines().count(), 1);
    }
}
