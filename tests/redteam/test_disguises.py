"""A command does not change by what stands around it: one that must not be allowed is not allowed in disguise, and one
that only reads is not asked about in company.

Each line wears half of the disguises here, and all of them in the long run (CLAW_FUZZ=long).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import islice

import msgspec
import pytest

from tests.redteam.case import Case, Line, Rules, families, read
from tests.redteam.judging import brief, judged
from tests.redteam.trees import Tree


def _quoted(command: str) -> str:
    return "'" + command.replace("'", "'\\''") + "'"


DISGUISES: dict[str, Callable[[str], str]] = {
    "in a list": lambda c: f"true; {c}\ntrue",
    "behind &&": lambda c: f"true && {c}\n",
    "in a subshell": lambda c: f"( {c}\n)",
    "in a group": lambda c: f"{{ {c}\n}}",
    "in a pipe": lambda c: f"{{ {c}\n}} | cat",
    "in an if": lambda c: f"if true; then {c}\nfi",
    "in a condition": lambda c: f"if {c}\nthen true; fi",
    "in a loop": lambda c: f"for i in 1; do {c}\ndone",
    "in a case": lambda c: f"case x in\nx) {c}\n;; esac",
    "in a function": lambda c: f"f() {{ {c}\n}}\nf",
    "in a substitution": lambda c: f"echo $( {c}\n)",
    "in a quoted substitution": lambda c: f'echo "a $( {c}\n)"',
    "in a process substitution": lambda c: f"cat <( {c}\n)",
    "in an assignment": lambda c: f"x=$( {c}\n)",
    "in bash -c": lambda c: f"bash -c {_quoted(c)}",
    "in eval": lambda c: f"eval {_quoted(c)}",
    "in wrappers": lambda c: f"timeout 5 env nice -n 1 bash -c {_quoted(c)}",
    "in a shell's input": lambda c: f"bash <<'END-OF-IT'\n{c}\nEND-OF-IT",
    "behind a continuation": lambda c: f"true && \\\n{c}",
    "in the background": lambda c: f"{{ {c}\n}} & wait",
}


def _lines(disguise: str) -> Iterator[Line]:
    """Those that are tried in this one."""
    long = os.environ.get("CLAW_FUZZ") == "long"
    return _all_lines() if long else islice(_all_lines(), list(DISGUISES).index(disguise) % 2, None, 2)


def _all_lines() -> Iterator[Line]:
    for family in families():
        for line in read(family):
            if line.case.tool == "Bash" and not line.case.alone and len(line.case.text) < 5000:
                yield line


@pytest.mark.parametrize("disguise", DISGUISES)
def test_what_is_not_allowed_is_not_allowed_in_disguise(disguise: str, tree: Callable[[str], Tree]) -> None:
    wrong = []
    for line in _lines(disguise):
        case = line.case
        if not case.accepts("allow"):
            verdict = judged(_disguised(case, disguise), tree(case.tree))["verdict"]
            if verdict not in _accepted(case, disguise):
                wrong.append(f"{line.place}: {brief(case.text)!r}: {verdict} {disguise}, {case.expect} without")
    if wrong:
        pytest.fail("\n".join([f"{len(wrong)} lines", *wrong]), pytrace=False)


def _accepted(case: Case, disguise: str) -> tuple[str, ...]:
    """Stricter is always good. Where a loop or a function changes the folder, it is not known which one is meant."""
    moves = disguise in ("in a loop", "in a function") and "cd " in case.text
    return ("deny",) if case.expect == "deny" and not moves else ("deny", "ask")


COMPANY = (
    "in a list",
    "behind &&",
    "in a subshell",
    "in a group",
    "in a pipe",
    "in an if",
    "in a loop",
    "in a case",
    "in a substitution",
    "in a quoted substitution",
    "in an assignment",
    "in bash -c",
    "behind a continuation",
)


@pytest.mark.parametrize("disguise", COMPANY)
def test_what_only_reads_is_not_asked_about_in_company(disguise: str, tree: Callable[[str], Tree]) -> None:
    wrong = []
    for line in _lines(disguise):
        case = line.case
        moves = disguise == "in a loop" and "cd " in case.text
        if case.read_only and case.expect == "allow" and case.rules == Rules() and not moves:
            verdict = judged(_disguised(case, disguise), tree(case.tree))
            if verdict["verdict"] != "allow":
                wrong.append(
                    f"{line.place}: {brief(case.text)!r}: {verdict['verdict']} {disguise}: {verdict['reason']}"
                )
    if wrong:
        pytest.fail("\n".join([f"{len(wrong)} lines", *wrong]), pytrace=False)


def _disguised(case: Case, disguise: str) -> Case:
    return msgspec.structs.replace(case, command=DISGUISES[disguise](case.text))
