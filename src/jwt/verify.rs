//! The verification of one token by the rules T1 to T11: its form, the algorithm, the key and the signature; the rules for its
//! claims are in `claim_rules.rs`.
//!
//! Every token goes through the same checks, whether it is verified for a person or for a server that verifies sixty thousand
//! a second. A claim of a token whose signature is not verified can fail a check but never pass one, and what such a check
//! says repeats no text of the token (rule T15).

use super::algorithm::{Algorithm, HmacSecret, KeyFamily, PublicKey};
use super::claim_rules;
use super::claims::TokenPayload;
use super::compact::{self, MAX_VERIFIED, MalformedToken};
use super::findings::{CheckOutcome, Finding, fail, skip};
use super::header::Header;
use super::json::Object;
use super::key_set::KeySet;
use super::policy::{Keys, Policy};
use super::verdict::{CheckName, Verdict};

/// How many keys are tried for a token that names none (rule T7).
const MAX_TRIED: usize = 16;

impl Policy {
    /// Verifies a token as it is at `now` (Unix seconds).
    pub fn verify(&self, token: &str, keys: Keys<'_>, now: i64) -> Verdict {
        self.verification(keys, now).of(token)
    }

    /// The same for a caller who needs the payload: it is read while the claims are parsed.
    pub(super) fn verify_and_read(&self, token: &str, keys: Keys<'_>, now: i64) -> Verdict {
        Verification {
            reads_payload: true,
            ..self.verification(keys, now)
        }
        .of(token)
    }

    fn verification<'k>(&'k self, keys: Keys<'k>, now: i64) -> Verification<'k> {
        Verification {
            policy: self,
            keys,
            now,
            reads_payload: false,
            verdict: Verdict::new(now),
        }
    }
}

/// What the signature of a token is verified with.
enum Candidates<'k> {
    /// The key that the token names.
    Named(&'k PublicKey),
    /// The first keys for the algorithm, of a token that names none; how many they are.
    Unnamed(&'k KeySet, usize),
    Secret(&'k HmacSecret),
}

/// The verification of one token, check after check.
struct Verification<'k> {
    policy: &'k Policy,
    keys: Keys<'k>,
    now: i64,
    /// Whether the payload is read along with the claims.
    reads_payload: bool,
    verdict: Verdict,
}

impl<'k> Verification<'k> {
    fn of(mut self, token: &str) -> Verdict {
        match self.check(token) {
            Ok(()) => self.verdict,
            Err(malformed) => self.of_malformed(malformed),
        }
    }

    fn of_malformed(mut self, malformed: MalformedToken) -> Verdict {
        self.verdict
            .record(CheckName::Structure, fail(Finding::Malformed(malformed)));
        self.verdict
    }

    fn check(&mut self, token: &str) -> Result<(), MalformedToken> {
        let parts = compact::split(token, MAX_VERIFIED)?;
        // A segment that cannot be decoded is reported before one that is not a JSON object.
        let known = match Header::cached(parts.header) {
            Some(header) => Ok(header),
            None => Err(compact::text("header", parts.header)?),
        };
        let claims_text = compact::text("claims", parts.claims)?;
        let signature = compact::bytes("signature", parts.signature)?;
        let header = known.or_else(|text| Header::read(parts.header, &text))?;
        let claims = compact::object("claims", &claims_text)?;
        let readable = self.verdict.record(CheckName::Structure, header.structure.clone());
        let good = readable && self.signature(&header, parts.signed.as_bytes(), &signature);
        self.verdict.record_header(&header.text);
        if readable {
            self.claims(&claims, good);
            if good {
                let payload = self.reads_payload.then(|| TokenPayload::of(&claims));
                self.verdict.record_signed(claims_text, payload);
            }
        }
        Ok(())
    }

    /// Algorithm, key and signature; whether the signature is verified.
    fn signature(&mut self, header: &Header, signed: &[u8], signature: &[u8]) -> bool {
        let algorithm = match self.algorithm(header) {
            Ok(algorithm) => algorithm,
            Err(unmet) => {
                self.verdict.record(CheckName::Algorithm, Err(unmet));
                for check in [CheckName::Key, CheckName::Signature] {
                    let finding = Finding::NotChecked("not checked: the algorithm is not accepted");
                    self.verdict.record(check, skip(finding));
                }
                return false;
            }
        };
        self.verdict
            .record(CheckName::Algorithm, Ok(Finding::Algorithm(algorithm)));
        let (candidates, finding) = match self.candidates(algorithm, header) {
            Ok(found) => found,
            Err(unmet) => {
                self.verdict.record(CheckName::Key, Err(unmet));
                let finding = Finding::NotChecked("not checked: there is no key");
                self.verdict.record(CheckName::Signature, skip(finding));
                return false;
            }
        };
        self.verdict.record(CheckName::Key, Ok(finding));
        let is_verified = match &candidates {
            Candidates::Secret(secret) => secret.verifies(signed, signature),
            Candidates::Named(key) => key.verifies(signed, signature),
            Candidates::Unnamed(set, count) => {
                let mut keys = set.keys_for(algorithm).take(*count);
                keys.any(|key| key.verifies(signed, signature))
            }
        };
        let outcome = match candidates {
            _ if is_verified => Ok(Finding::Verified(algorithm)),
            Candidates::Secret(_) => fail(Finding::WrongSecret),
            Candidates::Named(key) if signature.len() != key.signature_len() => fail(Finding::WrongLength {
                signature: signature.len(),
                key: key.signature_len(),
            }),
            Candidates::Named(_) => fail(Finding::WrongKey),
            Candidates::Unnamed(_, count) => fail(Finding::NoKeyMatches(count)),
        };
        self.verdict.record(CheckName::Signature, outcome)
    }

    /// Rule T4: only an algorithm that the caller gave keys for.
    fn algorithm(&self, header: &Header) -> CheckOutcome<Algorithm> {
        let algorithm = header.algorithm.clone()?;
        match algorithm.family() {
            KeyFamily::PublicKey if self.keys.set.is_none() => fail(Finding::NoKeySet(algorithm)),
            KeyFamily::SharedSecret if self.keys.secret.is_none() => fail(Finding::NoSecret(algorithm)),
            _ => Ok(algorithm),
        }
    }

    /// Rule T7: the one key that is named, or, where none is, the first sixteen.
    fn candidates(&self, algorithm: Algorithm, header: &Header) -> CheckOutcome<(Candidates<'k>, Finding)> {
        let kid = match &header.kid {
            Ok(kid) => kid.as_deref(),
            Err(unmet) => return Err(unmet.clone()),
        };
        match algorithm.family() {
            KeyFamily::SharedSecret => match self.keys.secret {
                Some(secret) => Ok((Candidates::Secret(secret), Finding::Secret)),
                None => fail(Finding::NoSecret(algorithm)),
            },
            KeyFamily::PublicKey => match (self.keys.set, kid) {
                (Some(set), Some(kid)) => named(set, algorithm, kid),
                (Some(set), None) => unnamed(set, algorithm),
                (None, _) => fail(Finding::NoKeySet(algorithm)),
            },
        }
    }

    /// Rules T12 to T15.
    fn claims(&mut self, claims: &Object<'_>, is_verified: bool) {
        for (name, outcome) in claim_rules::check(claims, self.policy, self.keys.set, self.now) {
            let outcome = match outcome {
                Ok(_) if !is_verified => skip(Finding::Unverified),
                Err((result, finding)) if !is_verified => Err((result, finding.without_text())),
                outcome => outcome,
            };
            self.verdict.record(name, outcome);
        }
    }
}

/// The key of a name, where it is for the algorithm.
fn named<'k>(set: &'k KeySet, algorithm: Algorithm, kid: &str) -> CheckOutcome<(Candidates<'k>, Finding)> {
    match set.find(kid) {
        Some(found) if found.key().algorithm() == algorithm => {
            let finding = Finding::Key {
                kid: found.kid().cloned(),
                kind: found.key().kind(),
            };
            Ok((Candidates::Named(found.key()), finding))
        }
        _ => fail(unknown_key(kid, set)),
    }
}

/// The first keys for an algorithm.
fn unnamed(set: &KeySet, algorithm: Algorithm) -> CheckOutcome<(Candidates<'_>, Finding)> {
    match set.keys_for(algorithm).take(MAX_TRIED).count() {
        0 => fail(Finding::NoUsableKey {
            ignored: set.ignored().to_vec().into(),
            origin: Box::new(set.origin.clone()),
        }),
        count => Ok((Candidates::Unnamed(set, count), Finding::Tried(count))),
    }
}

/// Why there is no key of a name: it is not in the set, or it is ignored.
fn unknown_key(kid: &str, set: &KeySet) -> Finding {
    let mut ignored = set.ignored().iter();
    Finding::UnknownKey {
        kid: kid.into(),
        ignored: ignored
            .find(|key| key.kid.as_deref() == Some(kid))
            .map(|key| key.reason),
        usable: set.len(),
        origin: Box::new(set.origin.clone()),
    }
}
