"""Prompts that are due at times come in a terminal, once, when nothing else is under way; what was missed is said.

The clock is the machine's. What a minute is, the zone says that claw finds in `TZ`: a rule may put the next full minute
a few seconds away.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from claw.events.base import Event
from claw.events.schedule import ScheduleClaimed, ScheduleKept
from claw.log import Home
from claw.log.personal import PersonalLog
from tests.cli.live.tmux import Terminal, answer, is_shown, ready
from tests.cli.live.world import PATIENCE, World, text, told, tool

Start = Callable[..., Terminal]
E = TypeVar("E", bound=Event)

FIND = tool("ToolSearch", {"query": "select:CronCreate,CronList,CronDelete"})
PAST = [text("")] * 3
"""What the model said when something was scheduled, of which the script counts the replies."""
SAID = '"text":"Look at the build."'
"""In the JSON of a request: the prompt as an input, and not as what a call has scheduled."""
EACH_MINUTE = {"cron": "* * * * *", "prompt": "Look at the build."}


def minute_in(seconds: float) -> str:
    """A zone in which the next full minute is so many seconds away; less than none: the last one was, so long ago."""
    return f"T-0:00:{-int(time.time() + seconds) % 60:02d}"


def until(holds: Callable[[], Any], wanted: str) -> None:
    """Wait, for more than the minute that it takes where this machine was too slow for the first one."""
    end = time.monotonic() + 2 * PATIENCE
    while not holds():
        assert time.monotonic() < end, f"waited in vain for {wanted}"
        time.sleep(0.05)


def shown(opened: Terminal, wanted: str) -> None:
    until(lambda: is_shown(wanted, opened.screen()), f"{wanted} in:\n{opened.screen()}")


def scheduled(world: World, arguments: dict[str, Any], *leave: str) -> str:
    """A session that has scheduled something; its id."""
    world.serve(FIND, tool("CronCreate", arguments), text("It is scheduled."))
    done = world.run("-p", "go", *leave)
    assert done.stdout == b"It is scheduled.\n", told(done)
    return world.sessions()[-1]


def of(world: World, kind: str, session: str = "@last") -> list[dict[str, Any]]:
    return [event["data"] for event in world.events(session) if event["kind"] == kind]


def own(world: World, kind: type[E]) -> list[E]:
    """What the user's own log has of this kind."""
    envelopes = PersonalLog.of(Home(world.claw_home)).read()
    return [envelope.data for envelope in envelopes if isinstance(envelope.data, kind)]


def replays(world: World, session: str = "@last") -> None:
    done = world.run("replay", session)
    assert done.returncode == 0, told(done)


def test_a_model_schedules_lists_and_ends(world: World) -> None:
    world.serve(
        FIND,
        tool("CronCreate", {"cron": "* * * * *", "prompt": " \n"}),
        tool("CronCreate", {"cron": "99 9 * * *", "prompt": "x"}, expect=["The prompt is blank"]),
        tool("CronCreate", {"cron": "0 0 31 2 *", "prompt": "x"}, expect=["is no cron expression: Bad minute"]),
        tool("CronCreate", {"cron": "*/7 9 * * 1-5", "prompt": "Look at the build."}, expect=["Bad day-of-month"]),
        tool(
            "CronCreate",
            {"cron": "30 14 28 2 *", "prompt": "Ship.", "recurring": False},
            expect=["*/7 9 * * 1-5 (each time, in this session alone): Look at the build.", "after 7 days"],
        ),
        tool("CronList", {}, expect=["Scheduled once: "]),
        tool("CronDelete", {"id": "nothing"}, expect=["30 14 28 2 * (once, in this session alone): Ship."]),
        text("Two.", expect=["There is no schedule nothing."]),
    )
    done = world.run("-p", "go")
    assert (done.returncode, done.stdout) == (0, b"Two.\n"), told(done)
    assert f"2 scheduled prompts will come only in a terminal: claw resume {world.sessions()[0]}" in told(done)
    ids = [data["schedule"]["id"] for data in of(world, "schedule.added")]
    world.serve(
        *[text("")] * 9,
        *[tool("CronDelete", {"id": id}) for id in ids],
        tool("CronList", {}, expect=[f"Schedule {ids[0]} is deleted."]),
        text("None.", expect=["Nothing is scheduled."]),
    )
    done = world.run("resume", "@last", "--model", "sonnet", "-p", "go on")
    assert (done.returncode, done.stdout) == (0, b"None.\n"), told(done)
    assert b"*/7 9 * * 1-5: Look at the build." in world.run("log", "@last").stdout
    replays(world)


def test_it_comes_when_it_is_due_and_what_was_missed_is_said_once(world: World, terminal: Start) -> None:
    session = scheduled(world, EACH_MINUTE)
    before = of(world, "schedule.added")[0]["schedule"]["created"]
    # A minute ends between that and now, and the next one soon.
    until(lambda: time.time_ns() - before > 2_000_000_000, "two seconds")
    zone = minute_in(-1)
    world.serve(*PAST, {**text("The build is fine."), "expect": [SAID]}, text("Still fine."))
    opened = ready(terminal("resume", session, "--model", "sonnet", TZ=zone))
    shown(opened, "missed once while no session was open here, last at")
    shown(opened, "* * * * *: Look at the build.")
    opened.enter("/quit")
    assert opened.exit_code() == 0
    assert not of(world, "schedule.fired")
    (missed,) = of(world, "schedule.missed")
    assert missed["missed"][0]["count"] == 1
    opened = ready(terminal("resume", session, "--model", "sonnet", TZ=minute_in(5)))
    shown(opened, "The build is fine.")
    screen = opened.screen()
    assert "> Look at the build." in screen
    assert f"due by schedule {missed['missed'][0]['schedule']['id']}" in screen
    opened.wait_idle()
    opened.enter("/quit")
    assert opened.exit_code() == 0
    (fired,) = of(world, "schedule.fired")
    kinds = world.kinds()
    assert kinds[kinds.index("schedule.fired") + 1] == "input.received"
    received = of(world, "input.received")[-1]
    assert received["source"] == {"how": "schedule", "name": fired["id"], "at": fired["due"]}
    assert len(of(world, "schedule.missed")) == 1
    replays(world)


def test_it_waits_for_the_end_of_the_turn_and_limits_hold(world: World, terminal: Start) -> None:
    session = scheduled(world, {**EACH_MINUTE, "recurring": False})
    wait = "touch begun; while [ ! -e go ]; do sleep 0.1; done"
    world.serve(
        *PAST,
        tool("Bash", {"command": wait}),
        {**text("I did."), "refuse": [SAID]},
        {**tool("Read", {"file_path": "a"}), "expect": [SAID]},
        tool("Read", {"file_path": "b"}),
    )
    full = time.time() + 4
    leave = ("--allowed-tools", "Bash", "--max-turns", "2")
    opened = ready(terminal("resume", session, "--model", "sonnet", *leave, TZ=minute_in(4)))
    opened.enter("Work.")
    until((world.workspace / "begun").exists, "the call")
    until(lambda: time.time() > full + 0.5, "the full minute")
    assert not of(world, "schedule.fired")
    (world.workspace / "go").touch()
    shown(opened, "> Look at the build.")
    opened.wait("The limit is reached: 2 of", "Press a key")
    screen = opened.screen()
    assert screen.index("● I did.") < screen.index("> Look at the build.")
    assert [data["why"] for data in of(world, "schedule.removed")] == ["done"]
    assert len(of(world, "schedule.fired")) == 1
    replays(world)


def test_a_schedule_of_the_user_s_own_fires_in_one_of_the_sessions_of_its_folder(world: World, terminal: Start) -> None:
    world.serve(text("Fine here."), text("Fine here again."))
    opened = [ready(terminal(TZ=minute_in(9))) for _ in range(2)]
    token = "ghp_" + "a1B2" * 9
    added = world.run("schedule", "add", "* * * * *", f"Look at the build. {token}")
    assert added.returncode == 0, told(added)
    id = added.stdout.decode().strip()
    sessions = world.sessions()
    # Told of it by a bell: both have it before the minute is over.
    until(lambda: all(of(world, "schedule.loaded", one) for one in sessions), "both know")
    elsewhere = world.run("schedule", "add", "-C", str(world.home), "* * * * *", "Not here.", "--once")
    assert elsewhere.returncode == 0, told(elsewhere)
    listed = world.run("schedule", "list").stdout.decode()
    assert f"{id}  * * * * *" in listed
    assert "Every minute" in listed
    assert "Not here." not in listed
    assert "Not here." in world.run("schedule", "list", "--all").stdout.decode()
    until(lambda: any(of(world, "schedule.fired", one) for one in sessions), "one")
    until(lambda: any("Fine here." in one.screen() for one in opened), "its answer")
    fired = {one: len(of(world, "schedule.fired", one)) for one in sessions}
    assert sorted(fired.values()) == [0, 1]
    (first,) = (one for one, count in fired.items() if count)
    claims = own(world, ScheduleClaimed)
    assert [(claim.session, claim.id) for claim in claims] == [(first, id)]
    assert not [file for file in world.claw_home.rglob("*.seg") if token.encode() in file.read_bytes()]
    assert b"by " + first.encode() in world.run("log", "user").stdout
    gone = world.run("schedule", "remove", id)
    assert gone.returncode == 0, told(gone)
    until(lambda: all(of(world, "schedule.loaded", one)[-1]["schedules"] == [] for one in sessions), "both know")
    for one in opened:
        one.wait_idle()
        one.enter("/quit")
        assert one.exit_code() == 0
    for one in sessions:
        replays(world, one)
    assert world.run("verify", "user").returncode == 0
    again = world.run("schedule", "remove", id)
    assert (again.returncode, "no schedule" in told(again)) == (2, True)


def test_a_model_s_durable_schedule_takes_a_yes_and_is_there_in_later_sessions(world: World, terminal: Start) -> None:
    lasting = {"cron": "0 9 * * *", "prompt": "Look at the build.", "durable": True}
    refused = [text("No.", expect=["What outlives this session is always asked about."])]
    world.serve(FIND, tool("CronCreate", lasting), *refused, text("No."))
    done = world.run("-p", "go", "--allowed-tools", "CronCreate")
    assert done.stdout == b"No.\n", told(done)
    assert not (world.claw_home / "user").exists()
    world.serve(FIND, tool("CronCreate", lasting), text("Kept.", expect=["in any session in this folder"]))
    opened = ready(terminal())
    opened.enter("go")
    answer(opened, "Yes, this once")
    shown(opened, "● Kept.")
    opened.enter("/quit")
    assert opened.exit_code() == 0
    (kept,) = own(world, ScheduleKept)
    assert kept.project == str(world.workspace)
    assert kept.session == world.sessions()[-1]
    replays(world)
    id = kept.schedule.id
    world.serve(
        FIND,
        tool("CronList", {}),
        tool("CronDelete", {"id": id}, expect=[f"{id}: 0 9 * * * (each time, in any session in this folder)"]),
        text("Gone.", expect=[f"Schedule {id} is deleted."]),
    )
    opened = ready(terminal())
    until(lambda: of(world, "schedule.loaded"), "what is scheduled")
    opened.enter("go")
    answer(opened, "Yes, this once")
    shown(opened, "● Gone.")
    opened.enter("/quit")
    assert opened.exit_code() == 0
    assert world.run("schedule", "list").stdout == b"Nothing is scheduled for this folder.\n"
    replays(world)


def test_what_of_the_user_s_own_was_missed_is_said_by_the_first_session_alone(world: World, terminal: Start) -> None:
    assert world.run("schedule", "add", "* * * * *", "Look.", "--once").returncode == 0
    assert world.run("schedule", "add", "* * * * *", "Look again.").returncode == 0
    begun = time.time()
    until(lambda: time.time() - begun > 2, "two seconds")
    world.serve(text("x"))
    zone = minute_in(-1)
    first = ready(terminal(TZ=zone))
    shown(first, "it does not come any more")
    shown(first, "* * * * *: Look again.")
    second = ready(terminal(TZ=zone))
    until(lambda: of(world, "schedule.loaded"), "what is scheduled")
    for one in (first, second):
        one.enter("/quit")
        assert one.exit_code() == 0
    assert "missed" not in second.screen()
    assert [len(of(world, "schedule.missed", one)) for one in world.sessions()] == [1, 0]
    listed = world.run("schedule", "list").stdout.decode()
    assert "Look again." in listed
    assert "Look." not in listed
    for one in world.sessions():
        replays(world, one)


def test_a_log_of_the_user_s_own_that_is_damaged_is_said_once_and_costs_no_session(
    world: World, terminal: Start
) -> None:
    assert world.run("schedule", "add", "* * * * *", "Look.").returncode == 0
    for segment in (world.claw_home / "user").glob("*.seg"):
        segment.write_bytes(b"no segment" * 100)
    world.serve(text("Still here."))
    opened = ready(terminal(TZ=minute_in(1)))
    opened.wait("what is scheduled in your own log is not known")
    opened.enter("Are you there?")
    opened.wait("● Still here.")
    opened.enter("/quit")
    assert opened.exit_code() == 0
    assert opened.screen().count("is not known") == 1
    replays(world)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["add", "every day", "Look."], "is no cron expression"),
        (["add", "0 0 31 2 *", "Look."], "is no cron expression"),
        (["add", "* * * * *"], "there is nothing to schedule"),
        (["add", "* * * * *", "Look.", "-C", "/nowhere"], "/nowhere"),
        (["remove", "x"], "no schedule"),
        ([], "claw schedule"),
    ],
)
def test_what_cannot_be_meant_is_said(world: World, words: list[str], why: str) -> None:
    done = world.run("schedule", *words)
    assert done.returncode == 2
    assert why in told(done)
    assert not (world.claw_home / "user").exists()
