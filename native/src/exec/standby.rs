//! What the next confined command needs and no command decides, made ahead.
//!
//! The namespaces of a user, of process numbers, IPC, host name and network are the same whatever a command may do, and take
//! longer to make than all else. So once a command runs, a supervisor and the first process of a sandbox are made for the
//! next one, in a cgroup of their own. They have seen no plan and hold nothing. They are used once, for a command of the same
//! kind; what it may reach comes with its plan, and what it sees of the file system is made then, of what there is then.
//! They end with claw, or when claw lets go of them.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::bounds::{Group, Place};
use super::fds;
use super::sandbox::Sandbox;
use super::starter::{self, Owner, Theirs};

/// What these processes are told when they are made.
#[derive(Serialize, Deserialize)]
pub(super) struct Kind {
    /// Flags of clone(2).
    pub(super) namespaces: i32,
    /// What is written to uid_map and gid_map.
    pub(super) maps: [Vec<u8>; 2],
    pub(super) group: Option<Arc<Group>>,
}

/// claw's end of them.
pub(super) struct Standby {
    owner: Owner,
    place: Option<Place>,
    kind: Kind,
    socket: OwnedFd,
}

static NEXT: Mutex<Option<Standby>> = Mutex::new(None);

/// Those that wait for a command with these namespaces and a cgroup of this place, if there are any.
pub(super) fn take(namespaces: i32, place: Option<&Place>) -> Option<Standby> {
    let next = NEXT.lock().unwrap_or_else(PoisonError::into_inner).take();
    let fits = |next: &Standby| {
        let alike = next.kind.namespaces == namespaces && next.place.as_ref() == place;
        alike && next.owner == Owner::me() && !fds::has_hung_up(next.socket.as_raw_fd())
    };
    next.filter(fits)
}

/// Make them for the next command of this one's kind. Without them it takes longer, and that is all.
pub(super) fn prepare(last: &Sandbox, place: Option<Place>, most: u32) -> io::Result<()> {
    let group = place.as_ref().map(|place| Group::make(place, most).map(Arc::new)).transpose()?;
    let kind = Kind { namespaces: last.namespaces, maps: last.maps.clone(), group };
    let (socket, theirs) = fds::messages()?;
    starter::stand_by(&rmp_serde::to_vec(&kind).map_err(io::Error::other)?, &theirs)?;
    let next = Standby { owner: Owner::me(), place, kind, socket };
    *NEXT.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
    Ok(())
}

impl Standby {
    /// The cgroup that they are in.
    pub(super) fn group(&self) -> Option<Arc<Group>> {
        self.kind.group.clone()
    }

    /// Go on with this plan, as it was encoded.
    pub(super) fn start(&self, plan: &[u8], theirs: &Theirs<'_>) -> io::Result<()> {
        theirs.send(plan, self.socket.as_raw_fd())
    }
}
