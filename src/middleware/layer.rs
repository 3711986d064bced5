//! The tower layer: no request reaches the wrapped service without a valid token.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderMap, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::bearer::bearer_token;
use super::decision::{authenticate, decide};
use super::denial::Denial;
use crate::time::now;
use crate::{JwtValidator, TokenPayload};

/// Admits only requests with a valid bearer token, and inserts its [`TokenPayload`] into their extensions; the SDK's
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
/// Place it outside of everything that reads the body, and inside of what limits connections and time. It reads no header
/// but `Authorization`.
#[derive(Debug, Clone)]
pub struct AuthLayer {
    validator: JwtValidator,
    tool: Option<Arc<str>>,
}

/// A service wrapped by an [`AuthLayer`].
#[derive(Debug, Clone)]
pub struct AuthService<S> {
    inner: S,
    auth: AuthLayer,
}

impl AuthLayer {
    /// Requires a valid token, and access to no particular tool.
    pub fn new(validator: JwtValidator) -> Self {
        Self { validator, tool: None }
    }

    /// A layer with the same validator that also requires access to a tool; the SDK's `require_tool`. IDs compare as
    /// strings, so an integer may be given as well.
    pub fn require_tool(&self, tool_id: impl ToString) -> Self {
        Self {
            validator: self.validator.clone(),
            tool: Some(tool_id.to_string().into()),
        }
    }

    /// Verifies the credentials of a request and decides, as of now.
    ///
    /// # Errors
    /// [`Denial`], with the response to send.
    pub async fn authorize(&self, headers: &HeaderMap) -> Result<TokenPayload, Denial> {
        let now = now();
        let authenticated = match bearer_token(headers) {
            Ok(token) => authenticate(self.validator.verify(token, now).await),
            Err(kind) => Err(kind.into()),
        };
        decide(authenticated, self.tool.as_deref(), now)
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

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for AuthService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send,
    ReqBody: Send + 'static,
    ResBody: From<String>,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        // The instance whose `poll_ready` returned ready is the one to call.
        let ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, ready);
        let auth = self.auth.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let decision = auth.authorize(&parts.headers).await;
            request = Request::from_parts(parts, body);
            match decision {
                Ok(payload) => {
                    request.extensions_mut().insert(payload);
                    inner.call(request).await
                }
                Err(denial) => Ok(denial.response()),
            }
        })
    }
}
