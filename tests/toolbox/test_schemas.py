"""What a model is told of each tool: the same bytes on every run, and no more than it needs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from claw.errors import ToolError
from claw.tools import TOOLS
from claw.tools.arguments import parsed
from claw.tools.base import Tool

COMMAND = "import claw.tools; print([tool.spec.schema for tool in claw.tools.TOOLS])"


def test_names_and_arguments_are_those_that_models_know() -> None:
    arguments = {tool.spec.name: set(json.loads(tool.spec.schema)["properties"]) for tool in TOOLS}
    assert arguments == {
        "Agent": {"description", "prompt", "subagent_type", "run_in_background", "isolation"},
        "Bash": {"command", "timeout", "description", "run_in_background", "pty"},
        "AgentOutput": {"agent_id"},
        "AgentMessage": {"agent_id", "message"},
        "AgentStop": {"agent_id"},
        "BashOutput": {"bash_id", "filter"},
        "KillShell": {"shell_id"},
        "Read": {"file_path", "offset", "limit"},
        "Write": {"file_path", "content"},
        "Edit": {"file_path", "old_string", "new_string", "replace_all"},
        "Glob": {"pattern", "path"},
        "Grep": {
            *("pattern", "path", "glob", "type", "output_mode", "head_limit", "multiline"),
            *("-A", "-B", "-C", "-n", "-i"),
        },
    }


@pytest.mark.parametrize("spec", [tool.spec for tool in TOOLS], ids=lambda spec: spec.name)
def test_a_schema_is_compact_sorted_and_plain(spec: object) -> None:
    text = spec.schema  # type: ignore[attr-defined]
    schema = json.loads(text)
    assert text == json.dumps(schema, sort_keys=True, separators=(",", ":"))
    assert set(schema) == {"type", "properties", "required", "additionalProperties"}
    for argument in schema["properties"].values():
        assert argument["description"]
        assert argument["type"]
        assert not {"title", "anyOf", "$ref"} & set(argument)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.spec.name)
def test_what_may_be_left_out_may_be_null(tool: Tool) -> None:
    schema = json.loads(tool.spec.schema)
    needed = {name: 1 if schema["properties"][name]["type"] == "integer" else "x" for name in schema["required"]}
    bare = parsed(tool.spec.name, tool.arguments, needed)
    assert parsed(tool.spec.name, tool.arguments, {**dict.fromkeys(schema["properties"]), **needed}) == bare
    for name in needed:
        with pytest.raises(ToolError, match=name):
            parsed(tool.spec.name, tool.arguments, {**needed, name: None})


def test_schemas_do_not_depend_on_hash_order() -> None:
    runs = {
        subprocess.run(
            [sys.executable, "-c", COMMAND], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(runs) == 1


def test_the_footprint_and_the_paths_of_each_tool() -> None:
    assert {tool.spec.name: (tool.spec.traits.footprint, tool.spec.traits.paths) for tool in TOOLS} == {
        "Agent": ("none", ()),
        "AgentOutput": ("none", ()),
        "AgentMessage": ("none", ()),
        "AgentStop": ("none", ()),
        "Bash": ("execute", ()),
        "BashOutput": ("read", ()),
        "KillShell": ("read", ()),
        "Read": ("read", ("file_path",)),
        "Write": ("write", ("file_path",)),
        "Edit": ("write", ("file_path",)),
        "Glob": ("read", ("path",)),
        "Grep": ("read", ("path",)),
    }
