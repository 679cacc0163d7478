//! Commands that die with claw.
