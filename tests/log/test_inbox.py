"""An input that is left for a live session is taken or taken back, never both."""

from __future__ import annotations

from pathlib import Path

import pytest

from claw.log import inbox
from claw.log.inbox import Inbox, Sent


def test_what_is_being_taken_cannot_be_taken_back(tmp_path: Path) -> None:
    box = tmp_path / "inboxes" / "s"
    assert not inbox.ring(box), "nobody listens"
    listening = Inbox(box)
    listening.open()
    assert inbox.ring(box)
    second = inbox.leave(box, Sent(id="b", text="two", at=2))
    first = inbox.leave(box, Sent(id="a", text="one", at=1))
    assert listening.names() == [first.name, second.name]
    taken = listening.take(first.name)
    assert taken is not None
    assert taken.sent.text == "one"
    assert not inbox.take_back(first)
    assert inbox.take_back(second)
    assert listening.take(second.name) is None
    listening.release(taken)
    assert inbox.take_back(first)
    assert not inbox.take_back(first)
    assert listening.names() == []
    listening.close()
    assert not box.exists()


def test_who_begins_to_listen_finds_an_empty_inbox(tmp_path: Path) -> None:
    box = tmp_path / "s"
    killed = Inbox(box)
    killed.open()
    left = inbox.leave(box, Sent(id="a", text="one", at=1))
    listening = Inbox(box)
    listening.open()
    assert not left.exists()
    listening.close()


def test_a_folder_that_is_a_link_is_no_inbox(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "s").symlink_to("elsewhere")
    with pytest.raises(OSError, match=r".*"):
        Inbox(tmp_path / "s").open()
    assert list((tmp_path / "elsewhere").iterdir()) == []
