//! The text of one answer, put together piece by piece; every piece is escaped on its way in.

use comfy_table::{ContentArrangement, Table, presets};

use super::sanitize::escape;
use super::time;
use crate::Entitlement;

/// How a piece of text looks where there is colour. Never the only carrier of a meaning.
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

/// The text of an answer.
#[derive(Debug)]
pub struct Page {
    text: String,
    /// The terminal's width in columns; `None` on a pipe.
    width: Option<u16>,
    color: bool,
}

/// The room for the labels of [`Page::field`], in columns.
const LABEL: usize = 10;

impl Page {
    pub(super) fn new(width: Option<u16>, color: bool) -> Self {
        Self {
            text: String::new(),
            width,
            color,
        }
    }

    /// A line of text.
    pub fn line(&mut self, text: &str) {
        self.text.push_str(&escape(text));
        self.text.push('\n');
    }

    /// A line of text in a style.
    pub fn styled(&mut self, style: Style, text: &str) {
        let text = self.paint(style, &escape(text));
        self.text.push_str(&text);
        self.text.push('\n');
    }

    /// A label and its value, in columns.
    pub fn field(&mut self, label: &str, value: &str) {
        let label = self.paint(Style::Dim, &format!("{label:<LABEL$}"));
        self.text.push_str(&format!("{label}  {}\n", escape(value)));
    }

    /// A label and its value in a style.
    pub fn styled_field(&mut self, label: &str, style: Style, value: &str) {
        let label = self.paint(Style::Dim, &format!("{label:<LABEL$}"));
        let value = self.paint(style, &escape(value));
        self.text.push_str(&format!("{label}  {value}\n"));
    }

    /// An indented name and its value; names are laid out in a column of `width`.
    pub fn entry(&mut self, width: usize, name: &str, value: &str) {
        let name = self.paint(Style::Cyan, &format!("{:<width$}", escape(name)));
        self.text.push_str(&format!("  {name}  {}\n", escape(value)));
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// A table: with lines and within the width on a terminal, plain columns on a pipe.
    pub fn table(&mut self, header: &[&str], rows: &[Vec<String>]) {
        let mut table = Table::new();
        match self.width {
            Some(width) => {
                table
                    .load_style(presets::UTF8_FULL_CONDENSED)
                    .set_content_arrangement(ContentArrangement::Dynamic)
                    .set_width(width);
            }
            None => {
                table
                    .load_style(presets::NOTHING)
                    .set_content_arrangement(ContentArrangement::Disabled);
            }
        }
        table.set_header(header.iter().copied());
        if self.width.is_none() {
            // Without lines, the padding would only indent the first column.
            for column in table.column_iter_mut() {
                column.set_padding((0, 2));
            }
        }
        for row in rows {
            table.add_row(row.iter().map(|cell| escape(cell).into_owned()));
        }
        for line in table.lines() {
            self.text.push_str(line.trim_end());
            self.text.push('\n');
        }
    }

    /// Which tools may be used until when, with what has ended marked.
    pub fn entitlements(&mut self, entitlements: &[Entitlement], now: i64) {
        let row = |entitlement: &Entitlement| {
            let mark = if entitlement.expires_at <= now { "EXPIRED " } else { "" };
            let expires = format!("{mark}{}", time::moment(entitlement.expires_at, now));
            vec![entitlement.tool_id.clone(), expires, entitlement.source.clone()]
        };
        let rows: Vec<Vec<String>> = entitlements.iter().map(row).collect();
        self.table(&["TOOL", "EXPIRES", "SOURCE"], &rows);
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
    fn a_table_on_a_pipe_has_no_borders_and_one_on_a_terminal_fits_it() {
        let rows = [vec![
            "ocr".to_owned(),
            "a long text that does not fit into forty columns".to_owned(),
        ]];
        let mut pipe = Page::new(None, false);
        pipe.table(&["TOOL", "WORDS"], &rows);
        let pipe = pipe.finish();
        assert_eq!(pipe.lines().count(), 2);
        assert!(pipe.is_ascii(), "{pipe}");
        let mut terminal = Page::new(Some(40), false);
        terminal.table(&["TOOL", "WORDS"], &rows);
        for line in terminal.finish().lines() {
            assert!(line.chars().count() <= 40, "{line}");
        }
    }
}
