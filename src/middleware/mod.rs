//! What a service needs before it can judge a token: reading the credentials of a request (feature `middleware`).

mod bearer;

pub use self::bearer::{BearerError, bearer_token};
