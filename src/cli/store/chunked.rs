//! One text in as many keyring items as it takes (rules S3, S4): on Windows an item has at most 2,560 bytes.
//!
//! The item with the profile's name contains either the text itself or a header that names a generation of chunks. There are
//! two generations, and the one that the header names is never written to: new chunks go to the other, then the header is
//! replaced in one call, then the old chunks are deleted. Interrupted at any step, the header names complete chunks; and as
//! the names of chunks are known beforehand, the next save or delete finds and deletes what an interrupted one left.
//!
//! A header has the count and the digest of its chunks: a text that does not match is corrupt, and no part of a token is
//! returned. Chunks are split between characters, as some keyrings store only UTF-8.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use zeroize::Zeroizing;

use super::error::{MAX_SESSION_BYTES, StoreError};
use crate::Secret;

/// The beginning of a header, and never of a text that is stored whole.
const MAGIC: &str = "{\"noesis_parts\":";

/// How often a text is read again while its header changes.
const ATTEMPTS: usize = 16;

/// Items by name: what this module needs of a keyring.
pub(super) trait Items {
    /// The text of an item, if there is such an item.
    fn get(&self, name: &str) -> Result<Option<Secret>, StoreError>;
    /// Writes an item in one step, unless it is larger than the keyring takes.
    fn set(&self, name: &str, text: &str) -> Result<WriteOutcome, StoreError>;
    /// Removes an item; whether there was one.
    fn delete(&self, name: &str) -> Result<bool, StoreError>;
}

/// Whether an item was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteOutcome {
    /// The item was written.
    Written,
    /// It was not; the previous item is unchanged.
    TooLarge,
}

/// Sizes in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// Up to this size a text is first tried in one item.
    pub(super) whole: usize,
    /// The size of a chunk where it did not fit; at least 4, the longest character.
    pub(super) chunk: usize,
}

impl Sizes {
    /// Whole wherever the keyring accepts it; chunks that fit the smallest item size known, with a margin.
    pub(super) const DEFAULT: Self = Self {
        whole: MAX_SESSION_BYTES,
        chunk: 2048,
    };
}

/// Stores `text` under `name`. One writer of a name at a time.
pub(super) fn save(items: &impl Items, name: &str, text: &str, sizes: Sizes) -> Result<(), StoreError> {
    let before = header(items, name)?;
    // Some keyrings refuse an empty item, so that an empty text is a header without chunks.
    let whole = !text.is_empty() && text.len() <= sizes.whole && !text.starts_with(MAGIC);
    if whole && items.set(name, text)? == WriteOutcome::Written {
        // The save is complete: what cannot be deleted now is deleted next time.
        let _ = sweep_all(items, name, before.as_ref());
        return Ok(());
    }
    let old = before.as_ref().map_or(ChunkSet::B, |header| header.generation);
    let new = old.other();
    sweep(items, name, new, 0)?;
    if let Err(error) = write(items, name, text, sizes.chunk, new) {
        let _ = sweep(items, name, new, 0);
        return Err(error);
    }
    let _ = sweep(items, name, old, count(before.as_ref(), old));
    Ok(())
}

/// The text stored under `name`, if there is one.
pub(super) fn load(items: &impl Items, name: &str) -> Result<Option<Secret>, StoreError> {
    let mut mismatched: Option<Secret> = None;
    for _ in 0..ATTEMPTS {
        let Some(head) = items.get(name)? else {
            return Ok(None);
        };
        let header = match ChunkHeader::parse(head.expose()) {
            Head::Whole => return Ok(Some(head)),
            Head::Damaged => return Err(StoreError::corrupt(name, "its header is damaged")),
            Head::Chunked(header) => header,
        };
        if let Some(text) = join(items, name, &header)? {
            return Ok(Some(text));
        }
        // A concurrent writer may have deleted these chunks; then the header has changed, or is gone.
        if mismatched.is_some_and(|before| before == head) {
            return Err(StoreError::corrupt(name, "a part of it is missing or damaged"));
        }
        mismatched = Some(head);
    }
    Err(StoreError::corrupt(name, "it keeps changing while it is read"))
}

/// Deletes the text stored under `name`; whether there was one. One writer of a name at a time.
pub(super) fn delete(items: &impl Items, name: &str) -> Result<bool, StoreError> {
    let before = header(items, name)?;
    // The header first: from here on there is no session, whatever happens to its chunks.
    let existed = items.delete(name)?;
    sweep_all(items, name, before.as_ref())?;
    Ok(existed)
}

fn write(items: &impl Items, name: &str, text: &str, size: usize, generation: ChunkSet) -> Result<(), StoreError> {
    let set = |name: &str, text: &str| match items.set(name, text)? {
        WriteOutcome::Written => Ok(()),
        WriteOutcome::TooLarge => Err(StoreError::Refused(format!(
            "not even {} bytes fit into one item",
            text.len()
        ))),
    };
    let mut count = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let (part, after) = cut(rest, size);
        set(&generation.chunk(name, count), part)?;
        (rest, count) = (after, count + 1);
    }
    set(name, &ChunkHeader::new(text, generation, count)?.to_text())
}

/// At most `size` bytes of `text`, but one character at least, and the rest.
fn cut(text: &str, size: usize) -> (&str, &str) {
    let first = text.chars().next().map_or(0, char::len_utf8);
    (first..=size.max(first))
        .rev()
        .find_map(|at| text.split_at_checked(at))
        .unwrap_or((text, ""))
}

/// The text that `header` describes, or `None` where the chunks do not match it.
fn join(items: &impl Items, name: &str, header: &ChunkHeader) -> Result<Option<Secret>, StoreError> {
    if header.bytes > MAX_SESSION_BYTES {
        return Ok(None);
    }
    // Allocated at once, so that no copy of a token remains in freed memory.
    let mut text = Zeroizing::new(String::with_capacity(header.bytes));
    for index in 0..header.count {
        let Some(part) = items.get(&header.generation.chunk(name, index))? else {
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

/// The present header. An item that is not a header can be overwritten or deleted all the same.
fn header(items: &impl Items, name: &str) -> Result<Option<ChunkHeader>, StoreError> {
    let head = match items.get(name) {
        Err(StoreError::Corrupt { .. }) => None,
        head => head?,
    };
    Ok(head.and_then(|head| match ChunkHeader::parse(head.expose()) {
        Head::Chunked(header) => Some(header),
        Head::Whole | Head::Damaged => None,
    }))
}

fn sweep_all(items: &impl Items, name: &str, before: Option<&ChunkHeader>) -> Result<(), StoreError> {
    for generation in [ChunkSet::A, ChunkSet::B] {
        sweep(items, name, generation, count(before, generation))?;
    }
    Ok(())
}

/// How many chunks of `generation` there should be.
fn count(header: Option<&ChunkHeader>, generation: ChunkSet) -> usize {
    // More than any session has; the number is untrusted, as other programs can write the item.
    const MOST: usize = 4096;
    header
        .filter(|header| header.generation == generation)
        .map_or(0, |header| header.count.min(MOST))
}

/// Deletes the chunks of a generation: the first `count`, and those after them.
fn sweep(items: &impl Items, name: &str, generation: ChunkSet, mut count: usize) -> Result<(), StoreError> {
    while items.get(&generation.chunk(name, count))?.is_some() {
        count += 1;
    }
    // From the end, as they are written from the beginning: an interruption leaves no gap that hides chunks from the loop above.
    for index in (0..count).rev() {
        items.delete(&generation.chunk(name, index))?;
    }
    Ok(())
}

/// One of the two sets of item names that chunks are written to alternately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum ChunkSet {
    A,
    B,
}

impl ChunkSet {
    fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// The name of a chunk's item; `#` is in no profile's name.
    fn chunk(self, name: &str, index: usize) -> String {
        let letter = match self {
            Self::A => 'a',
            Self::B => 'b',
        };
        format!("{name}#{letter}{index}")
    }
}

/// The item with the profile's name, where the text is in chunks.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ChunkHeader {
    /// The version of this format. The first field, as [`MAGIC`] requires.
    noesis_parts: u8,
    generation: ChunkSet,
    /// Random, so that an equal header is the same one, unchanged.
    id: String,
    count: usize,
    bytes: usize,
    sha256: String,
}

/// What the item with the profile's name contains.
enum Head {
    Whole,
    Chunked(ChunkHeader),
    Damaged,
}

impl ChunkHeader {
    const VERSION: u8 = 1;

    fn new(text: &str, generation: ChunkSet, count: usize) -> Result<Self, StoreError> {
        let mut id = [0; 8];
        getrandom::fill(&mut id)
            .map_err(|_| StoreError::Refused("the system provides no random numbers".to_owned()))?;
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
            Ok(header) if header.noesis_parts == Self::VERSION => Head::Chunked(header),
            _ => Head::Damaged,
        }
    }

    fn to_text(&self) -> String {
        // Numbers and plain text always serialize; an empty text would be rejected as a header.
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
