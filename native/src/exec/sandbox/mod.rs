//! What a confined command can reach, and how that is held.
//!
//! ```text
//! claw ──▶ supervisor ──clone(user, pid, ipc, uts, net)──▶ init (pid 1) ──▶ command (pid 2) ──▶ …
//!          host's namespaces                               mounts,          Landlock, seccomp,
//!          guard, endings                                  loopback,        execve
//!                                                          no privileges
//! ```
//!
//! Three layers, each of which would do for most of it:
//!
//! 1. *Namespaces.* [`super::init`] builds a view of the file system of its own ([`mounts`]): all of it read-only; homes,
//!    `/tmp`, `/run` and `/dev` empty and private; the workspace and what the caller names bound into that; protected
//!    paths bound read-only over themselves, the folders above them pinned, so that none can be moved away. Most
//!    specific wins: [`layout`] sorts by path. Credentials are hidden whatever is readable. What is to be seen of home
//!    is seen through a layer (overlayfs): no socket in it is one that anybody listens on, and a cache can be written
//!    to without being changed. Elsewhere sockets are masked that have a name when the command starts. `/proc` shows the sandbox's processes only and is read-only. The network
//!    is an empty namespace with a loopback of its own, where [`super::proxy`] may be
//!    listened for. Then every capability is dropped, for ever ([`privileges`]).
//! 2. *Landlock* ([`landlock`]): the same roots once more, as rules on inodes; signals and abstract sockets stay within.
//! 3. *seccomp* ([`seccomp`]): system calls that no build, test or tool needs and that exploits begin with are refused.
//!
//! Init holds a copy of claw's memory, as the supervisor does. It is not dumpable and belongs to the outer user
//! namespace, so nothing inside may look into it. Its death ends all (pid_namespaces(7)), so a double fork escapes even
//! less than by the supervisor alone, and a supervisor that is killed takes everything along.
//!
//! All paths are resolved before the fork; in it they are opened without following links, and what is bound is taken
//! from the old view before the new one is entered. A step that fails ends the start, and the error names it. Nothing
//! is ever left out silently: what this kernel lacks is found by [`super::probe`], which really tries.
//!
//! `/tmp` and `/var/tmp` are the command's alone, or the session's (`Confinement::scratch`).
//!
//! Without namespaces (`Confinement::namespaces` false, the caller's choice) Landlock and seccomp alone hold: no private
//! `/tmp`, protected paths in a writable workspace are *not* protected, and there are no sockets at all unless the
//! whole network is granted.
//!
//! How many processes there may be is the affair of [`super::bounds`]. The private folders are one tmpfs of half the
//! memory.
//!
//! *Not covered*: protected files in whose place others put new ones while the command runs (a mount goes with the old
//! one; whoever started it looks for that afterwards); sockets that others make while it runs, or that have another name
//! than they were bound by, in the workspace and in what all users see; memory that processes take, and space in the
//! workspace.

mod bare;
mod confinement;
mod entries;
pub(super) mod landlock;
mod layout;
mod mounts;
mod network;
mod prepared;
mod privileges;
mod seccomp;
mod sockets;

pub use confinement::{Confinement, Network};
pub(super) use prepared::{Sandbox, begin};
