//! The sign-in's callback server as the program runs it. Its rules are held beside its code, in `src/cli/login/loopback/tests.rs`.
