//! The keyring's condition, and a round trip of the largest token through the store that the profile uses.

use super::Check;
use crate::Secret;
use crate::cli::context::Context;
use crate::cli::critical_section;
use crate::cli::error::CliError;
use crate::cli::store::{StoreError, StoreKind};

/// The size of a token that every store has to keep (rule S3).
const BYTES: usize = 64 * 1024;

/// What a hint falls back to where the store has none: what the system said of a file is all that is known.
const OWN_FOLDER: &str = "mend that folder, or set `NOESIS_CONFIG_DIR` to a folder of your own";

/// `is_closed` is whether the folder of the file store is closed to others; a save would close it, which is the user's to do.
pub fn checks(ctx: &Context, is_closed: bool) -> [Check; 2] {
    let kind = ctx.settings.store.value;
    let keyring = keyring(ctx, kind);
    let skipped = match kind {
        StoreKind::Keyring => keyring.failed().then_some("the keyring keeps nothing: see `keyring`"),
        StoreKind::File => (!is_closed).then_some("its folder is not yours alone: see `session-folder`"),
        StoreKind::Memory => None,
    };
    let store = match skipped {
        Some(why) => Check::skip("store", why),
        None => round_trip(ctx, kind),
    };
    [keyring, store]
}

/// The keyring is written to only where sessions go there: elsewhere nobody wants to be asked to unlock one.
fn keyring(ctx: &Context, used: StoreKind) -> Check {
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
        Ok(()) if is_used => Check::pass(name, "it is there and unlocked"),
        Ok(()) => Check::pass(name, format!("it is there; sessions go to the {} store", used.as_str())),
        Err(error) if is_used => Check::error(name, &error, OWN_FOLDER),
        Err(error) => {
            let why = CliError::report(&error).message;
            Check::skip(
                name,
                format!("{why}; nothing needs it, as sessions go to the {} store", used.as_str()),
            )
        }
    }
}

/// A name that no profile can have, for this run alone.
fn own_item() -> String {
    format!("#doctor-{}", std::process::id())
}

fn round_trip(ctx: &Context, kind: StoreKind) -> Check {
    let name = "store";
    let store = match ctx.store(kind) {
        Ok(store) => store,
        Err(error) => return Check::error(name, &error, OWN_FOLDER),
    };
    let item = ctx.settings.paths.item(&own_item(), kind);
    let text: String = item.chars().chain(std::iter::once('\n')).cycle().take(BYTES).collect();
    let text = Secret::from(text);
    // A folder that only the try has made goes again.
    let sessions = match kind {
        StoreKind::File => ctx.settings.paths.sessions().ok(),
        StoreKind::Keyring | StoreKind::Memory => None,
    };
    let made: Vec<_> = sessions
        .iter()
        .flat_map(|dir| dir.ancestors())
        .filter(|dir| !dir.exists())
        .collect();
    let trip = || {
        // Ctrl-C waits until nothing is left behind.
        let _uninterrupted = critical_section::enter();
        let read = store.save(&item, &text).and_then(|()| store.load(&item));
        let removed = store.delete(&item);
        for dir in &made {
            let _ = std::fs::remove_dir(dir);
        }
        (read, removed)
    };
    let (read, removed) = ctx.out.patiently("waiting for the store …", trip);
    let failed = |error: StoreError| Check::error(name, &error.into(), OWN_FOLDER);
    match (read, removed) {
        (Err(error), _) | (Ok(_), Err(error)) => failed(error),
        (Ok(read), Ok(true)) if read.as_ref() == Some(&text) => {
            Check::pass(name, format!("64 KiB came back whole from {}", kind.describe().place))
        }
        (Ok(_), Ok(_)) => failed(StoreError::Refused("what was saved did not come back".to_owned())),
    }
}
