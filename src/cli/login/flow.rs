//! A sign-in from its first port to its last page, in the order in which it happens.
//!
//! Bind, then build the URL from what was bound; print it, then try the browser; wait for whichever answer comes first;
//! exchange and store, and only then tell the browser that it went well (rules L1–L10).

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::callback::{self, Answer, Expected, Rejected};
use super::loopback::{Callback, Loopback, LoopbackError, Page, Serving};
use super::redirect::Redirect;
use super::{Event, browser, paste, ssh};
use crate::cli::error::{CliError, Hint, Invocation};
use crate::cli::output::{Out, time};
use crate::cli::settings::SshSession;
use crate::http::BaseUrl;
use crate::{AuthClient, AuthError, AuthorizeRequest, ErrorCode, Secret, generate_pkce, generate_state};

/// How a sign-in is to be done.
pub struct Plan<'a> {
    pub client: &'a AuthClient,
    pub redirect: Redirect,
    pub scope: Option<&'a str>,
    pub browser: Browser,
    /// How long to wait for the person.
    pub wait: Duration,
    /// The SSH session that this runs in.
    pub ssh: Option<&'a SshSession>,
    /// Whether a person sits at the terminal and could paste the redirect URL.
    pub can_paste: bool,
    /// The moment at which it begins, in Unix seconds.
    pub now: i64,
}

/// Who opens the URL.
#[derive(Debug, Clone)]
pub enum Browser {
    /// The person, who has been told the URL.
    Nobody,
    /// This command, or the system's browser.
    Command(Option<String>),
}

/// What the platform granted: all that the exchange needs.
pub struct Granted {
    pub code: Secret,
    pub code_verifier: Secret,
    pub redirect_uri: String,
}

/// Signs in. `finish` exchanges the code and stores the tokens; the browser hears of success only when it has.
pub fn sign_in<T>(
    plan: &Plan<'_>,
    out: &Out,
    finish: impl FnOnce(Granted) -> Result<T, CliError>,
) -> Result<T, CliError> {
    let (listening, redirect_uri) = listen(plan)?;
    let pkce = generate_pkce();
    let expected = Expected {
        state: generate_state(),
        issuer: plan.client.base_url().to_owned(),
    };
    let url = plan.client.build_authorize_url(&AuthorizeRequest {
        state: Some(expected.state.expose()),
        code_challenge: Some(&pkce.code_challenge),
        scope: plan.scope,
        ..AuthorizeRequest::new(&redirect_uri)
    })?;

    out.tell("open this URL in a browser to sign in:");
    out.tell(&url);
    if let (Some(session), Some(loopback)) = (plan.ssh, &listening) {
        out.note("this is an SSH session; to bring the answer here, run this where the browser is:");
        let connection = Some(session.connection.as_str());
        out.note(&ssh::forward_line(
            loopback.authority(),
            session.user.as_deref(),
            connection,
        ));
    }

    let (events, inbox) = mpsc::channel();
    let _serving = match listening {
        Some(loopback) => Some(serve(loopback, &expected, events.clone())?),
        None => None,
    };
    if let Browser::Command(command) = &plan.browser {
        browser::open_in_background(url, command.clone(), events.clone());
    }
    if plan.can_paste {
        paste::watch_stdin(events).map_err(|e| CliError::io(format!("cannot read the terminal: {e}")))?;
    }

    let until = time::clock(plan.now.saturating_add_unsigned(plan.wait.as_secs()));
    out.note(&format!(
        "waiting for your answer in the browser until {until} (Ctrl-C stops)"
    ));
    if plan.can_paste {
        out.note("browser on another machine? paste the URL that it ends at here");
    }
    let (answer, page) = wait(&inbox, &expected, plan, out)?;

    let done = code(answer, plan.client.base_url()).and_then(|code| {
        finish(Granted {
            code,
            code_verifier: pkce.code_verifier,
            redirect_uri,
        })
    });
    if let Some(page) = page {
        match &done {
            Ok(_) => page.success(),
            Err(_) => page.failure(),
        }
    }
    done
}

/// Binds first: the redirect URI is that of the socket that was bound. Where it is a page of somebody else's, only a
/// person can bring the answer.
fn listen(plan: &Plan<'_>) -> Result<(Option<Loopback>, String), CliError> {
    if let Redirect::Elsewhere { uri } = &plan.redirect {
        return match plan.can_paste {
            true => Ok((None, uri.clone())),
            false => Err(CliError::usage(
                format!("nothing can listen for `{uri}` here, and there is no terminal to paste its answer into"),
                "leave `--redirect-uri` out, or run `noesis login` in a terminal",
            )),
        };
    }
    match Loopback::bind(&plan.redirect) {
        Ok(loopback) => {
            let uri = loopback.redirect_uri().to_owned();
            Ok((Some(loopback), uri))
        }
        Err(error @ LoopbackError::Bind { .. }) => Err(CliError::usage(
            error.to_string(),
            "choose another `--port`, or leave it out to take any that is free",
        )),
        Err(error) => Err(CliError::io(error.to_string())),
    }
}

fn serve(loopback: Loopback, expected: &Expected, events: mpsc::Sender<Event>) -> Result<Serving, CliError> {
    let expected = Expected {
        state: expected.state.clone(),
        issuer: expected.issuer.clone(),
    };
    loopback
        .serve(expected, events)
        .map_err(|e| CliError::io(e.to_string()))
}

/// Waits for the answer, whichever way it comes.
fn wait(
    inbox: &Receiver<Event>,
    expected: &Expected,
    plan: &Plan<'_>,
    out: &Out,
) -> Result<(Result<Answer, Rejected>, Option<Page>), CliError> {
    let deadline = Instant::now() + plan.wait;
    loop {
        let event = match inbox.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return Err(CliError::LoginTimedOut { waited: plan.wait });
            }
        };
        match event {
            Event::Callback(Callback { answer, page }) => return Ok((answer, Some(page))),
            Event::Pasted(query) => match callback::judge(query.expose(), expected) {
                Err(error) if !error.is_final() => out.warn(&format!("{error}; paste the URL of this one")),
                answer => return Ok((answer, None)),
            },
            Event::NotARedirect => {
                out.warn("that is not the URL that the browser ended at; it holds `code=` and `state=`")
            }
            Event::InputEnded if matches!(plan.redirect, Redirect::Elsewhere { .. }) => {
                return Err(CliError::usage(
                    "the input ended before the URL was pasted",
                    "run `noesis login` again, and paste the URL that the browser ends at",
                ));
            }
            Event::InputEnded => out.note("the input has ended: only the browser can bring the answer now"),
            Event::BrowserFailed(error) => out.warn(&format!("{error}; open the URL yourself")),
        }
    }
}

/// The code, or what stands in its place as an error.
fn code(answer: Result<Answer, Rejected>, base_url: &str) -> Result<Secret, CliError> {
    match answer {
        Ok(Answer::Code(code)) => Ok(code),
        Ok(Answer::Denied { error, description }) => Err(denied(&error, description.as_deref())),
        Err(rejected) => {
            let error = AuthError::new(ErrorCode::TokenInvalid, rejected.to_string());
            let hint = match &rejected {
                // The same machine by two names; between others, this is what an attack looks like.
                Rejected::WrongIssuer { got, .. } if both_local(got, base_url) => {
                    Hint::run(Invocation::new("login").option("--base-url", got))
                }
                _ => Hint::run(Invocation::new("login")).text(" again; if it happens again, report it to the platform"),
            };
            Err(CliError::auth(error, hint))
        }
    }
}

fn both_local(one: &str, other: &str) -> bool {
    let local = |url: &str| BaseUrl::parse(url).is_ok_and(|url| url.is_loopback());
    local(one) && local(other)
}

/// The platform, or the person, said no (RFC 6749 §4.1.2.1).
fn denied(error: &str, description: Option<&str>) -> CliError {
    let words = match description {
        Some(description) => format!("{description}, `{error}`"),
        None => format!("`{error}`"),
    };
    let auth = AuthError {
        // The two errors that stand for a 5xx, which a redirect cannot be, are worth another try as that is.
        status: match error {
            "server_error" => 500,
            "temporarily_unavailable" => 503,
            _ => 0,
        },
        oauth_error: Some(error.to_owned()),
        ..AuthError::new(
            ErrorCode::TokenInvalid,
            format!("the platform did not sign you in: {words}"),
        )
    };
    match error {
        "access_denied" => {
            let hint = Hint::run(Invocation::new("login")).text(" again and approve it in the browser");
            CliError::auth(auth, hint)
        }
        _ => auth.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_the_platforms_words_and_a_passing_fault_is_retryable() {
        let of = |error, description| denied(error, description).report();
        let refused = of("access_denied", Some("the user said no"));
        assert_eq!(
            refused.message,
            "the platform did not sign you in: the user said no, `access_denied`"
        );
        assert_eq!(
            (refused.code, refused.exit.number(), refused.status),
            ("TOKEN_INVALID", 1, 0)
        );
        assert_eq!(of("temporarily_unavailable", None).exit.number(), 5);
        assert_eq!(of("server_error", None).exit.number(), 5);
        assert_eq!(of("invalid_scope", None).exit.number(), 1);
    }
}
