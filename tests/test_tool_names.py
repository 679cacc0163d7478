"""Names of tools stand where a tool is declared, where policy says what settings files mean by a name, and in the lift
of old logs; nowhere else.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from claw._native import rule_names
from claw.tools import TOOLS

ROOT = Path(__file__).parent.parent
NAMES = sorted({*(tool.spec.name for tool in TOOLS), *(name for name, _ in rule_names())})
DECLARED = ("claw/tools/", "claw/events/first_tools.py", "native/src/policy/tools.rs")
"""Declarations, the lift, and the names in rules."""
_NAMED = re.compile(rf"(?:{'|'.join(NAMES)})(?:\(.*)?", re.DOTALL)
_IN_RUST = re.compile(rf'"(?:{"|".join(NAMES)})(?:\([^"]*)?"')


def in_python(text: str) -> Iterator[str]:
    """Texts that are a tool's name, or a rule for one."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _NAMED.fullmatch(node.value):
            yield node.value


def in_rust(text: str) -> list[str]:
    """The same, but for tests and comments."""
    code = text.split("#[cfg(test)]")[0]
    return [found for line in code.splitlines() if "//" not in line for found in _IN_RUST.findall(line)]


def test_no_other_file_names_a_tool() -> None:
    found: dict[str, list[str]] = {}
    for path in [*ROOT.glob("claw/**/*.py"), *ROOT.glob("native/src/**/*.rs")]:
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(DECLARED) or "/tests" in name:
            continue
        text = path.read_text()
        named = list(in_python(text)) if path.suffix == ".py" else in_rust(text)
        if named:
            found[name] = named
    assert not found


def test_the_search_finds_them() -> None:
    assert list(in_python('x = tool == "Bash"\nrule = f"Edit({path})"\n"Read a file"')) == ["Bash", "Edit("]
    assert in_rust('if tool == "Grep" {}\nlet rule = format!("Bash({})", x); // "Read"\n// "Read"') == ['"Grep"']
