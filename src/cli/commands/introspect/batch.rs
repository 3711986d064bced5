//! `introspect --batch`: one token per line in, one JSON object per line out, in the same order.
//!
//! A thread reads the lines into a bounded channel; up to `--jobs` requests are in flight at once, over reused
//! connections; results wait for those before them. So memory does not grow with the input.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};

use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::Introspection;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::input::bare_token;
use crate::cli::input::batch::{BatchInput, MAX_LINE, Tally, read_line};
use crate::cli::output::{PACE, Progress};
use crate::{AuthClient, Secret};

/// The result of one line: its document without its number, and the exit status for it.
type Outcome = (Map<String, Value>, ExitStatus);

/// A line of the input, or why it cannot be read, and how many bytes of the input it is, with the blank lines before it.
struct Line {
    number: u64,
    token: Result<Secret, CliError>,
    read: usize,
}

/// What to ask about, and how.
pub struct Batch<'a> {
    /// The file with a token a line, or `-`.
    pub path: &'a str,
    /// How many requests are in flight at once.
    pub jobs: usize,
    /// The tool whose access is told.
    pub tool: Option<&'a str>,
    /// Whether an input without tokens is not an error.
    pub allow_empty: bool,
}

pub fn run(ctx: &Context, batch: &Batch<'_>) -> Result<ExitStatus, CliError> {
    let jobs = batch.jobs;
    let input = BatchInput::open(batch.path)?;
    let client = ctx.client(
        &ctx.base_url()?,
        ctx.settings.client_id.as_ref().map(|id| id.value.as_str()),
    )?;
    let (sender, lines) = mpsc::channel(jobs);
    std::thread::Builder::new()
        .name("noesis-batch".into())
        .spawn(move || read_lines(BufReader::new(input.reader), &sender))
        .map_err(|e| CliError::io(format!("cannot start reading the tokens: {e}")))?;
    let job = Job {
        client,
        tool: batch.tool.map(str::to_owned),
        now: ctx.now(),
    };
    let mut progress = ctx.out.progress(input.length);
    let tally = ctx.block_on(work(ctx, lines, jobs, job, &mut progress));
    progress.finish();
    tally?.exit(batch.allow_empty)
}

/// What the request for every line is made with.
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
) -> Result<Tally, CliError> {
    let mut in_flight: VecDeque<InFlight> = VecDeque::new();
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    let mut tally = Tally::default();
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            _ = &mut interrupt => {
                // Results that are there are written; the others are discarded.
                while let Some(line) = in_flight.pop_front() {
                    if !line.task.is_finished() {
                        break;
                    }
                    print(ctx, &mut tally, progress, (line.number, line.read), line.task.await)?;
                }
                return Err(CliError::Interrupted);
            }
            done = front(&mut in_flight), if !in_flight.is_empty() => {
                let line = in_flight.pop_front().map_or((0, 0), |line| (line.number, line.read));
                print(ctx, &mut tally, progress, line, done)?;
            }
            line = lines.recv(), if open && in_flight.len() < jobs => match line {
                Some(line) => {
                    in_flight.push_back(InFlight {
                        number: line.number,
                        read: line.read,
                        task: tokio::spawn(ask(job.clone(), line.token)),
                    });
                }
                None => open = false,
            },
            () = tokio::time::sleep(PACE), if progress.is_behind() => progress.catch_up(),
        }
        if !open && in_flight.is_empty() {
            return Ok(tally);
        }
    }
}

/// A line that is being asked about.
struct InFlight {
    number: u64,
    read: usize,
    task: JoinHandle<Outcome>,
}

/// The outcome of the oldest line; it stays in the queue, so that a cancelled wait loses nothing.
async fn front(in_flight: &mut VecDeque<InFlight>) -> Result<Outcome, tokio::task::JoinError> {
    match in_flight.front_mut() {
        Some(line) => (&mut line.task).await,
        None => std::future::pending().await,
    }
}

async fn ask(job: Job, token: Result<Secret, CliError>) -> Outcome {
    let token = match token {
        Ok(token) => token,
        Err(why) => return failed(&why),
    };
    match job.client.introspect(&token).await {
        Ok(result) => {
            let introspection = Introspection::new(result, job.tool.as_deref(), job.now);
            (introspection.document(), introspection.exit_status())
        }
        Err(error) => failed(&error.into()),
    }
}

/// A line whose token could not be introspected.
fn failed(error: &CliError) -> Outcome {
    let report = error.report();
    let exit = report.exit;
    (Map::from_iter([("error".to_owned(), json!(report))]), exit)
}

/// Prints the result of the next line, which is given by its number and its size.
fn print(
    ctx: &Context,
    tally: &mut Tally,
    progress: &mut Progress,
    (number, bytes): (u64, usize),
    outcome: Result<Outcome, tokio::task::JoinError>,
) -> Result<(), CliError> {
    let (document, exit) = outcome.map_err(|e| CliError::io(format!("a request failed internally: {e}")))?;
    tally.count(exit);
    let mut numbered = Map::from_iter([("line".to_owned(), json!(number))]);
    numbered.extend(document);
    ctx.out.json_line(&numbered)?;
    progress.advance(bytes, tally.checked);
    Ok(())
}

fn read_lines(mut input: impl BufRead, lines: &mpsc::Sender<Line>) {
    let mut text = Vec::new();
    let mut read = 0;
    for number in 1.. {
        text.clear();
        let (token, more) = match read_line(&mut input, &mut text, MAX_LINE) {
            Ok(None) => return,
            Ok(Some(size)) => {
                read += size.read;
                let token = match std::str::from_utf8(&text) {
                    Ok(blank) if blank.trim().is_empty() && size.length <= MAX_LINE => continue,
                    Ok(text) => {
                        let token = bare_token(text);
                        size.failure(token.expose()).map_or(Ok(token), Err)
                    }
                    Err(_) => Err(size
                        .failure("not text")
                        .unwrap_or_else(|| CliError::io("the line is not UTF-8 text"))),
                };
                (token, true)
            }
            Err(e) => {
                let why = format!("the rest of the input cannot be read: {e}");
                (Err(CliError::io(why)), false)
            }
        };
        let line = Line {
            number,
            token,
            read: std::mem::take(&mut read),
        };
        if lines.blocking_send(line).is_err() || !more {
            return;
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
    fn blank_lines_are_skipped_and_counted_and_one_that_is_not_utf8_is_one_error() {
        let input = b"a\r\n\nBearer b\n \t\r\n\xff\xfe\nc";
        let read = lines(input);
        let texts: Vec<(u64, Option<&str>)> = read
            .iter()
            .map(|line| (line.number, line.token.as_ref().ok().map(Secret::expose)))
            .collect();
        assert_eq!(texts, [(1, Some("a")), (3, Some("b")), (5, None), (6, Some("c"))]);
        assert_eq!(read.iter().map(|line| line.read).sum::<usize>(), input.len());
    }

    #[test]
    fn a_line_that_is_too_long_is_one_error_with_its_true_length() {
        let input = [vec![b'x'; 3 * MAX_LINE], b"\nnext\n".to_vec()].concat();
        let read = lines(&input);
        assert_eq!(read.len(), 2);
        assert_eq!(
            read[0].token.as_ref().unwrap_err().report().message,
            "the line is too long for a token: 196608 bytes"
        );
        assert!(read[1].token.as_ref().is_ok_and(|line| line.expose() == "next"));
    }
}
