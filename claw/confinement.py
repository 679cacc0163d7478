"""What the kernel of this machine gives to confine commands."""

from __future__ import annotations

from claw import _native
from claw.events.session import Confinement


def available() -> Confinement:
    """As the session records it; found out once, by trying."""
    found = _native.Confinement.available()
    return Confinement(
        namespaces=found["namespaces"], landlock=found["landlock"], seccomp=found["seccomp"], why=found["why"]
    )
