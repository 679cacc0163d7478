"""`--json-schema`: an answer that a program can read, or a run that says why there is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from claw.decide.delivery import MOST_DEMANDS
from tests.cli.live.world import World, text, told, tool

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "files": {"type": "array", "items": {"type": "string"}},
        "risk": {"enum": ["low", "high"]},
    },
    "required": ["files", "risk"],
    "additionalProperties": False,
}
GOOD = {"files": ["a.py", "ü"], "risk": "low"}


def test_an_answer_fits_its_schema(world: World) -> None:
    """The model is told what is wrong, and that nothing else is read; the turn ends with the answer."""
    (world.workspace / "answer.json").write_text(json.dumps(SCHEMA))
    wrong = {"files": "a.py", "risk": "none", "more": 1}
    world.serve(
        text("It is a.py."),
        tool("StructuredOutput", wrong, expect=["Give your final answer by a call of StructuredOutput"]),
        tool("StructuredOutput", GOOD, say="Here:", expect=["files: ", "risk: ", "Additional properties"]),
        tool("StructuredOutput", GOOD, expect=["once more"]),
    )
    done = world.run("-p", "which file?", "--json-schema", "answer.json")
    assert (done.returncode, json.loads(done.stdout)) == (0, GOOD), told(done)
    assert done.stdout.count(b"\n") == 1
    schema = json.dumps(SCHEMA)
    done = world.run("resume", "@last", "-p", "once more", "--json-schema", schema, "--output-format", "json")
    said = json.loads(done.stdout)
    assert (said["structured_output"], said["reason"], said["is_error"]) == (GOOD, "done", False), told(done)
    assert world.run("replay", "@last").returncode == 0
    assert world.kinds().count("output.delivered") == 2


def test_without_the_flag_there_is_no_such_tool(world: World) -> None:
    world.serve(tool("StructuredOutput", GOOD), text("words", expect=["There is no tool 'StructuredOutput'"]))
    done = world.run("-p", "hello", "--output-format", "json")
    assert (done.returncode, json.loads(done.stdout)["structured_output"]) == (0, None), told(done)


def test_a_model_that_never_answers_so_is_told_only_so_often(world: World) -> None:
    world.serve(*[text(f"words {number}") for number in range(MOST_DEMANDS + 1)])
    done = world.run("-p", "hello", "--json-schema", json.dumps(SCHEMA), "--output-format", "json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["structured_output"], said["reason"]) == (1, None, "failed"), told(done)
    assert "told 5 times to give its answer by StructuredOutput" in told(done)
    assert world.run("replay", "@last").returncode == 0


@pytest.mark.parametrize(
    ("schema", "complaint"),
    [
        ("none.json", "--json-schema none.json: No such file or directory"),
        ("{", "the schema is no JSON"),
        ('{"type": "array"}', "the schema must be one of an object"),
        ('{"type": "object", "properties": {"a": {"type": "text"}}}', "The schema cannot be used"),
        ('{"type": "object", "$ref": "http://127.0.0.1:9/x"}', "http://127.0.0.1:9/x is not fetched"),
        ('{"type": "object", "$ref": "file:///etc/passwd"}', "file:///etc/passwd is not fetched"),
    ],
)
def test_a_schema_that_cannot_be_used_is_said_before_anything_is_sent(
    world: World, schema: str, complaint: str
) -> None:
    done = world.run("-p", "hello", "--json-schema", schema)
    assert (done.returncode, done.stdout) == (2, b"")
    assert complaint in told(done)
    assert world.sessions() == []
