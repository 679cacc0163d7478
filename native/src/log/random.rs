//! Randomness from user space: the salts that hide what a cut payload was, one per record without a system call.

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A cryptographically secure generator, seeded once from the kernel.
pub struct Salts(ChaCha12Rng);

impl Salts {
    /// Seeded by the kernel.
    pub fn from_os() -> std::io::Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(std::io::Error::from)?;
        Ok(Self(ChaCha12Rng::from_seed(seed)))
    }

    /// Seeded by a test that must be repeatable.
    pub fn from_seed(seed: u64) -> Self {
        Self(ChaCha12Rng::seed_from_u64(seed))
    }

    /// 16 random bytes.
    pub fn record(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// A random number that is not 0, which stands for space that was never written.
    pub fn segment(&mut self) -> u64 {
        loop {
            let salt = self.0.next_u64();
            if salt != 0 {
                return salt;
            }
        }
    }
}

/// A UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds since 1970, then 74 random bits.
pub fn new_session_id(ms: u64) -> std::io::Result<[u8; 16]> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(std::io::Error::from)?;
    id[..6].copy_from_slice(&ms.to_be_bytes()[2..]);
    id[6] = 0x70 | (id[6] & 0x0f);
    id[8] = 0x80 | (id[8] & 0x3f);
    Ok(id)
}

/// The usual text of a UUID: the name of its session's folder.
pub fn uuid_text(id: &[u8; 16]) -> String {
    let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Whether a text is written as [`uuid_text`] writes one.
pub fn is_uuid_text(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_ids_are_uuid_v7_of_their_time() {
        let id = new_session_id(0x0190_1234_5678).unwrap();
        assert_eq!(id[..6], [0x01, 0x90, 0x12, 0x34, 0x56, 0x78]);
        assert_eq!((id[6] >> 4, id[8] >> 6), (7, 2));
        assert_ne!(id, new_session_id(0x0190_1234_5678).unwrap());
        assert!(uuid_text(&id).starts_with("01901234-5678-7"));
    }
}
