//! A sign-in from its first port to the platform's response, in the order in which it happens.
//!
//! Bind, then build the URL from what was bound; show it, then try the browser; wait for the first response. The caller
//! exchanges the code, stores the session, and only then [`complete`](Authorization::complete)s the authorization, so that
//! the browser shows success when there is a session (rules L1–L10).

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::authorization_response::{AuthorizationResponse, ExpectedResponse, ResponseError, validate};
use super::error::LoginError;
use super::event::SignInEvent;
use super::loopback::pending::{Callback, PendingPage};
use super::loopback::{CallbackListener, CallbackServer};
use super::redirect::RedirectUri;
use super::{browser, paste, ssh};
use crate::cli::settings::SshSession;
use crate::time;
use crate::{AuthClient, AuthorizeRequest, Secret, generate_pkce, generate_state};

/// How to sign in.
pub struct LoginOptions<'a> {
    pub client: &'a AuthClient,
    pub redirect_uri: RedirectUri,
    pub scope: Option<&'a str>,
    pub browser: Browser,
    /// How long to wait for the user.
    pub wait: Duration,
    /// The SSH session that this process runs in.
    pub ssh: Option<&'a SshSession>,
    /// Whether there is a terminal on which the user could paste the redirect URL.
    pub can_paste: bool,
    /// The present moment, in Unix seconds.
    pub now: i64,
}

/// What opens the URL.
#[derive(Debug, Clone)]
pub enum Browser {
    /// Nothing: the user opens it.
    Manual,
    /// This command.
    Command(String),
    /// The system's default browser.
    System,
}

/// Where a sign-in shows its messages to the user.
pub trait Messages {
    /// What the user has to do.
    fn instruct(&self, line: &str);
    /// What is good to know.
    fn note(&self, line: &str);
    /// What went wrong without ending the sign-in.
    fn warn(&self, line: &str);
}

/// The authorization grant (RFC 6749 §1.3.1): all that the token request needs.
#[derive(Debug)]
pub struct AuthorizationGrant {
    pub code: Secret,
    pub code_verifier: Secret,
    pub redirect_uri: String,
}

/// A granted authorization. Until it is completed the browser waits for its page; dropped, it shows that the sign-in failed.
#[derive(Debug)]
pub struct Authorization {
    pub grant: AuthorizationGrant,
    // Before the server, which closes the connection when it is dropped.
    page: Option<PendingPage>,
    _server: Option<CallbackServer>,
}

impl Authorization {
    /// Shows success in the browser: only after the session is stored (rule L6).
    pub fn complete(self) {
        if let Some(page) = self.page {
            page.success();
        }
    }
}

/// Gets an authorization grant from the user and the platform.
pub fn authorize(options: &LoginOptions<'_>, messages: &impl Messages) -> Result<Authorization, LoginError> {
    let (listener, redirect_uri) = listen(options)?;
    let pkce = generate_pkce();
    let expected = ExpectedResponse {
        state: generate_state(),
        issuer: options.client.base_url().to_owned(),
    };
    let url = options.client.build_authorize_url(&AuthorizeRequest {
        state: Some(expected.state.expose()),
        code_challenge: Some(&pkce.code_challenge),
        scope: options.scope,
        ..AuthorizeRequest::new(&redirect_uri)
    })?;

    messages.instruct("open this URL in a browser to sign in:");
    messages.instruct(&url);
    if let (Some(session), Some(listener)) = (options.ssh, &listener) {
        messages.note("this is an SSH session; to forward the callback to it, run this where the browser is:");
        let connection = Some(session.connection.as_str());
        messages.note(&ssh::forward_command(
            listener.authority(),
            session.user.as_deref(),
            connection,
        ));
    }

    let (sender, events) = mpsc::channel();
    let server = match listener {
        Some(listener) => Some(listener.serve(expected.clone(), sender.clone())?),
        None => None,
    };
    match &options.browser {
        Browser::Manual => {}
        Browser::Command(command) => browser::open_in_background(url, Some(command.clone()), sender.clone()),
        Browser::System => browser::open_in_background(url, None, sender.clone()),
    }
    let _watch = match options.can_paste {
        true => Some(paste::watch_terminal(sender).map_err(LoginError::Terminal)?),
        false => None,
    };

    let until = time::clock(options.now.saturating_add_unsigned(options.wait.as_secs()));
    messages.note(&format!(
        "waiting for the sign-in in the browser until {until} (Ctrl-C stops)"
    ));
    if options.can_paste {
        messages.note("browser on another machine? paste the URL of its last page here");
    }
    let (response, page) = wait(&events, &expected, options, messages)?;
    Ok(Authorization {
        grant: AuthorizationGrant {
            code: code(response)?,
            code_verifier: pkce.code_verifier,
            redirect_uri,
        },
        page,
        _server: server,
    })
}

/// Binds first: the redirect URI is that of the bound socket. For an external redirect URI, only the user can bring the
/// response.
fn listen(options: &LoginOptions<'_>) -> Result<(Option<CallbackListener>, String), LoginError> {
    if let RedirectUri::External { uri } = &options.redirect_uri {
        return match options.can_paste {
            true => Ok((None, uri.clone())),
            false => Err(LoginError::NoTerminal {
                redirect_uri: uri.clone(),
            }),
        };
    }
    let listener = CallbackListener::bind(&options.redirect_uri)?;
    let uri = listener.redirect_uri().to_owned();
    Ok((Some(listener), uri))
}

/// Waits for the response, from the browser or from the terminal.
fn wait(
    events: &Receiver<SignInEvent>,
    expected: &ExpectedResponse,
    options: &LoginOptions<'_>,
    messages: &impl Messages,
) -> Result<(Result<AuthorizationResponse, ResponseError>, Option<PendingPage>), LoginError> {
    let deadline = Instant::now() + options.wait;
    loop {
        let event = match events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return Err(LoginError::TimedOut { waited: options.wait });
            }
        };
        match event {
            SignInEvent::Callback(Callback { response, page }) => return Ok((response, Some(page))),
            SignInEvent::Pasted(query) => match validate(query.expose(), expected) {
                Err(error) if !error.is_final() => {
                    messages.warn(&format!("{error}; paste the URL of this one"));
                }
                response => return Ok((response, None)),
            },
            SignInEvent::NotARedirect => {
                messages.warn("this is not the URL of the browser's last page; that one has `code=` and `state=`");
            }
            SignInEvent::InputEnded if matches!(options.redirect_uri, RedirectUri::External { .. }) => {
                return Err(LoginError::InputEnded);
            }
            SignInEvent::InputEnded => {
                messages.note("the input has ended: only the browser can complete the sign-in now")
            }
            SignInEvent::Interrupted => return Err(LoginError::Interrupted),
            SignInEvent::BrowserFailed(error) => messages.warn(&format!("{error}; open the URL yourself")),
        }
    }
}

fn code(response: Result<AuthorizationResponse, ResponseError>) -> Result<Secret, LoginError> {
    match response? {
        AuthorizationResponse::Code(code) => Ok(code),
        AuthorizationResponse::Error { error, description } => Err(LoginError::Denied { error, description }),
    }
}
