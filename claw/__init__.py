"""claw: a coding agent for the terminal whose only memory is an event log.

`claw.Session` is a session for programs in Python (`docs/python.md`; `__init__.pyi` has what there is).
"""

import importlib

__version__ = "0.1.0"

_WHERE = {
    **dict.fromkeys(("Accept", "Allow", "Deny"), "api.asking"),
    **{"Choices": "events.question", "Log": "api.log", "Result": "api.result"},
    **{"Session": "api.session", "Turn": "api.turn"},
}


def __getattr__(name):
    """Each is imported when it is first used: the command line needs none of them."""
    if name not in _WHERE:
        raise AttributeError(f"module 'claw' has no attribute {name!r}")
    return getattr(importlib.import_module(f"claw.{_WHERE[name]}"), name)


def __dir__():
    return sorted({*globals(), *_WHERE})
