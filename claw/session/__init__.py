"""A session as its users know it: started, resumed, forked; talked to; ended."""

from __future__ import annotations

from claw.session.creation import started
from claw.session.forks import fork
from claw.session.resumption import resumed
from claw.session.revocation import holders, revoke
from claw.session.session import Session

__all__ = ["Session", "fork", "holders", "resumed", "revoke", "started"]
