//! The authorization request: the URL that the user's browser opens (RFC 6749 §4.1.1).

use url::Url;

use super::auth_client::AuthClient;
use crate::error::{AuthError, ErrorCode};

/// The parameters of an authorization request (RFC 6749 §4.1.1).
#[derive(Debug, Clone, Copy)]
pub struct AuthorizeRequest<'a> {
    /// The redirection endpoint, where the authorization response is sent (RFC 6749 §3.1.2).
    pub redirect_uri: &'a str,
    /// The value that binds the response to this request (RFC 6749 §10.12).
    pub state: Option<&'a str>,
    /// The PKCE code challenge; its method is always S256 (RFC 7636 §4.3).
    pub code_challenge: Option<&'a str>,
    /// The scope (RFC 6749 §3.3). The platform needs none, so none is sent unless given.
    pub scope: Option<&'a str>,
}

impl<'a> AuthorizeRequest<'a> {
    /// A request with a redirect URI alone.
    pub fn new(redirect_uri: &'a str) -> Self {
        Self {
            redirect_uri,
            state: None,
            code_challenge: None,
            scope: None,
        }
    }
}

impl AuthClient {
    /// The URL to open in the user's browser, the SDK's `build_authorize_url`. Sends nothing.
    ///
    /// ```
    /// # fn main() -> Result<(), noesis::AuthError> {
    /// use noesis::{AuthClient, AuthorizeRequest};
    ///
    /// let client = AuthClient::builder("https://platform.example/").client_id("my tool").build()?;
    /// assert_eq!(
    ///     client.build_authorize_url(&AuthorizeRequest::new("http://127.0.0.1:8400/callback"))?,
    ///     "https://platform.example/oauth/authorize?response_type=code&client_id=my+tool\
    ///      &redirect_uri=http%3A%2F%2F127.0.0.1%3A8400%2Fcallback"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorCode::Config`] where the client was built without a `client_id`.
    pub fn build_authorize_url(&self, request: &AuthorizeRequest<'_>) -> Result<String, AuthError> {
        let client_id = self
            .client_id
            .as_deref()
            .ok_or_else(|| AuthError::new(ErrorCode::Config, "an authorization URL needs a client ID"))?;
        let mut url = Url::parse(&self.http.base().join("/oauth/authorize"))
            .map_err(|e| AuthError::new(ErrorCode::Config, format!("the base URL cannot be used: {e}")))?;
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", client_id)
            .append_pair("redirect_uri", request.redirect_uri);
        let given = |value: Option<&'_ str>| value.filter(|text| !text.is_empty()).map(str::to_owned);
        if let Some(state) = given(request.state) {
            query.append_pair("state", &state);
        }
        if let Some(challenge) = given(request.code_challenge) {
            query
                .append_pair("code_challenge", &challenge)
                .append_pair("code_challenge_method", "S256");
        }
        if let Some(scope) = given(request.scope) {
            query.append_pair("scope", &scope);
        }
        drop(query);
        Ok(url.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> AuthClient {
        AuthClient::builder("http://127.0.0.1:1")
            .client_id("noesis-cli")
            .build()
            .unwrap()
    }

    #[test]
    fn l2_the_challenge_always_goes_with_s256_and_nothing_empty_is_sent() {
        let full = AuthorizeRequest {
            state: Some("s&t"),
            code_challenge: Some("c"),
            scope: Some("a b"),
            ..AuthorizeRequest::new("http://127.0.0.1:2/callback")
        };
        assert_eq!(
            client().build_authorize_url(&full).unwrap(),
            "http://127.0.0.1:1/oauth/authorize?response_type=code&client_id=noesis-cli\
             &redirect_uri=http%3A%2F%2F127.0.0.1%3A2%2Fcallback&state=s%26t&code_challenge=c\
             &code_challenge_method=S256&scope=a+b"
        );
        let empty = AuthorizeRequest {
            state: Some(""),
            code_challenge: Some(""),
            scope: Some(""),
            ..full
        };
        let url = client().build_authorize_url(&empty).unwrap();
        assert!(
            !url.contains("state") && !url.contains("challenge") && !url.contains("scope"),
            "{url}"
        );
    }

    #[test]
    fn without_a_client_id_there_is_no_url() {
        let client = AuthClient::builder("http://127.0.0.1:1").build().unwrap();
        let error = client.build_authorize_url(&AuthorizeRequest::new("x")).unwrap_err();
        assert_eq!(error.code, ErrorCode::Config);
    }
}
