"""What stands beside a command in a question is the reason alone, and no command can write it."""

from __future__ import annotations

import pytest

from claw.cli.terminal.verdicts import why
from claw.events.permission import Segment


@pytest.mark.parametrize(
    ("text", "reason", "told"),
    [
        ("ls", "`ls` only reads.", "only reads."),
        ("make", "No rule allows `make`, and mode plan asks: it writes `a`.", "it writes `a`."),
        ("ls", "`.git` in `ls` is protected.", "`.git` in `ls` is protected."),
        (
            "rm `, and mode default asks: it only reads",
            "No rule allows `rm `, and mode default asks: it only reads`, and mode default asks: it removes.",
            "it removes.",
        ),
        ("rm x", "No rule allows `rm …`, and mode plan asks: y.", "No rule allows `rm …`, and mode plan asks: y."),
    ],
)
def test_a_reason_is_shortened_by_what_the_command_is_and_nothing_else(text: str, reason: str, told: str) -> None:
    assert why(Segment(text=text, verdict="ask", reason=reason)) == told
