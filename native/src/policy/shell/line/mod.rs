//! What a command line is understood as, and what is known of its words, variables and places.

pub(super) mod configured;
pub(super) mod environment;
pub(super) mod inside;
pub(super) mod locale;
pub(super) mod places;
pub(super) mod segment;
pub(super) mod word;
