"""`claw cost`: tokens and money, a fork's inherited part counted once."""

from __future__ import annotations

import json

from tests.cli.offline.sessions import Home, Session, conversation


def test_a_session_by_model(home: Home) -> None:
    home.record(conversation().log)
    result = home.claw("cost", "@last")
    assert result.returncode == 0, result.stderr
    header, model, total = result.stdout.splitlines()
    assert header.split()[:2] == ["model", "calls"]
    assert model.split() == ["test/m", "2", "2000", "600", "0", "40", "$0.0100"]
    assert total.split() == ["in", "all", "2", "2000", "600", "0", "40", "$0.0100"]


def test_an_unknown_price_is_marked(home: Home) -> None:
    session = Session()
    session.say()
    session.stream("hi", nusd=None)
    home.record(session.log)
    assert "$0.0000+?" in home.claw("cost", "@last").stdout


def test_a_fork_does_not_pay_again(home: Home) -> None:
    session = conversation()
    parent = home.record(session.log)
    fork = home.fork(parent, session, at=session.log[-1].seq)
    result = home.claw("cost", fork)
    assert "inherited, not counted" in result.stdout
    own = json.loads(home.claw("cost", fork, "--json").stdout)
    assert (own["total"]["nusd"], own["inherited"]["nusd"], own["inherited"]["calls"]) == (0, 10_000_000, 2)
    everything = home.claw("cost").stdout.splitlines()[-1]
    assert everything.split() == ["in", "all", "2", "2000", "600", "0", "40", "$0.0100"]


def test_all_sessions_of_an_empty_home(home: Home) -> None:
    result = home.claw("cost")
    assert result.returncode == 0
    assert result.stdout.splitlines()[-1].split()[-1] == "$0.0000"


def by(home: Home, what: str, *more: str) -> dict[str, dict[str, object]]:
    result = home.claw("cost", *more, "--by", what, "--json")
    assert result.returncode == 0, result.stderr
    lines = map(json.loads, result.stdout.splitlines())
    return {line[what]: line for line in lines}


def test_by_day_model_agent_tool_and_session_over_all_of_them(home: Home) -> None:
    """A fork's inherited part counts once, and all ways of counting come to the same money."""
    session = conversation()
    parent = home.record(session.log)
    home.fork(parent, session, at=session.log[-1].seq)
    other = Session()
    other.say()
    other.stream("hi", nusd=None)
    second = home.record(other.log)
    found = {what: by(home, what) for what in ("day", "model", "agent", "tool", "session")}
    assert {sum(line["nusd"] for line in lines.values()) for lines in found.values()} == {10_000_000}  # type: ignore[misc]
    assert found["agent"].keys() == {"main"}
    assert found["model"]["test/m"]["calls"] == 3
    assert found["session"].keys() == {parent, second}
    assert "(answers)" in found["tool"]
    assert len(found["tool"]) > 1
    assert by(home, "model", parent)["test/m"]["calls"] == 2
    shown = home.claw("cost", "--by", "model").stdout.splitlines()
    assert shown[-1].split()[-1] == "$0.0100+?"
    wrong = home.claw("cost", "--by", "mood")
    assert (wrong.returncode, "day | model | agent | tool | session" in wrong.stderr) == (2, True)


def test_a_log_that_cannot_be_read_is_named_and_the_rest_is_counted(home: Home) -> None:
    home.record(conversation().log)
    damaged = home.record(conversation().log)
    for segment in (home.path / "sessions" / damaged).iterdir():
        if segment.is_file():
            segment.write_bytes(b"\0" * 200)
    result = home.claw("cost", "--by", "day")
    assert result.returncode == 0
    assert damaged in result.stderr
    assert result.stdout.splitlines()[-1].split()[-1] == "$0.0100"
