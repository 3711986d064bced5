//! `verify --batch`: one token a line in, one JSON object a line out, in the same order, on all cores.
//!
//! One thread reads the input into chunks of whole lines, `--jobs` threads judge a chunk each, and this one writes what
//! they answer in the order in which it was read. The chunks go round: a buffer that was written is given back to the
//! reader, and there are only so many of them, so memory does not grow with the input, and whoever is slow is waited for.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::batch_keys::BatchKeys;
use super::document;
use crate::Policy;
use crate::cli::context::{Context, now};
use crate::cli::critical_section;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::input::bare;
use crate::cli::output::Progress;
use crate::cli::verification_args::VerificationKeys;

/// How much of the input is judged at once, in bytes: some eighty tokens, two milliseconds of work.
const CHUNK: usize = 64 * 1024;

/// The longest line that is kept, in bytes: of a longer one the rest can change nothing, no token is that long.
const MAX_LINE: usize = 64 * 1024;

/// Some lines of the input, or what came of them.
#[derive(Default)]
struct Chunk {
    /// Its place among the others.
    number: u64,
    /// The number of its first line, from 1.
    first: u64,
    /// Where each line ends in the text, behind its newline.
    ends: Vec<usize>,
    /// How many bytes of the input it is.
    read: usize,
    /// Whole lines, each with its newline.
    text: Vec<u8>,
    answers: Vec<u8>,
    /// Whether a token in it is not valid.
    no: bool,
    /// Why nothing comes after it, where that is not the end of the input.
    broken: Option<CliError>,
}

/// What to judge, and by what.
pub struct Batch<'a> {
    /// The file with a token a line, or `-`.
    pub path: &'a str,
    /// How many threads judge; by default one a core.
    pub jobs: Option<NonZeroUsize>,
    pub policy: Policy,
    /// The tool whose access is told.
    pub tool: Option<String>,
}

pub fn run(ctx: &Context, batch: Batch<'_>, keys: VerificationKeys) -> Result<ExitStatus, CliError> {
    let (input, length): (Box<dyn Read + Send>, Option<u64>) = match batch.path {
        "-" => (Box::new(io::stdin()), None),
        path => {
            let file = std::fs::File::open(path)
                .map_err(|e| CliError::io(format!("cannot read the tokens in `{path}`: {e}")))?;
            let data = file.metadata().ok().filter(std::fs::Metadata::is_file);
            (Box::new(file), data.map(|data| data.len()))
        }
    };
    ctx.catch_interrupts();
    let keys = BatchKeys::prepare(ctx, keys)?;
    let jobs = batch
        .jobs
        .or_else(|| thread::available_parallelism().ok())
        .map_or(1, usize::from);
    let (to_judge, chunks) = sync_channel(jobs);
    let (answered, answers) = sync_channel(jobs);
    let (give_back, spare) = sync_channel(4 * jobs);
    for _ in 0..4 * jobs {
        let _ = give_back.try_send(Chunk::default());
    }
    let judge = Arc::new(Judge {
        policy: batch.policy,
        keys,
        tool: batch.tool,
    });
    // Nobody waits for the threads: whoever types the tokens may never come to an end, and when there is nothing to be
    // written any more, nothing of what they do matters.
    let reader = BufReader::with_capacity(CHUNK, input);
    start("noesis-reader", move || read(reader, &spare, &to_judge))?;
    let chunks = Arc::new(Mutex::new(chunks));
    for _ in 0..jobs {
        let (judge, chunks, answered) = (Arc::clone(&judge), Arc::clone(&chunks), answered.clone());
        start("noesis-judge", move || {
            while let Some(chunk) = next(&chunks) {
                if answered.send(judge.chunk(chunk)).is_err() {
                    return;
                }
            }
        })?;
    }
    // The last answer is the last when nobody is left to send another.
    drop((answered, chunks));
    let mut progress = ctx.out.progress(length);
    let outcome = write(ctx, &answers, &give_back, &mut progress);
    progress.finish();
    outcome
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), CliError> {
    let started = thread::Builder::new().name(name.to_owned()).spawn(work);
    started
        .map(drop)
        .map_err(|e| CliError::io(format!("cannot start to judge: {e}")))
}

/// Writes the answers in the order of the input; the exit status that they add up to.
fn write(
    ctx: &Context,
    answers: &Receiver<Chunk>,
    give_back: &SyncSender<Chunk>,
    progress: &mut Progress,
) -> Result<ExitStatus, CliError> {
    let mut no = false;
    let mut waiting = BTreeMap::new();
    let mut due = 0;
    for chunk in answers {
        waiting.insert(chunk.number, chunk);
        while let Some(mut chunk) = waiting.remove(&due) {
            due += 1;
            no |= chunk.no;
            {
                // Ctrl-C comes between two answers, never within one.
                let _uninterrupted = critical_section::enter();
                ctx.out.bytes(&chunk.answers)?;
            }
            progress.advance(chunk.read, chunk.first + chunk.ends.len() as u64 - 1);
            if let Some(error) = chunk.broken.take() {
                return Err(error);
            }
            // A reader that is done takes nothing back.
            let _ = give_back.try_send(chunk);
        }
    }
    Ok(ExitStatus::of_answer(!no))
}

/// The next chunk to be judged; `None` where there is none any more.
fn next(chunks: &Mutex<Receiver<Chunk>>) -> Option<Chunk> {
    chunks.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// What every token is judged with.
struct Judge {
    policy: Policy,
    keys: BatchKeys,
    tool: Option<String>,
}

impl Judge {
    fn chunk(&self, mut chunk: Chunk) -> Chunk {
        if let Err(error) = self.lines(&mut chunk) {
            // What was read is told before this, even if it is nothing.
            chunk.broken = Some(error);
        }
        chunk
    }

    fn lines(&self, chunk: &mut Chunk) -> Result<(), CliError> {
        let now = now();
        let mut set = self.keys.set(now)?;
        let mut start = 0;
        for (end, number) in chunk.ends.iter().zip(chunk.first..) {
            let line = chunk.text.get(start..*end).unwrap_or_default();
            start = *end;
            // What is no text is no token either: its judgement says so.
            let lossy;
            let token = match std::str::from_utf8(line) {
                Ok(text) => bare(text),
                Err(_) => {
                    lossy = String::from_utf8_lossy(line);
                    &lossy
                }
            };
            let verdict = self.keys.judge(&self.policy, &mut set, token, now)?;
            chunk.no |= !verdict.is_valid();
            document::write(&mut chunk.answers, Some(number), &verdict, self.tool.as_deref())
                .map_err(|e| CliError::io(format!("cannot write the answer as JSON: {e}")))?;
        }
        Ok(())
    }
}

/// Reads chunk after chunk to the end of the input, as long as somebody takes them.
fn read<R: Read>(mut input: BufReader<R>, spare: &Receiver<Chunk>, to_judge: &SyncSender<Chunk>) {
    let mut first = 1;
    for (mut chunk, number) in spare.iter().zip(0..) {
        chunk.text.clear();
        chunk.ends.clear();
        chunk.answers.clear();
        chunk = Chunk {
            number,
            first,
            read: 0,
            no: false,
            ..chunk
        };
        let more = fill(&mut input, &mut chunk);
        let more = more.unwrap_or_else(|error| {
            chunk.broken = Some(CliError::io(format!("the input cannot be read any further: {error}")));
            false
        });
        first += chunk.ends.len() as u64;
        let something = !chunk.ends.is_empty() || chunk.broken.is_some();
        if (something && to_judge.send(chunk).is_err()) || !more {
            return;
        }
    }
}

/// Fills a chunk with whole lines; false at the end of the input. What came through a pipe that now pauses is enough.
fn fill<R: Read>(input: &mut BufReader<R>, chunk: &mut Chunk) -> io::Result<bool> {
    while chunk.text.len() < CHUNK && (chunk.ends.is_empty() || !input.buffer().is_empty()) {
        let read = read_line(input, &mut chunk.text)?;
        if read == 0 {
            return Ok(false);
        }
        chunk.read += read;
        chunk.ends.push(chunk.text.len());
    }
    Ok(true)
}

/// Appends a line with a newline at its end, though the last of the input may have none; of one that is too long to be a
/// token, only the beginning. How many bytes were read: none at the end of the input.
fn read_line(input: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<usize> {
    let (mut read, mut room) = (0, MAX_LINE);
    loop {
        let buffer = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        let end = memchr::memchr(b'\n', buffer);
        let (line, used) = match end {
            Some(at) => (buffer.get(..at).unwrap_or_default(), at + 1),
            None => (buffer, buffer.len()),
        };
        let kept = line.get(..room).unwrap_or(line);
        text.extend_from_slice(kept);
        room -= kept.len();
        read += used;
        input.consume(used);
        if end.is_some() || used == 0 {
            if read > 0 {
                text.push(b'\n');
            }
            return Ok(read);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All text, lines and bytes of an input, chunk after chunk.
    fn lines<R: Read>(reader: &mut BufReader<R>) -> (Vec<u8>, usize, usize) {
        let (mut text, mut lines, mut read) = (Vec::new(), 0, 0);
        loop {
            let mut chunk = Chunk::default();
            let more = fill(reader, &mut chunk).unwrap();
            lines += chunk.ends.len();
            read += chunk.read;
            text.append(&mut chunk.text);
            if !more {
                return (text, lines, read);
            }
        }
    }

    #[test]
    fn lines_are_whole_with_and_without_a_last_newline() {
        for (input, text, count) in [
            (&b"a\nbc\n"[..], &b"a\nbc\n"[..], 2),
            (b"a\nbc", b"a\nbc\n", 2),
            (b"\n\n", b"\n\n", 2),
            (b"", b"", 0),
        ] {
            let mut reader = BufReader::with_capacity(16, input);
            assert_eq!(lines(&mut reader), (text.to_vec(), count, input.len()));
        }
    }

    #[test]
    fn of_a_line_that_is_too_long_the_beginning_is_judged_and_the_rest_is_no_line_of_its_own() {
        let input = [vec![b'x'; 3 * MAX_LINE], b"\nnext\n".to_vec()].concat();
        let expected = [vec![b'x'; MAX_LINE], b"\nnext\n".to_vec()].concat();
        assert_eq!(lines(&mut BufReader::new(&input[..])), (expected, 2, input.len()));
    }
}
