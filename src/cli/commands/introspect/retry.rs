//! `introspect --retry`: asks again where the platform cannot answer now. A question changes nothing at the server, so that it
//! may be repeated (rule N6).

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::{AuthClient, AuthError, ConnectFailure, IntrospectResult, Secret};

/// The longest `Retry-After` that is waited for: beyond, the error says when to try again.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// The longest wait where the server names none.
const LONGEST: Duration = Duration::from_secs(30);

/// How often a request is repeated, and when the server accepts the next.
#[derive(Debug)]
pub struct Retry {
    times: u32,
    /// What one answer asks for holds for all requests of a batch.
    not_before: Mutex<Option<Instant>>,
}

impl Retry {
    pub fn new(times: u32) -> Self {
        Self {
            times,
            not_before: Mutex::default(),
        }
    }

    /// Asks about a token, again and again as long as that may help.
    pub async fn introspect(&self, client: &AuthClient, token: &Secret) -> Result<IntrospectResult, AuthError> {
        let mut tried = 0;
        loop {
            self.wait_for_the_server().await;
            let error = match client.introspect(token).await {
                Err(error) if tried < self.times && may_help(&error) => error,
                outcome => return outcome,
            };
            match error.retry_after {
                Some(wait) if wait > PATIENCE => return Err(error),
                Some(wait) => self.postpone(wait),
                None => tokio::time::sleep(backoff(tried)).await,
            }
            tried += 1;
        }
    }

    /// Lets no request begin before this time has passed.
    fn postpone(&self, wait: Duration) {
        let mut not_before = self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        *not_before = (*not_before).max(Instant::now().checked_add(wait));
    }

    async fn wait_for_the_server(&self) {
        // Another answer may have put it off meanwhile.
        loop {
            let not_before = *self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
            match not_before {
                Some(at) if at > Instant::now() => tokio::time::sleep_until(at).await,
                _ => return,
            }
        }
    }
}

/// Whether the same question may get an answer later. A certificate that is refused stays so.
fn may_help(error: &AuthError) -> bool {
    let is_certificate = !matches!(error.connect_failure, None | Some(ConnectFailure::HostNotFound));
    error.is_retryable() && !is_certificate
}

/// The wait before the next attempt after so many retries: 1, 2, 4, … seconds.
fn backoff(tried: u32) -> Duration {
    Duration::from_secs(2_u64.saturating_pow(tried)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_double_up_to_half_a_minute() {
        let waits: Vec<u64> = (0..7).map(|tried| backoff(tried).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(backoff(u32::MAX), LONGEST);
    }
}
