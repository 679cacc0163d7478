"""Tools of third parties: a package is installed into claw's own environment, named by the person, and used."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, told, tool

DOCS = Path(__file__).parent.parent.parent / "docs/tools.md"
PACKAGE = "claw-test-words"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
SOURCE = """
import sys, threading, time
from typing import Annotated

from msgspec import Meta

from claw.tools.added import AddedTool, Arguments, Call, ToolError

print("imported")


class WordsArguments(Arguments, frozen=True):
    file: Annotated[str, Meta(description="The file")]
    what: Annotated[str, Meta(description="What to do")] = "count"


class Words(AddedTool):
    name = "CountWords"
    description = "Counts the words of a file, or does otherwise."
    arguments = WordsArguments
    footprint = "read"
    paths = ("file",)

    def run(self, arguments: WordsArguments, call: Call) -> str:
        print("printed")
        sys.stderr.write("printed")
        match arguments.what:
            case "count":
                with open(call.paths["file"]) as file:
                    return f"{len(file.read().split())} words"
            case "fail":
                raise RuntimeError("boom")
            case "tell":
                raise ToolError("There is nothing to count.")
            case "exit":
                sys.exit(3)
            case "odd":
                return {"words": 3}
            case "half":
                return "half a \\ud800"
        raise AssertionError


class NoArguments(Arguments, frozen=True):
    pass


class Hangs(AddedTool):
    name = "Hangs"
    description = "Never ends."
    arguments = NoArguments
    footprint = "network"

    def run(self, arguments, call):
        while True:
            time.sleep(1)


class Waits(Hangs):
    name = "Waits"
    seconds = 0.2

    def run(self, arguments, call):
        while not call.cancelled():
            time.sleep(0.01)
        return "it was time"


class Spends(Hangs):
    name = "Spends"
    seconds = 0.1


class Asks(Hangs):
    name = "Asks"
    footprint = "execute"

    def run(self, arguments, call):
        return "it was allowed"


class Harmless(Hangs):
    name = "Harmless"
    footprint = "none"


class Stands(Hangs):
    name = "Bash"


class Writes(Hangs):
    name = "Writes"
    footprint = "write"


class Undescribed(Hangs):
    name = "Undescribed"
    description = None


class Odd(Hangs):
    name = "two words"


class Pathless(Hangs):
    name = "Pathless"
    paths = ("nowhere",)


many = None
"""
ENTRIES = {
    "words": "claw_test_words:Words",
    "lines": "claw_test_documented:CountLines",
    "hangs": "claw_test_words:Hangs",
    "waits": "claw_test_words:Waits",
    "spends": "claw_test_words:Spends",
    "asks": "claw_test_words:Asks",
    "harmless": "claw_test_words:Harmless",
    "stands": "claw_test_words:Stands",
    "writes": "claw_test_words:Writes",
    "undescribed": "claw_test_words:Undescribed",
    "odd": "claw_test_words:Odd",
    "pathless": "claw_test_words:Pathless",
    "none": "claw_test_words:many",
    "missing": "claw_test_words:Nobody",
    "broken": "claw_test_words_broken:Any",
    "leaves": "claw_test_words_leaves:Any",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Installed into the environment that claw runs in by pip, from a wheel, without a network; gone afterwards."""
    (documented,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    wheel = tmp_path_factory.mktemp("wheel") / "claw_test_words-1.0-py3-none-any.whl"
    files = {
        "claw_test_words.py": SOURCE,
        "claw_test_documented.py": documented,
        "claw_test_words_broken.py": "import nothing_of_this_name",
        "claw_test_words_leaves.py": "import sys; sys.exit('I leave')",
        "claw_test_words-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 1.0\n",
        "claw_test_words-1.0.dist-info/WHEEL": WHEEL,
        "claw_test_words-1.0.dist-info/entry_points.txt": "[claw.tools]\n"
        + "".join(f"{name} = {value}\n" for name, value in ENTRIES.items()),
    }
    record = "claw_test_words-1.0.dist-info/RECORD"
    with ZipFile(wheel, "w") as archive:
        lines = []
        for name, content in files.items():
            archive.writestr(name, content)
            digest = urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).rstrip(b"=").decode()
            lines.append(f"{name},sha256={digest},{len(content.encode())}\n")
        archive.writestr(record, "".join([*lines, f"{record},,\n"]))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run([*pip, "install", "--no-index", "--no-deps", "--force-reinstall", str(wheel)], check=True)
    yield
    subprocess.run([*pip, "uninstall", "-y", PACKAGE], check=True)


def of(world: World, kind: str) -> list[dict[str, Any]]:
    return [event["data"] for event in world.events() if event["kind"] == kind]


def results(world: World) -> list[str]:
    """What the model was told by calls that were performed."""
    return [one["content"][0]["text"] for one in of(world, "tool.finished")]


def test_a_tool_that_was_installed_and_named_is_used(world: World, package: None) -> None:
    settings = world.home / ".claude/settings.json"
    settings.parent.mkdir()
    settings.write_text(
        json.dumps({"tools": [f"{PACKAGE}:words", f"{PACKAGE}:waits", f"{PACKAGE}:spends", f"{PACKAGE}:lines"]})
    )
    (world.workspace / "a.txt").write_text("one two three")
    (world.workspace / "kept").write_text("secret words")
    world.serve(
        tool("CountWords", {"file": "a.txt"}),
        tool("CountWords", {"file": "kept"}),
        tool("CountWords", {"file": 7}),
        *(tool("CountWords", {"file": "a.txt", "what": what}) for what in ("fail", "tell", "exit", "odd", "half")),
        tool("Waits", {}),
        tool("Spends", {}),
        tool("Spends", {}),
        tool("CountLines", {"file": "a.txt", "blank": False}),
        text("Three words."),
        text("No more."),
    )
    done = world.run("-p", "count", "--disallowed-tools", "Read(kept)", "--allowed-tools", "Waits,Spends")
    assert (done.returncode, done.stdout) == (0, b"Three words.\n"), told(done)
    assert "printed" not in told(done)
    said = results(world)
    assert said == [
        "3 words",
        "CountWords failed: RuntimeError: boom.",
        "There is nothing to count.",
        "CountWords failed: SystemExit: 3.",
        "CountWords gave back dict where a text is to be.",
        "half a ?",
        "it was time",
        "Spends was given up: it did not end within 0.1 s.",
        "Spends still hangs in an earlier call. It can be called once that has ended.",
        "1 lines",
    ]
    verdicts = [event["data"]["verdict"] for event in world.events() if event["kind"] == "permission.evaluated"]
    assert verdicts[:2] == ["allow", "deny"], "rules for files hold for it"
    offers = of(world, "tools.changed")
    assert [(one["source"], [each["name"] for each in one["tools"]]) for one in offers[1:]] == [
        (PACKAGE, ["CountWords", "Waits", "Spends", "CountLines"])
    ]
    assert world.run("replay", "@last").returncode == 0
    settings.unlink()
    assert world.run("-p", "-c", "and now?").returncode == 0
    request = json.loads(world.run("show", f"@last@{_request(world)}", "--request").stdout)
    assert not {"CountWords", "Waits"} & {one["name"] for one in request["tools"]}
    assert world.run("replay", "@last").returncode == 0


def _request(world: World) -> int:
    last: int = [event["seq"] for event in world.events() if event["kind"] == "model.requested"][-1]
    return last


def test_what_breaks_is_left_out_and_said(world: World, package: None) -> None:
    world.serve(tool("Asks", {}), text("Hello."))
    done = world.run("-p", "Hi.", "--tools-from", PACKAGE, "--tools-from", "nobody:x", "--tools-from", f"{PACKAGE}:y")
    assert (done.returncode, done.stdout) == (3, b"Hello.\n"), "one call was not allowed"
    said = told(done)
    for name, why in {
        "harmless": "its footprint is 'none'",
        "stands": "there is another tool of the name Bash",
        "writes": "it writes, and names no argument that is a path",
        "undescribed": "its description must be a text",
        "odd": "'two words' cannot be the name of a tool",
        "pathless": "it has no argument 'nowhere'",
        "none": "is no claw.tools.added.AddedTool",
        "missing": "AttributeError",
        "broken": "ModuleNotFoundError: No module named 'nothing_of_this_name'",
        "leaves": "SystemExit: I leave",
    }.items():
        (line,) = [line for line in said.splitlines() if f"{PACKAGE}:{name} " in line]
        assert "--tools-from: " in line
        assert why in line
    assert "has no package nobody" in said
    assert f"the package {PACKAGE} has no tool y" in said
    offered = of(world, "tools.changed")[-1]
    assert {one["name"] for one in offered["tools"]} == {"CountWords", "Hangs", "Waits", "Spends", "Asks", "CountLines"}
    (verdict,) = of(world, "permission.evaluated")
    assert verdict["verdict"] != "allow", "what may do anything is asked about"


def test_a_repository_names_no_tool(world: World, package: None) -> None:
    for name in ("settings.json", "settings.local.json"):
        file = world.workspace / ".claude" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps({"tools": [f"{PACKAGE}:words"]}))
    world.serve(text("Hello."))
    done = world.run("-p", "Hi.", "--trust")
    assert done.returncode == 0
    assert told(done).count("a repository cannot set tools") == 2
    offers = [event["data"]["source"] for event in world.events() if event["kind"] == "tools.changed"]
    assert offers == ["builtin"]


def test_what_hangs_is_called_off_alone(world: World, terminal: Callable[..., Terminal], package: None) -> None:
    """In the terminal, by Esc: the session goes on at once, and the thread that hangs holds up nothing."""
    world.serve(tool("Hangs", {}), text("I go on."))
    screen = ready(terminal("--tools-from", f"{PACKAGE}:hangs", "--allowed-tools", "Hangs"))
    screen.enter("hang")
    screen.wait("Hangs()", "Running")
    screen.press("Escape")
    screen.wait("nterrupted")
    screen.enter("go on")
    screen.wait("I go on.")
    screen.wait_idle()
    screen.press("C-d")
    assert screen.exit_code() == 0
    assert world.kinds().count("tool.interrupted") == 1
    assert world.run("replay", "@last").returncode == 0
