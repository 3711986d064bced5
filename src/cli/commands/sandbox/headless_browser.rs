//! A headless browser for sandboxes: opens a URL on this machine and follows redirects, as `login` needs when no person is
//! there to approve. It renders nothing and runs no scripts.

use url::Url;

use super::loopback_http::{self, LoopbackError};

/// The most redirects: one of the platform, one of the callback, and some to spare.
const MAX_REDIRECTS: usize = 5;

/// Opens `url` and follows redirects to a page.
pub(super) fn open(url: &str) -> Result<(), LoopbackError> {
    let mut url = Url::parse(url).map_err(|_| LoopbackError::NotLoopback)?;
    for _ in 0..MAX_REDIRECTS {
        let response = loopback_http::send("GET", &url, None)?;
        match (response.status, response.header("location")) {
            (200, _) => return Ok(()),
            (301 | 302 | 303 | 307 | 308, Some(target)) => {
                url = url.join(target).map_err(|_| LoopbackError::NotLoopback)?;
            }
            (status, _) => return Err(LoopbackError::Response(format!("status {status}"))),
        }
    }
    Err(LoopbackError::Response("too many redirects".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_opened() {
        for url in [
            "https://127.0.0.1/",
            "http://192.0.2.1/",
            "file:///etc/passwd",
            "http://localhost.example/",
            "x",
        ] {
            assert!(matches!(open(url), Err(LoopbackError::NotLoopback)), "{url}");
        }
    }
}
