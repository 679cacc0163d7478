"""Every line of `cases/` has the verdict it asks for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.redteam.case import families, parse, read
from tests.redteam.judging import complaint, judged
from tests.redteam.trees import Tree


@pytest.mark.parametrize("family", families())
def test_family(family: str, tree: Callable[[str], Tree]) -> None:
    complaints = [complaint(line, judged(line.case, tree(line.case.tree))) for line in read(family)]
    wrong = [text for text in complaints if text]
    if wrong:
        pytest.fail("\n".join([f"{len(wrong)} of {len(complaints)} lines", *wrong]), pytrace=False)


def test_no_line_is_there_twice() -> None:
    lines = [line for family in families() for line in read(family)]
    assert len(lines) >= 600
    seen: dict[object, str] = {}
    for line in lines:
        case = line.case
        key = (case.tool, repr(case.arguments), repr(case.rules), repr(case.grants), case.mode, case.sandboxed)
        other = seen.setdefault((*key, case.layer, case.tree), line.place)
        assert other == line.place, f"{line.place} repeats {other}"


def test_a_wrong_verdict_is_told_with_its_line(tree: Callable[[str], Tree]) -> None:
    text = '{"about": "x", "defaults": {"rules": {"deny": ["Bash(rm:*)"]}}}\n{"command": "rm x", "expect": "allow"}'
    (line,) = parse(text, "x.jsonl")
    told = complaint(line, judged(line.case, tree("project")))
    assert told.startswith("x.jsonl:2: 'rm x': expected allow, got deny: ")


def test_what_is_no_case_is_told_with_its_line() -> None:
    with pytest.raises(ValueError, match=r"x\.jsonl:1: .*expekt"):
        parse('{"command": "ls", "expekt": "allow"}', "x.jsonl")
