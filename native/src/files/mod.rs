//! Files by their canonical path: no symbolic link is ever followed, whoever changes the tree meanwhile.
//!
//! What policy judged is a canonical path, in which no link is left. It is opened by openat2(2) with
//! `RESOLVE_NO_SYMLINKS`, so that it is that very path or nothing: a folder or a file that has become a link since is an
//! error, and there is no moment between a check and its use. What is read is the descriptor, what is written goes
//! through the descriptor of its folder.
//!
//! A search holds the [`Folder`] that was judged, and opens what it finds from there.
//!
//! [`open_file`] is the one place that opens a file of the user's for reading, [`write_file`] the one that writes one
//! and [`change_files`] the one that changes several, and only for a grant that names their paths.

mod aside;
mod closed;
mod entry;
mod error;
mod folder;
mod guarded;
mod matching;
mod names;
mod open;
mod patterns;
mod repositories;
mod several;
mod undo;
mod write;

pub use aside::set_aside;
pub use entry::Identity;
pub use error::FileError;
pub use folder::{Folder, Visitor};
pub use guarded::{Guarded, guarded};
pub use matching::matching;
pub use names::other_names;
pub use open::open_file;
pub use patterns::Patterns;
pub use repositories::is_obeyed;
pub use several::{Change, change_files};
pub use write::write_file;

#[cfg(test)]
mod tests;
