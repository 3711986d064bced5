//! What a command is given: the settings, the output, and everything that is expensive to open, opened on first use.
//!
//! A command that needs no network builds no runtime and no TLS; one that needs no session opens no store. The context
//! stops at `commands`: what lies below takes plain values.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeSet;
use std::sync::Arc;

use super::bearer::Bearer;
use super::error::{CliError, Hint, advice};
use super::input;
use super::interrupt;
use super::output::{Out, terminal};
use super::session::{FreshSession, Session, SessionManager, StoredSession, TokenRequirement};
use super::settings::{DEFAULT_PROFILE, Settings, Source, Sourced};
use super::store::{self, StoreKind, TokenStore};
use crate::descriptors;
use crate::http::BaseUrl;
pub use crate::time::now;
use crate::{AuthClient, KeyCache, KeyCacheBuilder, Secret, UnreadMember};

/// What a command is given.
pub struct Context {
    pub settings: Settings,
    pub out: Arc<Out>,
    runtime: OnceCell<tokio::runtime::Runtime>,
    /// Whether the warning that the config file is ignored was printed.
    is_config_warned: Cell<bool>,
}

impl Context {
    pub fn new(settings: Settings, out: Arc<Out>) -> Self {
        Self {
            settings,
            out,
            runtime: OnceCell::new(),
            is_config_warned: Cell::new(false),
        }
    }

    /// The current time, in Unix seconds.
    pub fn now(&self) -> i64 {
        now()
    }

    /// Whether a person can be prompted.
    pub fn can_ask(&self) -> bool {
        terminal::can_ask()
    }

    /// Makes Ctrl-C end this run with the terminal restored; for commands that ask or wait.
    pub fn catch_interrupts(&self) {
        interrupt::install(&self.out);
    }

    /// The same for a command that prompts only for a secret that is not given: see [`input::is_prompted_for`].
    pub fn catch_interrupts_at(&self, argument: &str) {
        if input::is_prompted_for(argument) {
            self.catch_interrupts();
        }
    }

    /// Builds the client that refreshes a session.
    fn client_of(&self, session: &Session) -> Result<AuthClient, CliError> {
        self.client(&session.base_url, Some(&session.client_id))
    }

    /// The store of the given kind; nothing is opened before its first call.
    pub fn store(&self, kind: StoreKind) -> Result<Box<dyn TokenStore>, CliError> {
        // The other stores run without a home folder.
        let sessions = match kind {
            StoreKind::File => self.settings.paths.sessions()?,
            StoreKind::Keyring | StoreKind::Memory => std::path::PathBuf::new(),
        };
        Ok(store::open(kind, &sessions))
    }

    /// The manager of this profile's session.
    pub fn session_manager(&self) -> Result<SessionManager, CliError> {
        self.require_profile()?;
        let platform = match &self.settings.base_url {
            Some(url) if url.source != Source::Profile => Some(BaseUrl::parse(&url.value)?.to_string()),
            _ => None,
        };
        let client_id = match &self.settings.client_id {
            Some(id) if matches!(id.source, Source::Flag(_)) => Some(id.value.clone()),
            _ => None,
        };
        Ok(SessionManager {
            platform,
            client_id,
            ..self.session_manager_of(&self.settings.profile.value, self.settings.store.value)?
        })
    }

    /// Checks that a profile that was named is one of those that exist.
    pub fn require_profile(&self) -> Result<(), CliError> {
        let Sourced { value: name, source } = &self.settings.profile;
        // Which there are is not known where the config file cannot be used.
        if *source == Source::Default || self.settings.require_config().is_err() {
            return Ok(());
        }
        let known = self.profiles();
        if known.contains(name) || (known.is_empty() && name == DEFAULT_PROFILE) {
            return Ok(());
        }
        let known = match known.len() {
            0 => "is none yet".to_owned(),
            1 => format!("is {}", known.into_iter().collect::<String>()),
            _ => format!("are {}", known.into_iter().collect::<Vec<_>>().join(", ")),
        };
        Err(CliError::login_required(
            format!("no profile \"{name}\"; there {known}"),
            Hint::run(advice::login(name)).text(" to create it"),
        ))
    }

    /// The profiles that there are: those of the config file, and those of a session in a file.
    pub fn profiles(&self) -> BTreeSet<String> {
        let mut known: BTreeSet<String> = self.settings.config.profile.keys().cloned().collect();
        if let Ok(sessions) = self.settings.paths.sessions() {
            known.extend(store::profiles(StoreKind::File, &sessions).unwrap_or_default());
        }
        known
    }

    /// The manager of any profile's session in any store.
    pub fn session_manager_of(&self, profile: &str, store: StoreKind) -> Result<SessionManager, CliError> {
        self.settings.require_config()?;
        Ok(SessionManager {
            profile: profile.to_owned(),
            item_name: self.settings.paths.item(profile, store),
            store: self.store(store)?,
            locks: self.settings.paths.locks()?,
            platform: None,
            client_id: None,
            on_lock_wait: Box::new({
                let out = Arc::clone(&self.out);
                move || out.note("waiting for another `noesis` that is refreshing this session …")
            }),
        })
    }

    /// The platform of this run; an error that says how to name one where none is named.
    pub fn base_url(&self) -> Result<String, CliError> {
        match &self.settings.base_url {
            Some(url) => Ok(BaseUrl::parse(&url.value)?.to_string()),
            None => self.settings.require_config().and(Err(CliError::config(
                "no platform is named: there is no base URL",
                Some("give `--base-url https://…`, or set `NOESIS_BASE_URL`"),
            ))),
        }
    }

    /// The client ID of this run; an error that says how to give one where none is given.
    pub fn client_id(&self) -> Result<String, CliError> {
        match &self.settings.client_id {
            Some(id) => Ok(id.value.clone()),
            None => self.settings.require_config().and(Err(CliError::config(
                "no client is named: there is no client ID",
                Some("give `--client-id ID`, or set `NOESIS_CLIENT_ID`"),
            ))),
        }
    }

    /// An access token that is fresh enough: `NOESIS_TOKEN`, or the session's, refreshed first where that is needed.
    pub fn bearer(&self, requirement: TokenRequirement) -> Result<Bearer, CliError> {
        if let Some(token) = &self.settings.token {
            let bearer = self.environment_bearer(token);
            if let Some(warning) = bearer.check_freshness(requirement, self.now())? {
                self.out.warn(&warning);
            }
            return Ok(bearer);
        }
        self.catch_interrupts();
        let manager = self.session_manager()?;
        let fresh = self.fresh(&manager, requirement)?;
        if let TokenRequirement::MinTtl(ttl) = requirement
            && fresh.refreshed
            && !fresh.session.is_valid_for(ttl, self.now())
        {
            self.out
                .warn("the platform's tokens expire sooner than `--min-ttl` asks");
        }
        Ok(fresh.session.into())
    }

    /// A session that is fresh enough, refreshed first where that is needed.
    pub fn fresh(&self, manager: &SessionManager, requirement: TokenRequirement) -> Result<FreshSession, CliError> {
        let fresh = match manager.current(requirement, self.now())? {
            // Most runs end here: a token that is still valid takes no runtime.
            StoredSession::Fresh(fresh) => fresh,
            StoredSession::NeedsRefresh(seen) => {
                self.request(manager.refresh(seen, requirement, || self.now(), |session| self.client_of(session)))?
            }
        };
        if let Some(warning) = &fresh.warning {
            self.out.warn(&warning.to_string());
        }
        self.warn_of_unread(&fresh.unread);
        Ok(fresh)
    }

    /// Warns of what an answer of the platform had that could not be read. What could be is stored by now.
    pub fn warn_of_unread(&self, unread: &[UnreadMember]) {
        for member in unread {
            self.out
                .warn(&format!("in the platform's answer {member}; it was left out"));
        }
    }

    /// The access token of this run as it is, however old: `NOESIS_TOKEN`, or the session's.
    pub fn bearer_as_it_is(&self) -> Result<Bearer, CliError> {
        match &self.settings.token {
            Some(token) => Ok(self.environment_bearer(token)),
            None => Ok(self.session_manager()?.load_required()?.into()),
        }
    }

    fn environment_bearer(&self, token: &Secret) -> Bearer {
        let value = |setting: &Option<Sourced<String>>| setting.as_ref().map(|sourced| sourced.value.clone());
        Bearer::of_environment(token, value(&self.settings.base_url), value(&self.settings.client_id))
    }

    /// Says once that the certificates, the time-out and the client secret of the config file are left out, where it cannot be
    /// used.
    fn warn_of_config(&self) {
        if let Err(error) = self.settings.require_config()
            && !self.is_config_warned.replace(true)
        {
            self.out.warn(&format!("{error}; going on without it"));
        }
    }

    /// A client of a platform, with the timeout, certificates and client secret of this run.
    pub fn client(&self, base_url: &str, client_id: Option<&str>) -> Result<AuthClient, CliError> {
        self.warn_of_config();
        let mut builder = AuthClient::builder(base_url)
            .timeout(self.settings.timeout)
            .environment_proxy(true);
        if let Some(id) = client_id {
            builder = builder.client_id(id);
        }
        if let Some(secret) = self.settings.client_secret(base_url, client_id)? {
            builder = builder.client_secret(secret);
        }
        if let Some(pem) = self.ca_pem()? {
            builder = builder.ca_cert_pem(pem);
        }
        Ok(builder.build()?)
    }

    /// A cache of the key set at a URL, with the timeout and certificates of this run.
    pub fn key_cache(&self, url: &str) -> Result<KeyCacheBuilder, CliError> {
        self.warn_of_config();
        let cache = KeyCache::builder(url)
            .timeout(self.settings.timeout)
            .environment_proxy(true);
        Ok(match self.ca_pem()? {
            Some(pem) => cache.ca_cert_pem(pem),
            None => cache,
        })
    }

    /// The certificates to trust in addition to the system's, where the settings name a file of them.
    pub fn ca_pem(&self) -> Result<Option<Vec<u8>>, CliError> {
        let Some(path) = &self.settings.ca_cert else {
            return Ok(None);
        };
        let pem = input::secret_file::read(path).map_err(|e| {
            CliError::config(
                format!("cannot read the certificates in `{}`: {e}", path.display()),
                None,
            )
        })?;
        Ok(Some(pem.to_vec()))
    }

    /// Runs a request to the platform to its end; notes what is awaited when that takes long.
    pub fn request<T>(&self, work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
        let most = crate::time::span(self.settings.timeout);
        let line = format!("waiting for the platform's answer, at most {most} …");
        self.out.patiently(&line, || self.block_on(work))
    }

    /// Runs asynchronous work to its end.
    pub fn block_on<T>(&self, work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
        let runtime = match self.runtime.get() {
            Some(runtime) => runtime,
            None => {
                let runtime = descriptors::check_free()
                    .and_then(|()| tokio::runtime::Builder::new_current_thread().enable_all().build())
                    .map_err(|e| CliError::io(format!("cannot start the network: {e}")))?;
                self.runtime.get_or_init(|| runtime)
            }
        };
        runtime.block_on(work)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // A DNS lookup that hangs must not delay the end of the process.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
