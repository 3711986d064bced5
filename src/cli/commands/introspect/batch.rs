//! `introspect --batch`: one token a line in, one JSON object a line out, in the same order.
//!
//! Lines are read on a thread of their own into a channel that holds a few; as many requests as `--jobs` says are under
//! way at once, over kept connections; answers wait for those before them. So memory does not grow with the input.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};

use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::Answer;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::input::bare_token;
use crate::cli::output::{PACE, Progress};
use crate::{AuthClient, Secret};

/// The longest line that is read, in bytes.
const MAX_LINE: usize = 1024 * 1024;

/// What became of one line: its document without its number, and the exit code that it asks for.
type Outcome = (Map<String, Value>, ExitStatus);

/// A line of the input, or why it cannot be read.
type Line = Result<Secret, String>;

pub fn run(ctx: &Context, source: &str, jobs: usize, tool: Option<&str>) -> Result<ExitStatus, CliError> {
    let (input, length): (Box<dyn Read + Send>, Option<u64>) = match source {
        "-" => (Box::new(io::stdin()), None),
        path => {
            let file = std::fs::File::open(path)
                .map_err(|e| CliError::io(format!("cannot read the tokens in `{path}`: {e}")))?;
            let length = file
                .metadata()
                .ok()
                .filter(std::fs::Metadata::is_file)
                .map(|data| data.len());
            (Box::new(file), length)
        }
    };
    let client = ctx.client(
        &ctx.base_url()?,
        ctx.settings.client_id.as_ref().map(|id| id.value.as_str()),
    )?;
    let (sender, lines) = mpsc::channel(jobs);
    std::thread::Builder::new()
        .name("noesis-batch".into())
        .spawn(move || read_lines(BufReader::new(input), &sender))
        .map_err(|e| CliError::io(format!("cannot start to read the tokens: {e}")))?;
    let job = Job {
        client,
        tool: tool.map(str::to_owned),
        now: ctx.now(),
    };
    let mut progress = ctx.out.progress(length);
    let exit = ctx.block_on(work(ctx, lines, jobs, job, &mut progress));
    progress.finish();
    exit
}

/// What every line is judged with.
#[derive(Clone)]
struct Job {
    client: AuthClient,
    tool: Option<String>,
    now: i64,
}

async fn work(
    ctx: &Context,
    mut lines: mpsc::Receiver<Line>,
    jobs: usize,
    job: Job,
    progress: &mut Progress,
) -> Result<ExitStatus, CliError> {
    let mut under_way: VecDeque<(usize, JoinHandle<Outcome>)> = VecDeque::new();
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    let mut tally = Tally::default();
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            _ = &mut interrupt => {
                // What is answered is told; what is not is let go of.
                while let Some((bytes, task)) = under_way.pop_front() {
                    if !task.is_finished() {
                        break;
                    }
                    tell(ctx, &mut tally, progress, bytes, task.await)?;
                }
                return Err(CliError::Interrupted);
            }
            done = front(&mut under_way), if !under_way.is_empty() => {
                let bytes = under_way.pop_front().map_or(0, |(bytes, _)| bytes);
                tell(ctx, &mut tally, progress, bytes, done)?;
            }
            line = lines.recv(), if open && under_way.len() < jobs => match line {
                Some(line) => {
                    let bytes = line.as_ref().map_or(0, |token| token.expose().len() + 1);
                    under_way.push_back((bytes, tokio::spawn(ask(job.clone(), line))));
                }
                None => open = false,
            },
            () = tokio::time::sleep(PACE), if progress.is_behind() => progress.catch_up(),
        }
        if !open && under_way.is_empty() {
            return Ok(tally.exit());
        }
    }
}

/// The outcome of the oldest line; it stays in the queue, so that a wait that is given up loses nothing.
async fn front(under_way: &mut VecDeque<(usize, JoinHandle<Outcome>)>) -> Result<Outcome, tokio::task::JoinError> {
    match under_way.front_mut() {
        Some((_, task)) => task.await,
        None => std::future::pending().await,
    }
}

async fn ask(job: Job, line: Line) -> Outcome {
    let token = match line {
        Ok(token) if token.is_empty() => return failed(&CliError::usage("the line is empty", "remove it")),
        Ok(token) => token,
        Err(why) => return failed(&CliError::io(why)),
    };
    match job.client.introspect(&token).await {
        Ok(result) => {
            let answer = Answer::new(result, job.tool.as_deref(), job.now);
            (answer.document(), answer.exit())
        }
        Err(error) => failed(&error.into()),
    }
}

/// A line whose token could not be asked about.
fn failed(error: &CliError) -> Outcome {
    let report = error.report();
    let exit = report.exit;
    (Map::from_iter([("error".to_owned(), json!(report))]), exit)
}

/// Prints the answer to the next line.
fn tell(
    ctx: &Context,
    tally: &mut Tally,
    progress: &mut Progress,
    bytes: usize,
    outcome: Result<Outcome, tokio::task::JoinError>,
) -> Result<(), CliError> {
    let (document, exit) = outcome.map_err(|e| CliError::io(format!("a request came to a bad end: {e}")))?;
    tally.count(exit);
    let mut numbered = Map::from_iter([("line".to_owned(), json!(tally.lines))]);
    numbered.extend(document);
    ctx.out.json_line(&numbered)?;
    progress.advance(bytes, tally.lines);
    Ok(())
}

/// What the lines so far add up to.
#[derive(Debug, Default)]
struct Tally {
    lines: u64,
    no: bool,
    failed: Option<ExitStatus>,
}

impl Tally {
    fn count(&mut self, exit: ExitStatus) {
        self.lines += 1;
        match exit {
            ExitStatus::Success => {}
            ExitStatus::No => self.no = true,
            exit => self.failed = self.failed.or(Some(exit)),
        }
    }

    /// A line that could not be asked about outranks a no: of it, nothing is known.
    fn exit(&self) -> ExitStatus {
        self.failed.unwrap_or(ExitStatus::of_answer(!self.no))
    }
}

fn read_lines(mut input: impl BufRead, lines: &mpsc::Sender<Line>) {
    loop {
        let mut bytes = Vec::new();
        let read = input.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', &mut bytes);
        let (line, more) = match read {
            Ok(0) => return,
            Ok(length) if length > MAX_LINE => {
                // The rest of it is no line of its own.
                let more = skip_line(&mut input);
                (Err(format!("the line is longer than {MAX_LINE} bytes")), more)
            }
            Ok(_) => match String::from_utf8(bytes) {
                Ok(text) => (Ok(bare_token(&text)), true),
                Err(_) => (Err("the line is not UTF-8 text".to_owned()), true),
            },
            Err(e) => (Err(format!("the input cannot be read any further: {e}")), false),
        };
        if lines.blocking_send(line).is_err() || !more {
            return;
        }
    }
}

/// Skips to the next line; false at the end of the input.
fn skip_line(input: &mut impl BufRead) -> bool {
    loop {
        let (used, found) = match input.fill_buf() {
            Ok([]) | Err(_) => return false,
            Ok(buffer) => match buffer.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (buffer.len(), false),
            },
        };
        input.consume(used);
        if found {
            return true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: &[u8]) -> Vec<Line> {
        let (sender, mut receiver) = mpsc::channel(100);
        read_lines(BufReader::new(input), &sender);
        drop(sender);
        std::iter::from_fn(|| receiver.blocking_recv()).collect()
    }

    #[test]
    fn lines_are_read_with_every_ending_and_one_that_is_no_text_spoils_no_other() {
        let read = lines(b"a\r\nBearer b\n\n\xff\xfe\nc");
        let texts: Vec<Option<&str>> = read.iter().map(|l| l.as_ref().ok().map(Secret::expose)).collect();
        assert_eq!(texts, [Some("a"), Some("b"), Some(""), None, Some("c")]);
    }

    #[test]
    fn a_line_that_is_too_long_is_one_error() {
        let input = [vec![b'x'; 3 * MAX_LINE], b"\nnext\n".to_vec()].concat();
        let read = lines(&input);
        assert_eq!(read.len(), 2);
        assert!(read[0].is_err() && read[1].as_ref().is_ok_and(|line| line.expose() == "next"));
    }

    #[test]
    fn a_failure_outranks_a_no_and_the_first_failure_counts() {
        use ExitStatus::{Failure, No, Success, Unavailable};
        let exit = |exits: &[ExitStatus]| {
            let mut tally = Tally::default();
            exits.iter().for_each(|exit| tally.count(*exit));
            tally.exit()
        };
        assert_eq!(
            (exit(&[]), exit(&[Success, Success]), exit(&[Success, No])),
            (Success, Success, No)
        );
        assert_eq!(exit(&[No, Unavailable, Failure]), Unavailable);
    }
}
