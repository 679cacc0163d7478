"""What is judged read-only leaves everything as it was, when it is really run."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from claw import _native
from tests.redteam.fuzz.campaign import campaign, container, why_not

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


def test_commands_judged_read_only_change_nothing(tmp_path: Path) -> None:
    tally = campaign(tmp_path, seed=3, count=150)
    assert tally.ran == 150
    assert len(tally.names) > 30
    # Many lines are refused: the pools are full of flags and scripts that write.
    assert tally.made > 1.3 * tally.ran
    assert [f"{shlex.join(words)} changed {changed}" for words, changed in tally.harmful] == []


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
