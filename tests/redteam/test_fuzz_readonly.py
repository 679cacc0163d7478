"""What is judged read-only leaves everything as it was, when it is really run."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from claw import _native
from tests.redteam.case import Case
from tests.redteam.fuzz.campaign import DENYING, built, campaign, container, grammar_campaign, why_not
from tests.redteam.judging import judged

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


def test_commands_judged_read_only_change_nothing(tmp_path: Path) -> None:
    tally = campaign(tmp_path, seed=3, count=150)
    assert tally.ran == 150
    assert len(tally.names) > 30
    # Many lines are refused: the pools are full of flags and scripts that write.
    assert tally.made > 1.3 * tally.ran
    assert [f"{shlex.join(words)} changed {changed}" for words, changed in tally.harmful] == []


def test_lines_that_hide_a_command_and_are_judged_read_only_do_not_run_it(tmp_path: Path) -> None:
    tally = grammar_campaign(tmp_path, seed=5, count=200)
    assert tally.ran == 200
    assert [f"{words[-1]!r} changed {changed}" for words, changed in tally.harmful] == []


def test_a_denied_command_is_run_in_no_spelling(tmp_path: Path) -> None:
    tally = grammar_campaign(tmp_path, seed=6, count=125, rules=DENYING)
    assert tally.ran == 125
    assert [f"{words[-1]!r} changed {changed}" for words, changed in tally.harmful] == []


@pytest.mark.parametrize(
    "line",
    [
        "echo ${a['$(touch leak)']}",
        "for SECONDS in 'a[$(touch leak)]'; do ls; done",
        "x='-v a[$(>leak)]'; [ $x ]",
        "echo \"${x:-'$(touch leak)'}\"",
        "cat <<E\n${x:-'$(touch leak)'}\nE",
        "[ \"a\" >&leak'' ]",
        "echo ${x:->(touch leak)}",
        "echo >&'$(touch leak)'",
    ],
)
def test_a_hidden_command_is_really_run_by_bash_and_asked_about(tmp_path: Path, line: str) -> None:
    assert judged(Case(expect="ask", command=line), built(tmp_path / "twin"))["verdict"] == "ask"
    (tmp_path / "world").mkdir()
    with container(tmp_path / "world") as run:
        assert "work/leak" in run(["bash", "-c", line])


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        (["sort", "-o", "leak", "a"], "work/leak"),
        (["sed", "-i", "s/a/b/", "b.txt"], "work/b.txt"),
        (["touch", "-d", "2020-01-01", "a"], "work/a"),
        (["chmod", "+x", "a"], "work/a"),
        (["ln", "a", "../outside/leak"], "outside/leak"),
        (["git", "branch", "x"], "work/.git/refs/heads/x"),
        (["bash", "-c", "(sleep 0.2; echo x > ../home/leak) & wait"], "home/leak"),
    ],
)
def test_a_change_is_noticed_and_was_not_judged_read_only(tmp_path: Path, words: list[str], changed: str) -> None:
    assert _native.command_effect(words)[0] != "read-only"
    with container(tmp_path) as run:
        assert changed in run(words)
        assert run(["true"]) == []
