"""Numbers for the parts of `decide` whose logic may change, recorded when a runtime starts to write.

A change of logic that would make old logs diverge gets a new number and keeps the old way under the old number, until
the old one is retired. A log that needs a retired or a future number neither passes nor fails: it needs another claw.
"""

from __future__ import annotations

from collections.abc import Mapping

from claw.projections.state import State

SUPPORTED: dict[str, range] = {
    # 2: an input that the model cannot take is cut when its turn ends, and said with its size.
    "turn": range(1, 3),
    # 3: a call has the room that the window leaves it; one that the token limit cut is told so and not run; a text
    # where a tool's schema allows none is taken as what it is JSON of.
    "tools": range(2, 4),
    # 2: what a service wants of one agent holds for all that ask there; another model is asked while one is overloaded.
    "retry": range(1, 3),
    # 2: the person is asked whether to go on beyond a limit; calls that are made again and again are noticed.
    "limits": range(1, 3),
    # 2: sizes are counted in bytes with all that is sent, long texts are cut for the summary's request, and a refusal
    # of a request that nearly fills the window is taken for one of its size. 3: a summary keeps what the user said, and
    # is told beside changed files and refused calls; old results make room before one is needed.
    "compaction": range(1, 4),
    # 2: results are content blocks, and of a tool what the model is told of it is in the digest. 3: the digest of a
    # conversation goes on from the one before.
    "prompt": range(1, 4),
    # 2: a hook of an agent that another one has started is told which agent that is, and of which kind; what an agent
    # has left running in the background ends with it.
    "agents": range(1, 3),
    # 2: where the session works is looked at and told, at the head of a conversation and by notes behind it.
    "environment": range(1, 3),
    # 2: what has changed is read with each input, what counts for a folder or for some files when one is touched.
    "instructions": range(1, 3),
    # 2: nobody sleeps who has not heard of what would end that.
    "waits": range(1, 3),
    # 2: the digest of policy is recorded, and under another one replay takes the recorded verdicts as given.
    "policy": range(1, 3),
}
"""Per part the numbers that this claw can still do."""

CURRENT: dict[str, int] = {part: numbers[-1] for part, numbers in SUPPORTED.items()}
"""What a new runtime records."""


def number(state: State, part: str) -> int:
    """The number that the runtime recorded which writes now; a runtime of before the numbers has the first."""
    runtime = state.session.runtime
    return runtime.behaviours.get(part, 1) if runtime else 1


def unsupported(recorded: Mapping[str, int]) -> list[str]:
    """Parts of a recording that this claw cannot repeat, as `name number`."""
    return sorted(
        f"{part} {number}" for part, number in recorded.items() if number not in SUPPORTED.get(part, range(0))
    )
