//! The steps of `parts.rs`, each of them ended early, over items in memory that fail when they are told to.
//!
//! The keyrings that need parts do not run here; the real one that does is made to use them in `keyring.rs`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::*;

const SMALL: Sizes = Sizes { whole: 0, part: 8 };

/// Items of limited size, which may be changed `left` times before they fail for good, as in a process that is killed.
struct Shelf {
    items: RefCell<BTreeMap<String, String>>,
    limit: usize,
    left: Cell<usize>,
}

impl Shelf {
    fn new(limit: usize) -> Self {
        Self {
            items: RefCell::default(),
            limit,
            left: Cell::new(usize::MAX),
        }
    }

    fn change(&self) -> Result<(), StoreError> {
        let left = self.left.get().checked_sub(1).ok_or(StoreError::Locked)?;
        self.left.set(left);
        Ok(())
    }

    fn names(&self) -> Vec<String> {
        self.items.borrow().keys().cloned().collect()
    }

    fn text(&self) -> Option<String> {
        load(self, "p").unwrap().map(|text| text.expose().to_owned())
    }
}

impl Items for Shelf {
    fn get(&self, name: &str) -> Result<Option<Secret>, StoreError> {
        let found = self.items.borrow().get(name).cloned();
        Ok(found.map(Secret::from))
    }

    fn set(&self, name: &str, text: &str) -> Result<Fit, StoreError> {
        if text.len() > self.limit {
            return Ok(Fit::TooLarge);
        }
        self.change()?;
        self.items.borrow_mut().insert(name.to_owned(), text.to_owned());
        Ok(Fit::Written)
    }

    fn delete(&self, name: &str) -> Result<bool, StoreError> {
        self.change()?;
        Ok(self.items.borrow_mut().remove(name).is_some())
    }
}

#[test]
fn s3_what_does_not_fit_is_kept_in_parts_that_do() {
    let shelf = Shelf::new(2560);
    let token = "t".repeat(64 * 1024);
    save(&shelf, "p", &token, Sizes::USUAL).unwrap();
    assert!(shelf.text().as_deref() == Some(token.as_str()));
    assert_eq!(shelf.names().len(), 1 + 32);

    save(&shelf, "p", "short", Sizes::USUAL).unwrap();
    assert_eq!(shelf.text().as_deref(), Some("short"));
    assert_eq!(shelf.names(), ["p"]);
}

#[test]
fn parts_are_cut_between_characters_and_never_larger_than_they_may_be() {
    let shelf = Shelf::new(2560);
    let text = "aé🦀用".repeat(9);
    for part in 4..20 {
        save(&shelf, "p", &text, Sizes { whole: 0, part }).unwrap();
        assert_eq!(shelf.text().as_deref(), Some(text.as_str()));
        let items = shelf.items.borrow();
        assert!(items.iter().all(|(name, text)| name == "p" || text.len() <= part));
    }
}

#[test]
fn s4_a_save_that_is_ended_at_any_step_leaves_the_old_or_the_new_text() {
    let (old, new) = ("the old text, in parts", "the new text, in parts as well");
    let forms = [SMALL, Sizes { whole: 1000, part: 8 }];
    let mut steps = 0;
    for (before, after) in forms.iter().flat_map(|before| forms.map(|after| (*before, after))) {
        for left in 0.. {
            let shelf = Shelf::new(2560);
            save(&shelf, "p", old, before).unwrap();
            shelf.left.set(left);
            let result = save(&shelf, "p", new, after);
            let over = shelf.left.get() > 0;
            shelf.left.set(usize::MAX);

            let expected = if result.is_ok() { new } else { old };
            assert_eq!(shelf.text().as_deref(), Some(expected), "after {left} changes");

            // Whatever was left lying, the next save sweeps, and a delete leaves nothing.
            save(&shelf, "p", "third", Sizes::USUAL).unwrap();
            assert_eq!(shelf.names(), ["p"], "after {left} changes");
            steps += 1;
            if over {
                break;
            }
        }
    }
    assert!(steps > 20, "{steps}");
}

#[test]
fn a_delete_that_is_ended_at_any_step_leaves_no_session_or_the_whole_one() {
    let text = "a text of five and more parts, or so";
    for left in 0.. {
        let shelf = Shelf::new(2560);
        save(&shelf, "p", text, SMALL).unwrap();
        shelf.left.set(left);
        let result = delete(&shelf, "p");
        shelf.left.set(usize::MAX);
        let kept = (left == 0).then_some(text);
        assert_eq!(shelf.text().as_deref(), kept, "after {left} changes");
        assert_eq!(delete(&shelf, "p").unwrap(), left == 0);
        assert!(shelf.names().is_empty());
        if result.is_ok() {
            return;
        }
    }
}

#[test]
fn s4_a_torn_session_is_corrupt_and_never_half_a_token() {
    let text = "sixteen letters and then some more";
    let damage: [fn(&mut BTreeMap<String, String>); 8] = [
        |items| drop(items.remove("p#a1")),
        |items| drop(items.insert("p#a1".into(), "other...".into())),
        |items| drop(items.insert("p#a0".into(), "x".repeat(5000))),
        |items| items.get_mut("p").unwrap().push('}'),
        |items| *items.get_mut("p").unwrap() = format!("{MAGIC}1}}"),
        |items| *items.get_mut("p").unwrap() = items["p"].replace("parts\":1", "parts\":2"),
        |items| *items.get_mut("p").unwrap() = items["p"].replace("bytes\":", "bytes\":9999999"),
        |items| *items.get_mut("p").unwrap() = items["p"].replace("count\":", "count\":99999999"),
    ];
    for (index, damage) in damage.iter().enumerate() {
        let shelf = Shelf::new(2560);
        save(&shelf, "p", text, SMALL).unwrap();
        damage(&mut shelf.items.borrow_mut());
        let error = load(&shelf, "p").unwrap_err();
        assert!(matches!(&error, StoreError::Corrupt { .. }), "{index}: {error}");
        assert!(!error.to_string().contains("letters"), "{error}");

        // Signing in again mends it.
        save(&shelf, "p", "new", SMALL).unwrap();
        assert_eq!(shelf.text().as_deref(), Some("new"));
        let parts = shelf.names().len() - 1;
        // Only where the header is damaged too, nobody knows that there are parts behind a gap.
        assert_eq!(parts, 1, "{index}: {:?}", shelf.names());
    }
}

#[test]
fn a_keyring_that_takes_nothing_is_named_and_keeps_what_it_has() {
    let shelf = Shelf::new(4);
    save(&shelf, "p", "old", Sizes::USUAL).unwrap();
    let error = save(&shelf, "p", "longer", Sizes { whole: 2000, part: 5 }).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the keyring refused: not even 5 bytes fit into one item"
    );
    assert_eq!(shelf.text().as_deref(), Some("old"));
    assert_eq!(shelf.names(), ["p"]);
}

/// Lets a writer come in between: each `get` of a part first saves a new text.
struct Busy<'a> {
    shelf: &'a Shelf,
    saves: Cell<usize>,
}

impl Items for Busy<'_> {
    fn get(&self, name: &str) -> Result<Option<Secret>, StoreError> {
        if let Some(left) = self.saves.get().checked_sub(1).filter(|_| name.ends_with('1')) {
            self.saves.set(left);
            save(self.shelf, "p", &format!("a text, the one numbered {left}"), SMALL)?;
        }
        self.shelf.get(name)
    }

    fn set(&self, name: &str, text: &str) -> Result<Fit, StoreError> {
        self.shelf.set(name, text)
    }

    fn delete(&self, name: &str) -> Result<bool, StoreError> {
        self.shelf.delete(name)
    }
}

#[test]
fn s4_a_reader_that_is_overtaken_by_writers_reads_again() {
    let shelf = Shelf::new(2560);
    save(&shelf, "p", "a text that is replaced under way", SMALL).unwrap();
    let saves = Cell::new(5);
    let busy = Busy { shelf: &shelf, saves };
    let text = load(&busy, "p").unwrap().unwrap();
    assert_eq!(text.expose(), "a text, the one numbered 0");
}

#[test]
fn s4_a_reader_is_not_misled_by_a_session_that_comes_again_as_it_was() {
    let shelf = Shelf::new(2560);
    let head = || {
        delete(&shelf, "p").unwrap();
        save(&shelf, "p", "one and the same text", SMALL).unwrap();
        shelf.items.borrow()["p"].clone()
    };
    assert_ne!(head(), head());
}
