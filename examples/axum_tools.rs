//! Two tools in one axum service, each for its own users only, and one route for everyone with a valid token.
//!
//! Run it beside a sandbox:
//!
//! ```sh
//! noesis sandbox run --auto-approve -- sh
//! cargo run --example axum_tools --features fetch,middleware &
//! curl -H "$(noesis token --header)" http://127.0.0.1:3000/me
//! ```
#![allow(missing_docs)]

use axum::routing::get;
use axum::{Extension, Router};
use noesis::middleware::AuthLayer;
use noesis::{JwtValidator, TokenPayload};

/// The service, with any validator.
pub fn app(validator: JwtValidator) -> Router {
    let auth = AuthLayer::new(validator.clone());
    Router::new()
        .route("/draw", get(draw).layer(auth.require_tool("vision-lab")))
        .route("/write", get(write).layer(auth.require_tool(42)))
        .route("/me", get(me))
        .with_state(validator)
}

/// Behind a layer, the payload of the token is an extension of the request.
async fn draw(Extension(user): Extension<TokenPayload>) -> String {
    format!("{} draws", user.sub.unwrap_or_default())
}

async fn write(Extension(user): Extension<TokenPayload>) -> String {
    format!("{} writes", user.sub.unwrap_or_default())
}

/// Without a layer, the extractor verifies with the validator in the state.
async fn me(user: TokenPayload) -> String {
    format!("you are {}", user.sub.unwrap_or_default())
}

#[tokio::main]
#[allow(dead_code)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let platform = std::env::var("NOESIS_BASE_URL")?;
    let validator = JwtValidator::builder()
        .jwks_url(format!("{platform}/.well-known/jwks.json"))
        .build()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    // `axum::serve` has no limits of its own: put it behind a proxy, or `noesis guard --upstream`.
    axum::serve(listener, app(validator)).await?;
    Ok(())
}
