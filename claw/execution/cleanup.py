"""What was left to do for a command when claw died: the command's supervisor becomes this program once it has ended.

It reads a will, which was written before the command began, sets aside what must not stay, and leaves a note for
whoever resumes the session.
"""

from __future__ import annotations

import json
import sys

from claw.execution.context import ToolContext
from claw.execution.denials import Bounds
from claw.execution.note import leave
from claw.execution.quarantine import settled

_PATHS = ("protected", "closed", "bare", "shared", "ruled", "opened")
"""What `Bounds` has of paths that the will is about."""


def cleanup(bounds: Bounds, context: ToolContext) -> tuple[list[str], bytes]:
    """The program and what it reads, for `_native.Process`. Nothing that a command can change says what it runs: no
    variable for Python, nor the working directory.
    """
    will = {
        "context": {name: getattr(context, name) for name in ("workspace", "home", "claw_home", "guard")},
        "rules": bounds.rules,
        "identities": sorted(bounds.identities),
        "contents": sorted(bounds.contents),
        "paths": {name: sorted(getattr(bounds, name)) for name in _PATHS},
    }
    program = f"from {__name__} import carry_out; import sys; carry_out(sys.stdin.read())"
    return [sys.executable, "-E", "-P", "-c", program], json.dumps(will).encode()


def carry_out(text: str) -> None:
    """Do what the will says. Raises OSError where the note cannot be left."""
    will = json.loads(text)
    context = ToolContext(**will["context"], environment={}, secrets=())
    paths = {name: frozenset(named) for name, named in will["paths"].items()}
    identities = frozenset((path, target, device, inode) for path, target, device, inode in will["identities"])
    contents = frozenset((path, digest) for path, digest in will["contents"])
    bounds = Bounds(writable=True, rules=tuple(will["rules"]), identities=identities, contents=contents, **paths)
    if said := settled(bounds, context):
        leave(context.guard, said)
