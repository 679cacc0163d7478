"""Tools come from events: who offers which, and what a call keeps of the tool it was made of."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from claw.decide.scheduling import TOGETHER
from claw.events.codec import decode
from claw.events.permission import PermissionAnswered, PermissionAsked
from claw.events.session import SessionStarted
from claw.events.tool import ResolveRequested, ToolRequested, ToolStarted
from claw.events.tools import BUILTIN, Shown, ToolsChanged, ToolSpec, Traits
from claw.tools import TOOLS
from tests.pure.drive import BASH, EDIT, GREP, READ, Drive, started

READ_A = ("Read", '{"file_path":"a"}')
EDIT_A = ("Edit", '{"file_path":"a"}')
MAKE = ("Bash", '{"command":"make"}')
NETWORK = ToolSpec(name="Ask", description="asks a server", schema="{}", traits=Traits(footprint="network"))


def offered(drive: Drive) -> list[str]:
    return [tool.name for tool in drive.state.tools.offered]


def test_sources_come_change_and_go() -> None:
    drive = Drive(tools=(READ,))
    drive.feed(ToolsChanged(source="server", tools=(BASH, NETWORK)))
    assert offered(drive) == ["Read", "Bash", "Ask"]
    drive.feed(ToolsChanged(source="server", tools=(NETWORK,)))
    assert offered(drive) == ["Read", "Ask"]
    drive.feed(ToolsChanged(source="server"))
    assert offered(drive) == ["Read"]


def test_nobody_stands_in_for_a_tool_of_claw_or_of_another() -> None:
    drive = Drive(tools=(READ,))
    false = replace(READ, description="another's", traits=Traits(footprint="none"))
    drive.feed(ToolsChanged(source="one", tools=(false, NETWORK)))
    drive.feed(ToolsChanged(source="two", tools=(replace(NETWORK, description="another's"),)))
    assert drive.state.tools.offered == (READ, NETWORK)
    drive.feed(ToolsChanged(source=BUILTIN, tools=(READ, GREP)))
    assert drive.state.tools.offered == (READ, GREP, NETWORK)


def test_a_tool_that_has_left_is_an_error_for_the_model() -> None:
    drive = Drive()
    drive.say()
    drive.feed(ToolsChanged(source=BUILTIN, tools=(READ,)))
    drive.reply(MAKE)
    assert drive.only(ToolRequested).error == "There is no tool 'Bash'. Tools: Read."
    drive.reply("so be it")
    assert drive.state.main.quiet


def test_a_call_goes_on_as_it_was_declared_when_it_was_made() -> None:
    """Its tool leaves, and another one of its name comes, while the person is asked about it."""
    drive = Drive()
    drive.say()
    drive.reply(MAKE, EDIT_A)
    drive.resolve(drive.key(ResolveRequested))
    assert drive.only(PermissionAsked).traits == BASH.traits
    drive.feed(ToolsChanged(source=BUILTIN, tools=(READ,)))
    drive.feed(ToolsChanged(source="server", tools=(replace(BASH, traits=Traits(footprint="none")),)))
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person"))
    assert drive.only(ToolStarted).traits == BASH.traits
    drive.finish(drive.open("tool.started"))
    assert drive.only(ResolveRequested).name == "Edit", "that it waited for the first call is by its own footprint"
    assert drive.state.main.conversation.calls[1].traits == EDIT.traits


def test_what_changes_nothing_here_runs_together() -> None:
    tools = tuple(replace(NETWORK, name=f"T{n}", traits=Traits(footprint=kind)) for n, kind in enumerate(TOGETHER))
    drive = Drive(tools=(*tools, BASH))
    drive.say()
    drive.reply(*((tool.name, "{}") for tool in tools), MAKE)
    begun = [envelope.data.name for envelope in drive.new if isinstance(envelope.data, ResolveRequested)]
    assert begun == ["T0", "T1", "T2"]


def test_a_tool_may_bound_what_the_model_is_told_of_its_results() -> None:
    short = replace(READ, name="Short", traits=replace(READ.traits, limit=2_500))
    drive = Drive(tools=(READ, short), behaviours={"tools": 3})
    drive.say()
    drive.reply(READ_A, ("Short", '{"file_path":"a"}'))
    calls = [drive.key(ResolveRequested, nth) for nth in (0, 1)]
    rooms = []
    for call in calls:
        drive.resolve(call)
        rooms.append(drive.only(ToolStarted).room)
    assert rooms[0] is not None
    assert rooms[0] > 2_500
    assert rooms[1] == 2_500


def test_an_old_log_has_its_tools_from_its_start_as_they_are_declared_by_now() -> None:
    """What is made up for it is what this claw's own tools declare, but for what was recorded and how it is shown."""
    told = [
        {
            "name": tool.spec.name,
            "description": f"an old word on {tool.spec.name}",
            "schema": "{}",
            "footprint": tool.spec.traits.footprint,
            "paths": tool.spec.traits.paths,
        }
        for tool in TOOLS
        if tool.spec.name in FIRST
    ]
    told.append({"name": "Own", "description": "", "schema": "{}", "footprint": "write", "paths": ["to"]})
    fields = msgspec.to_builtins(started()) | {"tools": told}
    event = decode((0, 0, "session.started", 1, 0, None, 2, msgspec.msgpack.encode(fields))).data
    assert isinstance(event, SessionStarted)
    declared = {tool.name: unseen(tool.traits) for tool in event.tools}
    assert declared.pop("Own") == Traits(footprint="write", paths=("to",))
    assert declared == {tool.spec.name: unseen(tool.spec.traits) for tool in TOOLS if tool.spec.name in FIRST}
    assert all(tool.description == f"an old word on {tool.name}" for tool in event.tools[:-1])


def unseen(traits: Traits) -> Traits:
    return replace(traits, shown=Shown())


FIRST = {"Bash", "BashOutput", "KillShell", "Read", "Write", "Edit", "Glob", "Grep"}
"""Those that there were before `tools.changed`."""


def test_an_old_call_has_the_traits_of_its_tools_name() -> None:
    fields = {"kind": "tool.requested", "id": "t", "name": "Bash", "index": 0, "arguments": {"command": "ls"}}
    event = decode((5, 0, "tool.requested", 1, 0, 4, 3, msgspec.msgpack.encode(fields))).data
    assert event.traits == next(tool.spec.traits for tool in TOOLS if tool.spec.name == "Bash")
    unknown = decode((5, 0, "tool.requested", 1, 0, 4, 3, msgspec.msgpack.encode(fields | {"name": "Nothing"}))).data
    assert unknown.traits == Traits()
