//! What this kernel gives here, found by trying.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::bounds::{self, Bounds, By, Place};
use super::error::StartError;
use super::plan::Plan;
use super::process::{Process, Watch};
use super::sandbox::{Confinement, Network, Sandbox, landlock};
use super::standby::{self, Standby};
use super::trace::can_trace;

/// How long a trial may take: it does next to nothing.
const TRIAL: Duration = Duration::from_secs(30);

/// Facts about this machine, as this process meets it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Available {
    /// A whole sandbox can be built.
    pub namespaces: bool,
    /// `/proc` can show the sandbox's own processes only. Else the host's is there, read-only.
    pub proc: bool,
    /// The version of Landlock's interface; 0 without.
    pub landlock: i32,
    /// A filter can be installed.
    pub seccomp: bool,
    /// Commands get a cgroup of their own.
    pub cgroup: bool,
    /// What bounds how many processes a command has.
    pub processes: By,
    /// What failed, and how; empty if nothing did.
    pub why: String,
}

/// How the processes of commands are held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Held {
    /// Where each of them gets a cgroup.
    place: Option<Place>,
    by: By,
}

/// Tried once, in a forked child, and remembered.
pub fn available() -> Available {
    static FOUND: OnceLock<Available> = OnceLock::new();
    let found = FOUND.get_or_init(layers).clone();
    let held = if found.seccomp { held(found.namespaces) } else { Held::default() };
    Available { cgroup: held.place.is_some(), processes: held.by, ..found }
}

static EARLY: Mutex<Option<JoinHandle<()>>> = Mutex::new(None);

/// Begin to find out, in a thread, while the caller does something else: each trial waits for processes.
pub fn begin() {
    let find = || {
        available();
        can_trace();
    };
    // Where no thread can be had, the first who asks waits.
    let thread = thread::Builder::new().name("claw-probe".into()).spawn(find).ok();
    *EARLY.lock().unwrap_or_else(PoisonError::into_inner) = thread;
}

/// Wait for what [`begin`] began, if it did, so that nothing of a trial is left behind.
pub fn settle() {
    let begun = EARLY.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(thread) = begun {
        // Whoever asks again meets what made it panic.
        let _ = thread.join();
    }
}

fn layers() -> Available {
    let mut why = String::new();
    let mut attempt = |namespaces: bool, own_proc: bool| match attempt(namespaces, own_proc, Bounds::default()) {
        Ok(()) => true,
        Err(error) => {
            if why.is_empty() {
                why = error.to_string();
            }
            false
        }
    };
    let proc = attempt(true, true);
    let namespaces = proc || attempt(true, false);
    let seccomp = namespaces || attempt(false, false);
    Available { namespaces, proc, landlock: landlock::abi(), seccomp, why, ..Available::default() }
}

/// The sandbox that is wanted. Refuses what this kernel cannot give.
pub(super) fn sandbox(wanted: &Confinement, terminal: bool) -> Result<(Sandbox, Option<Standby>), StartError> {
    let found = available();
    let lacking = |what: &str| StartError::Confinement(format!("{what}: {}", found.why));
    if wanted.namespaces && !found.namespaces {
        return Err(lacking("the kernel gives no namespaces here"));
    }
    if !wanted.namespaces && matches!(wanted.network, Network::Hosts(_)) {
        return Err(StartError::Confinement("without namespaces the network is granted whole or not at all".into()));
    }
    if found.landlock == 0 {
        return Err(lacking("the kernel has no Landlock"));
    }
    if !found.seccomp {
        return Err(lacking("the kernel has no seccomp"));
    }
    let held = held(wanted.namespaces);
    let most = wanted.processes.unwrap_or_else(bounds::usual_most);
    let bounded = |made| Bounds::new(held.place.as_ref(), held.by, most, made);
    let mut standby = standby::take(Sandbox::namespaces(wanted), held.place.as_ref());
    let bounds = bounded(standby.as_ref().and_then(Standby::group)).or_else(|_| {
        // One that has just ended has taken its cgroup along.
        standby = None;
        bounded(None)
    })?;
    Ok((Sandbox::new(wanted, terminal, found.proc, bounds)?, standby))
}

/// Now that this one runs, make ready for another.
pub(super) fn prepare_next(last: &Sandbox) {
    if last.namespaces != 0 {
        // Without it the next command takes longer, and says what is wrong.
        let _ = standby::prepare(last, held(true).place, bounds::usual_most());
    }
}

/// With namespaces or without them, tried once each, for each user that this process has been.
fn held(namespaces: bool) -> Held {
    static FOUND: Mutex<BTreeMap<(u32, bool), Held>> = Mutex::new(BTreeMap::new());
    // SAFETY: a plain question.
    let user = unsafe { libc::geteuid() };
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    found.entry((user, namespaces)).or_insert_with(|| find_held(namespaces)).clone()
}

/// The cheapest that holds, in the order of [`bounds`].
fn find_held(namespaces: bool) -> Held {
    let works = |place: Option<&Place>, by| {
        let bounds = Bounds::new(place, by, bounds::FEWEST, None);
        bounds.and_then(|bounds| attempt(namespaces, false, bounds)).is_ok()
    };
    let places = bounds::places();
    places.iter().for_each(bounds::tidy);
    let (quick, slow): (Vec<_>, Vec<_>) = places.into_iter().partition(Place::is_quick);
    let place = quick.into_iter().find(|place| works(Some(place), By::Cgroup));
    if place.as_ref().is_some_and(|place| place.bounds) {
        return Held { place, by: By::Cgroup };
    }
    if namespaces && works(None, By::Rlimit) {
        return Held { place, by: By::Rlimit };
    }
    if namespaces && bounds::has_own_pid_max() && works(None, By::PidMax) {
        return Held { place, by: By::PidMax };
    }
    match slow.into_iter().find(|place| works(Some(place), By::Cgroup)) {
        Some(slow) => Held { place: Some(slow), by: By::Cgroup },
        None => Held { place, by: By::Nothing },
    }
}

/// Build a sandbox around nothing, and throw it away.
fn attempt(namespaces: bool, own_proc: bool, bounds: Bounds) -> Result<(), StartError> {
    let network = Network::Nothing;
    let wanted = Confinement { workspace: PathBuf::from("/"), network, namespaces, ..Confinement::default() };
    let plan = Plan::trial(Sandbox::new(&wanted, false, own_proc, bounds)?);
    let tried =
        Process::launch(&plan, None, None, &Watch::default(), None).map_err(|failed| failed.confining(&plan))?;
    match tried.wait(Instant::now() + TRIAL) {
        Ok(Some(0)) => Ok(()),
        other => Err(StartError::Confinement(format!("the trial ended with {other:?}"))),
    }
}
