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
