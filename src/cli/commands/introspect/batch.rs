//! `introspect --batch`: one token per line in, one JSON object per line out, in the same order.
//!
//! A thread reads the lines into a bounded channel; up to `--jobs` requests are in flight at once, over reused
//! connections; results wait for those before them. So memory does not grow with the input.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::Introspection;
use super::retry::Retry;
use crate::cli::batch::{Answers, BatchArgs, End, Format, Results, Run, Tally, junit};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Report};
use crate::cli::exit_status::ExitStatus;
use crate::cli::input::bare_token;
use crate::cli::input::batch::{BatchInput, MAX_LINE, read_line};
use crate::cli::output::{PACE, Progress};
use crate::{AuthClient, Secret};

/// The result of one line, and how long it took.
struct Outcome {
    answer: Result<Introspection, Report>,
    took: Duration,
}

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
    pub retry: Retry,
    pub args: &'a BatchArgs,
}

/// What the answers are called.
const ANSWERS: Answers = Answers {
    command: "introspect",
    yes: "active",
    no: "inactive",
};
/// The same where a tool is named: an active token alone is no yes.
const DECISIONS: Answers = Answers {
    yes: "with access",
    no: "without",
    ..ANSWERS
};

pub fn run(ctx: &Context, batch: Batch<'_>) -> Result<ExitStatus, CliError> {
    let jobs = batch.jobs;
    let run = Run::begin(batch.args, if batch.tool.is_some() { DECISIONS } else { ANSWERS });
    let mut results = Results::new(run.format, ctx.out.is_json())?;
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
        retry: Arc::new(batch.retry),
        now: ctx.now(),
    };
    let mut progress = ctx.out.progress(input.length);
    let mut tally = Tally::default();
    let printer = Printer {
        ctx,
        run: &run,
        results: &mut results,
        progress: &mut progress,
        tally: &mut tally,
    };
    let end = ctx.block_on(work(lines, jobs, job, printer));
    progress.finish();
    run.end(ctx, results, &tally, end)
}

/// What the request for every line is made with.
#[derive(Clone)]
struct Job {
    client: AuthClient,
    tool: Option<String>,
    retry: Arc<Retry>,
    now: i64,
}

async fn work(
    mut lines: mpsc::Receiver<Line>,
    jobs: usize,
    job: Job,
    mut printer: Printer<'_>,
) -> Result<End, CliError> {
    let mut in_flight: VecDeque<InFlight> = VecDeque::new();
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    let mut deadline = std::pin::pin!(passed(printer.run.deadline()));
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            _ = &mut interrupt => {
                printer.print_finished(in_flight).await?;
                return Err(CliError::Interrupted);
            }
            () = &mut deadline => {
                printer.print_finished(in_flight).await?;
                return Ok(End::Deadline);
            }
            done = front(&mut in_flight), if !in_flight.is_empty() => {
                let line = in_flight.pop_front().map_or((0, 0), |line| (line.number, line.read));
                let exit = printer.print(line, done)?;
                if printer.run.stops_at(exit) {
                    return Ok(End::Done);
                }
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
            () = tokio::time::sleep(PACE), if printer.progress.is_behind() => printer.progress.catch_up(),
        }
        if !open && in_flight.is_empty() {
            return Ok(End::Done);
        }
    }
}

/// Waits until the deadline, if there is one.
async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// A line whose request is under way.
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
    let started = Instant::now();
    let answer = match token {
        Ok(token) => job.retry.introspect(&job.client, &token).await.map_err(CliError::from),
        Err(why) => Err(why),
    };
    Outcome {
        answer: answer
            .map(|result| Introspection::new(result, job.tool.as_deref(), job.now))
            .map_err(|error| error.report()),
        took: started.elapsed(),
    }
}

/// What the results are printed with, and counted in.
struct Printer<'a> {
    ctx: &'a Context,
    run: &'a Run,
    results: &'a mut Results,
    progress: &'a mut Progress,
    tally: &'a mut Tally,
}

impl Printer<'_> {
    /// Prints the results that are there; the others are discarded.
    async fn print_finished(&mut self, mut in_flight: VecDeque<InFlight>) -> Result<(), CliError> {
        while let Some(line) = in_flight.pop_front() {
            if !line.task.is_finished() {
                break;
            }
            self.print((line.number, line.read), line.task.await)?;
        }
        Ok(())
    }

    /// Prints the result of the next line, which is given by its number and its size.
    fn print(
        &mut self,
        (number, bytes): (u64, usize),
        outcome: Result<Outcome, tokio::task::JoinError>,
    ) -> Result<ExitStatus, CliError> {
        let Outcome { answer, took } =
            outcome.map_err(|e| CliError::io(format!("a request failed internally: {e}")))?;
        let exit = match &answer {
            Ok(introspection) => introspection.exit_status(),
            Err(report) => report.exit,
        };
        self.tally.count(exit);
        match self.run.format {
            Format::Json => {
                let out = &self.ctx.out;
                match &answer {
                    Ok(introspection) => out.json_line(&introspection.document(Some(number)))?,
                    Err(report) => out.json_line(&json!({"line": number, "error": report}))?,
                }
            }
            Format::Junit => {
                let mut case = Vec::new();
                let reason = answer.as_ref().ok().and_then(Introspection::refusal);
                let outcome = match (&answer, &reason) {
                    (Err(report), _) => junit::Outcome::Failed(report.code, &report.message),
                    (Ok(_), Some((kind, reason))) => junit::Outcome::Refused(kind, reason),
                    (Ok(_), None) => junit::Outcome::Passed,
                };
                junit::case(&mut case, self.run.answers.command, number, Some(took), &outcome);
                self.results.write(&self.ctx.out, &case)?;
            }
        }
        self.progress.advance(bytes, self.tally.checked);
        Ok(exit)
    }
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
