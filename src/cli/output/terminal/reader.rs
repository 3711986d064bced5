//! Reads lines from the terminal, shown or hidden while they are typed, of any length.

use std::io::{self, Write as _};
use std::time::Duration;

use console::measure_text_width;
use rustix::event::PollFlags;
use zeroize::Zeroizing;

use super::editor::{Edit, Editor};
use super::mode::{Mode, ModeState};
use super::{Echo, Input, PASTE_INTERVAL, Purpose, TypedKey};
use crate::Secret;
use crate::escape::escape;

/// After this time, a sequence that is not continued was the Escape key.
const SEQUENCE_INTERVAL: Duration = Duration::from_millis(50);
/// What a byte did.
enum Step {
    Line(Secret),
    /// The text may have changed.
    Edited,
    /// The Escape key alone.
    Escape,
    End,
    Interrupted,
    Closed,
}

/// What a terminal is ready for that is not there any more.
const GONE: PollFlags = PollFlags::HUP.union(PollFlags::ERR).union(PollFlags::NVAL);

/// A prompt, and the line that is typed after it.
#[derive(Debug)]
pub struct Reader {
    mode: Mode,
    prompt: String,
    echo: Echo,
    purpose: Purpose,
    editor: Editor,
    drawn: Drawn,
}

/// What was written of the text.
#[derive(Debug, Default)]
struct Drawn {
    text: Zeroizing<String>,
    /// The columns of the prompt and the text up to the cursor, and of both as a whole.
    cursor: usize,
    end: usize,
}

impl Reader {
    /// Shows the prompt; before that, what is typed is shown no more.
    pub fn open(prompt: String, echo: Echo, purpose: Purpose) -> io::Result<Self> {
        let mut reader = Self {
            mode: Mode::enter()?,
            prompt,
            echo,
            purpose,
            editor: Editor::default(),
            drawn: Drawn::default(),
        };
        reader.show_prompt()?;
        Ok(reader)
    }

    /// Reads a line. What follows it stays with the terminal.
    pub fn line(&mut self) -> io::Result<Input> {
        loop {
            match self.step()? {
                Step::Line(line) => return Ok(Input::Line(line)),
                Step::End => return Ok(Input::End),
                Step::Interrupted => return Ok(Input::Interrupted),
                Step::Closed => return Ok(Input::Closed),
                Step::Edited | Step::Escape => {}
            }
        }
    }

    /// The lines that follow at once, as those of a paste do, and the beginning of one.
    pub fn rest(&mut self) -> io::Result<Secret> {
        let mut rest = Zeroizing::new(String::new());
        while !self.mode.wait(Some(PASTE_INTERVAL))?.is_empty() {
            match self.step()? {
                Step::Line(line) => {
                    rest.push_str(line.expose());
                    rest.push('\n');
                }
                Step::Edited | Step::Escape => {}
                Step::End | Step::Interrupted | Step::Closed => break,
            }
        }
        rest.push_str(self.editor.take().expose());
        Ok(Secret::from(rest.as_str()))
    }

    /// Reads one key.
    pub fn key(&mut self) -> io::Result<TypedKey> {
        Ok(match self.step()? {
            Step::Edited => match self.editor.take().expose().chars().next() {
                Some(character) => TypedKey::Character(character),
                None => TypedKey::Other,
            },
            Step::Line(_) => TypedKey::Enter,
            Step::Escape => TypedKey::Escape,
            Step::End | Step::Closed => TypedKey::End,
            Step::Interrupted => TypedKey::Interrupted,
        })
    }

    /// Takes one byte of a key or of the text.
    fn step(&mut self) -> io::Result<Step> {
        let byte = match self.byte()? {
            Byte::Key(byte) => byte,
            Byte::Pause => {
                return Ok(match self.editor.end_sequence() {
                    true => Step::Escape,
                    false => Step::Edited,
                });
            }
            Byte::End => return self.end(Step::End),
            Byte::Closed => return Ok(Step::Closed),
        };
        let edit = self.editor.feed(byte);
        if self.editor.is_too_long() {
            self.end(Step::End)?;
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "more than 1 MiB was typed"));
        }
        match edit {
            Edit::Continues => {
                // What comes at once is drawn at once.
                if self.mode.wait(Some(Duration::ZERO))?.is_empty() {
                    self.draw()?;
                }
                Ok(Step::Edited)
            }
            Edit::Line => {
                self.draw()?;
                let line = self.editor.take();
                self.end(Step::Line(line))
            }
            Edit::End => self.end(Step::End),
            Edit::Interrupt => self.end(Step::Interrupted),
        }
    }

    /// The next byte, once the process is in the foreground.
    fn byte(&mut self) -> io::Result<Byte> {
        loop {
            match self.mode.ensure()? {
                ModeState::Closed => return Ok(Byte::Closed),
                ModeState::Background => {
                    self.mode.wait_in_background(self.purpose == Purpose::Answer)?;
                    continue;
                }
                ModeState::Stopping => {
                    self.mode.wait_in_background(false)?;
                    continue;
                }
                ModeState::SetAgain => {
                    self.drawn = Drawn::default();
                    self.show_prompt()?;
                    self.draw()?;
                }
                ModeState::Set => {}
            }
            let most = self.editor.is_in_sequence().then_some(SEQUENCE_INTERVAL);
            let ready = self.mode.wait(most)?;
            if !ready.is_empty() {
                match self.mode.read() {
                    Ok(Some(byte)) => return Ok(Byte::Key(byte)),
                    Ok(None) if !ready.intersects(GONE) => continue,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Ok(None) | Err(_) => return Ok(Byte::End),
                }
            }
            if most.is_some() {
                return Ok(Byte::Pause);
            }
        }
    }

    fn show_prompt(&mut self) -> io::Result<()> {
        let columns = measure_text_width(&self.prompt);
        (self.drawn.cursor, self.drawn.end) = (columns, columns);
        write(&self.prompt)
    }

    /// Leaves the line.
    fn end(&mut self, step: Step) -> io::Result<Step> {
        // The cursor may stand in the middle of a text of several rows.
        let width = width();
        let rows = self.drawn.end / width - self.drawn.cursor / width;
        self.drawn = Drawn::default();
        write(&"\n".repeat(rows + 1))?;
        Ok(step)
    }

    /// Writes what changed of the text.
    fn draw(&mut self) -> io::Result<()> {
        if self.echo == Echo::Hidden {
            return Ok(());
        }
        let (before, after) = self.editor.text();
        let mut text = Zeroizing::new(before.iter().copied().map(visible).collect::<String>());
        let prompt = measure_text_width(&self.prompt);
        let cursor = prompt + measure_text_width(&text);
        text.extend(after.iter().copied().map(visible));
        let end = prompt + measure_text_width(&text);
        let width = width();

        let mut out = Zeroizing::new(String::new());
        let is_at_end = self.drawn.cursor == self.drawn.end && cursor == end;
        if let Some(more) = text.strip_prefix(self.drawn.text.as_str()).filter(|_| is_at_end) {
            out.push_str(more);
            if !more.is_empty() && end.is_multiple_of(width) {
                // The terminal wraps only when the next character comes.
                out.push_str("\r\n");
            }
        } else if is_at_end && self.drawn.text.starts_with(text.as_str()) && self.drawn.end / width == end / width {
            let erased = self.drawn.end - end;
            out.push_str(&format!("{0}{1}{0}", "\u{8}".repeat(erased), " ".repeat(erased)));
        } else {
            out.push_str(&up(self.drawn.cursor / width));
            out.push_str(&format!("\r\x1b[J{}{}", self.prompt, *text));
            if end.is_multiple_of(width) {
                out.push_str("\r\n");
            }
            out.push_str(&up(end / width - cursor / width));
            out.push('\r');
            if !cursor.is_multiple_of(width) {
                out.push_str(&format!("\x1b[{}C", cursor % width));
            }
        }
        self.drawn = Drawn { text, cursor, end };
        write(&out)
    }
}

/// What is read of the terminal.
enum Byte {
    Key(u8),
    /// A sequence that is not continued.
    Pause,
    End,
    Closed,
}

/// The width of the terminal; where it has none, one that is never reached.
fn width() -> usize {
    super::columns(io::stderr())
        .filter(|columns| *columns > 0)
        .map_or(usize::MAX, usize::from)
}

fn up(rows: usize) -> String {
    match rows {
        0 => String::new(),
        rows => format!("\x1b[{rows}A"),
    }
}

/// A character as it is shown: on one line, and never one that a terminal interprets.
fn visible(character: char) -> String {
    match character {
        '\n' => " ".to_owned(),
        other => escape(other.encode_utf8(&mut [0; 4])).into_owned(),
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush())
}
