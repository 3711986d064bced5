//! The steps of `chunked.rs`, interrupted at each, over items in memory that fail on request.
//!
//! The keyrings that need chunks do not run here; the one that does is made to use them in `keyring_tests.rs`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::*;

const SMALL: Sizes = Sizes { whole: 0, chunk: 8 };

/// Items of limited size. After `left` changes every change fails, as in a process that is killed.
struct MemoryItems {
    items: RefCell<BTreeMap<String, String>>,
    limit: usize,
    left: Cell<usize>,
}

impl MemoryItems {
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

impl Items for MemoryItems {
    fn get(&self, name: &str) -> Result<Option<Secret>, StoreError> {
        let found = self.items.borrow().get(name).cloned();
        Ok(found.map(Secret::from))
    }

    fn set(&self, name: &str, text: &str) -> Result<WriteOutcome, StoreError> {
        if text.len() > self.limit {
            return Ok(WriteOutcome::TooLarge);
        }
        self.change()?;
        self.items.borrow_mut().insert(name.to_owned(), text.to_owned());
        Ok(WriteOutcome::Written)
    }

    fn delete(&self, name: &str) -> Result<bool, StoreError> {
        self.change()?;
        Ok(self.items.borrow_mut().remove(name).is_some())
    }
}

#[test]
fn s3_a_text_that_does_not_fit_into_one_item_is_stored_in_chunks() {
    let items = MemoryItems::new(2560);
    let token = "t".repeat(64 * 1024);
    save(&items, "p", &token, Sizes::DEFAULT).unwrap();
    assert!(items.text().as_deref() == Some(token.as_str()));
    assert_eq!(items.names().len(), 1 + 32);

    save(&items, "p", "short", Sizes::DEFAULT).unwrap();
    assert_eq!(items.text().as_deref(), Some("short"));
    assert_eq!(items.names(), ["p"]);
}

#[test]
fn chunks_are_split_between_characters_and_never_exceed_their_size() {
    let items = MemoryItems::new(2560);
    let text = "aé🦀用".repeat(9);
    for chunk in 4..20 {
        save(&items, "p", &text, Sizes { whole: 0, chunk }).unwrap();
        assert_eq!(items.text().as_deref(), Some(text.as_str()));
        let items = items.items.borrow();
        assert!(items.iter().all(|(name, text)| name == "p" || text.len() <= chunk));
    }
}

#[test]
fn s4_a_save_interrupted_at_any_step_leaves_the_old_or_the_new_text() {
    let (old, new) = ("the old text, in chunks", "the new text, in chunks as well");
    let forms = [SMALL, Sizes { whole: 1000, chunk: 8 }];
    let mut steps = 0;
    for (before, after) in forms.iter().flat_map(|before| forms.map(|after| (*before, after))) {
        for left in 0.. {
            let items = MemoryItems::new(2560);
            save(&items, "p", old, before).unwrap();
            items.left.set(left);
            let result = save(&items, "p", new, after);
            let over = items.left.get() > 0;
            items.left.set(usize::MAX);

            let expected = if result.is_ok() { new } else { old };
            assert_eq!(items.text().as_deref(), Some(expected), "after {left} changes");

            // The next save deletes the chunks that were left, and a delete leaves nothing.
            save(&items, "p", "third", Sizes::DEFAULT).unwrap();
            assert_eq!(items.names(), ["p"], "after {left} changes");
            steps += 1;
            if over {
                break;
            }
        }
    }
    assert!(steps > 20, "{steps}");
}

#[test]
fn a_delete_interrupted_at_any_step_leaves_no_session_or_the_whole_one() {
    let text = "a text of at least five chunks, or so";
    for left in 0.. {
        let items = MemoryItems::new(2560);
        save(&items, "p", text, SMALL).unwrap();
        items.left.set(left);
        let result = delete(&items, "p");
        items.left.set(usize::MAX);
        let kept = (left == 0).then_some(text);
        assert_eq!(items.text().as_deref(), kept, "after {left} changes");
        assert_eq!(delete(&items, "p").unwrap(), left == 0);
        assert!(items.names().is_empty());
        if result.is_ok() {
            return;
        }
    }
}

#[test]
fn s4_a_session_with_damaged_chunks_is_corrupt_and_no_part_of_it_is_returned() {
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
        let items = MemoryItems::new(2560);
        save(&items, "p", text, SMALL).unwrap();
        damage(&mut items.items.borrow_mut());
        let error = load(&items, "p").unwrap_err();
        assert!(matches!(&error, StoreError::Corrupt { .. }), "{index}: {error}");
        assert!(!error.to_string().contains("letters"), "{error}");

        // Signing in again repairs it.
        save(&items, "p", "new", SMALL).unwrap();
        assert_eq!(items.text().as_deref(), Some("new"));
        let chunks = items.names().len() - 1;
        // Chunks behind a gap are lost only where the header is damaged too.
        assert_eq!(chunks, 1, "{index}: {:?}", items.names());
    }
}

#[test]
fn s4_chunks_hold_the_largest_session_and_a_header_that_names_more_allocates_nothing() {
    let items = MemoryItems::new(2560);
    let sizes = Sizes { whole: 0, chunk: 2048 };
    let largest = "x".repeat(MAX_SESSION_BYTES);
    save(&items, "p", &largest, sizes).unwrap();
    assert!(load(&items, "p").unwrap().is_some_and(|read| read.expose() == largest));

    let right = format!("\"bytes\":{MAX_SESSION_BYTES}");
    let header = items.items.borrow()["p"].clone();
    assert!(header.contains(&right), "{header}");
    for bytes in [MAX_SESSION_BYTES + 1, usize::MAX] {
        let header = header.replace(&right, &format!("\"bytes\":{bytes}"));
        items.items.borrow_mut().insert("p".to_owned(), header);
        assert!(matches!(load(&items, "p"), Err(StoreError::Corrupt { .. })), "{bytes}");
    }
}

#[test]
fn a_keyring_that_refuses_even_a_chunk_is_an_error_and_keeps_the_old_text() {
    let items = MemoryItems::new(4);
    save(&items, "p", "old", Sizes::DEFAULT).unwrap();
    let error = save(&items, "p", "longer", Sizes { whole: 2000, chunk: 5 }).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the keyring refused: not even 5 bytes fit into one item"
    );
    assert_eq!(items.text().as_deref(), Some("old"));
    assert_eq!(items.names(), ["p"]);
}

/// A concurrent writer: each `get` of a chunk first saves a new text.
struct ConcurrentWriter<'a> {
    items: &'a MemoryItems,
    saves: Cell<usize>,
}

impl Items for ConcurrentWriter<'_> {
    fn get(&self, name: &str) -> Result<Option<Secret>, StoreError> {
        if let Some(left) = self.saves.get().checked_sub(1).filter(|_| name.ends_with('1')) {
            self.saves.set(left);
            save(self.items, "p", &format!("a text, the one numbered {left}"), SMALL)?;
        }
        self.items.get(name)
    }

    fn set(&self, name: &str, text: &str) -> Result<WriteOutcome, StoreError> {
        self.items.set(name, text)
    }

    fn delete(&self, name: &str) -> Result<bool, StoreError> {
        self.items.delete(name)
    }
}

#[test]
fn s4_a_reader_overtaken_by_writers_reads_again() {
    let items = MemoryItems::new(2560);
    save(&items, "p", "a text that is replaced under way", SMALL).unwrap();
    let saves = Cell::new(5);
    let concurrent = ConcurrentWriter { items: &items, saves };
    let text = load(&concurrent, "p").unwrap().unwrap();
    assert_eq!(text.expose(), "a text, the one numbered 0");
}

#[test]
fn s4_the_header_of_a_session_stored_again_differs() {
    let items = MemoryItems::new(2560);
    let head = || {
        delete(&items, "p").unwrap();
        save(&items, "p", "one and the same text", SMALL).unwrap();
        items.items.borrow()["p"].clone()
    };
    assert_ne!(head(), head());
}
