"""What stands before the text of a Markdown file: most have lines that need no reader of YAML, and mean the same."""

from __future__ import annotations

import pytest
import yaml

from claw.settings.frontmatter import Page, Unreadable, _plain_values, page

PLAIN = (
    "name: fill-forms",
    "description: Reads a file, writes it (and more)",
    "description: Überall — ein Wort, so lang… 🎉",
    'description: it\'s "quoted" in the middle, [so] {so} & *so* | > % @ `so` !so',
    "model: claude-haiku-4-5",
    "flag: true",
    "flag: No",
    "flag: ON",
    "flag: tRue",
    "number: 12",
    "number: 1_000.5e3",
    "date: 2026-05-01",
    "time: 12:30:45",
    "path: ~/notes/a.md",
    "path: /a/b",
    "dot: .5",
    "words: a# b",
    "words: a:b c:d",
    "words:   behind blanks   ",
)
OTHER = (
    "name:",
    "name: 'quoted'",
    "name: [a, b]",
    "name: {a: b}",
    "name: a: b",
    "name: Reads a file, writes it (and more): no",
    "name: a # b",
    "name: null",
    "name: ~",
    "name: |",
    "name: - a",
    "name: a:",
    "name: \ta",
    "na me: a",
    "name: a\x07",
    "name: a\u2028b",
    "- a",
    "# a",
    "",
)


@pytest.mark.parametrize("line", [*PLAIN, *OTHER])
def test_a_plain_line_says_what_yaml_says(line: str) -> None:
    found = _plain_values([line])
    assert (found is not None) == (line in PLAIN)
    if found is None:
        return
    ((key, value),) = found.items()
    node = yaml.compose(line, yaml.SafeLoader)
    assert isinstance(node, yaml.MappingNode)
    ((named, said),) = node.value
    assert (named.value, said.value) == (key, value.text)
    read = said.tag.rpartition(":")[2] == "bool"
    assert value.content == (yaml.safe_load(line)[key] if read else value.text)
    assert value.line == 2


def test_several_lines_and_a_key_twice() -> None:
    assert page("---\na: b\nc: d\n---\n\nBody\n", ()) == Page(_plain_values(["a: b", "c: d"]) or {}, "Body")
    with pytest.raises(Unreadable, match="a is given twice"):
        page("---\na: b\na: c\n---\n", ())
