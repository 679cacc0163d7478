"""What the model can do, and how it is done. A tool checks its arguments, names its paths, and acts on facts."""

from __future__ import annotations

from claw.tools.agent import Agent, AgentMessage, AgentOutput, AgentStop
from claw.tools.background import BashOutput, KillShell
from claw.tools.base import Declared
from claw.tools.bash import Bash
from claw.tools.edit import Edit
from claw.tools.glob import Glob
from claw.tools.grep import Grep
from claw.tools.read import Read
from claw.tools.write import Write

TOOLS: tuple[Declared, ...] = (
    Bash(),
    BashOutput(),
    KillShell(),
    Read(),
    Write(),
    Edit(),
    Glob(),
    Grep(),
    Agent(),
    AgentOutput(),
    AgentMessage(),
    AgentStop(),
)
"""Every tool there is, in the order in which a model is offered them."""
