"""What the model can do, and how it is done. A tool checks its arguments, names its paths, and acts on facts."""

from __future__ import annotations

from claw.events.request import ToolSpec
from claw.toolbox.background import BashOutput, KillShell
from claw.toolbox.base import Tool
from claw.toolbox.bash import Bash
from claw.toolbox.edit import Edit
from claw.toolbox.glob import Glob
from claw.toolbox.grep import Grep
from claw.toolbox.read import Read
from claw.toolbox.write import Write

TOOLS: tuple[Tool, ...] = (Bash(), BashOutput(), KillShell(), Read(), Write(), Edit(), Glob(), Grep())
"""Every tool there is, in the order in which a model is offered them."""


def specs() -> tuple[ToolSpec, ...]:
    """What a model is told of them."""
    return tuple(tool.spec for tool in TOOLS)
