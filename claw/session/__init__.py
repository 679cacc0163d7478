"""A session as its users know it: started, resumed, forked; talked to; ended."""

from __future__ import annotations

from claw.session.beginning import started
from claw.session.forking import fork
from claw.session.opened import Session
from claw.session.resuming import resumed
from claw.session.revoking import holders, revoke

__all__ = ["Session", "fork", "holders", "resumed", "revoke", "started"]
