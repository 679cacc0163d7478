"""Make command lines, keep those that are judged read-only, run them, and count what they change."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from claw import _native
from claw.execution.context import ToolContext
from tests.redteam.case import Case, Rules
from tests.redteam.fuzz.grammar import Grammar
from tests.redteam.fuzz.lines import Lines
from tests.redteam.fuzz.world import build
from tests.redteam.judging import judged
from tests.redteam.trees import Tree

ROOT = Path(__file__).parents[3]
NAMESPACES = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--net", "--kill-child"]
# They change nothing and end only by being killed.
DENYING = Rules(deny=["Bash(touch:*)"], allow=["Bash"])
# A write that is no touch.
WRITES = re.compile(r">[&|]?\s*leak|x3eleak")
ENDLESS = {"yes", "gyes", "sleep", "gsleep"}


@dataclass
class Tally:
    """What came of it."""

    made: int = 0
    ran: int = 0
    names: set[str] = field(default_factory=set)
    harmful: list[tuple[list[str], list[str]]] = field(default_factory=list)


def installed() -> list[str]:
    """The commands of the table that there are here, those built into bash included."""
    names = {name.split()[0] for name, _ in _native.read_only_table()} | {"find"}
    script = 'for name; do type -t "$name" >/dev/null && echo "$name"; done; true'
    command = ["bash", "-c", script, "bash", *sorted(names - ENDLESS)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def why_not() -> str | None:
    """Why commands cannot be run in namespaces here; None if they can."""
    if shutil.which("unshare") is None:
        return "there is no unshare program"
    tried = subprocess.run([*NAMESPACES, "true"], capture_output=True, text=True, check=False)
    return f"no user namespaces here: {tried.stderr.strip()}" if tried.returncode else None


@contextmanager
def container(folder: Path) -> Iterator[Callable[[list[str]], list[str]]]:
    """A function that runs a command in a container on `folder` and says what it changed."""
    command = [*NAMESPACES, sys.executable, "-B", "-m", "tests.redteam.fuzz.container", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def run(words: list[str]) -> list[str]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(words) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            if not answer:
                raise RuntimeError(f"the container ended at {words}")
            changed: list[str] = json.loads(answer)
            return changed

        yield run
        process.stdin.close()


def campaign(folder: Path, seed: int, count: int, progress: Callable[[Tally], None] = lambda _: None) -> Tally:
    """Run `count` commands of the table that are judged read-only."""
    lines = Lines(seed, installed())

    def harmless() -> list[str] | None:
        words = lines.line()
        plain = not any("\0" in word for word in words) and _native.command_effect(words)[0] == "read-only"
        return words if plain else None

    return _run(folder, count, harmless, progress)


def grammar_campaign(
    folder: Path,
    seed: int,
    count: int,
    progress: Callable[[Tally], None] = lambda _: None,
    rules: Rules = Rules(),  # noqa: B008
) -> Tally:
    """Run `count` shell lines that are allowed under `rules`, with a command hidden in each.

    Under no rules a line is allowed if it only reads. Rules are such that they deny `touch`.
    """
    grammar = Grammar(seed)
    with tempfile.TemporaryDirectory(prefix="claw-fuzz-") as twin:
        # Facts are found out in a world like the one in the container.
        tree = built(Path(twin))

        def harmless() -> list[str] | None:
            line = grammar.line()
            if "leak" not in line or (rules.deny and WRITES.search(line)):
                return None
            verdict = judged(Case(expect="allow", command=line, rules=rules), tree)
            return ["bash", "-c", line] if verdict["verdict"] == "allow" else None

        tally = _run(folder, count, harmless, progress)
    if rules.deny:
        # Such a line may change anything else.
        tally.harmful = [(words, changed) for words, changed in tally.harmful if "work/leak" in changed]
    return tally


def built(folder: Path) -> Tree:
    """The container's world in `folder`, as a tree in which paths are looked up."""
    build(folder)
    work, home, claw_home = str(folder / "work"), str(folder / "home"), str(folder / "claw")
    return Tree(str(folder), ToolContext(workspace=work, home=home, claw_home=claw_home, guard="", environment={}))


def _run(
    folder: Path, count: int, harmless: Callable[[], list[str] | None], progress: Callable[[Tally], None]
) -> Tally:
    tally = Tally()
    with container(folder) as run:
        while tally.ran < count:
            words = harmless()
            tally.made += 1
            if words is None:
                continue
            tally.ran += 1
            tally.names.add(words[0])
            if changed := run(words):
                tally.harmful.append((words, changed))
            if tally.ran % 100 == 0:
                progress(tally)
    return tally
