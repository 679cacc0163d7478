"""Lines of the person's that run commands: what rules say of them, and where something comes in between."""

from __future__ import annotations

from msgspec.structs import replace

from claw.decide.behaviour import CURRENT
from claw.events.base import Blob
from claw.events.command import CommandUse, Item, Leave
from claw.events.content import ImageBlock, TextBlock
from claw.events.hook import Hook, HookFinished, HookName
from claw.events.input import InputInterrupted, InputReceived, ShellEntered
from claw.events.permission import Rule
from claw.events.session import ConfigChanged, Confinement, Limits, Model
from claw.events.tool import PathFact, ToolFinished, ToolInterrupted, ToolResolved
from tests.pure.drive import EDIT, GREP, Drive
from tests.replay.histories.parts import answered, command, forked, history, resumed
from tests.replay.histories.titles import PROMPTS, SMALL, asked, end

RULES = (
    Rule(effect="deny", rule="Bash(rm:*)", source="s:1"),
    Rule(effect="ask", rule="Bash(touch:*)", source="s:2"),
)
TRACED = Confinement(namespaces=True, landlock=1, traced=True)
GUARDED = PathFact(parameter="command", given=".git/x", canonical=".git/x", inside=True, protected=True)
BESIDE = PathFact(parameter="command", given="/etc/x", canonical="/etc/x", inside=False)
MAKES = Leave(
    rules=(Rule(effect="allow", rule="Bash(make:*)", source="c:2"),),
    model=Model(provider="test", api="anthropic", name="other", window=10_000, max_output=1_000),
)


def enter(drive: Drive, line: str, *paths: PathFact) -> None:
    drive.feed(ShellEntered(command=line))
    resolve(drive, *paths)


def resolve(drive: Drive, *paths: PathFact) -> None:
    for call in drive.all_open("tool.resolve_requested"):
        drive.feed(ToolResolved(call=call, paths=paths))


def use(*items: Item, leave: Leave = MAKES, parts: tuple[str | Blob, ...] = ()) -> CommandUse:
    texts = parts or tuple(f"part {number} " for number in range(len(items) + 1))
    return CommandUse(name="c", source="c.md", digest="00", parts=texts, items=items, leave=leave)


def shell(line: str) -> Item:
    return Item(what="shell", text=line)


@history
def commands_of_the_person() -> Drive:
    """In each mode unasked and unconfined, but for what a rule denies, and what would write to a protected path."""
    drive = Drive(rules=RULES, confinement=TRACED, behaviours={"compaction": 3})
    for mode in ("default", "plan", "dontAsk", "acceptEdits"):
        drive.feed(ConfigChanged(config=replace(drive.state.session.settings, mode=mode)))
        enter(drive, "touch a && make")
        drive.finish(drive.open("tool.started"), "made")
        enter(drive, "rm a")
        enter(drive, "make; echo x >.git/x", GUARDED)
        enter(drive, "cat .git/x; make", GUARDED)
        drive.finish(drive.open("tool.started"))
        enter(drive, "echo x >/etc/x", BESIDE)
        drive.finish(drive.open("tool.started"))
    drive.say("What came of it?")
    drive.reply("much")
    command(drive, "compact")
    drive.reply("summed up")
    return drive


@history
def no_tool_for_them() -> Drive:
    """A session may have no shell, and no reader of files."""
    drive = Drive(tools=(EDIT, GREP))
    enter(drive, "make")
    drive.say("/c", command=use(Item(what="read", text="a"), shell("make")))
    drive.reply("nothing there")
    return drive


@history
def hooks_are_told_of_no_typed_command() -> Drive:
    names: tuple[HookName, ...] = ("PreToolUse", "PostToolUse", "UserPromptSubmit")
    drive = Drive(hooks=tuple(Hook(event=name, command=name, source="s:3") for name in names))
    enter(drive, "make")
    drive.finish(drive.open("tool.started"))
    drive.say("go on")
    drive.feed(
        HookFinished(call=drive.open("hook.requested"), event="UserPromptSubmit", source="s:3", outcome="answered")
    )
    drive.reply("yes")
    return drive


@history
def what_comes_in_between_a_typed_command() -> Drive:
    """An input, two more lines, an interrupt of each kind, a crash."""
    drive = Drive(limits=Limits(ms=60_000))
    enter(drive, "one")
    drive.say("meanwhile", waits=True)
    drive.feed(ShellEntered(command="two"))
    drive.finish(drive.open("tool.started"), "was one")
    resolve(drive)
    drive.finish(drive.open("tool.started"), "was two")
    drive.reply("answered")
    enter(drive, "three")
    drive.feed(ShellEntered(command="four"))
    drive.feed(InputInterrupted(how="user"))
    drive.feed(ToolInterrupted(call=drive.open("tool.started"), reason="cancelled"))
    resolve(drive)
    drive.feed(ToolInterrupted(call=drive.open("tool.started"), reason="crash"))
    enter(drive, "five")
    drive.feed(ShellEntered(command="six"))
    drive.say("/c", command=use(shell("seven")))
    drive.feed(InputInterrupted(how="signal"))
    drive.feed(ToolInterrupted(call=drive.open("tool.started"), reason="cancelled"))
    drive.say("and then?")
    drive.reply("that was it")
    command(drive, "clear")
    drive.say("anew")
    drive.reply("clean")
    return drive


@history
def a_command_with_calls_of_its_own() -> Drive:
    """Judged as the model's, with what it allows; one call that is refused; what it gives its turn ends with that."""
    drive = Drive(rules=RULES, confinement=TRACED)
    drive.say("/c", command=use(shell("make a"), Item(what="read", text="a"), shell("touch b"), shell("rm c")))
    resolve(drive)
    drive.finish(drive.open("tool.started"), "made")
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"), "read")
    resolve(drive)
    answered(drive, allowed=False)
    resolve(drive)
    drive.reply(("Bash", '{"command":"make d"}'))
    resolve(drive)
    drive.finish(drive.open("tool.started"))
    drive.reply("done")
    drive.say("more")
    drive.reply(("Bash", '{"command":"make e"}'))
    resolve(drive)
    answered(drive, allowed=False)
    drive.reply("no")
    return drive


@history
def commands_that_wait_for_a_turn() -> Drive:
    """With calls and without, one steered, one with a text in the blob store, and a fork of the middle."""
    drive = Drive(rules=RULES, confinement=TRACED)
    drive.say("hello")
    drive.feed(InputReceived(text="/w", waits=True, command=use(leave=MAKES)))
    drive.feed(InputReceived(text="/x", waits=True, command=use(leave=Leave(rules=MAKES.rules, skill="x"))))
    drive.feed(InputReceived(text="/s", command=use(leave=Leave(rules=MAKES.rules))))
    drive.reply(("Bash", '{"command":"make a"}'))
    resolve(drive)
    answered(drive, allowed=False)
    drive.reply("first")
    drive.reply(("Bash", '{"command":"make b"}'))
    resolve(drive)
    drive.finish(drive.open("tool.started"))
    drive.feed(ShellEntered(command="typed"))
    blob = Blob(digest="ab", size=70_000)
    drive.feed(InputReceived(text="/y", waits=True, command=use(shell("make c"), parts=(blob, ""))))
    drive.reply("second")
    resolve(drive)
    forked(drive)
    resumed(drive)
    resolve(drive)
    answered(drive)
    several = (TextBlock(text="made"), ImageBlock(media_type="image/png", data="cG5n"))
    drive.feed(ToolFinished(call=drive.open("tool.started"), content=several))
    drive.reply("third")
    return drive


@history
def what_waits_takes_no_leave_of_another_turn() -> Drive:
    drive = Drive(rules=RULES, confinement=TRACED)
    drive.say("hello")
    drive.feed(InputReceived(text="/w", waits=True, command=use(leave=MAKES)))
    drive.reply("first")
    drive.feed(InputReceived(text="next", waits=True))
    drive.reply("second")
    drive.reply(("Bash", '{"command":"make b"}'))
    resolve(drive)
    answered(drive, allowed=False)
    drive.reply("third")
    return drive


@history
def a_fork_runs_nothing_that_was_typed() -> Drive:
    drive = Drive()
    drive.say("hello")
    drive.feed(ShellEntered(command="typed"))
    forked(drive)
    resumed(drive)
    drive.reply("there")
    return drive


@history
def a_fork_of_a_typed_command() -> Drive:
    drive = Drive()
    enter(drive, "make")
    drive.feed(InputReceived(text="/y", waits=True, command=use(shell("make c"))))
    forked(drive)
    resumed(drive)
    resolve(drive)
    answered(drive)
    drive.finish(drive.open("tool.started"), "made")
    drive.reply("done")
    return drive


@history
def a_command_that_is_called_off() -> Drive:
    drive = Drive()
    drive.say("/c", command=use(shell("make a"), shell("make b")))
    resolve(drive)
    answered(drive)
    drive.feed(InputInterrupted(how="user"))
    drive.feed(ToolInterrupted(call=drive.open("tool.started"), reason="cancelled"))
    drive.say("what now?")
    drive.reply("nothing")
    return drive


@history
def a_session_that_begins_with_a_command() -> Drive:
    """Its title is about what the command stands for; the next one changes nothing about that."""
    drive = Drive(behaviours=CURRENT, prompts=PROMPTS, titles="beside", small=SMALL)
    for title in (True, False):
        drive.say("/c", command=use(shell("make a"), parts=(f"first {title} ", " last")))
        resolve(drive)
        answered(drive)
        drive.finish(drive.open("tool.started"), "made")
        drive.reply("done")
        if title:
            end(drive, asked(drive), "A title")
    return drive
