//! The first two sectors of a segment: its header, written once, and its seal, written when nothing more will follow.
//! All integers are little-endian.
//!
//! ```text
//! header   0  magic          "clawlog\n"
//!          8  version        u32   1; 2: its blocks are packed (`packed`), and it was born sealed
//!         12  incompatible   u32   features without which the file cannot be read; version 1 knows none
//!         16  salt           u64   random, not 0; begins every block
//!         24  session        16    UUID
//!         40  number         u64   of the segment in its log, from 1; its name says the same
//!         48  first_seq      u64   seq of its first record
//!         56  chain          32    chain hash before its first record
//!         88  allocated      u64   length of the file until it is sealed
//!         96  forked         u32   1: the next three say of what
//!        104  parent         16    UUID
//!        120  parent_seq     u64   last seq that is the parent's
//!        128  parent_chain   32    chain hash after it, recomputable in the parent
//!        508  crc32c         u32   of bytes 0..508
//!
//! seal   512  magic          "clawseal"
//!        520  salt           u64   the segment's
//!        528  end            u64   one past the last byte that counts: the file's length
//!        536  next_seq       u64   one past its last record
//!        544  chain          32    chain hash after its last record
//!        576  flags          u32   bit 0: a further segment follows. bit 1: recovery cut a tail off
//!       1020  crc32c         u32   of bytes 512..1020
//! ```
//!
//! Bytes between are 0. Blocks begin at 1024.

use super::chain::Hash;
use super::frame::{array_at, u32_at, u64_at};

/// First bytes of every segment.
pub const MAGIC: &[u8; 8] = b"clawlog\n";
const SEAL_MAGIC: &[u8; 8] = b"clawseal";
/// The newest format that this claw reads and writes: of packed segments. Others have the first.
pub const VERSION: u32 = 2;
const PLAIN: u32 = 1;
/// Features it can read.
pub const KNOWN_FEATURES: u32 = 0;
/// Bytes of the header, and of the seal.
pub const HEADER: usize = 512;
/// Where the seal is.
pub const SEAL_AT: u64 = 512;
/// Where blocks begin.
pub const DATA: u64 = 1024;
/// A further segment follows: if it is not there, it was lost.
pub const FOLLOWED: u32 = 1;
/// Recovery cut this segment here: a reader may have seen records behind the cut that are gone.
pub const CUT: u32 = 2;

/// What a fork shares with its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// The parent's UUID: the name of the sibling folder.
    pub session: [u8; 16],
    /// Last shared seq.
    pub seq: u64,
    /// Chain hash after it.
    pub chain: Hash,
}

/// A segment's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Its blocks are packed; it is sealed.
    pub packed: bool,
    /// Begins every block of the segment.
    pub salt: u64,
    /// UUID of the session.
    pub session: [u8; 16],
    /// From 1.
    pub number: u64,
    /// Seq of its first record.
    pub first_seq: u64,
    /// Chain before it.
    pub chain: Hash,
    /// Length of the file until it is sealed.
    pub allocated: u64,
    /// Of a fork.
    pub parent: Option<Parent>,
}

/// Why a header is none.
#[derive(Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// A newer format, or a feature that this one does not know.
    TooNew(String),
    /// Not a header.
    Damaged(&'static str),
}

impl Header {
    /// The sector.
    pub fn encode(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..8].copy_from_slice(MAGIC);
        let version = if self.packed { VERSION } else { PLAIN };
        bytes[8..12].copy_from_slice(&version.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.salt.to_le_bytes());
        bytes[24..40].copy_from_slice(&self.session);
        bytes[40..48].copy_from_slice(&self.number.to_le_bytes());
        bytes[48..56].copy_from_slice(&self.first_seq.to_le_bytes());
        bytes[56..88].copy_from_slice(&self.chain);
        bytes[88..96].copy_from_slice(&self.allocated.to_le_bytes());
        if let Some(parent) = &self.parent {
            bytes[96..100].copy_from_slice(&1u32.to_le_bytes());
            bytes[104..120].copy_from_slice(&parent.session);
            bytes[120..128].copy_from_slice(&parent.seq.to_le_bytes());
            bytes[128..160].copy_from_slice(&parent.chain);
        }
        finish(&mut bytes);
        bytes
    }

    /// The header in this sector. Every version keeps magic, version and checksum where they are.
    pub fn decode(bytes: &[u8; HEADER]) -> Result<Self, Unreadable> {
        if &bytes[..8] != MAGIC {
            return Err(Unreadable::Damaged("the segment header has no magic"));
        }
        if !is_sound(bytes) {
            return Err(Unreadable::Damaged("the segment header's checksum does not match"));
        }
        let version = u32_at(bytes, 8);
        if !(PLAIN..=VERSION).contains(&version) {
            return Err(Unreadable::TooNew(format!("log format {version}; this claw reads 1 to {VERSION}")));
        }
        let unknown = u32_at(bytes, 12) & !KNOWN_FEATURES;
        if unknown != 0 {
            return Err(Unreadable::TooNew(format!("log features {unknown:#x} are not known to this claw")));
        }
        let parent = (u32_at(bytes, 96) == 1).then(|| Parent {
            session: array_at(bytes, 104),
            seq: u64_at(bytes, 120),
            chain: array_at(bytes, 128),
        });
        Ok(Self {
            packed: version == VERSION,
            salt: u64_at(bytes, 16),
            session: array_at(bytes, 24),
            number: u64_at(bytes, 40),
            first_seq: u64_at(bytes, 48),
            chain: array_at(bytes, 56),
            allocated: u64_at(bytes, 88),
            parent,
        })
    }
}

/// A segment's last word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    /// One past its last byte.
    pub end: u64,
    /// One past its last record.
    pub next_seq: u64,
    /// Chain after it.
    pub chain: Hash,
    /// [`FOLLOWED`], [`CUT`].
    pub flags: u32,
}

impl Seal {
    /// The sector.
    pub fn encode(&self, salt: u64) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..8].copy_from_slice(SEAL_MAGIC);
        bytes[8..16].copy_from_slice(&salt.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.end.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.next_seq.to_le_bytes());
        bytes[32..64].copy_from_slice(&self.chain);
        bytes[64..68].copy_from_slice(&self.flags.to_le_bytes());
        finish(&mut bytes);
        bytes
    }

    /// `Ok(None)`: not sealed, all zeros. `Err`: neither zeros nor a seal of this segment.
    pub fn decode(bytes: &[u8; HEADER], salt: u64) -> Result<Option<Self>, Unreadable> {
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        if &bytes[..8] != SEAL_MAGIC || !is_sound(bytes) || u64_at(bytes, 8) != salt {
            return Err(Unreadable::Damaged("the segment's seal is broken"));
        }
        Ok(Some(Self {
            end: u64_at(bytes, 16),
            next_seq: u64_at(bytes, 24),
            chain: array_at(bytes, 32),
            flags: u32_at(bytes, 64),
        }))
    }

    /// Whether a further segment must be there.
    pub fn is_followed(&self) -> bool {
        self.flags & FOLLOWED != 0
    }
}

fn finish(bytes: &mut [u8; HEADER]) {
    let crc = crc32c::crc32c(&bytes[..508]);
    bytes[508..].copy_from_slice(&crc.to_le_bytes());
}

fn is_sound(bytes: &[u8; HEADER]) -> bool {
    u32_at(bytes, 508) == crc32c::crc32c(&bytes[..508])
}
