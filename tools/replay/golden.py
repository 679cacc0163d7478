"""What a golden session is: a folder in `tests/golden` with a `golden.json` that says how it is recorded, and the
recorded `sessions` beside it.

::

    {"about": "One line: what it shows.",
     "files": {"a.txt": "hello\\n"},
     "scenario": {"replies": [{"blocks": [{"type": "text", "text": "Hi."}]}]},
     "acts": [{"do": "run", "arguments": ["-p", "hello"]}]}

The scenario is one of `claw.providers.scripted`. Acts are performed in order; only the model is scripted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from claw.events.input import CommandName
from claw.events.permission import Mode, Scope
from claw.events.session import TurnEnd
from claw.providers.scripted.scenario import Scenario

GOLDENS = Path(__file__).parent.parent.parent / "tests" / "golden"


class Moment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the `count`-th event of `kind` with `holding` in its JSON is in the log, counted from the act's start."""

    kind: str
    holding: str = ""
    count: int = 1


class Act(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    pass


class Run(Act, frozen=True, kw_only=True, tag="run"):
    """The claw command, run to its end, which must have the status `exit`. `stop` sends it a signal at a moment.

    `{KIND}` in an argument stands for the seq of the last event of that kind in the last session. Without `--model` the
    model is `scripted`.
    """

    arguments: tuple[str, ...]
    exit: int = 0
    stop: Moment | None = None
    signal: Literal["INT", "TERM", "KILL"] = "KILL"


class Say(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="say", forbid_unknown_fields=True):
    """Give an input, which may name a command file, or behind a `!` a command of the person's own, and wait until the
    session is quiet: its last turn must end as `end` says.

    `meanwhile` is a second input, given at the moment `at`; `interrupt` is when the turn is called off. Both are for
    the agent `to`: 0 is the one that has the first input. `waits`: the second input is for the next turn; `beside`: it
    is asked beside the conversation.
    """

    text: str
    end: TurnEnd = "done"
    interrupt: Moment | None = None
    meanwhile: str = ""
    waits: bool = False
    beside: bool = False
    at: Moment | None = None
    to: int = 0


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="command", forbid_unknown_fields=True):
    name: CommandName
    argument: str = ""


class Configure(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="configure", forbid_unknown_fields=True):
    model: str | None = None
    mode: Mode | None = None


class Rename(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="rename", forbid_unknown_fields=True):
    name: str


class Tag(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="tag", forbid_unknown_fields=True):
    """Tags as they are typed behind `/tag`."""

    tags: str


class Wait(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="wait", forbid_unknown_fields=True):
    """Enter nothing until the moment, and then until the session is quiet: what is scheduled comes by itself."""

    until: Moment


Line: TypeAlias = Say | Command | Configure | Rename | Tag | Wait


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the person says to a question; `wait`: nothing, until the question is withdrawn. `choose` has a label for
    each of the model's questions. A plan that is allowed is followed by `mode`, and is as it was `edited`.
    """

    allowed: bool = True
    scope: Scope = "once"
    reason: str = ""
    choose: tuple[str, ...] = ()
    mode: Mode = "default"
    edited: str | None = None
    wait: bool = False


class Talk(Act, frozen=True, kw_only=True, tag="talk"):
    """A person at the terminal: lines in order, and an answer to each question in order.

    Goes on with the last session where `resume` is set.
    """

    lines: tuple[Line, ...]
    answers: tuple[Answer, ...] = ()
    allowed: tuple[str, ...] = ()
    model: str = "scripted"
    mode: Mode | None = None
    resume: bool = False


class Program(Act, frozen=True, kw_only=True, tag="program"):
    """A program in front of claw, which talks with it by `stream-json`: an input per turn, and the `response` of an
    answer to each question in order. `arguments` as those of `Run`.
    """

    lines: tuple[str, ...]
    answers: tuple[dict[str, Any], ...] = ()
    arguments: tuple[str, ...] = ()


class Golden(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`files` are those of the workspace before the first act, `binary` more of them in base64, `home` those of the
    user's home, by relative path.
    `environment` has variables that claw gets beside those of `Stage.environment`.
    """

    about: str
    scenario: Scenario
    acts: tuple[Run | Talk | Program, ...]
    files: dict[str, str] = {}
    binary: dict[str, str] = {}
    home: dict[str, str] = {}
    environment: dict[str, str] = {}


def load(name: str) -> Golden:
    """Raises OSError, msgspec.ValidationError (naming the place in the file)."""
    return msgspec.json.decode((GOLDENS / name / "golden.json").read_bytes(), type=Golden)


def names() -> list[str]:
    """Of all golden sessions, recorded or not."""
    return sorted(file.parent.name for file in GOLDENS.glob("*/golden.json"))


def is_recorded(name: str) -> bool:
    return (GOLDENS / name / "sessions").is_dir()
