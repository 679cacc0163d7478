"""What the kernel of this machine gives to confine commands, and what has to be said where it does not give all."""

from __future__ import annotations

from claw import _native
from claw.events.session import Confinement


def available() -> Confinement:
    """As a session records it. Tried once in a child process, then remembered."""
    facts = _native.Confinement.available()
    return Confinement(
        namespaces=facts["namespaces"], landlock=facts["landlock"], seccomp=facts["seccomp"], why=facts["why"]
    )


def lacking(confinement: Confinement) -> str:
    """One sentence on what commands are not kept from here; empty where nothing is missing."""
    layers = {"Landlock": confinement.landlock > 0, "seccomp": confinement.seccomp}
    missing = " and ".join(name for name, there in layers.items() if not there)
    if confinement.namespaces:
        return f"THE SANDBOX IS WEAKER HERE: this kernel gives no {missing}{_why(confinement)}." if missing else ""
    unasked = "Unless you say otherwise, only commands that are known to be read-only run unasked."
    if confinement.landlock:
        held = " and ".join(name for name, there in layers.items() if there)
        return (
            f"COMMANDS ARE ONLY HALF CONFINED HERE: this kernel gives no namespaces, so {held} alone must hold them"
            f"{_why(confinement)}. {unasked}"
        )
    return (
        "COMMANDS ARE NOT CONFINED HERE: this kernel gives neither namespaces nor Landlock"
        f"{_why(confinement)}. {unasked}"
    )


def _why(confinement: Confinement) -> str:
    return f" ({confinement.why.rstrip('.')})" if confinement.why else ""
