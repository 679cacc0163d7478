"""Scratch trees: small worlds on disk, so that what a path means is found out and not assumed.

`trees.toml` describes them. Each has a home, a workspace, claw's own folder, and whatever lies beside them.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from claw.events.tool import PathFact
from claw.execution.context import ToolContext
from claw.tools import TOOLS
from claw.tools.facts import facts

_DESCRIBED: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("trees.toml").read_text("utf-8"))
_TOOLS = {tool.spec.name: tool for tool in TOOLS}


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree that exists, and what claw's own resolver says about paths in it."""

    root: str
    context: ToolContext

    def fill(self, value: Any) -> Any:
        """Replace the names of this tree's folders in a text, or in all texts of a map or list."""
        if isinstance(value, dict):
            return {key: self.fill(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.fill(inner) for inner in value]
        if not isinstance(value, str):
            return value
        folders = {"WORK": self.context.workspace, "HOME": self.context.home, "CLAW": self.context.claw_home}
        for name, folder in {**folders, "ROOT": self.root}.items():
            value = value.replace(f"@{name}@", folder)
        return value

    def facts(self, tool: str, arguments: dict[str, Any]) -> tuple[PathFact, ...]:
        """What a session would have recorded about the call's paths. Raises ToolError for one that cannot be."""
        return facts(_TOOLS[tool], arguments, self.context) if tool in _TOOLS else ()


def names() -> list[str]:
    return sorted(_DESCRIBED)


def build(name: str, root: str) -> Tree:
    """Make the tree `name` in the folder `root`. Raises KeyError if it is not described."""
    described = _DESCRIBED[name]
    for folder in ("home", "work", "claw", "beside", *described.get("folders", [])):
        os.makedirs(os.path.join(root, folder), exist_ok=True)
    for path, content in described.get("files", {}).items():
        _parent(root, path).write_text(content, "utf-8")
    for path, target in described.get("hard", {}).items():
        os.link(os.path.join(root, target), _parent(root, path))
    context = ToolContext(
        workspace=os.path.join(root, "work"),
        home=os.path.join(root, described.get("home", "home")),
        claw_home=os.path.join(root, "claw"),
        guard=os.path.join(root, "guard"),
        environment={},
    )
    tree = Tree(root, context)
    for path, target in described.get("links", {}).items():
        _parent(root, path).symlink_to(tree.fill(target))
    return tree


def _parent(root: str, path: str) -> Path:
    made = Path(root, path)
    made.parent.mkdir(parents=True, exist_ok=True)
    return made
