"""The list of what is to be done, written as a whole and one task at a time."""

from __future__ import annotations

import json
from typing import Any

from claw.decide.behaviour import CURRENT
from claw.decide.tasks import MOST
from claw.tools.tasks import TaskCreate, TaskGet, TaskList, TaskUpdate
from claw.tools.todo_write import TodoWrite
from tests.pure.drive import READ, Drive
from tests.replay.histories.parts import history
from tests.replay.histories.tasks import resolved

TOOLS = (READ, TodoWrite.spec, TaskCreate.spec, TaskUpdate.spec, TaskGet.spec, TaskList.spec)


def made(drive: Drive, *calls: tuple[str, dict[str, Any]]) -> None:
    """A reply that makes these calls, which end."""
    drive.reply(*((name, json.dumps(arguments)) for name, arguments in calls))
    resolved(drive)


def todo(content: str, status: str, **more: str) -> dict[str, str]:
    return {"content": content, "status": status, **more}


def update(id: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    return "TaskUpdate", {"taskId": id, **fields}


def beginning() -> Drive:
    drive = Drive(behaviours=CURRENT, tools=TOOLS)
    drive.say("hello")
    return drive


@history
def a_list_as_a_whole() -> Drive:
    drive = beginning()
    made(drive, ("TodoWrite", {"todos": []}))
    first = [todo("look", "in_progress", activeForm="looking"), todo("mend", "pending"), todo("look", "pending")]
    made(drive, ("TodoWrite", {"todos": first}))
    made(drive, ("TaskList", {}), ("TaskGet", {"taskId": "1"}))
    then = [todo("mend", "in_progress", activeForm="mending"), todo("look", "in_progress"), todo("tell", "completed")]
    made(drive, ("TodoWrite", {"todos": then}))
    made(drive, ("TodoWrite", {"todos": [todo("tell", "pending")]}), ("TaskList", {}))
    made(drive, ("TaskCreate", {"subject": "later"}))
    made(drive, ("TodoWrite", {"todos": [todo("x", "pending")] * (MOST + 1)}))
    made(drive, ("TodoWrite", {"todos": [todo("x", "completed")] * MOST}), ("TaskCreate", {"subject": "no room"}))
    drive.reply("done")
    return drive


@history
def a_list_task_by_task() -> Drive:
    drive = beginning()
    made(drive, ("TaskList", {}), update("1", status="completed"))
    made(
        drive,
        ("TaskCreate", {"subject": "look", "description": "everywhere", "activeForm": "looking"}),
        ("TaskCreate", {"subject": "mend"}),
        ("TaskCreate", {"subject": "tell"}),
    )
    made(drive, update("2", addBlockedBy=["1"], owner="me"), update("2", addBlocks=["3"]), ("TaskList", {}))
    made(drive, update("1", addBlockedBy=["3"]), update("1", addBlockedBy=["1"]), update("1", addBlocks=["9"]))
    made(drive, update("1"), update("1", status="completed", subject="looked", description="", activeForm="x"))
    made(drive, ("TaskGet", {"taskId": "1"}), ("TaskGet", {"taskId": "2"}), ("TaskGet", {"taskId": "9"}))
    made(drive, update("2", status="deleted"), ("TaskList", {}), update("3", status="in_progress"), ("TaskList", {}))
    made(drive, update("3", status="deleted"), ("TaskCreate", {"subject": "again"}), ("TaskList", {}))
    made(drive, ("TaskCreate", {"subject": "kept", "metadata": {"b": 1, "a": [None], "gone": None}}))
    made(
        drive,
        update("5", metadata={"b": None, "c": {"z": 2, "y": 1}}),
        update("5", owner="me"),
        update("5", metadata={}),
    )
    made(drive, ("TaskCreate", {"subject": "then"}), ("TaskCreate", {"subject": "at last"}))
    made(drive, update("5", addBlocks=["6", "7"], description="words"), update("7", addBlockedBy=["6"], addBlocks=[]))
    made(drive, ("TaskGet", {"taskId": "5"}), ("TaskGet", {"taskId": "7"}), update("7", addBlocks=["8", "9"]))
    drive.reply("done")
    return drive
