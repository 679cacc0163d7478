"""claw: a coding agent for the terminal whose only memory is an event log.

`claw.Session` is a session for programs in Python (docs/python.md).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from claw.api.asking import Accept, Allow, Deny
    from claw.api.log import Log
    from claw.api.result import Result
    from claw.api.session import Session
    from claw.api.turn import Turn
    from claw.events.question import Choices

__version__ = "0.1.0"

_WHERE = {
    **dict.fromkeys(("Accept", "Allow", "Deny"), "api.asking"),
    **{"Choices": "events.question", "Log": "api.log", "Result": "api.result"},
    **{"Session": "api.session", "Turn": "api.turn"},
}

__all__ = ["Accept", "Allow", "Choices", "Deny", "Log", "Result", "Session", "Turn", "__version__"]


def __getattr__(name: str) -> Any:
    """Each is imported when it is first used: the command line needs none of them."""
    if name not in _WHERE:
        raise AttributeError(f"module 'claw' has no attribute {name!r}")
    return getattr(importlib.import_module(f"claw.{_WHERE[name]}"), name)
