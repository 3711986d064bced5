//! The contract of every store, run over each of them by [`contract`].
//!
//! A keyring is shared by all concurrent tests, so that each [`StoreFixture`] has a unique prefix for profile names.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::error::{MAX_SESSION_BYTES, StoreError};
use super::token_store::TokenStore;
use crate::Secret;

/// Makes a test of each clause over the store that `$make` returns; `None` skips it.
macro_rules! contract {
    (@clause $name:ident, $make:path, $(#[$attr:meta])*) => {
        #[test]
        $(#[$attr])*
        fn $name() {
            if let Some(bench) = $make() {
                $crate::cli::store::contract::$name(&bench);
            }
        }
    };
    ($(#[$attr:meta])* $make:path) => {
        contract!(@clause s2_a_session_that_was_never_saved_is_absent_and_not_an_error, $make, $(#[$attr])*);
        contract!(@clause a_session_is_saved_loaded_overwritten_and_deleted, $make, $(#[$attr])*);
        contract!(@clause s2_a_second_delete_returns_false, $make, $(#[$attr])*);
        contract!(@clause s1_profiles_do_not_mix, $make, $(#[$attr])*);
        contract!(@clause s3_a_session_of_64_kib_is_loaded_as_saved, $make, $(#[$attr])*);
        contract!(@clause any_text_is_loaded_as_saved, $make, $(#[$attr])*);
        contract!(@clause an_empty_text_is_not_an_absent_one, $make, $(#[$attr])*);
        contract!(@clause s4_a_session_that_is_too_large_is_refused_and_the_old_one_stays, $make, $(#[$attr])*);
        contract!(@clause the_probe_succeeds_and_changes_no_session, $make, $(#[$attr])*);
        contract!(@clause s2_a_reader_concurrent_with_a_delete_loads_a_whole_session_or_none, $make, $(#[$attr])*);
        contract!(@clause s4_concurrent_writers_leave_one_whole_session, $make, $(#[$attr])*);
    };
}
pub(super) use contract;

/// A store under test, and its temporary folder.
pub(super) struct StoreFixture {
    pub(super) store: Box<dyn TokenStore>,
    prefix: String,
    _home: Option<tempfile::TempDir>,
}

impl StoreFixture {
    pub(super) fn new(store: Box<dyn TokenStore>, home: Option<tempfile::TempDir>) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self {
            store,
            prefix: format!("bench{}-{count}", std::process::id()),
            _home: home,
        }
    }

    /// A profile name unique to this bench.
    pub(super) fn profile(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    fn loaded(&self, profile: &str) -> Option<String> {
        let session = self.store.load(profile).unwrap();
        session.map(|session| session.expose().to_owned())
    }

    fn save(&self, profile: &str, text: &str) {
        self.store.save(profile, &Secret::from(text)).unwrap();
    }

    /// Saves, compares, deletes.
    fn round_trip(&self, text: &str) {
        let profile = self.profile("trip");
        self.save(&profile, text);
        // Not `assert_eq`, which would print 64 KiB.
        assert!(self.loaded(&profile).as_deref() == Some(text), "{} bytes", text.len());
        assert!(self.store.delete(&profile).unwrap());
        assert!(self.loaded(&profile).is_none());
    }
}

pub(super) fn s2_a_session_that_was_never_saved_is_absent_and_not_an_error(bench: &StoreFixture) {
    assert_eq!(bench.loaded(&bench.profile("absent")), None);
}

pub(super) fn a_session_is_saved_loaded_overwritten_and_deleted(bench: &StoreFixture) {
    let profile = bench.profile("life");
    for text in ["first", "second, and a longer one", "3"] {
        bench.save(&profile, text);
        assert_eq!(bench.loaded(&profile).as_deref(), Some(text));
    }
    assert!(bench.store.delete(&profile).unwrap());
    assert_eq!(bench.loaded(&profile), None);
}

pub(super) fn s2_a_second_delete_returns_false(bench: &StoreFixture) {
    let profile = bench.profile("twice");
    bench.save(&profile, "text");
    assert!(bench.store.delete(&profile).unwrap());
    assert!(!bench.store.delete(&profile).unwrap());
}

pub(super) fn s1_profiles_do_not_mix(bench: &StoreFixture) {
    let profiles = ["work", "Work", "work.json", "work-a0"].map(|name| bench.profile(name));
    for profile in &profiles {
        bench.save(profile, &format!("of {profile}"));
    }
    for profile in &profiles {
        assert_eq!(bench.loaded(profile), Some(format!("of {profile}")));
    }
    let [first, rest @ ..] = &profiles;
    assert!(bench.store.delete(first).unwrap());
    assert_eq!(bench.loaded(first), None);
    for profile in rest {
        assert_eq!(bench.loaded(profile), Some(format!("of {profile}")));
        assert!(bench.store.delete(profile).unwrap());
    }
}

pub(super) fn s3_a_session_of_64_kib_is_loaded_as_saved(bench: &StoreFixture) {
    let text: String = (0..64 * 1024)
        .map(|i| char::from(b'!' + u8::try_from(i % 89).unwrap()))
        .collect();
    bench.round_trip(&text);
}

pub(super) fn any_text_is_loaded_as_saved(bench: &StoreFixture) {
    bench.round_trip(r#"{"access_token":"a.b.c","sub":"用户 – пользователь – 🦀"}"#);
    bench.round_trip("line\nline\r\n\ttab \0 nul \u{feff} mark ");
    bench.round_trip(&"🦀é".repeat(700));
    bench.round_trip(r#"{"noesis_parts":1,"generation":"a","count":0,"bytes":0,"sha256":""}"#);
}

pub(super) fn an_empty_text_is_not_an_absent_one(bench: &StoreFixture) {
    bench.round_trip("");
}

pub(super) fn s4_a_session_that_is_too_large_is_refused_and_the_old_one_stays(bench: &StoreFixture) {
    let profile = bench.profile("large");
    bench.save(&profile, "old");
    let large = Secret::from("x".repeat(MAX_SESSION_BYTES + 1));
    let refused = bench.store.save(&profile, &large).unwrap_err();
    assert!(matches!(refused, StoreError::TooLarge { bytes } if bytes == MAX_SESSION_BYTES + 1));
    assert_eq!(bench.loaded(&profile).as_deref(), Some("old"));
    assert!(bench.store.delete(&profile).unwrap());
}

pub(super) fn the_probe_succeeds_and_changes_no_session(bench: &StoreFixture) {
    let profile = bench.profile("probed");
    bench.store.probe().unwrap();
    assert_eq!(bench.loaded(&profile), None);
    bench.save(&profile, "text");
    bench.store.probe().unwrap();
    assert_eq!(bench.loaded(&profile).as_deref(), Some("text"));
    assert!(bench.store.delete(&profile).unwrap());
}

pub(super) fn s2_a_reader_concurrent_with_a_delete_loads_a_whole_session_or_none(bench: &StoreFixture) {
    let profile = bench.profile("deleted");
    let text = "text".repeat(50);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..60 {
                bench.save(&profile, &text);
                assert!(bench.store.delete(&profile).unwrap());
            }
            done.store(true, Ordering::Release);
        });
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Acquire) {
                    if let Some(found) = bench.loaded(&profile) {
                        assert_eq!(found, text);
                    }
                }
            });
        }
    });
}

pub(super) fn s4_concurrent_writers_leave_one_whole_session(bench: &StoreFixture) {
    let profile = bench.profile("race");
    let texts: Vec<String> = (b'a'..=b'h')
        .map(|letter| char::from(letter).to_string().repeat(400))
        .collect();
    bench.save(&profile, texts.first().unwrap());
    std::thread::scope(|scope| {
        for text in &texts {
            scope.spawn(|| {
                for _ in 0..3 {
                    bench.save(&profile, text);
                    // A reader in between loads a whole session as well.
                    let seen = bench.loaded(&profile).unwrap();
                    assert!(texts.contains(&seen), "torn: {} bytes", seen.len());
                }
            });
        }
    });
    assert!(texts.contains(&bench.loaded(&profile).unwrap()));
    assert!(bench.store.delete(&profile).unwrap());
}
