//! What is known of a request's credentials: judged before, or judged now.

use std::sync::{Arc, PoisonError, RwLock};

use http::HeaderMap;

use super::verdicts::{Known, Verdicts};
use crate::jwt::Hand;
use crate::middleware::{BearerError, Evidence, Refusal, bearer_token, decide};
use crate::{AuthError, JwtValidator, Verdict};

/// Makes a validator, or says in a sentence why there is none.
pub type Load = Box<dyn Fn() -> Result<JwtValidator, String> + Send + Sync>;

/// The validator that judges, and what it has found so far.
pub(super) struct Judge {
    load: Load,
    current: RwLock<Arc<Epoch>>,
}

/// From one reload to the next. What was found by secrets and keys that were replaced is forgotten with them.
struct Epoch {
    validator: JwtValidator,
    verdicts: Verdicts,
}

/// What was found out about a request's credentials.
pub(super) enum Found {
    NoCredentials(BearerError),
    NoKeys(AuthError),
    Invalid(Box<Verdict>),
    Valid(Arc<Known>),
}

/// What was found, and whether it was known before.
pub(super) struct Judged {
    pub found: Found,
    pub cached: bool,
}

impl std::fmt::Debug for Judge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judge").finish_non_exhaustive()
    }
}

impl Epoch {
    fn begin(validator: JwtValidator) -> Arc<Self> {
        Arc::new(Self {
            validator,
            verdicts: Verdicts::new(),
        })
    }
}

impl Judge {
    pub fn new(validator: JwtValidator, load: Load) -> Self {
        let current = RwLock::new(Epoch::begin(validator));
        Self { load, current }
    }

    /// Reads keys and secrets anew; where that fails, those of before go on to serve.
    pub fn reload(&self) -> Result<(), String> {
        let epoch = Epoch::begin((self.load)()?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = epoch;
        Ok(())
    }

    pub fn validator(&self) -> JwtValidator {
        self.epoch().validator.clone()
    }

    fn epoch(&self) -> Arc<Epoch> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Finds out about the credentials of a request, as they are at `now` (Unix seconds).
    pub async fn judge(&self, headers: &HeaderMap, now: i64) -> Judged {
        let found = |found| Judged { found, cached: false };
        let token = match bearer_token(headers) {
            Ok(token) => token,
            Err(error) => return found(Found::NoCredentials(error)),
        };
        let epoch = self.epoch();
        let hand = epoch.validator.at_hand(now);
        let place = epoch.verdicts.place(token);
        if let (Hand::Keys(set), Some(place)) = (&hand, &place)
            && let Some(known) = place.get(set.as_ref(), now)
        {
            return Judged {
                found: Found::Valid(known),
                cached: true,
            };
        }
        let (verdict, set) = match epoch.validator.judge_by(hand, token, now).await {
            Ok(judged) => judged,
            Err(error) => return found(Found::NoKeys(error)),
        };
        let payload = match verdict.into_verified() {
            Ok(verified) => verified.into_payload(),
            Err(verdict) => return found(Found::Invalid(verdict)),
        };
        let known = Known::new(payload, set, now, epoch.validator.leeway());
        let known = Arc::new(known);
        if let Some(place) = place {
            place.put(&known);
        }
        found(Found::Valid(known))
    }
}

impl Found {
    /// Whether the request may pass.
    pub fn decide(&self, tool: Option<&str>, now: i64) -> Result<&Arc<Known>, Refusal> {
        let evidence = match self {
            Self::NoCredentials(error) => Evidence::NoCredentials(*error),
            Self::NoKeys(error) => Evidence::NoKeys(error),
            Self::Invalid(verdict) => Evidence::Invalid(verdict),
            Self::Valid(known) => Evidence::Valid(&known.payload),
        };
        decide(evidence, tool, now)?;
        match self {
            Self::Valid(known) => Ok(known),
            // What passes is what is valid: `decide` says so, and this holds it to that.
            _ => Err(Refusal::NoKeys),
        }
    }
}
