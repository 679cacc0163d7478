"""Prompts that are due at times: scheduled, ended, fired, missed, and come to their last time."""

from __future__ import annotations

import json

from msgspec.structs import replace

from claw.decide.behaviour import CURRENT
from claw.decide.schedules import LIFE
from claw.events.permission import PermissionAnswered, Rule
from claw.events.schedule import Missed, Schedule, ScheduleFired, ScheduleSaved, SchedulesLoaded, SchedulesMissed
from claw.events.session import ConfigChanged
from claw.events.tool import ToolResolved
from claw.projections.schedules import MOST
from claw.tools.cron import CronCreate, CronDelete, CronList
from tests.pure.drive import READ, Drive
from tests.replay.histories.lists import made
from tests.replay.histories.parts import forked, history, resumed

TOOLS = (READ, CronCreate.spec, CronDelete.spec, CronList.spec)
EACH = {"cron": "*/5  9 * * *", "prompt": "Look."}
ONCE = {**EACH, "recurring": False}
ALLOWED = Rule(effect="allow", rule="CronCreate", source="s:1")
DENIED = Rule(effect="deny", rule="CronCreate", source="s:2")
LASTING = {**EACH, "durable": True}


def beginning(**settings: object) -> Drive:
    drive = Drive(behaviours=CURRENT, tools=TOOLS, **settings)
    drive.say("hello")
    return drive


def configured(drive: Drive, **settings: object) -> None:
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, **settings)))


def ids(drive: Drive) -> list[str]:
    return list(drive.state.schedules.own)


def fired(drive: Drive, id: str, *, personal: bool = False) -> None:
    drive.feed(ScheduleFired(id=id, due=1, personal=personal))


def wanted(drive: Drive, name: str, arguments: dict[str, object]) -> int:
    """A call whose facts are found out; its key."""
    drive.reply((name, json.dumps(arguments)))
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested")))
    return drive.last_key()


@history
def schedules_of_a_session() -> Drive:
    """Made, told, ended; one that is not there; a prompt that is too long to be told; a fork has none."""
    drive = beginning()
    made(drive, ("CronList", {}))
    made(
        drive,
        ("CronCreate", EACH),
        ("CronCreate", {**ONCE, "prompt": "Look\n" * 16}),
        ("CronCreate", {**EACH, "prompt": "a" * 81}),
        ("CronCreate", {**EACH, "prompt": "a" * 80}),
    )
    made(drive, ("CronList", {}), ("CronDelete", {"id": "no"}), ("CronDelete", {"id": ids(drive)[0]}), ("CronList", {}))
    drive.reply("done")
    forked(drive)
    resumed(drive)
    drive.say("two")
    made(drive, ("CronList", {}))
    drive.reply("done")
    return drive


@history
def no_more_schedules_than_there_may_be() -> Drive:
    drive = beginning()
    made(drive, *[("CronCreate", EACH)] * (MOST + 1))
    made(drive, ("CronCreate", {**EACH, "durable": False}), ("CronDelete", {"id": ids(drive)[-1]}))
    made(drive, ("CronCreate", EACH))
    drive.reply("done")
    return drive


@history
def schedules_that_fire_and_come_to_their_last_time() -> Drive:
    drive = beginning()
    made(drive, ("CronCreate", EACH), ("CronCreate", ONCE))
    drive.reply("done")
    each, once = ids(drive)
    for id in (each, once, each, "nowhere"):
        fired(drive, id)
        drive.say("Look.", waits=True)
        drive.reply("looked")
    fired(drive, each, personal=True)
    until = drive.state.schedules.own[each].schedule.until
    drive.later((until - drive.state.now) // 1_000_000 - 1)
    fired(drive, each)
    drive.later(2)
    fired(drive, each, personal=True)
    fired(drive, each)
    drive.say("two")
    made(drive, ("CronList", {}))
    drive.reply("done")
    return drive


@history
def schedules_that_were_missed() -> Drive:
    """Those that come again go on; those that do not are gone; the user's own are not the session's."""
    drive = beginning()
    made(drive, ("CronCreate", EACH), ("CronCreate", ONCE), ("CronCreate", {**EACH, "cron": "1 1 * * *"}))
    drive.reply("done")
    planned = list(drive.state.schedules.own.values())
    for days in (0, LIFE // 1_000_000):
        drive.later(days)
        told = [Missed(schedule=one.schedule, count=2, last=1) for one in planned[:2]]
        own = Missed(schedule=planned[2].schedule, count=1, last=1, personal=True)
        drive.feed(SchedulesMissed(missed=(*told, own)))
        drive.say("what is there?")
        made(drive, ("CronList", {}))
        drive.reply("that")
    return drive


@history
def schedules_of_the_user_s_own() -> Drive:
    """Each is asked about, whatever a rule allows; they are put into a log that may be full or broken."""
    drive = beginning()
    drive.feed(SchedulesLoaded(schedules=(Schedule(id="x", cron="1 1 * * *", prompt="y"),), digest="d"))
    for number, error in enumerate(("", "No room.")):
        wanted(drive, "CronCreate", {**LASTING, "recurring": number == 0})
        drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person", scope="session"))
        save = drive.open("schedule.save_requested")
        drive.feed(ScheduleSaved(call=save, tool_call=drive.log[save].data.tool_call, error=error))
    made(drive, ("CronList", {}))
    wanted(drive, "CronDelete", {"id": "x"})
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person", scope="once"))
    save = drive.open("schedule.save_requested")
    drive.feed(ScheduleSaved(call=save, tool_call=drive.log[save].data.tool_call))
    full = tuple(Schedule(id=str(number), cron="1 1 * * *", prompt="y") for number in range(MOST))
    drive.feed(SchedulesLoaded(schedules=full, digest="e"))
    wanted(drive, "CronCreate", LASTING)
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person", scope="once"))
    drive.reply("done")
    return drive


@history
def schedules_of_the_user_s_own_where_nobody_is_asked() -> Drive:
    """A rule that denies it stands; one that allows it does not."""
    drive = beginning(mode="dontAsk")
    for mode in ("dontAsk", "plan", "default"):
        configured(drive, mode=mode, rules=(ALLOWED,))
        wanted(drive, "CronCreate", LASTING)
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=False, how="person", scope="once"))
    configured(drive, rules=(DENIED,))
    wanted(drive, "CronCreate", LASTING)
    made(drive, ("CronList", {}))
    drive.reply("done")
    return drive
