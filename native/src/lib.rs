//! The native half of claw: the event log and everything that acts on the machine.
//! Modules outside `python` know nothing of Python; `cargo test` needs none.

pub mod arguments;
pub mod blob;
pub mod exec;
pub mod files;
pub mod log;
pub mod page;
pub mod policy;
pub mod program;
pub mod regular;
pub mod search;
pub mod secrets;
pub mod wire;

#[cfg(feature = "python")]
mod python;
