//! The judgement of an authorization request: what a client may ask for, and how it is told that it may not.

use super::form::Params;
use super::pages::Problem;
use super::seed::GrantType;
use super::state::State;
use super::{pkce, redirect};

/// A valid authorization request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) client: String,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) challenge: Option<String>,
    pub(super) login_hint: Option<String>,
}

/// An authorization request that is refused: with a page where the redirect URI cannot be trusted, else by redirect
/// (RFC 6749 §4.1.2.1).
#[derive(Debug)]
pub(super) enum Refused {
    Page(Problem),
    Redirect {
        redirect_uri: String,
        state: Option<String>,
        error: &'static str,
        description: String,
    },
}

/// The checks of the authorization request, in the order in which RFC 6749 §4.1.2.1 needs them.
pub(super) fn judge(state: &State, params: &Params) -> Result<Asked, Refused> {
    let page = |problem| Err(Refused::Page(problem));
    for name in ["client_id", "redirect_uri"] {
        if params.is_repeated(name) {
            return page(Problem::repeated(name));
        }
    }
    let Some(client_id) = params.get("client_id") else {
        return page(Problem::missing("client_id"));
    };
    let Some(client) = state.client(client_id) else {
        return page(Problem::unknown_client(client_id));
    };
    let Some(redirect_uri) = params.get("redirect_uri") else {
        return page(Problem::missing("redirect_uri"));
    };
    if !client
        .redirect_uris
        .iter()
        .any(|registered| redirect::matches(registered, redirect_uri))
    {
        return page(Problem::redirect_mismatch(client, redirect_uri));
    }
    // From here on the redirect URI is the client's own, and the client learns of mistakes itself.
    let refused = |error, description: &str| {
        Err(Refused::Redirect {
            redirect_uri: redirect_uri.to_owned(),
            state: params
                .get("state")
                .filter(|_| !params.is_repeated("state"))
                .map(Into::into),
            error,
            description: description.to_owned(),
        })
    };
    if let Some(name) = params.repeated() {
        // The name is the client's own text, of which an error description may hold few characters (RFC 6749 §4.1.2.1).
        let name: String = name
            .chars()
            .filter(char::is_ascii_graphic)
            .filter(|c| !"\"\\".contains(*c))
            .collect();
        return refused("invalid_request", &format!("{name} is given more than once"));
    }
    match params.get("response_type") {
        Some("code") => {}
        None => return refused("invalid_request", "response_type is missing"),
        Some(_) => return refused("unsupported_response_type", "response_type must be code"),
    }
    if !client.grants.contains(&GrantType::AuthorizationCode) {
        return refused(
            "unauthorized_client",
            "this client may not use the authorization code grant",
        );
    }
    let challenge = params.get("code_challenge");
    match (challenge, params.get("code_challenge_method")) {
        (Some(_), Some("S256")) => {}
        (Some(_), None) => {
            let plain = "code_challenge_method is missing, which means plain; only S256 is supported";
            return refused("invalid_request", plain);
        }
        (_, Some(method)) if method != "S256" => {
            return refused("invalid_request", "code_challenge_method must be S256");
        }
        (None, Some(_)) => return refused("invalid_request", "code_challenge is missing"),
        (None, _) if client.secret.is_none() => {
            return refused(
                "invalid_request",
                "code_challenge is missing; a public client needs PKCE (RFC 7636)",
            );
        }
        (None, _) | (Some(_), Some(_)) => {}
    }
    if challenge.is_some_and(|challenge| !pkce::is_challenge(challenge)) {
        return refused(
            "invalid_request",
            "code_challenge must be the 43 characters of a base64url SHA-256",
        );
    }
    let scope = params.get("scope");
    if scope.is_some_and(|scope| !is_scope(scope)) {
        return refused(
            "invalid_scope",
            "scope has characters that RFC 6749 section 3.3 does not allow",
        );
    }
    Ok(Asked {
        client: client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        state: params.get("state").map(Into::into),
        scope: scope.map(Into::into),
        challenge: challenge.map(Into::into),
        login_hint: params.get("login_hint").map(Into::into),
    })
}

fn is_scope(scope: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    scope
        .split(' ')
        .all(|token| !token.is_empty() && token.bytes().all(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_words_of_the_allowed_characters_with_one_space_between() {
        for good in ["a", "openid profile", "a:b/c", "~!#"] {
            assert!(is_scope(good), "{good}");
        }
        for bad in ["a  b", " a", "a ", "a\"b", "a\\b", "é", "a\nb"] {
            assert!(!is_scope(bad), "{bad}");
        }
    }
}
