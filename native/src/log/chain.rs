//! The hash chain: one SHA-256 link per record, so that no record can be changed, added or taken away unnoticed.
//!
//! ```text
//! genesis    = SHA-256("claw log genesis 1\0" ‖ session UUID)
//! content    = SHA-256(16 random bytes ‖ payload)
//! link(n)    = SHA-256(link(n-1) ‖ seq u64 LE ‖ record header ‖ content)
//! ```
//!
//! The record header is what [`crate::log::frame`] stores from `flags` to the end of `kind`: 24 bytes and the kind. A
//! kind of up to 23 bytes therefore costs two SHA-256 blocks. A payload can be cut out, its random bytes with it, if
//! `content` is left in its place: the chain still verifies, and nobody can test a guess of what was cut.

use sha2::block_api::compress256;
use sha2::{Digest, Sha256};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

const GENESIS: &[u8] = b"claw log genesis 1\0";

/// Initial state of SHA-256 (FIPS 180-4, 5.3.3).
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The chain before the first record of a log that is nobody's fork.
pub fn genesis(session: &[u8; 16]) -> Hash {
    let mut sha = Sha256::new();
    sha.update(GENESIS);
    sha.update(session);
    sha.finalize().into()
}

/// Digest of a record's body: its 16 random bytes and its payload, as they lie in the file.
///
/// SHA-256 straight over the slice: bodies are short, and copying them through a hasher's buffer is a fifth of the work.
pub fn content(body: &[u8]) -> Hash {
    let (blocks, rest) = body.as_chunks::<64>();
    let mut state = INITIAL;
    compress256(&mut state, blocks);
    let mut last = [[0u8; 64]; 2];
    let tail = last.as_flattened_mut();
    tail[..rest.len()].copy_from_slice(rest);
    tail[rest.len()] = 0x80;
    let end = if rest.len() < 56 { 64 } else { 128 };
    tail[end - 8..end].copy_from_slice(&(body.len() as u64 * 8).to_be_bytes());
    compress256(&mut state, &last[..end / 64]);
    bytes_of(state)
}

/// The chain after a record, from the chain before it.
pub fn link(previous: &Hash, seq: u64, header: &[u8], content: &Hash) -> Hash {
    let length = 32 + 8 + header.len() + 32;
    if length > 119 {
        let mut sha = Sha256::new();
        sha.update(previous);
        sha.update(seq.to_le_bytes());
        sha.update(header);
        sha.update(content);
        return sha.finalize().into();
    }
    // The common case, padded here by hand: two blocks straight into the compression function.
    let mut blocks = [[0u8; 64]; 2];
    let message = blocks.as_flattened_mut();
    message[..32].copy_from_slice(previous);
    message[32..40].copy_from_slice(&seq.to_le_bytes());
    message[40..40 + header.len()].copy_from_slice(header);
    message[40 + header.len()..length].copy_from_slice(content);
    message[length] = 0x80;
    message[120..].copy_from_slice(&(length as u64 * 8).to_be_bytes());
    let mut state = INITIAL;
    compress256(&mut state, &blocks);
    bytes_of(state)
}

fn bytes_of(state: [u32; 8]) -> Hash {
    let mut hash = [0; 32];
    for (bytes, word) in hash.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_plain_sha256_at_every_header_length() {
        for length in 0..200 {
            let header: Vec<u8> = (0..length).map(|i| i as u8).collect();
            let (previous, body) = ([7; 32], content(b"salt and payload"));
            let mut sha = Sha256::new();
            sha.update(previous);
            sha.update(42u64.to_le_bytes());
            sha.update(&header);
            sha.update(body);
            let expected: Hash = sha.finalize().into();
            assert_eq!(link(&previous, 42, &header, &body), expected, "header of {length} bytes");
        }
    }

    #[test]
    fn content_is_plain_sha256_at_every_length() {
        for length in 0..400 {
            let body: Vec<u8> = (0..length).map(|i| (i * 7) as u8).collect();
            let expected: Hash = Sha256::digest(&body).into();
            assert_eq!(content(&body), expected, "{length} bytes");
        }
    }

    #[test]
    fn each_session_has_its_own_genesis() {
        assert_ne!(genesis(&[0; 16]), genesis(&[1; 16]));
    }
}
