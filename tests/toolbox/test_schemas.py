"""What a model is told of each tool: the same bytes on every run, and no more than it needs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from claw.errors import ToolError
from claw.tools import DEFERRED, OFFERED, TOOLS
from claw.tools.arguments import Arguments, parsed
from claw.tools.base import Tool
from claw.tools.lenient import checked

COMMAND = "import claw.tools; print([tool.spec.schema for tool in claw.tools.TOOLS])"


def test_names_and_arguments_are_those_that_models_know() -> None:
    arguments = {tool.spec.name: set(json.loads(tool.spec.schema)["properties"]) for tool in TOOLS}
    assert arguments == {
        "Agent": {"description", "prompt", "subagent_type", "run_in_background", "isolation"},
        "Bash": {"command", "timeout", "description", "run_in_background", "pty"},
        "AgentOutput": {"agent_id"},
        "AgentMessage": {"agent_id", "message"},
        "AgentStop": {"agent_id"},
        "AskUserQuestion": {"questions"},
        "EnterPlanMode": set(),
        "ExitPlanMode": {"plan"},
        "SendUserMessage": {"message"},
        "BashOutput": {"bash_id", "filter"},
        "KillShell": {"shell_id"},
        "Read": {"file_path", "offset", "limit", "pages"},
        "Write": {"file_path", "content"},
        "Edit": {"file_path", "old_string", "new_string", "replace_all"},
        "MultiEdit": {"file_path", "edits"},
        "apply_patch": {"input"},
        "NotebookEdit": {"notebook_path", "cell_id", "new_source", "cell_type", "edit_mode"},
        "Glob": {"pattern", "path"},
        "ToolSearch": {"query", "max_results"},
        "Config": {"setting", "value"},
        "Memory": {
            *("command", "path", "file_text", "old_str", "new_str", "insert_line", "insert_text"),
            *("old_path", "new_path"),
        },
        "TodoWrite": {"todos"},
        "Skill": {"skill", "args"},
        "TaskCreate": {"subject", "description", "activeForm", "metadata"},
        "TaskUpdate": {
            *("taskId", "status", "subject", "description", "activeForm", "owner", "addBlocks", "addBlockedBy"),
            "metadata",
        },
        "TaskOutput": {"task_id", "block", "timeout"},
        "TaskStop": {"task_id"},
        "Sleep": {"seconds", "until", "wake_on_background"},
        "Monitor": {"command", "description", "timeout_ms", "persistent", "task_id", "pattern"},
        "REPL": {"code", "language", "timeout", "restart"},
        "PowerShell": {"command", "timeout", "description", "run_in_background"},
        "CronCreate": {"cron", "prompt", "recurring", "durable"},
        "CronDelete": {"id"},
        "CronList": set(),
        "LSP": {"operation", "filePath", "line", "character", "query"},
        "TaskGet": {"taskId"},
        "TaskList": set(),
        "Grep": {
            *("pattern", "path", "glob", "type", "output_mode", "head_limit", "multiline"),
            *("-A", "-B", "-C", "-n", "-i"),
        },
        "WebFetch": {"url", "prompt"},
        "WebSearch": {"query", "allowed_domains", "blocked_domains"},
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


def plain(schema: dict[str, Any]) -> Any:
    """The least that fits: an object with what it must have."""
    match schema["type"]:
        case "object":
            return {name: plain(schema["properties"][name]) for name in schema["required"]}
        case "array":
            return [plain(schema["items"])] * schema.get("minItems", 0)
        case "integer":
            return 1
        case _:
            return schema.get("enum", ["x" * max(1, schema.get("minLength", 1))])[0]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.spec.name)
def test_what_may_be_left_out_may_be_null(tool: Tool) -> None:
    schema = json.loads(tool.spec.schema)
    needed = plain(schema)
    bare = parsed(tool.spec.name, tool.arguments, needed)
    assert parsed(tool.spec.name, tool.arguments, {**dict.fromkeys(schema["properties"]), **needed}) == bare
    for name in needed:
        with pytest.raises(ToolError, match=name):
            parsed(tool.spec.name, tool.arguments, {**needed, name: None})


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.spec.name)
def test_plain_calls_are_taken_as_pydantic_takes_them(tool: Tool) -> None:
    """What is taken without pydantic means the same to it; what is not, is worded by it."""
    schema = json.loads(tool.spec.schema)
    texts = ("x", "", "5", "true", "worktree", "content", "é" * 201, "\ud800")
    values = (*texts, 0, 1, 5, 10**6, 10**30, 1.0, 1.5, True, False, [], {})
    name_of = tool.spec.name
    for name in schema["properties"]:
        for value in values:
            given = {**plain(schema), name: value}
            assert taken(parsed, name_of, tool.arguments, given) == taken(checked, name_of, tool.arguments, given)
    for given in ({}, {**plain(schema), "no_such": 1}, {**plain(schema), "after": 1}):
        assert taken(parsed, name_of, tool.arguments, given) == taken(checked, name_of, tool.arguments, given)


def taken(check: Callable[..., Arguments], *call: Any) -> Arguments | str:
    try:
        return check(*call)
    except ToolError as error:
        return error.message


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("Bash", {}, "command: Field required"),
        ("Bash", {"command": ""}, "command: String should have at least 1 character"),
        ("Bash", {"command": "x", "timeout": 600_001}, "timeout: Input should be less than or equal to 600000"),
        (
            "Bash",
            {"command": "x", "timeout": "soon", "y": 1},
            "timeout: Input should be a valid integer, unable to parse"
            " string as an integer; y: Extra inputs are not permitted",
        ),
        ("Grep", {"pattern": "x", "-A": -1}, "-A: Input should be greater than or equal to 0"),
        (
            "Grep",
            {"pattern": "x", "output_mode": "all"},
            "output_mode: Input should be 'content', 'files_with_matches' or 'count'",
        ),
    ],
)
def test_what_is_wrong_is_told(tool: str, arguments: dict[str, Any], told: str) -> None:
    (model,) = (one.arguments for one in TOOLS if one.spec.name == tool)
    with pytest.raises(ToolError) as raised:
        parsed(tool, model, arguments)
    assert raised.value.message == f"Invalid arguments for {tool}: {told}"


def test_what_is_meant_is_taken() -> None:
    (bash,) = (one.arguments for one in TOOLS if one.spec.name == "Bash")
    meant = parsed("Bash", bash, {"command": "x", "timeout": "5", "pty": "true"})
    assert meant == parsed("Bash", bash, {"command": "x", "timeout": 5, "pty": True})


def test_a_list_of_objects_is_declared_and_taken_as_one() -> None:
    tool = next(one for one in TOOLS if one.spec.name == "MultiEdit")
    edits = json.loads(tool.spec.schema)["properties"]["edits"]
    assert (edits["type"], edits["minItems"], edits["items"]["required"]) == ("array", 1, ["new_string", "old_string"])
    given = {"file_path": "a", "edits": [{"old_string": "x", "new_string": "y", "replace_all": None}]}
    meant = parsed("MultiEdit", tool.arguments, given)
    assert parsed("MultiEdit", tool.arguments, {**given, "edits": json.dumps(given["edits"])}) == meant
    one = {"old_string": "x", "new_string": "y", "replace_all": "false"}
    assert parsed("MultiEdit", tool.arguments, {**given, "edits": [one]}) == meant
    assert taken(
        parsed, "MultiEdit", tool.arguments, {"file_path": "a", "edits": [{"old_string": "x"}, {"old": 1}]}
    ) == (
        "Invalid arguments for MultiEdit: edits.0.new_string: Field required; edits.1.old_string: Field required; "
        "edits.1.new_string: Field required; edits.1.old: Extra inputs are not permitted"
    )


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
        "ToolSearch": ("none", ()),
        "Config": ("none", ()),
        "Memory": ("none", ()),
        **dict.fromkeys(("Skill", "TodoWrite", "TaskCreate", "TaskUpdate", "TaskGet", "TaskList"), ("none", ())),
        **dict.fromkeys(("TaskOutput", "TaskStop", "Sleep", "CronCreate", "CronDelete", "CronList"), ("none", ())),
        **dict.fromkeys(("Monitor", "REPL", "PowerShell"), ("execute", ())),
        "LSP": ("read", ("filePath",)),
        "Bash": ("execute", ()),
        "BashOutput": ("read", ()),
        "KillShell": ("read", ()),
        "Read": ("read", ("file_path",)),
        "Write": ("write", ("file_path",)),
        "Edit": ("write", ("file_path",)),
        "MultiEdit": ("write", ("file_path",)),
        "apply_patch": ("write", ()),
        "AskUserQuestion": ("none", ()),
        "EnterPlanMode": ("none", ()),
        "ExitPlanMode": ("none", ()),
        "SendUserMessage": ("none", ()),
        "NotebookEdit": ("write", ("notebook_path",)),
        "Glob": ("read", ("path",)),
        "Grep": ("read", ("path",)),
        "WebFetch": ("network", ()),
        "WebSearch": ("network", ()),
    }


def test_each_tool_stands_under_its_own_name() -> None:
    assert [tool.spec.name for tool in TOOLS] == [*OFFERED, *DEFERRED]
