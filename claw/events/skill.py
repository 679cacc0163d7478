"""Skills: instructions that the model looks at when they are needed."""

from typing import ClassVar

import msgspec

from claw.events.base import Content, Derived, Event, Intent, Observed
from claw.events.command import Leave


class KnownSkill(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A skill, or a command file, that the model may use: `path` is its file, absolute, `folder` that of a skill,
    `bound` the folder in which the file must lie, and `digest` the BLAKE3 (hex) of what it said.

    `leave` is what it gives the turn that it is used in. `by_model`: else only a person may name it. `fork`: it is the
    task of an agent, of the kind `agent`. `paths`: patterns, as gitignore has them, of the files with which it has to
    do; the model is told of it once one of them is touched. Without any it is told from the start. `plugin` is the
    folder of the plugin that brings it.
    """

    name: str
    description: str
    source: str
    path: str
    digest: str
    folder: str = ""
    bound: str = ""
    leave: Leave = Leave()
    by_model: bool = True
    fork: bool = False
    agent: str = ""
    paths: tuple[str, ...] = ()
    plugin: str = ""


class SkillsChanged(Observed, frozen=True, kw_only=True, tag="skills.changed"):
    """These skills there are from here on, and no others."""

    skills: tuple[KnownSkill, ...]


class SkillsTold(Derived, frozen=True, kw_only=True, tag="skills.told"):
    """The model is told of skills that have to do with what was touched; `text` is what it reads."""

    names: tuple[str, ...]
    text: str


class SkillRead(Observed, frozen=True, kw_only=True, tag="skills.read"):
    """What a skill says, with the words that it was used with put in; `error`: why nothing. `digest` is that of the
    file as it was read. `leave` is what it gives, nothing where the file is another than the one that was trusted.
    """

    durable: ClassVar[bool] = False  # with the request that tells the model

    call: int
    tool_call: int
    text: Content = ""
    error: str = ""
    digest: str = ""
    fork: bool = False
    leave: Leave = Leave()


class SkillRequested(Intent, frozen=True, kw_only=True, tag="skills.requested"):
    """Read a skill, for the call `tool_call`, the key of a `tool.started`. `words` are put into its text. `room`: at
    most so many bytes of UTF-8 are for the model.
    """

    durable: ClassVar[bool] = False  # its handler only reads
    ends: ClassVar[tuple[type[Event], ...]] = (SkillRead,)
    cancellable: ClassVar[bool] = False

    tool_call: int
    skill: KnownSkill
    words: str = ""
    room: int | None = None
