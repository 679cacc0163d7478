"""Whatever a line of `cases/` must not be allowed is not allowed in disguise either."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import pytest

from tests.redteam.case import Case, Line, families, read
from tests.redteam.judging import brief, judged
from tests.redteam.trees import Tree


def _quoted(command: str) -> str:
    return "'" + command.replace("'", "'\\''") + "'"


DISGUISES: dict[str, Callable[[str], str]] = {
    "in a list": lambda c: f"true; {c}\ntrue",
    "behind &&": lambda c: f"true && {c}\n",
    "in a subshell": lambda c: f"({c}\n)",
    "in a group": lambda c: f"{{ {c}\n}}",
    "in a pipe": lambda c: f"{{ {c}\n}} | cat",
    "in an if": lambda c: f"if true; then {c}\nfi",
    "in a condition": lambda c: f"if {c}\nthen true; fi",
    "in a loop": lambda c: f"for i in 1; do {c}\ndone",
    "in a case": lambda c: f"case x in\nx) {c}\n;; esac",
    "in a function": lambda c: f"f() {{ {c}\n}}\nf",
    "in a substitution": lambda c: f"echo $({c}\n)",
    "in a quoted substitution": lambda c: f'echo "a $({c}\n)"',
    "in a process substitution": lambda c: f"cat <({c}\n)",
    "in an assignment": lambda c: f"x=$({c}\n)",
    "in bash -c": lambda c: f"bash -c {_quoted(c)}",
    "in eval": lambda c: f"eval {_quoted(c)}",
    "in wrappers": lambda c: f"timeout 5 env nice -n 1 bash -c {_quoted(c)}",
    "in a shell's input": lambda c: f"bash <<'END-OF-IT'\n{c}\nEND-OF-IT",
    "behind a continuation": lambda c: f"true && \\\n{c}",
    "in the background": lambda c: f"{{ {c}\n}} & wait",
}


def _victims() -> Iterator[Line]:
    for family in families():
        for line in read(family):
            # A rule for the whole command to the letter says nothing about a longer one.
            if line.case.tool == "Bash" and not line.case.accepts("allow") and len(line.case.text) < 5000:
                yield line


@pytest.mark.parametrize("disguise", DISGUISES)
def test_disguise(disguise: str, tree: Callable[[str], Tree]) -> None:
    wrong = []
    for line in _victims():
        verdict = judged(_disguised(line.case, disguise), tree(line.case.tree))["verdict"]
        if not line.case.accepts(verdict) and not (verdict == "deny" and line.case.expect == "ask"):
            wrong.append(f"{line.place}: {brief(line.case.text)!r}: {verdict} {disguise}, {line.case.expect} without")
    if wrong:
        pytest.fail("\n".join([f"{len(wrong)} lines", *wrong]), pytrace=False)


def _disguised(case: Case, disguise: str) -> Case:
    return msgspec.structs.replace(case, command=DISGUISES[disguise](case.text))
