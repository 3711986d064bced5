//! One text in as many keyring items as it takes (rules S3, S4): Windows gives an item 2,560 bytes.
//!
//! The item of the profile's own name holds either the text itself or a header that names a generation of parts.
//! There are two generations, and the header's is never written to: new parts go to the other, then the header is
//! switched in one call, then the old parts are swept. Ended at any step, the header names what is whole; and since
//! the names of parts are known beforehand, what was left lying is found and swept by the next save or delete.
//!
//! A header has the count and the digest of its parts: what does not match them is torn, and no half of a token is
//! ever given out. Parts are cut between characters, as there are keyrings that keep nothing but UTF-8.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use zeroize::Zeroizing;

use super::{MAX_SESSION_BYTES, StoreError};
use crate::Secret;

/// What a header begins with, and a text that is kept whole never does.
const MAGIC: &str = "{\"noesis_parts\":";

/// How often a text is read again whose header changes meanwhile.
const ATTEMPTS: usize = 16;

/// Items by name: all that is asked of a keyring here.
pub(super) trait Items {
    /// The text of an item, if there is such an item.
    fn get(&self, name: &str) -> Result<Option<Secret>, StoreError>;
    /// Writes an item in one step, unless it is larger than the keyring takes.
    fn set(&self, name: &str, text: &str) -> Result<Fit, StoreError>;
    /// Removes an item; whether there was one.
    fn delete(&self, name: &str) -> Result<bool, StoreError>;
}

/// Whether an item was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It was.
    Written,
    /// It was not, and what was there is there still.
    TooLarge,
}

/// Sizes in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// Up to here a text is first tried in one item.
    pub(super) whole: usize,
    /// The size of a part where it did not fit; at least 4, the longest character.
    pub(super) part: usize,
}

impl Sizes {
    /// Whole wherever the keyring takes it; parts that fit the smallest item known, with room to spare.
    pub(super) const USUAL: Self = Self {
        whole: MAX_SESSION_BYTES,
        part: 2048,
    };
}

/// Keeps `text` under `name`. One writer of a name at a time.
pub(super) fn save(items: &impl Items, name: &str, text: &str, sizes: Sizes) -> Result<(), StoreError> {
    let before = header(items, name)?;
    // Not every keyring takes an empty item, so an empty text is a header without parts.
    let whole = !text.is_empty() && text.len() <= sizes.whole && !text.starts_with(MAGIC);
    if whole && items.set(name, text)? == Fit::Written {
        // The save is done: what cannot be swept now is swept next time.
        let _ = sweep_all(items, name, before.as_ref());
        return Ok(());
    }
    let old = before.as_ref().map_or(Generation::B, |header| header.generation);
    let new = old.other();
    sweep(items, name, new, 0)?;
    if let Err(error) = write(items, name, text, sizes.part, new) {
        let _ = sweep(items, name, new, 0);
        return Err(error);
    }
    let _ = sweep(items, name, old, count(before.as_ref(), old));
    Ok(())
}

/// The text kept under `name`, if there is one.
pub(super) fn load(items: &impl Items, name: &str) -> Result<Option<Secret>, StoreError> {
    let mut torn: Option<Secret> = None;
    for _ in 0..ATTEMPTS {
        let Some(head) = items.get(name)? else {
            return Ok(None);
        };
        let header = match Header::parse(head.expose()) {
            Head::Whole => return Ok(Some(head)),
            Head::Damaged => return Err(StoreError::corrupt(name, "its header is damaged")),
            Head::Parts(header) => header,
        };
        if let Some(text) = join(items, name, &header)? {
            return Ok(Some(text));
        }
        // A writer may have swept these parts under our eyes; then there is another header by now, or none.
        if torn.is_some_and(|before| before == head) {
            return Err(StoreError::corrupt(name, "a part of it is missing or damaged"));
        }
        torn = Some(head);
    }
    Err(StoreError::corrupt(name, "it changes all the time"))
}

/// Forgets what is kept under `name`; whether there was anything. One writer of a name at a time.
pub(super) fn delete(items: &impl Items, name: &str) -> Result<bool, StoreError> {
    let before = header(items, name)?;
    // The head first: from here on there is no session, whatever happens to its parts.
    let existed = items.delete(name)?;
    sweep_all(items, name, before.as_ref())?;
    Ok(existed)
}

fn write(items: &impl Items, name: &str, text: &str, size: usize, generation: Generation) -> Result<(), StoreError> {
    let set = |name: &str, text: &str| match items.set(name, text)? {
        Fit::Written => Ok(()),
        Fit::TooLarge => Err(StoreError::Refused(format!(
            "not even {} bytes fit into one item",
            text.len()
        ))),
    };
    let mut count = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let (part, after) = cut(rest, size);
        set(&generation.part(name, count), part)?;
        (rest, count) = (after, count + 1);
    }
    set(name, &Header::new(text, generation, count)?.to_text())
}

/// At most `size` bytes of `text`, but one character at least, and the rest.
fn cut(text: &str, size: usize) -> (&str, &str) {
    let first = text.chars().next().map_or(0, char::len_utf8);
    (first..=size.max(first))
        .rev()
        .find_map(|at| text.split_at_checked(at))
        .unwrap_or((text, ""))
}

/// The text that `header` describes, or `None` where the parts are not what it says.
fn join(items: &impl Items, name: &str, header: &Header) -> Result<Option<Secret>, StoreError> {
    if header.bytes > MAX_SESSION_BYTES {
        return Ok(None);
    }
    // Never grown, so no copy of a token is left behind in freed memory.
    let mut text = Zeroizing::new(String::with_capacity(header.bytes));
    for index in 0..header.count {
        let Some(part) = items.get(&header.generation.part(name, index))? else {
            return Ok(None);
        };
        if text.len() + part.expose().len() > header.bytes {
            return Ok(None);
        }
        text.push_str(part.expose());
    }
    let whole = text.len() == header.bytes && hex_digest(&text) == header.sha256;
    Ok(whole.then(|| Secret::from(std::mem::take(&mut *text))))
}

/// The header that is there now. Whatever else is there does not keep it from being written over or deleted.
fn header(items: &impl Items, name: &str) -> Result<Option<Header>, StoreError> {
    let head = match items.get(name) {
        Err(StoreError::Corrupt { .. }) => None,
        head => head?,
    };
    Ok(head.and_then(|head| match Header::parse(head.expose()) {
        Head::Parts(header) => Some(header),
        Head::Whole | Head::Damaged => None,
    }))
}

fn sweep_all(items: &impl Items, name: &str, before: Option<&Header>) -> Result<(), StoreError> {
    for generation in [Generation::A, Generation::B] {
        sweep(items, name, generation, count(before, generation))?;
    }
    Ok(())
}

/// How many parts of `generation` there should be.
fn count(header: Option<&Header>, generation: Generation) -> usize {
    // More than any session has; the number is read from where others may have written.
    const MOST: usize = 4096;
    header
        .filter(|header| header.generation == generation)
        .map_or(0, |header| header.count.min(MOST))
}

/// Removes the parts of a generation: `count` of them, and those after.
fn sweep(items: &impl Items, name: &str, generation: Generation, mut count: usize) -> Result<(), StoreError> {
    while items.get(&generation.part(name, count))?.is_some() {
        count += 1;
    }
    // From the end, as they are written from the beginning: no gap of ours ever hides the rest from the line above.
    for index in (0..count).rev() {
        items.delete(&generation.part(name, index))?;
    }
    Ok(())
}

/// One of the two places that parts are written to in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Generation {
    A,
    B,
}

impl Generation {
    fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// The name of a part's item; `#` is in no profile's name.
    fn part(self, name: &str, index: usize) -> String {
        let letter = match self {
            Self::A => 'a',
            Self::B => 'b',
        };
        format!("{name}#{letter}{index}")
    }
}

/// What the item of the profile's own name holds where the text is in parts.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// The version of this form. The first field, as [`MAGIC`] has it.
    noesis_parts: u8,
    generation: Generation,
    /// Different each time, so that a header that is seen again was there all the time.
    id: String,
    count: usize,
    bytes: usize,
    sha256: String,
}

enum Head {
    Whole,
    Parts(Header),
    Damaged,
}

impl Header {
    const VERSION: u8 = 1;

    fn new(text: &str, generation: Generation, count: usize) -> Result<Self, StoreError> {
        let mut id = [0; 8];
        rand::fill(&mut id).map_err(|_| StoreError::Refused("this machine gives no random numbers".to_owned()))?;
        Ok(Self {
            noesis_parts: Self::VERSION,
            generation,
            id: hex(&id),
            count,
            bytes: text.len(),
            sha256: hex_digest(text),
        })
    }

    fn parse(text: &str) -> Head {
        if !text.starts_with(MAGIC) {
            return Head::Whole;
        }
        match serde_json::from_str::<Self>(text) {
            Ok(header) if header.noesis_parts == Self::VERSION => Head::Parts(header),
            _ => Head::Damaged,
        }
    }

    fn to_text(&self) -> String {
        // A struct of numbers and plain text always has a JSON form; were there none, an empty head is not one.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn hex_digest(text: &str) -> String {
    hex(digest(&SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a `String` cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
#[path = "chunked_tests.rs"]
mod tests;
