"""Which files a rule is for, and what an agent begins with that has touched nothing."""

from __future__ import annotations

import pytest

from claw.events.content import TextBlock
from claw.events.context import InstructionFile, InstructionRule
from claw.projections.entries import make_entry, shortened
from claw.projections.memory import Memory, heading, names


def file(path: str, *paths: str, folder: str = "") -> InstructionFile:
    return InstructionFile(path=path, scope="project", digest="d", text="t", paths=paths, folder=folder)


def rule(base: str, *paths: str, folder: str = "") -> InstructionRule:
    return InstructionRule(path="r.md", scope="project", digest="d", base=base, paths=paths, folder=folder)


@pytest.mark.parametrize(
    ("workspace", "base", "pattern", "path", "is_for"),
    [
        ("/w", "", "src/**", "src/a", True),
        ("/w", "", "src/**", "lib/src/a", False),
        ("/w/", "", "*.py", "deep/a.py", True),
        ("/", "", "w/*", "w/a", True),
        ("/w", "lib", "*.py", "lib/a.py", True),
        ("/w", "lib", "*.py", "libs/a.py", False),
        ("/w/x", "/w", "x/*.py", "a.py", True),
        ("/w/x", "/", "w/**", "a.py", True),
        ("/w/x", "/v", "**", "a.py", False),
        ("/w", "", "**", "../a", False),
        ("/w", "", "{a,b", "a", False),
    ],
)
def test_the_patterns_of_a_rule_start_at_its_base(
    workspace: str, base: str, pattern: str, path: str, is_for: bool
) -> None:
    assert names(rule(base, pattern), workspace, path) is is_for


def test_who_has_touched_nothing_begins_with_what_counts_everywhere() -> None:
    rules = (rule("", "*.c"), rule("lib", "*.c", folder="lib"))
    now = (file("A.md"), file("lib/A.md", folder="lib"), file("r.md", "*.c"))
    memory = Memory(files=now[:1], current=now, rules=rules, counting=("r.md",), folders=("lib",), read_at=5)
    assert memory.begun_anew() == Memory(files=now[:1], current=now[:1], rules=rules[:1])


def test_what_was_told_of_instructions_is_known_when_it_is_cut() -> None:
    entry = make_entry(1, "user", (TextBlock(text="long " * 1000),), about=1, instructions=True)
    short = shortened(entry, 1000)
    assert short != entry
    assert short.instructions


def test_what_stands_before_a_text_says_for_what_it_is() -> None:
    assert heading(file("A.md")) == "Instructions from A.md (project):\n\n"
    assert heading(file("A.md", folder="lib")) == "Instructions from A.md (project), for files in lib:\n\n"
    told = "Instructions from r.md (project), for files in lib, for files that match *.c, *.h, changed:\n\n"
    assert heading(file("r.md", "*.c", "*.h", folder="lib"), ", changed") == told
