"""Skills: used well and badly, changed since, by agents, with limits, and told of where files are touched."""

from __future__ import annotations

import json

from msgspec.structs import replace

from claw.events.agent import AgentKind, AgentsChanged
from claw.events.command import CommandUse, Leave
from claw.events.input import InputInterrupted, InputReceived
from claw.events.permission import Rule
from claw.events.session import Confinement, Limits, Model
from claw.events.skill import KnownSkill, SkillRead, SkillsChanged
from claw.events.tool import PROBE, PathFact, ToolResolved
from claw.tools.skill import Skill
from tests.pure.drive import BASH, READ, Drive
from tests.replay.histories.parts import READ_A, answered, command, history

OTHER = Model(provider="test", api="anthropic", name="other", window=10_000, max_output=1_000)
LEAVE = Leave(rules=(Rule(effect="allow", rule="Bash(make:*)", source="c:2"),), model=OTHER)
KIND = AgentKind(name="general-purpose", description="d", instructions="i", source="builtin")


def skill(name: str, **fields: object) -> KnownSkill:
    return KnownSkill(name=name, description=f"for {name}", source="s", path=f"/s/{name}", digest="00", **fields)  # type: ignore[arg-type]


SKILLS = (
    skill("plain", leave=LEAVE),
    skill("own", by_model=False, fork=True),
    skill("forked", fork=True, leave=LEAVE),
    skill("kind", fork=True, agent="nobody"),
    skill("sums", paths=("*.csv",)),
    skill("tables", paths=("*.csv", "*.tsv")),
    skill("hidden", paths=("*.csv",), by_model=False),
    skill("broken", paths=("a[",)),
)


def begun(**settings: object) -> Drive:
    drive = Drive(tools=(Skill.spec, READ, BASH), confinement=Confinement(namespaces=True, landlock=1), **settings)
    drive.feed(AgentsChanged(kinds=(KIND,)))
    drive.feed(SkillsChanged(skills=SKILLS))
    drive.say("hello")
    return drive


def call(name: str, args: str | None = None) -> tuple[str, str]:
    return "Skill", json.dumps({"skill": name} | ({} if args is None else {"args": args}))


def use(drive: Drive, *calls: tuple[str, str], agent: int = 0) -> None:
    drive.reply(*calls, agent=agent)
    for key in drive.all_open("tool.resolve_requested", agent):
        drive.feed(ToolResolved(call=key), agent=agent)


def read(drive: Drive, text: str = "do it", *, fork: bool = False, agent: int = 0, **fields: object) -> None:
    key = drive.open("skills.requested", agent=agent)
    tool_call = drive.log[key].data.tool_call
    drive.feed(SkillRead(call=key, tool_call=tool_call, text=text, fork=fork, **fields), agent=agent)  # type: ignore[arg-type]


def make(drive: Drive, *, allowed: bool, agent: int = 0) -> None:
    use(drive, ("Bash", '{"command":"make"}'), agent=agent)
    if not allowed:
        answered(drive, allowed=False)
        return
    drive.finish(drive.open("tool.started", agent=agent), agent=agent)


@history
def skills_used() -> Drive:
    """With words and without; what one allows holds for the turn; those that are not there, and that are the user's."""
    drive = begun()
    make(drive, allowed=False)
    use(drive, call("/Plain ", "some words"), call("none"), call("own"), call("hidden"))
    read(drive, digest="00", leave=LEAVE)
    make(drive, allowed=True)
    use(drive, call("plain"))
    read(drive, error="it is gone")
    drive.reply("done")
    drive.say("more")
    make(drive, allowed=False)
    drive.reply("no")
    return drive


@history
def no_skill_is_there() -> Drive:
    drive = begun()
    drive.feed(SkillsChanged(skills=()))
    use(drive, call("plain"))
    drive.reply("done")
    return drive


@history
def skills_that_agents_do() -> Drive:
    """Two at once beside an agent's share of the money; of a kind that is not there; one typed; one below the last."""
    drive = begun(limits=Limits(nusd=1_000, tokens=100_000))
    use(drive, call("forked", "one"), call("kind"), call("forked", "two"))
    read(drive, "first", fork=True, leave=LEAVE)
    read(drive, "odd", fork=True)
    read(drive, "second", fork=True)
    make(drive, allowed=True, agent=1)
    drive.reply("first done", agent=1)
    use(drive, call("forked"), agent=2)
    read(drive, "below", fork=True, agent=2)
    use(drive, call("forked"), agent=3)
    read(drive, "further below", fork=True, agent=3)
    use(drive, call("forked"), agent=4)
    read(drive, "too deep", fork=True, agent=4)
    for agent in (4, 3, 2):
        drive.reply(f"{agent} done", agent=agent)
    make(drive, allowed=False)
    drive.reply("both done")
    typed = CommandUse(name="own", source="s", digest="00", parts=("call it",), leave=Leave(skill="own"))
    drive.say("meanwhile")
    drive.feed(InputReceived(text="/own", waits=True, command=typed))
    drive.feed(InputReceived(text="/other", waits=True, command=replace(typed, name="other", leave=Leave())))
    drive.reply("now")
    use(drive, call("own"), call("forked"))
    read(drive, "own", fork=True)
    drive.feed(SkillsChanged(skills=SKILLS[:2]))
    read(drive, "gone by now", fork=True)
    drive.reply("own done", agent=5)
    drive.reply("all done")
    return drive


@history
def a_skill_s_agent_after_an_interrupt() -> Drive:
    drive = begun()
    use(drive, call("forked"))
    drive.feed(InputInterrupted(how="user"))
    read(drive, fork=True)
    return drive


@history
def nothing_is_left_for_a_skill_s_agent() -> Drive:
    drive = begun(limits=Limits(tokens=111))
    use(drive, call("forked"))
    read(drive, fork=True)
    drive.reply("said what is done")
    return drive


@history
def skills_for_files_of_a_kind() -> Drive:
    """Told once, again after a summary and after all is forgotten; not for folders, probes, and what lies outside."""
    drive = begun()

    def touch(canonical: str, *, inside: bool = True, directory: bool = False, parameter: str = "file_path") -> None:
        drive.reply(READ_A)
        fact = PathFact(parameter=parameter, given="a", canonical=canonical, inside=inside, directory=directory)
        drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=(fact,)))
        if drive.all_open("permission.asked"):
            answered(drive)
        drive.finish(drive.open("tool.started"))

    drive.reply(READ_A)
    both = tuple(PathFact(parameter="file_path", given=one, canonical=one, inside=True) for one in ("a.tsv", "b.tsv"))
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=both))
    drive.finish(drive.open("tool.started"))
    touch("b.txt")
    touch("/etc/a.csv", inside=False)
    touch("a.csv", directory=True)
    touch("a.csv", parameter=PROBE)
    touch("a.csv")
    touch("c.csv")
    drive.reply("done")
    command(drive, "compact")
    drive.reply("summed up")
    drive.say("again")
    touch("a.csv")
    drive.reply("done")
    command(drive, "clear")
    drive.say("anew")
    touch("a.csv")
    drive.reply("done")
    return drive
