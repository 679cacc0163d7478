//! What the next confined command needs and no command decides, made ahead.
//!
//! The namespaces of a user, of process numbers, IPC, host name and network are the same whatever a command may do, and take
//! longer to make than all else. So once a command runs, a supervisor and the first process of a sandbox are made for the
//! next one, in a cgroup of their own. They have seen no plan and hold nothing. They are used once, for a command of the same
//! kind; what it may reach comes with its plan, and what it sees of the file system is made then, of what there is then.
//! They end with claw, or when claw lets go of them.
//!
//! They may be killed or stopped at any moment. So the first process takes the *permit*, one byte that it shares with claw,
//! right before it starts the command. Whichever of the two reads it has it: while claw can, the command has not begun and
//! never will, and it is started without them.

use std::cell::Cell;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};

use super::bounds::{Group, Place};
use super::message::{Kind, take_permit};
use super::sandbox::Sandbox;
use super::starter::{self, Owner, Theirs};
use super::{fds, raw};

/// How long claw waits for them to say anything. They need a hundredth of it.
const PATIENCE_MS: i32 = 500;

/// claw's end of them.
pub(super) struct Standby {
    owner: Owner,
    place: Option<Place>,
    kind: Kind,
    socket: OwnedFd,
    permit: OwnedFd,
    retracted: Cell<bool>,
}

static NEXT: Mutex<Option<Standby>> = Mutex::new(None);

/// Those that wait for a command with these namespaces and a cgroup of this place, if there are any.
pub(super) fn take(namespaces: i32, place: Option<&Place>) -> Option<Standby> {
    let next = NEXT.lock().unwrap_or_else(PoisonError::into_inner).take();
    let next = next.filter(|next| next.owner == Owner::me())?;
    if fds::has_hung_up(next.socket.as_raw_fd()) {
        // What was killed has not removed its cgroup.
        next.withdraw();
        return None;
    }
    Some(next).filter(|next| next.kind.namespaces == namespaces && next.place.as_ref() == place)
}

/// Make them for the next command of this one's kind. Without them it takes longer, and that is all.
pub(super) fn prepare(last: &Sandbox, place: Option<Place>, most: u32) -> io::Result<()> {
    let group = place.as_ref().map(|place| Group::make(place, most).map(Arc::new)).transpose()?;
    let kind = Kind { namespaces: last.namespaces, maps: last.maps.clone(), group };
    let (socket, theirs) = fds::messages()?;
    let (permit, giver) = fds::pipe()?;
    fds::set_nonblocking(&permit)?;
    raw::send(giver.as_raw_fd(), b"p");
    starter::stand_by(&rmp_serde::to_vec(&kind).map_err(io::Error::other)?, &theirs, &permit)?;
    let next = Standby { owner: Owner::me(), place, kind, socket, permit, retracted: Cell::new(false) };
    *NEXT.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
    Ok(())
}

impl Standby {
    /// The cgroup that they are in.
    pub(super) fn group(&self) -> Option<Arc<Group>> {
        self.kind.group.clone()
    }

    /// Where that was made.
    pub(super) fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// Go on with this plan, as it was encoded. Receiving from `start` fails with `WouldBlock` when they have said nothing
    /// for too long.
    pub(super) fn start(&self, plan: &[u8], theirs: &Theirs<'_>, start: &OwnedFd) -> io::Result<()> {
        fds::give_up_after(start, PATIENCE_MS)?;
        theirs.send(plan, self.socket.as_raw_fd())
    }

    /// Take the permit from them; false when the command has begun.
    pub(super) fn retract(&self) -> bool {
        self.retracted.set(self.retracted.get() || take_permit(self.permit.as_raw_fd()));
        self.retracted.get()
    }

    /// Unless the command has begun, see to it that it never does and that they are gone; whether that is so.
    pub(super) fn withdraw(&self) -> bool {
        let withdrawn = self.retract() && self.end();
        if let Some(group) = self.kind.group.as_ref().filter(|_| withdrawn) {
            // SAFETY: async-signal-safe, and so all the more here. Nobody else does it any more.
            unsafe {
                group.kill();
                group.remove();
            }
        }
        withdrawn
    }

    /// Kill the supervisor, stopped or not, and the sandbox with it. The starter has sent a pidfd of it, or there is none.
    fn end(&self) -> bool {
        let heard = fds::give_up_after(&self.socket, PATIENCE_MS).and_then(|()| fds::receive(&self.socket));
        match heard.map(|mut message| message.fds.pop()) {
            Ok(Some(supervisor)) => raw::pidfd_kill(supervisor.as_raw_fd(), PATIENCE_MS),
            Ok(None) => true,
            Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
        }
    }
}
