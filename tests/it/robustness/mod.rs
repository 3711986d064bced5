//! Faults of the machine that a session survives: full disks, kills at any system call, Ctrl-C in any wait, wrong clocks,
//! closed streams.

#[cfg(unix)]
mod another_user;
mod clock;
mod ctrl_c;
mod descriptors;
mod disk;
mod streams;
mod syscalls;
