"""Commands that show what a session runs with, and what is under way in it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import to_builtins
from msgspec.structs import replace
from rich.console import RenderableType

from claw import __version__
from claw.cli import schedules
from claw.cli.terminal import models, tables, task_list
from claw.cli.terminal.budget import shown as limits_shown
from claw.cli.terminal.commands.conversation import Conversation, Done, say
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import QUIET
from claw.decide.compaction import context_tokens
from claw.errors import UsageError
from claw.events.session import Config
from claw.execution.threads import finished
from claw.late import load
from claw.projections.shells import Shells
from claw.projections.state import State
from claw.providers.keys import in_use

LISTED = 20
"""Events that `/log` shows unless it is told how many."""
MOST = 1_000


async def status(chat: Conversation, argument: str) -> Done:
    say(chat, tables.pairs(_status(chat)), limits_shown(chat.session.state))
    return None


def _status(chat: Conversation) -> Iterator[tuple[str, str]]:
    state = chat.session.state
    info, config = state.session, state.session.settings
    model = config.model.in_mode(state.permissions.mode)
    share = 100 * context_tokens(state.main.conversation) // max(1, model.window)
    yield "version", f"claw {__version__}"
    yield "session", " ".join(filter(None, (info.id, info.name, state.titles.title)))
    yield "folder", info.workspace
    yield "model", models.line_of(model).plain + _from(config, "model")
    yield "account", in_use(model, chat.options.environ)
    yield "mode", state.permissions.mode + _from(config, "mode")
    yield "context", f"{share}% of the window"
    yield "memory", ("on" if config.memory else "off") + _from(config, "memory")
    yield "instructions", ", ".join(file.path for file in state.main.memory.current) or "none"
    yield "rules", f"{len(state.permissions.rules)}, and {len(state.permissions.grants)} granted here"
    yield "hooks", str(len(state.main.hooks.configured))


def _from(config: Config, name: str) -> str:
    source = config.sources.get(name)
    return f" ({source})" if source else ""


async def config(chat: Conversation, argument: str) -> Done:
    verb, _, rest = argument.partition(" ")
    if verb in ("set", "unset"):
        await _change(chat, verb, rest.strip())
        return None
    if argument:
        await _setting(chat, argument)
        return None
    settings = chat.session.state.session.settings
    rows = [
        (name, text, settings.sources.get(name, ""))
        for name, value in to_builtins(settings).items()
        for name, text in _flat(name, value)
    ]
    say(
        chat,
        tables.columns(("setting", "is", "from"), rows),
        line("What is not listed is as usual; /permissions and /hooks list theirs.", QUIET),
    )
    return None


async def _setting(chat: Conversation, key: str) -> None:
    """What each settings file says of it now, and which of that counts."""
    options = replace(chat.options, workspace=chat.session.state.session.workspace)
    setting = await finished(lambda: load("claw.session.saying", "look")(chat.home, options, key))
    told = [*load("claw.cli.setting_words", "lines")(setting, options.environ)]
    say(chat, *map(line, told or [load("claw.cli.setting_words", "nothing")(key)]))


async def _change(chat: Conversation, verb: str, rest: str) -> None:
    """Write a setting into a file of the person's; it counts from the next session on."""
    key, _, value = rest.partition(" ")
    if not key or (verb == "set" and not value.strip()):
        raise UsageError(f"/config {verb} what?", hint="/config set KEY VALUE, /config unset KEY")
    wanted = load("claw.session.setting", "Change")(
        key=key, value=value.strip(), takes_out=verb == "unset", entry=verb == "unset" and bool(value.strip())
    )
    options = replace(chat.options, workspace=chat.session.state.session.workspace)
    changed = await finished(lambda: load("claw.session.setting", "change")(chat.home, options, wanted))
    told = [*load("claw.cli.setting_words", "changed")(wanted, changed, options.environ)]
    later = [line("Sessions that begin from now on have it.", QUIET)] if changed.done else []
    say(chat, *map(line, told), *later)


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Parts of a setting one by one; rules and hooks are counted."""
    match value:
        case _ if name == "sources":
            return
        case dict():
            for key, inner in value.items():
                yield from _flat(f"{name}.{key}", inner)
        case list() if any(isinstance(one, dict) for one in value):
            yield name, f"{len(value)} of them"
        case list():
            yield name, ", ".join(map(str, value))
        case bool():
            yield name, "on" if value else "off"
        case _:
            yield name, str(value)


async def hooks(chat: Conversation, argument: str) -> Done:
    configured = chat.session.state.main.hooks.configured
    if not configured:
        say(chat, line("no hooks are in force here; docs/hooks.md says how to have some", QUIET))
        return None
    rows = [(hook.event, hook.matcher or "*", hook.command, hook.source) for hook in configured]
    say(chat, tables.columns(("event", "for", "command", "from"), rows))
    return None


async def tasks(chat: Conversation, argument: str) -> Done:
    state = chat.session.state
    say(chat, *task_list.listed(state.main.tasks, chat.glyphs), *_background(chat, state))
    return None


def _background(chat: Conversation, state: State) -> Iterator[RenderableType]:
    """What goes on beside the conversation."""
    if state.shells.running:
        yield tables.shells(Shells(known=state.shells.running))
    rows = [(f"agent {one.id}", one.title) for one in chat.followed.at_work]
    rows += [("scheduled", schedules.line(planned.schedule)) for planned in state.schedules.own.values()]
    rows += [("scheduled", schedules.line(schedule)) for schedule in state.schedules.durable]
    if rows:
        yield tables.pairs(rows)
    elif not state.shells.running:
        yield line("nothing runs in the background", QUIET)


async def log(chat: Conversation, argument: str) -> Done:
    if argument and not (argument.isascii() and argument.isdecimal() and 0 < int(argument[:9]) <= MOST):
        raise UsageError(f"/log takes a number of events up to {MOST}, not {argument!r}", hint="/log [N]")
    last = load("claw.cli.offline.events", "last")
    rows = await finished(lambda: last(chat.session.path, int(argument or LISTED)))
    more = line(f"claw log {chat.session.id} has all of it", QUIET)
    say(chat, tables.columns(("event", "when", "kind", "what"), rows), more)
    return None


async def transcript(chat: Conversation, argument: str) -> Done:
    if not chat.view.read():
        say(chat, line(f"claw show {chat.session.id} prints the whole session"))
    return None


async def doctor(chat: Conversation, argument: str) -> Done:
    checks = load("claw.cli.offline.doctor", "checks")
    workspace = chat.session.state.session.workspace
    rows = await finished(lambda: [(check.state, check.name, check.text) for check in checks(workspace)])
    say(chat, tables.columns(("state", "what", "found"), rows))
    return None
