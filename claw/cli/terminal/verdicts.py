"""The verdict on one command of a line, told beside the command itself."""

from __future__ import annotations

from typing import get_args

from claw.events.permission import Mode, Segment


def why(segment: Segment) -> str:
    """The reason without what stands beside it anyway. Only a reason that begins with just that is shortened: what a
    command says of itself takes no part in it."""
    for mode in get_args(Mode):
        begun = f"No rule allows `{segment.text}`, and mode {mode} asks: "
        if segment.reason.startswith(begun):
            return segment.reason.removeprefix(begun)
    return segment.reason.removeprefix(f"`{segment.text}` ")
