"""What the model can do, and how it is done. A tool checks its arguments, names its paths, and acts on facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from claw.events.agent import AgentKind
from claw.events.tools import BUILTIN
from claw.late import load
from claw.tools.agent import KINDS, Agent, AgentMessage, AgentOutput, AgentStop
from claw.tools.background import BashOutput, KillShell
from claw.tools.base import Declared
from claw.tools.bash import Bash
from claw.tools.edit import Edit
from claw.tools.glob import Glob
from claw.tools.grep import Grep
from claw.tools.read import Read
from claw.tools.tool_search import ToolSearch
from claw.tools.write import Write

_ALONE: tuple[Declared, ...] = (Bash(), BashOutput(), KillShell(), Read(), Write(), Edit(), Glob(), Grep())


DEFERRED: dict[str, tuple[str, str]] = {}
"""The tools that few sessions need, with their modules and classes: a model is told of one once it has searched for it,
and nothing else is known of it until then. None of them costs a start anything."""

_NAMES_ROOM = 4_000
"""Bytes of the declaration of the search for them, as a rule."""


def offered(
    kinds: tuple[AgentKind, ...],
    models: Iterable[str] = (),
    deferred: Mapping[str, tuple[str, ...]] | None = None,
    room: int = _NAMES_ROOM,
) -> tuple[Declared, ...]:
    """Every tool that a model is told of, in that order, where there are these kinds of agent, which may be asked by
    these names of models. `deferred`: what can be searched for, by source; the search may take so many bytes.
    """
    search = (ToolSearch(deferred, room),) if deferred else ()
    return (*_ALONE, Agent(kinds, models), AgentOutput(), AgentMessage(), AgentStop(), *search)


TOOLS = offered(KINDS, (), {BUILTIN: tuple(DEFERRED)} if DEFERRED else {})
"""Those of claw's own, with its own kinds of agent."""


_BY_NAME = {tool.spec.name: tool for tool in TOOLS}


def own(name: str) -> Declared | None:
    """claw's own tool of this name, also one that is searched for; None: there is none."""
    if name in DEFERRED and name not in _BY_NAME:
        _BY_NAME[name] = load(*DEFERRED[name])()
    return _BY_NAME.get(name)


def every() -> Iterator[Declared]:
    """All of claw's own, also those that are searched for, which are imported for that."""
    yield from TOOLS
    for name in DEFERRED:
        tool = own(name)
        if tool is not None:
            yield tool


OTHERWISE = {
    "KillBash": KillShell.spec.name,
    "LS": Glob.spec.name,
    "MultiEdit": Edit.spec.name,
    "Task": Agent().spec.name,
}
"""What other programs call them, in files that are written for several."""
