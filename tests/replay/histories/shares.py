"""What agents may do, and spend, because of who started them, and as what."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from claw.events.agent import AgentsChanged
from claw.events.permission import Mode, Rule, RuleSaved
from claw.events.session import ConfigChanged, Confinement, Limits, Model
from claw.events.tools import ToolsChanged, ToolSpec, Traits
from claw.tools.agent_kinds import KINDS
from tests.pure.drive import RUNS, Drive
from tests.replay.histories.parts import BASH, HISTORIES, READ_A, answered, forked, history, resumed
from tests.replay.histories.tasks import answers, fails, kind, look, resolved, spawn, task, with_agents


def configured(drive: Drive, **settings: object) -> None:
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, **settings)))


# --- money -----------------------------------------------------------------------------------------------------------


@history
def shares_of_money() -> Drive:
    """Two begin at once beside a read; one of them shares with a child of its own; at the end the rest is back."""
    drive = with_agents(limits=Limits(nusd=1_000))
    spawn(drive, task(), READ_A, task(), nusd=10)
    spawn(drive, task(), task(), agent=1, nusd=20)
    drive.reply("cheap", agent=3, nusd=7)
    drive.reply("dear", agent=4, nusd=90)
    drive.reply("both", agent=1, nusd=8)
    look(drive, 2, nusd=300)
    look(drive, 2, nusd=40)
    if drive.all_open("tool.started"):
        for call in drive.all_open("tool.started"):
            if call not in {agent.origin.call for agent in drive.state.agents.values()}:
                drive.finish(call)
    spawn(drive, task(), nusd=11)
    drive.reply("again", agent=5, nusd=1)
    drive.reply("done", nusd=600)
    drive.say("and more")
    return drive


@history
def a_share_that_is_spent() -> Drive:
    drive = with_agents(limits=Limits(nusd=101))
    spawn(drive, task(), nusd=1)
    look(drive, 1, "I begin", nusd=49)
    look(drive, 1, "I go on", nusd=1)
    spawn(drive, task(), nusd=1)
    look(drive, 2, nusd=60)
    return drive


@history
def a_share_of_nothing() -> Drive:
    drive = with_agents(limits=Limits(nusd=10))
    spawn(drive, task(), task(), nusd=9)
    spawn(drive, task(), nusd=30)
    drive.say("more")
    return drive


@history
def the_smallest_share() -> Drive:
    drive = with_agents(limits=Limits(nusd=12))
    spawn(drive, task(), nusd=10)
    look(drive, 1, "I begin", nusd=1)
    return drive


@history
def a_caller_whose_model_has_no_price() -> Drive:
    drive = with_agents(limits=Limits(nusd=100))
    spawn(drive, task(), nusd=None)
    return drive


@history
def one_that_ends_before_it_has_spent_anything() -> Drive:
    drive = with_agents(limits=Limits(nusd=100))
    spawn(drive, task(), nusd=2)
    fails(drive, 1)
    spawn(drive, task(), nusd=2)
    return drive


def siblings(first: int, second: int) -> Drive:
    """What others have spent of the session's money is no longer there, whatever the share."""
    drive = with_agents(limits=Limits(nusd=100))
    spawn(drive, task(), task(), nusd=4)
    spawn(drive, task(), agent=1, nusd=2)
    look(drive, 3, nusd=first)
    look(drive, 2, nusd=second)
    return drive


HISTORIES["siblings_that_spend_too_much"] = partial(siblings, 93, 1)
HISTORIES["siblings_that_spend_nearly_too_much"] = partial(siblings, 92, 1)


@history
def money_limited_later() -> Drive:
    """An agent that began without a limit has what the session has left."""
    drive = with_agents()
    drive.reply(task(), task(), nusd=4)
    resolved(drive, most=1)
    configured(drive, limits=Limits(nusd=100))
    resolved(drive)
    look(drive, 2, nusd=3)
    spawn(drive, task(), agent=1, nusd=7)
    look(drive, 3, nusd=200)
    look(drive, 2, nusd=3)
    return drive


@history
def turns_of_the_session_and_of_a_kind() -> Drive:
    drive = with_agents(kind(turns=2), limits=Limits(turns=3))
    spawn(drive, task("own"), task())
    for agent in (1, 1, 2, 2, 2):
        look(drive, agent)
    return drive


@history
def a_share_is_not_renewed() -> Drive:
    drive = with_agents(limits=Limits(nusd=100))
    spawn(drive, task(), task(), nusd=10)
    look(drive, 1, nusd=25)
    drive.reply("done", agent=2, nusd=25)
    resumed(drive)
    look(drive, 1, nusd=4)
    look(drive, 1, nusd=1)
    spawn(drive, task(), nusd=2)
    resumed(drive)
    drive.reply("done", agent=3, nusd=3)
    drive.reply(READ_A, nusd=95)
    resolved(drive)
    drive.finish(drive.open("tool.started"))
    return drive


@history
def a_fork_has_its_own_money() -> Drive:
    drive = with_agents(limits=Limits(nusd=100))
    spawn(drive, task(), nusd=10)
    look(drive, 1, nusd=40)
    forked(drive)
    drive.say("go on")
    spawn(drive, task(), nusd=10)
    resumed(drive)
    drive.reply("done", agent=2)
    spawn(drive, task(), nusd=10)
    return drive


@history
def a_childs_model_without_a_price() -> Drive:
    drive = with_agents(limits=Limits(nusd=100))
    spawn(drive, task(), nusd=1)
    look(drive, 1, nusd=None)
    drive.reply("done")
    return drive


# --- models, modes, tools --------------------------------------------------------------------------------------------

OTHER = Model(provider="other", api="openai-chat", name="small", window=9_000, max_output=500)
THIRD = Model(provider="other", api="openai-chat", name="tiny", window=8_000, max_output=400)


@history
def models_of_kinds() -> Drive:
    drive = with_agents(kind(model=OTHER), kind("third", model=THIRD), kind("heir"))
    for name in ("own", "third", "heir"):
        spawn(drive, task(name), agent=len(drive.state.agents) - 1)
    configured(drive, model=OTHER)
    for agent in (3, 2, 1):
        drive.reply("so", agent=agent)
    spawn(drive, task())
    configured(drive, model=replace(THIRD, planner="big"))
    look(drive, 4)
    drive.reply("so", agent=4)
    return drive


def modes(session: Mode, own: Mode | None, later: Mode | None = None, below: Mode | None = None) -> Drive:
    """A child of a kind with this mode, and a child of that one; the session's mode changes meanwhile."""
    drive = with_agents(
        kind(mode=own), kind("below", mode=below), mode=session, confinement=Confinement(namespaces=True, landlock=4)
    )
    for agent, name in enumerate(("own", "below")):
        spawn(drive, task(name), agent=agent)
        if len(drive.state.agents) == agent + 1:
            return drive
    if later:
        configured(drive, mode=later)
    for agent in (2, 1):
        for call in (("Edit", '{"file_path":"a"}'), BASH):
            drive.reply(call, agent=agent)
            drive.resolve(drive.open("tool.resolve_requested", agent=agent), agent=agent)
            if drive.all_open("permission.asked", agent):
                answers(drive, agent, allowed=False)
            if drive.all_open("tool.started", agent):
                drive.finish(drive.open("tool.started", agent=agent), agent=agent)
        drive.reply("so", agent=agent)
    return drive


_MODES: tuple[tuple[Mode, Mode | None, Mode | None, Mode | None], ...] = (
    ("default", "bypassPermissions", None, "acceptEdits"),
    ("acceptEdits", "default", None, "bypassPermissions"),
    ("bypassPermissions", "acceptEdits", "default", None),
    ("bypassPermissions", "acceptEdits", "bypassPermissions", "default"),
    ("bypassPermissions", None, None, "plan"),
    ("acceptEdits", "dontAsk", "plan", "plan"),
    ("default", "plan", "bypassPermissions", "dontAsk"),
    ("bypassPermissions", "bypassPermissions", None, "bypassPermissions"),
)
for _number, _row in enumerate(_MODES):
    HISTORIES[f"modes_of_kinds_{_number}"] = partial(modes, *_row)


@history
def tools_of_kinds() -> Drive:
    """What each may use, all that stand above it considered; no server's word on its tool is taken."""
    server = ToolSpec(
        name="mcp__s__look", description="", schema="{}", traits=Traits(footprint="read", performer="server")
    )
    drive = with_agents(
        kind(tools=("Read", "Bash", "Agent"), without=("Bash",)),
        kind("reader", footprints=("read", "none")),
        kind("all", without=("Grep",)),
        kind("server", tools=("mcp__s__look",)),
    )
    drive.feed(ToolsChanged(source="s", tools=(server,)))
    spawn(drive, task("own"), task("reader"), task("all"), task("server"))
    spawn(drive, task("reader"), agent=1)
    spawn(drive, task("all"), agent=2)
    for agent in range(1, len(drive.state.agents)):
        if drive.all_open("model.requested", agent):
            drive.reply(BASH, ("Nothing", "{}"), ("mcp__s__look", "{}"), agent=agent)
            resolved(drive, agent)
    return drive


@history
def kinds_that_change() -> Drive:
    """An agent stays what it was started as."""
    drive = with_agents(kind(tools=("Read",)))
    spawn(drive, task("own"))
    drive.feed(AgentsChanged(kinds=(kind(tools=("Bash",), instructions="Be another."), *KINDS[:1])))
    look(drive, 1)
    drive.reply("so", agent=1)
    spawn(drive, task("own"), task("explore"))
    drive.reply("so", agent=2)
    return drive


# --- permissions -----------------------------------------------------------------------------------------------------


def runs(drive: Drive, agent: int) -> None:
    """The agent runs a command, which somebody may have to allow."""
    drive.reply(BASH, agent=agent)
    resolved(drive, agent)


@history
def grants_are_an_agents_own() -> Drive:
    drive = with_agents(kind("heir"))
    runs(drive, 0)
    answered(drive, scope="session")
    drive.finish(drive.open("tool.started"))
    spawn(drive, task("heir", description="make it"))
    runs(drive, 1)
    answers(drive, 1, scope="session")
    drive.finish(drive.open("tool.started", agent=1), agent=1)
    runs(drive, 1)
    drive.finish(drive.open("tool.started", agent=1), agent=1)
    drive.reply("made", agent=1)
    runs(drive, 0)
    drive.finish(drive.open("tool.started"))
    spawn(drive, task("explore"))
    return drive


@history
def grants_of_a_child_alone() -> Drive:
    drive = with_agents()
    spawn(drive, task())
    runs(drive, 1)
    answers(drive, 1, scope="always")
    drive.finish(drive.open("tool.started", agent=1), agent=1)
    drive.feed(RuleSaved(call=drive.open("permission.save_requested", agent=1)), agent=1)
    drive.reply("made", agent=1)
    runs(drive, 0)
    answered(drive, allowed=False)
    return drive


@history
def folders_beside_the_workspace() -> Drive:
    """A command of an agent's is confined to them as well."""
    beside = Rule(effect="allow", rule="Edit(//beside/**)", source="s", directory="/beside")
    drive = with_agents(rules=(beside,), confinement=Confinement(namespaces=True, landlock=4))
    spawn(drive, task())
    runs(drive, 1)
    answers(drive, 1)
    return drive


@history
def a_command_line_of_another_tool() -> Drive:
    """It is judged by what was declared of the tool, whatever that is called."""
    drive = with_agents(tools=(ToolSpec(name="Shell", description="", schema="{}", traits=RUNS),))
    spawn(drive, ("Shell", '{"command":"ls"}'))
    return drive
