//! The commands: a file each, against a real sandbox, or against a server that answers as no sandbox would. The tests of
//! `noesis guard` and `noesis sandbox` have folders of their own beside this one.

mod authorize_url;
mod batches;
mod completions;
mod decode;
mod doctor;
mod exchange;
mod exec;
mod from_outside;
mod introspect;
mod login;
mod logout;
mod man;
mod numbers;
mod pkce;
mod redeem;
mod refresh;
mod status;
mod token;
mod verify;
