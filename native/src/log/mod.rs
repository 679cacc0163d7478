//! The event log: the only memory claw has. `docs/log-format.md` gives its bytes; each file here holds one noun of it.
//!
//! A log is a folder. One [`Writer`] appends to it under a lock; any number of [`Reader`]s follow it without one.
//! Everything reaches the disk through [`disk::Disk`], so that tests can put a failing one in its place.

mod append;
pub mod batch;
pub mod chain;
pub mod disk;
mod error;
pub mod folders;
pub mod fork;
pub mod frame;
pub mod header;
mod known;
pub mod packed;
mod packing;
mod process;
pub mod random;
mod reader;
mod recovery;
mod salvage;
mod scan;
mod segment;
mod state;
mod sync;
mod verify;
mod view;
mod writer;

pub use batch::Batch;
pub use error::{Error, ErrorKind, Result};
pub use frame::{FLAG_DERIVED, FLAG_DURABLE, FLAG_SKIPPABLE, Record};
pub use reader::Reader;
pub use recovery::Recovery;
pub use salvage::salvage;
pub use segment::Sizes;
pub use verify::Verification;
pub use writer::{Options, Writer};
