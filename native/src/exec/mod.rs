//! Commands that die with claw.
//!
//! ```text
//! claw ──fork──▶ starter ──fork──▶ supervisor ──fork──▶ command ──▶ whatever it starts
//! ```
//!
//! The [`starter`] is a fork of claw from when it was small: each fork copies the tables of all memory that there is, and
//! makes whoever goes on copy what it writes to. The supervisor never returns to claw's code. It is a *subreaper*: a process below it whose
//! parent dies becomes its child (prctl(2)), so neither a double fork nor a new session escapes. It holds the guard
//! file locked until it has no child left, and it ends them all when claw asks for it, when claw dies (its end of the
//! control socket closes, and its pidfd becomes readable), and when the command itself has ended but left others.
//!
//! How many processes a confined command may have is held by [`bounds`]; which programs may start, by [`trace`].
//!
//! In the supervisor only async-signal-safe calls are made (signal-safety(7)): it is a fork of a fork of a process with
//! threads, and any lock may have been held by one of them. So [`supervisor`], [`child`] and [`descendants`] allocate
//! nothing and cannot panic; all they need is in a [`plan::Plan`] made before, which claw tells the starter.
//!
//! *Not covered*: a process that another service starts on the command's behalf (Docker, systemd, at), one that runs as
//! another user and may not be killed (then the guard stays locked, truthfully), and a supervisor that is itself killed
//! (then the command is killed with it, but not what that had started).
//!
//! Linux 5.3 or later.

#[cfg(not(target_os = "linux"))]
compile_error!("claw confines what it runs with the means of Linux alone, and does not run elsewhere with less");

mod bounds;
mod child;
mod descendants;
mod driven;
mod error;
mod fds;
mod grant;
mod guard;
mod init;
mod memory;
mod message;
mod plan;
mod probe;
mod process;
mod proxy;
mod raw;
mod report;
mod sandbox;
mod standby;
mod start;
mod starter;
mod supervisor;
mod terminal;
mod trace;

pub use bounds::usual_most;
pub use error::StartError;
pub use grant::{Grant, GrantError};
pub use guard::wait_guard;
pub use probe::{Available, available, begin, settle};
pub use process::{Process, WaitError};
pub use proxy::{Decision, Rule, Rules};
pub use sandbox::{Confinement, Network};
pub use start::{Heir, Start};
pub use starter::prepare;
pub use terminal::Size;
pub use trace::{Refused, can_trace};

#[cfg(test)]
mod tests;
