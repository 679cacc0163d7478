//! Content that is too large for the log, by its BLAKE3 digest.
//!
//! `ab/ab34…` in the store's folder, 64 lower-case hex digits. A file appears under its name only when all of it is on
//! the disk: written under another name, synced, renamed, folder synced. What is there already is not written again.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::regular;

/// Why a blob could not be stored or had.
#[derive(Debug)]
pub enum BlobError {
    /// Not 64 lower-case hex digits.
    NotADigest(String),
    /// Not in the store.
    Missing {
        /// What was asked for.
        digest: String,
        /// Where it would be.
        path: PathBuf,
    },
    /// The file is there, and its content is not what its name says.
    Damaged {
        /// What its name says.
        digest: String,
        /// The file.
        path: PathBuf,
    },
    /// The file system's answer.
    Io {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// The answer.
        error: io::Error,
    },
}

impl fmt::Display for BlobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADigest(text) => write!(f, "{text:?} is not a BLAKE3 digest (64 lower-case hex digits)"),
            Self::Missing { digest, path } => write!(f, "blob {digest} is missing: there is no {}", path.display()),
            Self::Damaged { digest, path } => {
                write!(f, "blob {digest} is damaged: {} holds other bytes", path.display())
            }
            Self::Io { doing, path, error } => write!(f, "cannot {doing} {}: {error}", path.display()),
        }
    }
}

impl std::error::Error for BlobError {}

/// Digest of some content, 64 hex digits.
pub fn digest(content: &[u8]) -> String {
    blake3::hash(content).to_hex().to_string()
}

/// Content by digest, in one folder.
#[derive(Debug, Clone)]
pub struct BlobStore {
    dir: PathBuf,
}

impl BlobStore {
    /// The store in `dir`, which is made when the first blob is put there.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Store and sync; return the digest.
    pub fn put(&self, content: &[u8]) -> Result<String, BlobError> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let digest = digest(content);
        let path = self.path(&digest)?;
        let folder = self.dir.join(&digest[..2]);
        // A file of another length is a damaged one, which writing again repairs.
        if fs::symlink_metadata(&path).is_ok_and(|there| there.len() == content.len() as u64)
            && self.get(&digest).is_ok()
        {
            // Another process may have put it there a moment ago, and its name may not be on the disk yet.
            let synced = File::open(&folder).and_then(|folder| folder.sync_all());
            return synced.map(|()| digest).map_err(|error| BlobError::Io { doing: "sync", path: folder, error });
        }
        make_folder(&self.dir)?;
        make_folder(&folder)?;
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let temporary = folder.join(format!("{}.{}.{number}.tmp", &digest[..16], std::process::id()));
        let written = (|| {
            let mut file = regular::make(&temporary)?;
            file.write_all(content)?;
            file.sync_all()?;
            fs::rename(&temporary, &path)?;
            File::open(&folder)?.sync_all()
        })();
        written.map_err(|error| {
            let _ = fs::remove_file(&temporary);
            BlobError::Io { doing: "store", path, error }
        })?;
        Ok(digest)
    }

    /// The content, checked against its digest.
    pub fn get(&self, digest: &str) -> Result<Vec<u8>, BlobError> {
        let path = self.path(digest)?;
        let mut content = Vec::new();
        let read = regular::read(&path).and_then(|mut file| file.read_to_end(&mut content));
        read.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => BlobError::Missing { digest: digest.to_owned(), path: path.clone() },
            _ => BlobError::Io { doing: "read", path: path.clone(), error },
        })?;
        if self::digest(&content) == digest {
            Ok(content)
        } else {
            Err(BlobError::Damaged { digest: digest.to_owned(), path })
        }
    }

    /// Whether it is there; its bytes are not looked at.
    pub fn has(&self, digest: &str) -> bool {
        self.path(digest).is_ok_and(|path| fs::symlink_metadata(path).is_ok())
    }

    fn path(&self, digest: &str) -> Result<PathBuf, BlobError> {
        let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if digest.len() == 64 && digest.bytes().all(lower_hex) {
            Ok(self.dir.join(&digest[..2]).join(digest))
        } else {
            Err(BlobError::NotADigest(digest.to_owned()))
        }
    }
}

/// Make a folder, and make its name durable in the one above.
fn make_folder(path: &Path) -> Result<(), BlobError> {
    let made = regular::make_folder(path).and_then(|new| {
        let above = path.parent().filter(|above| new && !above.as_os_str().is_empty());
        above.map_or(Ok(()), |above| File::open(above).and_then(|above| above.sync_all()))
    });
    made.map_err(|error| BlobError::Io { doing: "make", path: path.to_owned(), error })
}
