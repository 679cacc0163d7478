"""Tags: given and taken away while a turn is open, between turns, in a fork; twice, and such as are not there."""

from __future__ import annotations

from claw.events.session import SessionTagged
from tests.pure.drive import Drive
from tests.replay.histories.parts import READ_A, forked, history, resumed


@history
def tagged_at_any_time() -> Drive:
    drive = Drive()
    drive.feed(SessionTagged(added=("bug", "later")))
    drive.say("read it")
    drive.feed(SessionTagged(removed=("later", "never")))
    drive.reply(READ_A)
    drive.feed(SessionTagged(added=("bug", "parser")))
    drive.resolve(drive.open("tool.resolve_requested"))
    resumed(drive)
    drive.feed(SessionTagged(removed=("parser",)))
    forked(drive)
    drive.feed(SessionTagged(added=("fork",)))
    drive.say("on")
    drive.reply("done")
    assert drive.state.session.tags == ("bug", "fork")
    return drive
