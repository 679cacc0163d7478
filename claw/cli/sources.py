"""Where an input comes from that nobody has typed, in a few words."""

from __future__ import annotations

from claw.events.input import InputSource


def told(source: InputSource) -> str:
    if source.how == "outside":
        return f"sent from outside, by {source.name}" if source.name else "sent from outside"
    return f"due by schedule {source.name}"
