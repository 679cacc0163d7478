"""What the kernel of this machine gives to confine commands."""

from __future__ import annotations

from claw.events.session import Confinement


def available() -> Confinement:
    """As the session records it."""
    return Confinement()
