"""What the kernel of this machine gives to confine commands, and what has to be said where it does not give all."""

from __future__ import annotations

from claw import _native
from claw.events.session import Confinement

UNTRACED = "claw may not trace what commands start, so deny rules for commands hold in the text of a command line only"


def available() -> Confinement:
    """As a session records it. Tried once in a child process, then remembered."""
    facts = _native.Confinement.available()
    return Confinement(
        namespaces=facts["namespaces"],
        landlock=facts["landlock"],
        seccomp=facts["seccomp"],
        cgroup=facts["cgroup"],
        processes=facts["processes"],
        traced=facts["traced"],
        why=facts["why"],
    )


def lacking(confinement: Confinement) -> str:
    """What commands are not kept from here, in a sentence or two; empty where nothing is missing."""
    layers = {"Landlock": confinement.landlock > 0, "seccomp": confinement.seccomp}
    missing = " and ".join(name for name, there in layers.items() if not there)
    if confinement.namespaces:
        said = [f"this kernel gives no {missing}{_why(confinement)}"] if missing else []
        said += [] if confinement.traced else [UNTRACED]
        said += [] if confinement.processes else ["nothing bounds how many processes a command starts"]
        return f"THE SANDBOX IS WEAKER HERE: {', and '.join(said)}." if said else ""
    unasked = "Unless you say otherwise, only commands that are known to be read-only run unasked."
    untraced = "" if confinement.traced else f" And {UNTRACED}."
    if confinement.landlock:
        held = " and ".join(name for name, there in layers.items() if there)
        return (
            f"COMMANDS ARE ONLY HALF CONFINED HERE: this kernel gives no namespaces, so {held} alone must hold them"
            f"{_why(confinement)}. {unasked} Nothing keeps a command from changing protected "
            "files (.git/config, .envrc, settings of editors and agents) and what rules for Edit name: it is said when "
            f"it did. /tmp is the machine's.{untraced}"
        )
    return (
        "COMMANDS ARE NOT CONFINED HERE: this kernel gives neither namespaces nor Landlock"
        f"{_why(confinement)}. {unasked}{untraced}"
    )


def given(confinement: Confinement) -> str:
    """All of it, in a few words."""
    bounds = {"cgroup": "pids.max", "rlimit": "RLIMIT_NPROC", "pid_max": "pid_max of their namespace"}
    group = "a cgroup each, " if confinement.cgroup else "no cgroups, "
    return (
        f"namespaces, Landlock {confinement.landlock}, seccomp; {group}"
        f"processes bounded by {bounds[confinement.processes]}{', starts traced' if confinement.traced else ''}"
    )


def _why(confinement: Confinement) -> str:
    return f" ({confinement.why.rstrip('.')})" if confinement.why else ""
