//! `verify --batch`: one token per line in, one JSON object per line out, in the same order, on all cores.
//!
//! One thread reads the input into chunks of whole lines, `--jobs` threads verify a chunk each, and this thread writes the
//! results in the order of the input. Chunks are reused: a chunk that was written goes back to the reader. Their number is
//! fixed, so memory does not grow with the input, and a slow stage slows the others down.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use super::batch_keys::BatchKeys;
use super::document;
use crate::cli::batch::{Answers, BatchArgs, End, Format, Results, Run, Tally, junit};
use crate::cli::context::{Context, now};
use crate::cli::critical_section;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::input::bare;
use crate::cli::input::batch::{BatchInput, LineSize, MAX_LINE, read_line};
use crate::cli::output::Progress;
use crate::cli::verification_args::VerificationKeys;
use crate::{Policy, Verdict};

/// How much of the input is verified at once, in bytes: about eighty tokens, two milliseconds of work.
const CHUNK: usize = 64 * 1024;

/// Some lines of the input, then their results.
#[derive(Default)]
struct Chunk {
    /// Its place in the order of the input.
    number: u64,
    /// The number of its first line, from 1.
    first: u64,
    /// Where each line ends in the text, and its size in the input.
    lines: Vec<(usize, LineSize)>,
    /// How many bytes of the input it is.
    read: usize,
    /// The lines, without their line breaks.
    text: Vec<u8>,
    answers: Vec<u8>,
    /// The results of its lines.
    tally: Tally,
    /// Why nothing follows, where that is not the end of the input.
    broken: Option<CliError>,
    /// Whether nothing follows because a line is no success.
    is_last: bool,
}

/// What to verify, and with what.
pub struct Batch<'a> {
    /// The file with a token a line, or `-`.
    pub path: &'a str,
    /// How many threads verify; by default one a core.
    pub jobs: Option<NonZeroUsize>,
    pub policy: Policy,
    /// The tool whose access is shown.
    pub tool: Option<String>,
    pub args: &'a BatchArgs,
}

/// What the answers are called.
const ANSWERS: Answers = Answers {
    command: "verify",
    yes: "valid",
    no: "invalid",
};

pub fn run(ctx: &Context, batch: Batch<'_>, keys: VerificationKeys) -> Result<ExitStatus, CliError> {
    let run = Run::begin(batch.args, ANSWERS);
    let mut results = Results::new(run.format, ctx.out.is_json())?;
    ctx.catch_interrupts();
    let input = BatchInput::open(batch.path)?;
    let keys = BatchKeys::prepare(ctx, keys)?;
    let jobs = batch
        .jobs
        .or_else(|| thread::available_parallelism().ok())
        .map_or(1, usize::from);
    let (to_verify, chunks) = sync_channel(jobs);
    let (answered, answers) = sync_channel(jobs);
    let (give_back, spare) = sync_channel(4 * jobs);
    for _ in 0..4 * jobs {
        let _ = give_back.try_send(Chunk::default());
    }
    let verifier = Arc::new(Verifier {
        policy: batch.policy,
        keys,
        tool: batch.tool,
        run,
    });
    // The threads are not joined: input that is typed may never end, and once everything is written, their work does not
    // matter.
    let reader = BufReader::with_capacity(CHUNK, input.reader);
    start("noesis-reader", move || read(reader, &spare, &to_verify))?;
    let chunks = Arc::new(Mutex::new(chunks));
    for _ in 0..jobs {
        let (verifier, chunks, answered) = (Arc::clone(&verifier), Arc::clone(&chunks), answered.clone());
        start("noesis-verify", move || {
            while let Some(chunk) = next(&chunks) {
                if answered.send(verifier.chunk(chunk)).is_err() {
                    return;
                }
            }
        })?;
    }
    // So that the channel closes behind the last answer.
    drop((answered, chunks));
    let mut progress = ctx.out.progress(input.length);
    let mut tally = Tally::default();
    let writer = Writer {
        ctx,
        give_back: &give_back,
        progress: &mut progress,
        results: &mut results,
        tally: &mut tally,
    };
    let end = writer.write(&answers, run.deadline());
    progress.finish();
    run.end(ctx, results, &tally, end)
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), CliError> {
    let started = thread::Builder::new().name(name.to_owned()).spawn(work);
    started
        .map(drop)
        .map_err(|e| CliError::io(format!("cannot start a thread: {e}")))
}

/// What the answers are written with, and counted in.
struct Writer<'a> {
    ctx: &'a Context,
    give_back: &'a SyncSender<Chunk>,
    progress: &'a mut Progress,
    results: &'a mut Results,
    tally: &'a mut Tally,
}

impl Writer<'_> {
    /// Writes the answers in the order of the input.
    fn write(self, answers: &Receiver<Chunk>, deadline: Option<Instant>) -> Result<End, CliError> {
        let mut waiting = BTreeMap::new();
        let mut due = 0;
        loop {
            let chunk = match deadline {
                None => answers.recv().map_err(RecvTimeoutError::from),
                Some(at) => answers.recv_timeout(at.saturating_duration_since(Instant::now())),
            };
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(RecvTimeoutError::Disconnected) => return Ok(End::Done),
                Err(RecvTimeoutError::Timeout) => return Ok(End::Deadline),
            };
            waiting.insert(chunk.number, chunk);
            while let Some(mut chunk) = waiting.remove(&due) {
                due += 1;
                self.tally.add(chunk.tally);
                {
                    // Ctrl-C comes between two answers, never within one.
                    let _uninterrupted = critical_section::enter();
                    self.results.write(&self.ctx.out, &chunk.answers)?;
                }
                self.progress.advance(chunk.read, self.tally.checked);
                if let Some(error) = chunk.broken.take() {
                    return Err(error);
                }
                if chunk.is_last {
                    return Ok(End::Done);
                }
                // A reader that is done takes nothing back.
                let _ = self.give_back.try_send(chunk);
            }
        }
    }
}

/// The next chunk to be verified; `None` where there is none any more.
fn next(chunks: &Mutex<Receiver<Chunk>>) -> Option<Chunk> {
    chunks.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// What every token is verified with.
struct Verifier {
    policy: Policy,
    keys: BatchKeys,
    tool: Option<String>,
    run: Run,
}

impl Verifier {
    fn chunk(&self, mut chunk: Chunk) -> Chunk {
        if let Err(error) = self.lines(&mut chunk) {
            // The lines before are written first.
            chunk.broken = Some(error);
        }
        chunk
    }

    fn lines(&self, chunk: &mut Chunk) -> Result<(), CliError> {
        let now = now();
        let mut set = self.keys.set(now)?;
        let mut start = 0;
        for ((end, size), number) in chunk.lines.iter().zip(chunk.first..) {
            let line = chunk.text.get(start..*end).unwrap_or_default();
            start = *end;
            // Text that is not UTF-8 is not a token: its verdict says so.
            let lossy;
            let token = match std::str::from_utf8(line) {
                Ok(text) if text.trim().is_empty() && size.length <= MAX_LINE => continue,
                Ok(text) => bare(text),
                Err(_) => {
                    lossy = String::from_utf8_lossy(line);
                    &lossy
                }
            };
            let exit = match size.failure(token) {
                Some(failure) => self.failure(&mut chunk.answers, number, &failure),
                None => {
                    let verdict = self.keys.verify(&self.policy, &mut set, token, now)?;
                    self.verdict(&mut chunk.answers, number, &verdict)
                }
            }
            .map_err(|e| CliError::io(format!("cannot write the result as JSON: {e}")))?;
            chunk.tally.count(exit);
            if self.run.stops_at(exit) {
                chunk.is_last = true;
                break;
            }
        }
        Ok(())
    }

    fn verdict(&self, answers: &mut Vec<u8>, number: u64, verdict: &Verdict) -> io::Result<ExitStatus> {
        match self.run.format {
            Format::Json => document::write(answers, Some(number), verdict, self.tool.as_deref())?,
            Format::Junit => {
                let failed = verdict.failed();
                let detail = failed.as_ref().map(|check| check.detail());
                let outcome = match (&failed, &detail) {
                    (Some(check), Some(detail)) => junit::Outcome::Refused(check.name.as_str(), detail),
                    _ => junit::Outcome::Passed,
                };
                junit::case(answers, self.run.answers.command, number, None, &outcome);
            }
        }
        Ok(ExitStatus::of_answer(verdict.is_valid()))
    }

    /// The answer of a line that could not be verified.
    fn failure(&self, answers: &mut Vec<u8>, number: u64, error: &CliError) -> io::Result<ExitStatus> {
        let report = error.report();
        match self.run.format {
            Format::Json => document::write_failure(answers, number, &report)?,
            Format::Junit => {
                let outcome = junit::Outcome::Failed(report.code, &report.message);
                junit::case(answers, self.run.answers.command, number, None, &outcome);
            }
        }
        Ok(report.exit)
    }
}

/// Reads chunk after chunk to the end of the input, as long as they are received.
fn read<R: Read>(mut input: BufReader<R>, spare: &Receiver<Chunk>, to_verify: &SyncSender<Chunk>) {
    let mut first = 1;
    for (mut chunk, number) in spare.iter().zip(0..) {
        chunk.text.clear();
        chunk.lines.clear();
        chunk.answers.clear();
        chunk = Chunk {
            number,
            first,
            read: 0,
            tally: Tally::default(),
            is_last: false,
            ..chunk
        };
        let more = fill(&mut input, &mut chunk);
        let more = more.unwrap_or_else(|error| {
            chunk.broken = Some(CliError::io(format!("the rest of the input cannot be read: {error}")));
            false
        });
        first += chunk.lines.len() as u64;
        let something = !chunk.lines.is_empty() || chunk.broken.is_some();
        if (something && to_verify.send(chunk).is_err()) || !more {
            return;
        }
    }
}

/// Fills a chunk with whole lines; false at the end of the input. Where a pipe pauses, the lines so far are a chunk.
fn fill<R: Read>(input: &mut BufReader<R>, chunk: &mut Chunk) -> io::Result<bool> {
    while chunk.text.len() < CHUNK && (chunk.lines.is_empty() || !input.buffer().is_empty()) {
        let Some(size) = read_line(input, &mut chunk.text, MAX_LINE)? else {
            return Ok(false);
        };
        chunk.read += size.read;
        chunk.lines.push((chunk.text.len(), size));
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_whole_lines_and_the_chunks_are_the_input() {
        let line = [b"x".repeat(1000), b"\n".to_vec()].concat();
        let input = line.repeat(200);
        let mut reader = BufReader::with_capacity(CHUNK, &input[..]);
        let (mut lines, mut read) = (0, 0);
        loop {
            let mut chunk = Chunk::default();
            let more = fill(&mut reader, &mut chunk).unwrap();
            assert!(chunk.text.len() < CHUNK + 1000 && chunk.text.len() == 1000 * chunk.lines.len());
            lines += chunk.lines.len();
            read += chunk.read;
            if !more {
                break;
            }
        }
        assert_eq!((lines, read), (200, input.len()));
    }
}
