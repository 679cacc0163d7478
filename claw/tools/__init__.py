"""What the model can do, and how it is done. A tool checks its arguments, names its paths, and acts on facts."""

from __future__ import annotations

from collections.abc import Iterable

from claw.events.agent import AgentKind
from claw.tools.agent import KINDS, Agent, AgentMessage, AgentOutput, AgentStop
from claw.tools.background import BashOutput, KillShell
from claw.tools.base import Declared
from claw.tools.bash import Bash
from claw.tools.edit import Edit
from claw.tools.glob import Glob
from claw.tools.grep import Grep
from claw.tools.read import Read
from claw.tools.write import Write

_ALONE: tuple[Declared, ...] = (Bash(), BashOutput(), KillShell(), Read(), Write(), Edit(), Glob(), Grep())


def offered(kinds: tuple[AgentKind, ...], models: Iterable[str] = ()) -> tuple[Declared, ...]:
    """Every tool there is, in the order in which a model is offered them, where there are these kinds of agent, which
    may be asked by these names of models.
    """
    return (*_ALONE, Agent(kinds, models), AgentOutput(), AgentMessage(), AgentStop())


TOOLS = offered(KINDS)
"""Every tool, with claw's own kinds of agent."""

OTHERWISE = {
    "KillBash": KillShell.spec.name,
    "LS": Glob.spec.name,
    "MultiEdit": Edit.spec.name,
    "Task": Agent().spec.name,
}
"""What other programs call them, in files that are written for several."""
