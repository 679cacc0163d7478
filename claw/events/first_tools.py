"""The tools of logs from before `tools.changed`: what is declared of them by now, by their names. Frozen.

Such a log has its tools in `session.started`, with what the model was told of them, a footprint and the arguments that
are paths.
"""

from typing import Any

_TRAITS: dict[str, dict[str, Any]] = {
    "Bash": {"footprint": "execute", "subject": "command", "argument": "command", "shown": {"line": "command"}},
    "BashOutput": {"footprint": "read"},
    "KillShell": {"footprint": "read"},
    "Read": {
        "footprint": "read",
        "subject": "path",
        "paths": ["file_path"],
        "shown": {"line": "file_path", "also": {"offset": ", from line "}},
    },
    "Write": {
        "footprint": "write",
        "subject": "path",
        "paths": ["file_path"],
        "shown": {"line": "file_path", "added": "content"},
    },
    "Edit": {
        "footprint": "write",
        "subject": "path",
        "paths": ["file_path"],
        "shown": {"line": "file_path", "removed": "old_string", "added": "new_string"},
    },
    "Glob": {
        "footprint": "read",
        "subject": "path",
        "paths": ["path"],
        "searches": True,
        "shown": {"line": "pattern", "also": {"path": " in "}},
    },
    "Grep": {
        "footprint": "read",
        "subject": "path",
        "paths": ["path"],
        "searches": True,
        "shown": {"line": "pattern", "also": {"path": " in "}},
    },
}


def with_traits(fields: dict[str, Any]) -> dict[str, Any]:
    """A call's event, with the traits that the tool of its name has."""
    return {**fields, "traits": _TRAITS.get(fields["name"], {})}


def with_declarations(fields: dict[str, Any]) -> dict[str, Any]:
    """A `session.started`, with its tools as they are declared by now."""
    return {**fields, "tools": [_declared(tool) for tool in fields["tools"]]}


def _declared(tool: dict[str, Any]) -> dict[str, Any]:
    recorded = {"footprint": tool["footprint"], "paths": tool.get("paths", [])}
    told = {name: tool[name] for name in ("name", "description", "schema")}
    return {**told, "traits": _TRAITS.get(tool["name"], {}) | recorded}
