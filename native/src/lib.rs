//! The native half of claw: the event log and everything that acts on the machine.
//! Modules outside `python` know nothing of Python; `cargo test` needs none.

#[cfg(feature = "python")]
mod python;
