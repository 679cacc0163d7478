//! The commands that start another, and how their options are read.

/// How a wrapper's options are read.
pub(super) struct Shape {
    pub(super) name: &'static str,
    /// Flags that take the next word, or the rest of theirs.
    pub(super) valued: &'static str,
    /// Flags that stand alone; after any other, no more is known.
    pub(super) alone: &'static str,
    /// Long options; those that end in `=` take a value.
    pub(super) long: &'static [&'static str],
    /// Arguments before the command.
    pub(super) skip: usize,
}

pub(super) const CLEAR: [Shape; 13] = [
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

/// Commands of which so much is known that they start another: who runs it and where is for a person to judge.
pub(super) const OPAQUE: [&str; 38] = [
    "sudo",
    "doas",
    "su",
    "chroot",
    "unshare",
    "flock",
    "script",
    "strace",
    "ltrace",
    "parallel",
    "busybox",
    "toybox",
    "pkexec",
    "runuser",
    "systemd-run",
    "setpriv",
    "prlimit",
    "unbuffer",
    "nsenter",
    "firejail",
    "entr",
    "caffeinate",
    "rlwrap",
    "dbus-run-session",
    "xvfb-run",
    "fakeroot",
    "faketime",
    "proxychains",
    "torify",
    "setarch",
    "linux32",
    "linux64",
    "i386",
    "x86_64",
    "uname26",
    "numactl",
    "valgrind",
    "coproc",
];
