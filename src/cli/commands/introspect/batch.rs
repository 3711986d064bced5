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
use crate::cli::input::batch::{BatchInput, read_line};
use crate::cli::output::{PACE, Progress};
use crate::{AuthClient, Secret};

/// The longest line that is read, in bytes.
const MAX_LINE: usize = 1024 * 1024;

/// The result of one line: its document without its number, and the exit status for it.
type Outcome = (Map<String, Value>, ExitStatus);

/// A line of the input, or why it cannot be read, and how many bytes of the input it is.
struct Line {
    token: Result<Secret, String>,
    read: usize,
}

pub fn run(ctx: &Context, source: &str, jobs: usize, tool: Option<&str>) -> Result<ExitStatus, CliError> {
    let input = BatchInput::open(source)?;
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
        tool: tool.map(str::to_owned),
        now: ctx.now(),
    };
    let mut progress = ctx.out.progress(input.length);
    let exit = ctx.block_on(work(ctx, lines, jobs, job, &mut progress));
    progress.finish();
    exit
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
) -> Result<ExitStatus, CliError> {
    let mut in_flight: VecDeque<(usize, JoinHandle<Outcome>)> = VecDeque::new();
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    let mut tally = Tally::default();
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            _ = &mut interrupt => {
                // Results that are there are written; the others are discarded.
                while let Some((bytes, task)) = in_flight.pop_front() {
                    if !task.is_finished() {
                        break;
                    }
                    print(ctx, &mut tally, progress, bytes, task.await)?;
                }
                return Err(CliError::Interrupted);
            }
            done = front(&mut in_flight), if !in_flight.is_empty() => {
                let bytes = in_flight.pop_front().map_or(0, |(bytes, _)| bytes);
                print(ctx, &mut tally, progress, bytes, done)?;
            }
            line = lines.recv(), if open && in_flight.len() < jobs => match line {
                Some(line) => {
                    in_flight.push_back((line.read, tokio::spawn(ask(job.clone(), line.token))));
                }
                None => open = false,
            },
            () = tokio::time::sleep(PACE), if progress.is_behind() => progress.catch_up(),
        }
        if !open && in_flight.is_empty() {
            return Ok(tally.exit());
        }
    }
}

/// The outcome of the oldest line; it stays in the queue, so that a cancelled wait loses nothing.
async fn front(in_flight: &mut VecDeque<(usize, JoinHandle<Outcome>)>) -> Result<Outcome, tokio::task::JoinError> {
    match in_flight.front_mut() {
        Some((_, task)) => task.await,
        None => std::future::pending().await,
    }
}

async fn ask(job: Job, token: Result<Secret, String>) -> Outcome {
    let token = match token {
        Ok(token) if token.is_empty() => return failed(&CliError::usage("the line is empty", "remove it")),
        Ok(token) => token,
        Err(why) => return failed(&CliError::io(why)),
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

/// Prints the result of the next line.
fn print(
    ctx: &Context,
    tally: &mut Tally,
    progress: &mut Progress,
    bytes: usize,
    outcome: Result<Outcome, tokio::task::JoinError>,
) -> Result<(), CliError> {
    let (document, exit) = outcome.map_err(|e| CliError::io(format!("a request failed internally: {e}")))?;
    tally.count(exit);
    let mut numbered = Map::from_iter([("line".to_owned(), json!(tally.lines))]);
    numbered.extend(document);
    ctx.out.json_line(&numbered)?;
    progress.advance(bytes, tally.lines);
    Ok(())
}

/// The results of the lines so far.
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

    /// A line that failed outranks a no, as nothing is known of it.
    fn exit(&self) -> ExitStatus {
        self.failed.unwrap_or(ExitStatus::of_answer(!self.no))
    }
}

fn read_lines(mut input: impl BufRead, lines: &mpsc::Sender<Line>) {
    let mut text = Vec::new();
    loop {
        text.clear();
        let (line, more) = match read_line(&mut input, &mut text, MAX_LINE) {
            Ok(None) => return,
            Ok(Some(size)) => {
                let token = match std::str::from_utf8(&text) {
                    _ if size.length > MAX_LINE => {
                        Err(format!("the line is too long for a token: {} bytes", size.length))
                    }
                    Ok(text) => Ok(bare_token(text)),
                    Err(_) => Err("the line is not UTF-8 text".to_owned()),
                };
                (Line { token, read: size.read }, true)
            }
            Err(e) => {
                let token = Err(format!("the rest of the input cannot be read: {e}"));
                (Line { token, read: 0 }, false)
            }
        };
        if lines.blocking_send(line).is_err() || !more {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: &[u8]) -> Vec<Result<Secret, String>> {
        let (sender, mut receiver) = mpsc::channel(100);
        read_lines(BufReader::new(input), &sender);
        drop(sender);
        std::iter::from_fn(|| receiver.blocking_recv())
            .map(|line| line.token)
            .collect()
    }

    #[test]
    fn a_line_ends_in_lf_or_crlf_and_one_that_is_not_utf8_is_one_error() {
        let read = lines(b"a\r\nBearer b\n\n\xff\xfe\nc");
        let texts: Vec<Option<&str>> = read.iter().map(|l| l.as_ref().ok().map(Secret::expose)).collect();
        assert_eq!(texts, [Some("a"), Some("b"), Some(""), None, Some("c")]);
    }

    #[test]
    fn a_line_that_is_too_long_is_one_error_with_its_true_length() {
        let input = [vec![b'x'; 3 * MAX_LINE], b"\nnext\n".to_vec()].concat();
        let read = lines(&input);
        assert_eq!(read.len(), 2);
        assert_eq!(
            read[0].as_ref().unwrap_err(),
            "the line is too long for a token: 3145728 bytes"
        );
        assert!(read[1].as_ref().is_ok_and(|line| line.expose() == "next"));
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
