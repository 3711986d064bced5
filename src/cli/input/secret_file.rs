//! Files with a secret: a client secret, an HS256 secret, a token.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

/// The largest secret that is read, in bytes: far more than any token.
pub(super) const MAX_SECRET: u64 = 1024 * 1024;

/// A text from outside without what editors and shells add to it: a byte order mark, and white space at either end.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

/// The secret in a file, or in what the path names otherwise (a pipe, `/dev/fd/3`), trimmed.
pub fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path)?.take(MAX_SECRET + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_SECRET {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is larger than 1 MiB"));
    }
    // Text loses what `trim` drops; a secret of arbitrary bytes only a line break at its end.
    let kept: &[u8] = match std::str::from_utf8(&bytes) {
        Ok(text) => trim(text).as_bytes(),
        Err(_) => match bytes.strip_suffix(b"\n") {
            Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
            None => &bytes,
        },
    };
    Ok(Zeroizing::new(kept.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_and_white_space_around_are_no_part_of_the_secret() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (text, secret) in [
            (&b"s"[..], &b"s"[..]),
            (b"s\n", b"s"),
            (b"s\r\n", b"s"),
            (b"s\n\n", b"s"),
            (b"\xef\xbb\xbf s s\t\r\n", b"s s"),
            (b"\xff \r\n", b"\xff "),
            (b"\xff\n", b"\xff"),
            (b"s\r", b"s"),
            (b"\n", b""),
            (b"", b""),
        ] {
            std::fs::write(file.path(), text).unwrap();
            assert_eq!(&**read(file.path()).unwrap(), secret, "{text:?}");
        }
    }

    #[test]
    fn a_secret_is_read_whole_or_not_at_all() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let largest = vec![b'x'; MAX_SECRET as usize];
        std::fs::write(file.path(), &largest).unwrap();
        assert_eq!(read(file.path()).unwrap().len(), largest.len());
        std::fs::write(file.path(), [&largest[..], b"x"].concat()).unwrap();
        assert!(read(file.path()).is_err());
        #[cfg(unix)]
        assert!(read(Path::new("/dev/zero")).is_err());
    }
}
