//! How long a record may be.

use std::fmt;

/// Bytes of one record.
pub const LONGEST_RECORD: usize = 64 * 1024 * 1024;

/// A record is longer than `LONGEST_RECORD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it holds a record of more than 64 MiB")
    }
}
