//! `noesis login`: signs in with the browser and stores the session.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::cli::args::{GlobalArgs, duration};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::input;
use crate::cli::login::flow::{self, AuthorizationGrant, Browser, LoginOptions, Messages};
use crate::cli::login::redirect;
use crate::cli::output::{Out, Page, Style, View, prompt, time};
use crate::cli::session::{Session, SessionManager};
use crate::cli::settings::automation::automation;
use crate::cli::settings::{self, ProfileUpdate, Source, Sourced};
use crate::cli::store::{StoreError, StoreKind};
use crate::http::{self, BaseUrl};
use crate::{AuthClient, Secret, TokenResponse};

/// Sign in with the browser, and keep the session in the keyring.
///
/// Runs the authorization code flow with PKCE and waits for the answer on a port of this machine. What is not given is
/// prompted for on a terminal, and remembered in the profile after success.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis login --base-url https://… --client-id my-tool
  noesis login --no-browser          over SSH: paste what comes back
  noesis login --with-token < token  keep a token that you have already")]
pub struct Args {
    /// Only print the URL
    #[arg(long, conflicts_with = "browser")]
    no_browser: bool,
    /// The command that opens the URL, its last argument [env: NOESIS_BROWSER, BROWSER]
    #[arg(long, value_name = "CMD")]
    browser: Option<String>,
    /// The port to wait on [default: any that is free]
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// The redirect URI, where the client is registered with another than `http://127.0.0.1/callback`
    #[arg(long, value_name = "URI")]
    redirect_uri: Option<String>,
    /// The scope to ask for; the platform needs none
    #[arg(long, value_name = "S")]
    scope: Option<String>,
    /// How long to wait for your answer
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    wait: Duration,
    /// Read an access token, or the JSON answer of a token endpoint, from standard input instead
    #[arg(long, conflicts_with_all = ["no_browser", "browser", "port", "redirect_uri", "scope"])]
    with_token: bool,
}

pub fn run(ctx: &Context, args: &Args, flags: &GlobalArgs) -> Result<ExitStatus, CliError> {
    ctx.catch_interrupts();
    ctx.settings.require_config()?;
    if ctx.settings.token.is_some() {
        ctx.out
            .warn("`NOESIS_TOKEN` is set, and other commands will use it instead of this sign-in");
    }
    let redirect_uri = redirect::parse(args.redirect_uri.as_deref(), args.port)
        .map_err(|why| CliError::usage(why, "run `noesis login --help`"))?;
    let base_url = base_url(ctx)?;
    let client_id = client_id(ctx)?;
    let manager = usable_manager(ctx)?;
    let client = ctx.client(&base_url, Some(&client_id))?;
    let update = profile_update(&manager, &base_url, &client_id, flags);
    manager.check_lock()?;
    if manager.store.kind().describe().is_persistent {
        settings::check_update(&ctx.settings.paths, &manager.profile, &update)?;
    }

    let session = if args.with_token {
        signed_in(ctx, &manager, &update, &base_url, &client_id, given_tokens()?)?
    } else {
        let options = LoginOptions {
            client: &client,
            redirect_uri,
            scope: args.scope.as_deref(),
            browser: browser(ctx, args),
            wait: args.wait,
            ssh: ctx.settings.ssh.as_ref(),
            can_paste: ctx.can_ask(),
            now: ctx.now(),
        };
        let authorization = flow::authorize(&options, &*ctx.out)?;
        let tokens = exchange(ctx, &client, &authorization.grant)?;
        let session = signed_in(ctx, &manager, &update, &base_url, &client_id, tokens)?;
        // An error above drops the authorization, and the browser shows that the sign-in failed.
        authorization.complete();
        session
    };
    ctx.out.show(&SignedIn {
        profile: manager.profile,
        base_url,
        sub: session.payload().and_then(|payload| payload.sub),
        expires_at: session.expires_at,
        store: manager.store.kind(),
        now: ctx.now(),
    })?;
    Ok(ExitStatus::Success)
}

/// What opens the URL. Where nobody is at the terminal, only a command that was named for this run.
fn browser(ctx: &Context, args: &Args) -> Browser {
    let setting = ctx.settings.browser.as_ref();
    let named = args.browser.as_ref().or_else(|| {
        let of_run = setting.filter(|setting| setting.source != Source::Profile);
        of_run.map(|setting| &setting.value)
    });
    match (args.no_browser, named, automation()) {
        (true, _, _) => Browser::Manual,
        (false, Some(command), _) => Browser::Command(command.clone()),
        (false, None, Some(variable)) => {
            ctx.out.note(&format!(
                "no browser is opened, as `{variable}` says that nobody is there; `--browser` and `NOESIS_BROWSER` name one"
            ));
            Browser::Manual
        }
        (false, None, None) => match setting {
            Some(setting) => Browser::Command(setting.value.clone()),
            None => Browser::System,
        },
    }
}

fn exchange(ctx: &Context, client: &AuthClient, grant: &AuthorizationGrant) -> Result<TokenResponse, CliError> {
    let AuthorizationGrant {
        code,
        code_verifier,
        redirect_uri,
    } = grant;
    ctx.request(async { Ok(client.exchange_code(code, redirect_uri, Some(code_verifier)).await?) })
}

/// Stores the session that tokens are; what else is odd about them is told after.
fn signed_in(
    ctx: &Context,
    manager: &SessionManager,
    update: &ProfileUpdate<'_>,
    base_url: &str,
    client_id: &str,
    mut tokens: TokenResponse,
) -> Result<Session, CliError> {
    let unread = std::mem::take(&mut tokens.unread);
    let session = Session::from_token_response(base_url, client_id, tokens, ctx.now());
    store(ctx, manager, &session, update)?;
    ctx.warn_of_unread(&unread);
    Ok(session)
}

impl Messages for Out {
    fn instruct(&self, line: &str) {
        self.tell(line);
    }

    fn note(&self, line: &str) {
        Out::note(self, line);
    }

    fn warn(&self, line: &str) {
        Out::warn(self, line);
    }
}

/// Stores the session, then its store and platform in the profile. A session in memory ends with this run, and leaves the
/// profile and the stored session unchanged.
fn store(
    ctx: &Context,
    manager: &SessionManager,
    session: &Session,
    update: &ProfileUpdate<'_>,
) -> Result<(), CliError> {
    let user = |session: &Session| session.payload().and_then(|payload| payload.sub);
    let before = manager.load().ok().flatten();
    manager.save(session)?;
    if let Some(before) = before.filter(|before| user(before) != user(session)) {
        let whose = user(&before).unwrap_or_else(|| "a user that its token does not name".to_owned());
        ctx.out.warn(&format!(
            "this replaces the session of {whose} with `{}`",
            before.base_url
        ));
    }
    let kind = manager.store.kind();
    if !kind.describe().is_persistent {
        return Ok(());
    }
    let profile = ctx.settings.config.profile.get(&manager.profile);
    let earlier = profile.and_then(|profile| profile.store);
    settings::update_profile(&ctx.settings.paths, &manager.profile, update)?;
    if let Some(earlier) = earlier.filter(|earlier| *earlier != kind) {
        // Nothing would read the old session again, and the user would not know of it.
        if let Err(error) = ctx.session_manager_of(&manager.profile, earlier)?.delete() {
            ctx.out.warn(&format!(
                "the earlier session in {} could not be removed: {error}",
                earlier.describe().place
            ));
        }
    }
    Ok(())
}

/// What the profile records of the sign-in.
fn profile_update<'a>(
    manager: &SessionManager,
    base_url: &'a str,
    client_id: &'a str,
    flags: &GlobalArgs,
) -> ProfileUpdate<'a> {
    let absolute = |path: &Option<PathBuf>| path.as_ref().and_then(|path| std::path::absolute(path).ok());
    ProfileUpdate {
        base_url,
        client_id,
        store: Some(manager.store.kind()),
        client_secret_file: absolute(&flags.client_secret_file),
        ca_cert: absolute(&flags.ca_cert),
    }
}

/// The platform to sign in to: configured, or prompted for.
fn base_url(ctx: &Context) -> Result<String, CliError> {
    if ctx.settings.base_url.is_some() || !ctx.can_ask() {
        return ctx.base_url();
    }
    prompt::text("Base URL of the platform", |line| {
        let url = BaseUrl::parse(input::pasted::unwrapped(line));
        url.map(|url| url.to_string()).map_err(|error| error.message)
    })
}

/// The client to sign in with: configured, or prompted for.
fn client_id(ctx: &Context) -> Result<String, CliError> {
    match &ctx.settings.client_id {
        Some(Sourced { value, .. }) => Ok(value.clone()),
        None if ctx.can_ask() => prompt::text("Client ID", |line| match input::trim(line) {
            "" => Err("a client ID is needed".into()),
            id => Ok(id.to_owned()),
        }),
        None => ctx.client_id(),
    }
}

/// A manager whose store was probed, before the browser opens (rule L8). Without a keyring, the user may choose a file.
fn usable_manager(ctx: &Context) -> Result<SessionManager, CliError> {
    let manager = ctx.session_manager_of(&ctx.settings.profile.value, ctx.settings.store.value)?;
    let what = format!("waiting for {} …", manager.store.kind().describe().place);
    match ctx.out.patiently(&what, || manager.store.probe()) {
        Ok(()) => Ok(manager),
        Err(error @ (StoreError::Unavailable(_) | StoreError::Locked | StoreError::TimedOut(_))) if ctx.can_ask() => {
            ctx.out.warn(&error.to_string());
            if !prompt::confirm("Keep the session in a file that only you can read instead?")? {
                return Err(error.into());
            }
            let manager = ctx.session_manager_of(&ctx.settings.profile.value, StoreKind::File)?;
            manager.store.probe()?;
            Ok(manager)
        }
        Err(error) => Err(error.into()),
    }
}

/// The token of `--with-token`: from standard input, or prompted for without echo.
fn given_tokens() -> Result<TokenResponse, CliError> {
    let text = input::stdin("access token", "Access token")?;
    tokens(&text)
}

/// An access token alone, or a token response as `noesis exchange` and `noesis refresh -` print it.
fn tokens(text: &Secret) -> Result<TokenResponse, CliError> {
    let unusable = |what: &str| CliError::usage(what, "pipe an access token, or the JSON answer of a token endpoint");
    let trimmed = text.expose().trim();
    if trimmed.starts_with('{') {
        return match http::value(trimmed.as_bytes()) {
            Ok(Value::Object(object)) => TokenResponse::read("response on standard input", &object)
                .map_err(|error| unusable(&format!("standard input has no access token: {}", error.message))),
            _ => Err(unusable("standard input begins with `{` and is not JSON")),
        };
    }
    let access_token = input::bare_token(trimmed);
    if access_token.is_empty() {
        return Err(unusable("standard input has no access token"));
    }
    if !access_token.is_sendable() {
        return Err(unusable("standard input contains characters that a token cannot have"));
    }
    Ok(TokenResponse {
        access_token,
        token_type: "bearer".into(),
        expires_in: 0,
        refresh_token: Secret::default(),
        unread: Vec::new(),
    })
}

#[derive(Debug, Serialize)]
struct SignedIn {
    profile: String,
    base_url: String,
    sub: Option<String>,
    expires_at: Option<i64>,
    store: StoreKind,
    #[serde(skip)]
    now: i64,
}

impl View for SignedIn {
    fn text(&self, page: &mut Page) {
        let who = self.sub.as_deref().unwrap_or("a user that the token does not name");
        page.styled(Style::Green, &format!("signed in to {} as {who}", self.base_url));
        page.field("profile", &self.profile);
        page.field("kept in", self.store.describe().place);
        if let Some(at) = self.expires_at {
            page.field("token", &format!("expires {}", time::moment(at, self.now)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_token_accepts_an_access_token_or_a_token_response_and_nothing_else() {
        let bare = tokens(&"  Bearer a.b.c\n".into()).unwrap();
        assert_eq!((bare.access_token.expose(), bare.refresh_token.expose()), ("a.b.c", ""));
        let answer = r#"{"access_token":"a","refresh_token":"r","expires_in":9}"#;
        let full = tokens(&answer.into()).unwrap();
        assert_eq!((full.refresh_token.expose(), full.expires_in), ("r", 9));
        for bad in [
            "",
            "{",
            "{}",
            r#"{"access_token":5}"#,
            "two words",
            "{\"access_token\":\"a\\nb\"}",
        ] {
            let report = tokens(&bad.into()).unwrap_err().report();
            assert_eq!(report.exit.number(), 2, "{bad}");
        }
    }
}
