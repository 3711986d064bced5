//! The platform's API: one [`AuthClient`] in `auth_client`, and one file per call.
//!
//! | Call | Method | Endpoint |
//! |---|---|---|
//! | authorize | [`AuthClient::build_authorize_url`] | browser: `GET /oauth/authorize` |
//! | exchange | [`AuthClient::exchange_code`] | `POST /oauth/token` |
//! | refresh | [`AuthClient::refresh_token`] | `POST /oauth/token` |
//! | redeem | [`AuthClient::redeem_code`] | `POST /api/v1/activation/redeem` |
//! | introspect | [`AuthClient::introspect`] | `POST /oauth/introspect` |
//! | key set | [`AuthClient::fetch_keys`] | `GET /.well-known/jwks.json` |
//!
//! The methods are named as in the Python SDK. Where that takes `client_id` and `client_secret` with each call, a Rust
//! client is built with them once; they still travel in the form body (`client_secret_post`), never in a header.

mod activation;
mod auth_client;
mod authorize;
mod fields;
mod introspect;
mod keys;
mod pkce;
mod token;

pub use self::activation::RedeemResult;
pub use self::auth_client::{AuthClient, AuthClientBuilder};
pub use self::authorize::AuthorizeRequest;
pub use self::fields::UnreadMember;
pub use self::introspect::IntrospectResult;
pub use self::keys::JwkSet;
pub use self::pkce::{InvalidVerifier, PkcePair, generate_pkce, generate_state};
pub use self::token::TokenResponse;
