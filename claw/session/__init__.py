"""A session as its users know it: started, resumed, forked; talked to; ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from claw.late import load

if TYPE_CHECKING:
    from claw.session.creation import started
    from claw.session.forks import fork
    from claw.session.resumption import resumed
    from claw.session.revocation import holders, revoke
    from claw.session.session import Session

__all__ = ["Session", "fork", "holders", "resumed", "revoke", "started"]

_MODULES = {"Session": "session", "fork": "forks", "resumed": "resumption", "started": "creation"}


def __getattr__(name: str) -> Any:
    """Each is imported when it is first used: a session that begins needs nothing of one that goes on."""
    if name not in __all__:
        raise AttributeError(f"claw.session has no {name}")
    return load(f"claw.session.{_MODULES.get(name, 'revocation')}", name)
