//! The commands that start another, and how their options are read.

use super::interpreter::is_shell;

/// How a wrapper's options are read.
pub(in crate::policy::shell) struct Shape {
    pub(in crate::policy::shell) name: &'static str,
    /// Flags that take the next word, or the rest of theirs.
    pub(in crate::policy::shell) valued: &'static str,
    /// Flags that stand alone; after any other, no more is known.
    pub(in crate::policy::shell) alone: &'static str,
    /// Long options; those that end in `=` take a value.
    pub(in crate::policy::shell) long: &'static [&'static str],
    /// Arguments before the command.
    pub(in crate::policy::shell) skip: usize,
}

pub(in crate::policy::shell) const CLEAR: [Shape; 13] = [
    Shape { name: "command", valued: "", alone: "p", long: &[], skip: 0 },
    Shape { name: "builtin", valued: "", alone: "", long: &[], skip: 0 },
    Shape { name: "exec", valued: "a", alone: "cl", long: &[], skip: 0 },
    Shape { name: "nohup", valued: "", alone: "", long: &[], skip: 0 },
    Shape { name: "time", valued: "", alone: "p", long: &[], skip: 0 },
    Shape { name: "nice", valued: "n", alone: "0123456789", long: &["adjustment="], skip: 0 },
    Shape { name: "ionice", valued: "cn", alone: "t", long: &["class=", "classdata=", "ignore"], skip: 0 },
    Shape { name: "chrt", valued: "", alone: "abfior", long: &[], skip: 1 },
    Shape { name: "taskset", valued: "", alone: "ac", long: &[], skip: 1 },
    Shape { name: "stdbuf", valued: "ioe", alone: "", long: &["input=", "output=", "error="], skip: 0 },
    Shape { name: "setsid", valued: "", alone: "cfw", long: &["ctty", "fork", "wait"], skip: 0 },
    Shape {
        name: "timeout",
        valued: "ks",
        alone: "v",
        long: &["kill-after=", "signal=", "foreground", "preserve-status", "verbose"],
        skip: 1,
    },
    Shape {
        name: "env",
        valued: "uCS",
        alone: "i0v",
        long: &["ignore-environment", "unset=", "chdir=", "null", "split-string="],
        skip: 0,
    },
];

/// Whether leave for the command that is started is leave for starting it so.
enum Sight {
    /// As far as that is known at all.
    Plain,
    /// Never: who runs it and where is for a person to judge.
    Opaque,
}

use Sight::{Opaque, Plain};

/// Commands that start another behind their options, of which any may take a value or not, and behind so many words of
/// their own, between which further options may stand: for rules that deny or ask alone.
const STARTERS: [(&str, usize, Sight); 135] = [
    ("aa-exec", 0, Plain),
    ("abduco", 1, Plain),
    ("aoss", 0, Plain),
    ("apulse", 0, Plain),
    ("arch", 0, Plain),
    ("bear", 0, Plain),
    ("builtin", 0, Plain),
    ("busybox", 0, Opaque),
    ("caffeinate", 0, Opaque),
    ("choom", 0, Plain),
    ("chronic", 0, Plain),
    ("chroot", 1, Opaque),
    ("chrt", 1, Plain),
    ("command", 0, Plain),
    ("compiledb", 0, Plain),
    ("coproc", 0, Opaque),
    ("coresched", 1, Plain),
    ("cpulimit", 0, Plain),
    ("daemon", 0, Plain),
    ("daemonize", 0, Plain),
    ("datefudge", 1, Plain),
    ("dbus-launch", 0, Plain),
    ("dbus-run-session", 0, Opaque),
    ("dchroot", 0, Plain),
    ("doas", 0, Opaque),
    ("dtach", 1, Plain),
    ("eatmydata", 0, Plain),
    ("entr", 0, Opaque),
    ("env", 0, Plain),
    ("envuidgid", 1, Plain),
    ("exec", 0, Plain),
    ("fakechroot", 0, Plain),
    ("fakeroot", 0, Opaque),
    ("faketime", 1, Opaque),
    ("firejail", 0, Opaque),
    ("flatpak-spawn", 0, Plain),
    ("flock", 1, Opaque),
    ("gamemoderun", 0, Plain),
    ("i386", 0, Opaque),
    ("ifne", 0, Plain),
    ("intercept-build", 0, Plain),
    ("ionice", 0, Plain),
    ("jexec", 1, Plain),
    ("k5start", 0, Plain),
    ("kcov", 1, Plain),
    ("keep-one-running", 0, Plain),
    ("krenew", 0, Plain),
    ("lckdo", 1, Plain),
    ("linux32", 0, Opaque),
    ("linux64", 0, Opaque),
    ("lockf", 1, Plain),
    ("ltrace", 0, Opaque),
    ("mangohud", 0, Plain),
    ("mispipe", 0, Plain),
    ("mpiexec", 0, Plain),
    ("mpirun", 0, Plain),
    ("multitime", 0, Plain),
    ("ncu", 0, Plain),
    ("nice", 0, Plain),
    ("nocache", 0, Plain),
    ("nohup", 0, Plain),
    ("nsenter", 0, Opaque),
    ("nsys", 1, Plain),
    ("numactl", 0, Opaque),
    ("nvprof", 0, Plain),
    ("optirun", 0, Plain),
    ("padsp", 0, Plain),
    ("pagsh", 0, Plain),
    ("parallel", 0, Opaque),
    ("pasuspender", 0, Plain),
    ("pee", 0, Plain),
    ("pkexec", 0, Opaque),
    ("prime-run", 0, Plain),
    ("primusrun", 0, Plain),
    ("prlimit", 0, Opaque),
    ("proot", 0, Plain),
    ("proxychains", 0, Opaque),
    ("proxychains4", 0, Plain),
    ("pseudo", 0, Plain),
    ("ptyget", 0, Plain),
    ("rlwrap", 0, Opaque),
    ("run-one", 0, Plain),
    ("run-this-one", 0, Plain),
    ("run0", 0, Plain),
    ("runcon", 1, Plain),
    ("runuser", 0, Opaque),
    ("s6-applyuidgid", 0, Plain),
    ("s6-envdir", 1, Plain),
    ("s6-setlock", 1, Plain),
    ("s6-setuidgid", 1, Plain),
    ("s6-softlimit", 0, Plain),
    ("salloc", 0, Plain),
    ("sandbox-exec", 0, Plain),
    ("scan-build", 0, Plain),
    ("schroot", 0, Plain),
    ("script", 1, Opaque),
    ("sem", 0, Plain),
    ("setarch", 1, Opaque),
    ("setlock", 1, Plain),
    ("setpriv", 0, Opaque),
    ("setsid", 0, Plain),
    ("setuidgid", 1, Plain),
    ("socksify", 0, Plain),
    ("softlimit", 0, Plain),
    ("solo", 0, Plain),
    ("srun", 0, Plain),
    ("ssh-agent", 0, Plain),
    ("sshpass", 0, Plain),
    ("stdbuf", 0, Plain),
    ("strace", 0, Opaque),
    ("su", 1, Opaque),
    ("sudo", 0, Opaque),
    ("systemd-cat", 0, Plain),
    ("systemd-inhibit", 0, Plain),
    ("systemd-run", 0, Opaque),
    ("taskset", 1, Plain),
    ("time", 0, Plain),
    ("timeout", 1, Plain),
    ("torify", 0, Opaque),
    ("torsocks", 0, Plain),
    ("toybox", 0, Opaque),
    ("trickle", 0, Plain),
    ("tsocks", 0, Plain),
    ("uclampset", 0, Plain),
    ("uftrace", 1, Plain),
    ("uname26", 0, Opaque),
    ("unbuffer", 0, Opaque),
    ("unshare", 0, Opaque),
    ("valgrind", 0, Opaque),
    ("vglrun", 0, Plain),
    ("with-contenv", 0, Plain),
    ("x86_64", 0, Opaque),
    ("xcrun", 0, Plain),
    ("xinit", 0, Plain),
    ("xvfb-run", 0, Opaque),
];

/// How many words of its own stand before the command that this one starts; None if it starts none.
pub(in crate::policy::shell) fn own_words(name: &str) -> Option<usize> {
    STARTERS.iter().find(|(starter, ..)| *starter == name).map(|(_, own, _)| *own)
}

/// Is it for a person to judge who runs what this command starts, and where?
pub(in crate::policy::shell) fn is_opaque(name: &str) -> bool {
    STARTERS.iter().any(|(starter, _, sight)| *starter == name && matches!(sight, Opaque))
}

/// Does it run the command, or the code, in its arguments?
pub(in crate::policy) fn runs_its_arguments(name: &str) -> bool {
    own_words(name).is_some() || is_shell(name) || matches!(name, "xargs" | "watch" | "eval" | "source")
}
