//! A stand-in for a browser: opens a URL on this machine and follows where it is redirected, as `login` needs when no
//! person is there to approve. It renders nothing and runs nothing.

use url::Url;

use super::local::{self, LocalError};

/// How often a redirect is followed: the platform's answer, and one to spare for each side.
const MAX_HOPS: usize = 5;

/// Opens `url` and follows redirects until a page comes.
///
/// # Errors
///
/// See [`LocalError`].
pub fn open(url: &str) -> Result<(), LocalError> {
    let mut url = Url::parse(url).map_err(|_| LocalError::NotLocal)?;
    for _ in 0..MAX_HOPS {
        let answer = local::send("GET", &url, None)?;
        match (answer.status, answer.header("location")) {
            (200, _) => return Ok(()),
            (301 | 302 | 303 | 307 | 308, Some(target)) => {
                url = url.join(target).map_err(|_| LocalError::NotLocal)?;
            }
            (status, _) => return Err(LocalError::Answer(format!("status {status}"))),
        }
    }
    Err(LocalError::Answer("one redirect after another".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_machine_are_opened() {
        for url in [
            "https://127.0.0.1/",
            "http://192.0.2.1/",
            "file:///etc/passwd",
            "http://localhost.example/",
            "x",
        ] {
            assert!(matches!(open(url), Err(LocalError::NotLocal)), "{url}");
        }
    }
}
