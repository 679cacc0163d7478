"""The recorder makes golden sessions from real runs, and none that nobody should be held to."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from claw import log
from tests.replay.goldens import SESSIONS
from tools.replay import golden, record, stage
from tools.replay.__main__ import main
from tools.replay.check import check, sessions_below


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of goldens, empty, and a stage of its own."""
    goldens = tmp_path / "golden"
    goldens.mkdir()
    monkeypatch.setattr(golden, "GOLDENS", goldens)
    monkeypatch.setattr(record, "GOLDENS", goldens)
    monkeypatch.setattr(stage, "ROOT", tmp_path / "stage")
    return goldens


def define(place: Path, name: str = "one", **changes: Any) -> None:
    definition: dict[str, Any] = {
        "about": "A word.",
        "scenario": {"replies": [{"blocks": [{"type": "text", "text": "Hello."}]}]},
        "acts": [{"do": "run", "arguments": ["-p", "Hi."]}],
    }
    (place / name).mkdir()
    (place / name / "golden.json").write_text(json.dumps(definition | changes))


def test_what_really_ran_is_kept_and_nothing_beside_it(place: Path) -> None:
    define(place)
    assert main(["record"]) == 0
    (session,) = sessions_below(place)
    assert session.parent == place / "one" / "sessions"
    assert {file.suffix for file in session.rglob("*")} == {".seg"}
    assert check(session).verdict == "same"
    kinds = [envelope.kind for envelope in log.read(str(session))]
    assert (kinds[0], kinds[-1]) == ("session.started", "session.ended")
    assert "model.chunk" in kinds


def test_a_recording_is_not_replaced_by_accident(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    define(place)
    shutil.copytree(SESSIONS[0], place / "one" / "sessions" / SESSIONS[0].name)
    assert main(["record", "one"]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["record"]) == 0, "there is nothing left to record"
    assert [path.name for path in sessions_below(place)] == [SESSIONS[0].name]
    assert main(["record", "one", "--force"]) == 0
    assert [path.name for path in sessions_below(place)] != [SESSIONS[0].name]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"acts": [{"do": "run", "arguments": ["-p", "Hi."], "exit": 5}]}, "status 0 where 5 was to be"),
        ({"acts": [{"do": "run", "arguments": ["-p", "I am in /home/of/somebody"]}]}, "holds '/home/of/somebody'"),
        ({"acts": [{"do": "talk", "lines": [{"do": "say", "text": "Hi.", "end": "refused"}]}]}, "was to end refused"),
        ({"acts": [{"do": "talk", "lines": [], "answers": [{}]}]}, "1 answers were not asked for"),
        ({"acts": [{"do": "run", "arguments": ["-p", "Hi."], "typo": 1}]}, "typo"),
    ],
)
def test_what_nobody_should_be_held_to_is_refused(
    changes: dict[str, Any],
    complaint: str,
    place: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/home/of/somebody")
    define(place, **changes)
    assert main(["record", "one"]) == 1
    assert complaint in capsys.readouterr().err
    assert sessions_below(place) == []
