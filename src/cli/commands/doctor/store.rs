//! Whether the keyring is usable, and a round trip of the largest token through the profile's store.

use super::check::DoctorCheck;
use crate::Secret;
use crate::cli::context::Context;
use crate::cli::critical_section;
use crate::cli::store::{StoreError, StoreKind};

/// The size of a token that every store has to keep (rule S3).
const BYTES: usize = 64 * 1024;

/// The hint where the store has none: all that is known is what the system reported.
const OWN_FOLDER: &str = "repair that folder, or set `NOESIS_CONFIG_DIR` to a folder of your own";

/// `is_private` is whether the folder of the file store is private; a save would change its mode, which the user has to do.
pub fn checks(ctx: &Context, is_private: bool) -> [DoctorCheck; 2] {
    let kind = ctx.settings.store.value;
    let keyring = keyring(ctx, kind);
    let skipped = match kind {
        StoreKind::Keyring => keyring.failed().then_some("the keyring cannot be used: see `keyring`"),
        StoreKind::File => (!is_private).then_some("its folder is not private: see `session-folder`"),
        StoreKind::Memory => None,
    };
    let store = match skipped {
        Some(why) => DoctorCheck::skip("store", why),
        None => round_trip(ctx, kind),
    };
    [keyring, store]
}

/// The keyring is written to only if sessions are kept in it: otherwise no prompt should ask to unlock it.
fn keyring(ctx: &Context, used: StoreKind) -> DoctorCheck {
    let name = "keyring";
    let is_used = used == StoreKind::Keyring;
    let ask = || {
        let store = ctx.store(StoreKind::Keyring)?;
        match is_used {
            true => store.probe()?,
            false => drop(store.load(&own_item())?),
        }
        Ok(())
    };
    match ctx.out.patiently("waiting for the keyring …", ask) {
        Ok(()) if is_used => DoctorCheck::pass(name, "it is available and unlocked"),
        Ok(()) => DoctorCheck::pass(
            name,
            format!("it is available; sessions are kept in the {} store", used.as_str()),
        ),
        Err(error) if is_used => DoctorCheck::error(name, &error, OWN_FOLDER),
        Err(error) => {
            let why = error.to_string();
            DoctorCheck::skip(
                name,
                format!("{why}; not needed, as sessions are kept in the {} store", used.as_str()),
            )
        }
    }
}

/// A name that no profile can have, for this run alone.
fn own_item() -> String {
    format!("#doctor-{}", std::process::id())
}

fn round_trip(ctx: &Context, kind: StoreKind) -> DoctorCheck {
    let name = "store";
    let store = match ctx.store(kind) {
        Ok(store) => store,
        Err(error) => return DoctorCheck::error(name, &error, OWN_FOLDER),
    };
    let item = ctx.settings.paths.item(&own_item(), kind);
    let text: String = item.chars().chain(std::iter::once('\n')).cycle().take(BYTES).collect();
    let text = Secret::from(text);
    // Folders that only this check has created are removed again.
    let sessions = match kind {
        StoreKind::File => ctx.settings.paths.sessions().ok(),
        StoreKind::Keyring | StoreKind::Memory => None,
    };
    let created: Vec<_> = sessions
        .iter()
        .flat_map(|dir| dir.ancestors())
        .filter(|dir| !dir.exists())
        .collect();
    let trip = || {
        // Ctrl-C waits until everything is removed.
        let _uninterrupted = critical_section::enter();
        let read = store.save(&item, &text).and_then(|()| store.load(&item));
        let removed = store.delete(&item);
        for dir in &created {
            let _ = std::fs::remove_dir(dir);
        }
        (read, removed)
    };
    let (read, removed) = ctx.out.patiently("waiting for the store …", trip);
    let failed = |error: StoreError| DoctorCheck::error(name, &error.into(), OWN_FOLDER);
    match (read, removed) {
        (Err(error), _) | (Ok(_), Err(error)) => failed(error),
        (Ok(read), Ok(true)) if read.as_ref() == Some(&text) => DoctorCheck::pass(
            name,
            format!("64 KiB were stored in {} and read back", kind.describe().place),
        ),
        (Ok(_), Ok(_)) => failed(StoreError::Refused("what was stored was not read back".to_owned())),
    }
}
