//! One file per subcommand, with four blocks in this order: `Args`, `run`, its view, tests. Commands never import each
//! other.

pub mod authorize_url;
pub mod completions;
pub mod decode;
pub mod doctor;
pub mod exchange;
pub mod exec;
#[cfg(feature = "guard")]
pub mod guard;
pub mod introspect;
pub mod login;
pub mod logout;
pub mod man;
pub mod pkce;
pub mod redeem;
pub mod refresh;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod status;
pub mod token;
pub mod verify;
