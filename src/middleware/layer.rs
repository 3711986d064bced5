//! The tower layer: no request gets to the service behind it without a token that holds.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderMap, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::bearer::bearer_token;
use super::decision::{Evidence, Refusal, decide};
use crate::time::now;
use crate::{JwtValidator, TokenPayload};

/// Lets only requests through whose bearer token holds, and puts its [`TokenPayload`] into their extensions; the SDK's
/// `AuthMiddleware`.
///
/// ```
/// # fn example() -> Result<axum::Router, noesis::AuthError> {
/// use axum::{Router, routing::get};
/// use noesis::{JwtValidator, TokenPayload, middleware::AuthLayer};
///
/// let validator = JwtValidator::builder()
///     .jwks_url("https://noesis.example/.well-known/jwks.json")
///     .build()?;
/// let auth = AuthLayer::new(validator);
/// let app = Router::new()
///     .route("/draw", get(async |user: axum::Extension<TokenPayload>| format!("{:?} draws", user.sub)))
///     .layer(auth.require_tool("vision-lab"));
/// # Ok(app)
/// # }
/// ```
///
/// Put it outside of what reads the body, and inside of what limits connections and time. It trusts no header but
/// `Authorization`.
#[derive(Debug, Clone)]
pub struct AuthLayer {
    validator: JwtValidator,
    tool: Option<Arc<str>>,
}

/// The service behind an [`AuthLayer`].
#[derive(Debug, Clone)]
pub struct AuthService<S> {
    inner: S,
    auth: AuthLayer,
}

impl AuthLayer {
    /// Requires a valid token, whatever tools it is for.
    pub fn new(validator: JwtValidator) -> Self {
        Self { validator, tool: None }
    }

    /// The same validator, and access to a tool besides; the SDK's `require_tool`. IDs compare as strings, so an integer
    /// may be given as well.
    pub fn require_tool(&self, tool_id: impl ToString) -> Self {
        Self {
            validator: self.validator.clone(),
            tool: Some(tool_id.to_string().into()),
        }
    }

    /// Judges the credentials of a request, now.
    ///
    /// # Errors
    /// [`Refusal`], with the answer that it is.
    pub async fn authorize(&self, headers: &HeaderMap) -> Result<TokenPayload, Refusal> {
        let now = now();
        let tool = self.tool.as_deref();
        let token = match bearer_token(headers) {
            Ok(token) => token,
            Err(error) => return decide(Evidence::NoCredentials(error), tool, now).cloned(),
        };
        match self.validator.judge(token, now).await {
            Ok(verdict) => decide(Evidence::from(&verdict), tool, now).cloned(),
            Err(error) => decide(Evidence::NoKeys(&error), tool, now).cloned(),
        }
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = AuthService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AuthService {
            inner,
            auth: self.clone(),
        }
    }
}

impl<S, Body, Answer> Service<Request<Body>> for AuthService<S>
where
    S: Service<Request<Body>, Response = Response<Answer>> + Clone + Send + 'static,
    S::Future: Send,
    Body: Send + 'static,
    Answer: From<String>,
{
    type Response = Response<Answer>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        // The one that was made ready is the one to call.
        let ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, ready);
        let auth = self.auth.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let judged = auth.authorize(&parts.headers).await;
            request = Request::from_parts(parts, body);
            match judged {
                Ok(payload) => {
                    request.extensions_mut().insert(payload);
                    inner.call(request).await
                }
                Err(refusal) => Ok(refusal.response()),
            }
        })
    }
}
