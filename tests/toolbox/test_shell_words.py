"""Which names in a hook's text are of what it runs, which it reads, and which it only says."""

from __future__ import annotations

import pytest

from claw.execution.shell_words import mentioned

SAYS = [
    "echo 'see README.md'",
    'echo "README.md was changed" >&2; exit 0',
    "[ -f README.md ] && echo README.md || exit 2",
    'F=$(jq -r .tool_input.file_path); [[ "$F" == *.py ]] && echo "$F is not README.md"',
    "notify-send claw 'README.md is done'; true",
    "echo README.md >>.claude/hook.log",
    "date | tee -a README.md",
    "sh x.sh # as README.md says, don't ask",
    "# don't touch README.md\nsh x.sh",
    "if true; then echo README.md; fi",
    "touch README.md; rm -f README.md",
]
READS = [
    "cat README.md",
    "! grep -q TODO README.md",
    "jq . README.md",
    "jq -r .a <README.md",
    "time head -3 README.md | tail -1 | tr a b",
    "cat README.md 2>/dev/null || true",
    "test -f x && cat \\\n  README.md",
]
RUNS = [
    "sh README.md",
    "x='README.md'; sh $x",
    "for f in README.md; do sh $f; done",
    "echo README.md | sh",
    "echo README.md |& sh",
    "cat README.md|sh",
    "cat README.md |\n  sh",
    "(echo README.md) | sh",
    "{ echo README.md; } | sh",
    "if true; then echo README.md; fi | sh",
    "echo README.md | (read f; sh $f)",
    "echo README.md | while read f; do sh $f; done",
    "while read f; do sh $f; done <README.md",
    "sh $(echo README.md)",
    'sh "$(echo README.md)"',
    "echo README.md $(date) | sh",
    'echo "$(sh README.md)"',
    "echo `sh README.md`",
    "echo README.md | xargs sh",
    "echo README.md >l; xargs sh <l",
    "cat README.md >l && sh l",
    "cat README.md >$l && sh $l",
    "printf -v x README.md; sh $x",
    "exec >l; echo README.md",
    ". ./lib.sh; echo README.md",
    "alias echo=sh; echo README.md",
    "echo() { sh $1; }; echo README.md",
    "trap 'echo README.md' EXIT",
    "node -e 'require(\"README.md\")'",
    "npx tool --config=README.md",
    "echo hi # don't\nsh README.md\necho it # isn't",
    "echo hi # and \\\nsh README.md",
    'echo "a\n# b"; sh README.md; echo "c\n# d"',
    "cat <<E\ndon't\nE\nsh README.md\n: '",
    "echo $'\\''; sh README.md; : $'\\''",
    "case $x in a) echo;; b) sh README.md;; esac",
    "echo 'README.md",
    "cp README.md .git/hooks/pre-commit",
]


@pytest.mark.parametrize("text", SAYS)
def test_a_name_that_is_only_said(text: str) -> None:
    found = mentioned(text)
    assert "README.md" not in [*found.run, *found.read]


@pytest.mark.parametrize("text", READS)
def test_a_file_that_is_only_looked_into(text: str) -> None:
    found = mentioned(text)
    assert ("README.md" in found.run, "README.md" in found.read) == (False, True)


@pytest.mark.parametrize("text", RUNS)
def test_a_file_that_may_run(text: str) -> None:
    assert "README.md" in mentioned(text).run
