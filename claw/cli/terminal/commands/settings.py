"""Commands that change what the session runs with, and what it may do."""

from __future__ import annotations

from claw.cli.sanitize import clean_line
from claw.cli.terminal import budget, models, tables
from claw.cli.terminal.commands.conversation import Conversation, Done, Say, say
from claw.cli.terminal.commands.registry import COMMANDS
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import QUIET
from claw.errors import UsageError
from claw.events.permission import Mode
from claw.providers.catalogue import efforts_of
from claw.settings import mode_named

PLAN: Mode = "plan"


async def model(chat: Conversation, argument: str) -> Done:
    name, _, effort = argument.partition(" ")
    if not name:
        state = chat.session.state
        model = state.session.settings.model.in_mode(state.permissions.mode)
        say(chat, models.line_of(model))
        chosen = await chat.view.choose(models.SUBJECT, models.choices(model, chat.session.models_here()))
        if not chosen:
            say(chat, line(f"it goes on with {model.name}", QUIET))
            return None
        name = chosen
    await chat.session.configure(model=name, effort=effort.strip() or None)
    return None


async def effort(chat: Conversation, argument: str) -> Done:
    if argument:
        await chat.session.configure(effort=argument)
        return None
    model = chat.session.state.session.settings.model
    can = ", ".join(("off", *efforts_of(model)))
    say(chat, line(f"{model.name} thinks with effort {model.effort}; it can be told: {can}"))
    return None


async def output_style(chat: Conversation, argument: str) -> Done:
    if argument:
        await chat.session.restyle(argument)
        say(chat, line(f"output style: {clean_line(chat.session.style)}", QUIET))
        return None
    rows = [(row.name, f"{row.description} ({row.where})") for row in chat.session.styles_here()]
    say(chat, tables.pairs([(clean_line(name), clean_line(text)) for name, text in rows]))
    say(chat, line(f"in force: {clean_line(chat.session.style)}", QUIET))
    return None


async def budget_(chat: Conversation, argument: str) -> Done:
    if argument:
        await chat.session.configure(limits=budget.changed(chat.session.state.session.settings.limits, argument))
    say(chat, budget.shown(chat.session.state))
    return None


async def permissions(chat: Conversation, argument: str) -> Done:
    verb, _, rest = argument.partition(" ")
    rest = rest.strip()
    match verb:
        case "":
            say(chat, tables.permissions(chat.session.state.permissions))
        case "mode" if rest:
            await chat.session.configure(mode=mode_named(rest))
        case "revoke" if rest:
            await _take_back(chat, rest)
        case _:
            raise UsageError(f"/permissions cannot {argument!r}", hint=COMMANDS["permissions"].usage)
    return None


async def revoke(chat: Conversation, argument: str) -> Done:
    granted = [grant.rule for grant in chat.session.state.permissions.grants]
    if argument:
        await _take_back(chat, argument)
    elif granted:
        say(chat, tables.pairs([(f"/revoke {rule}", "takes it back") for rule in granted]))
    else:
        say(chat, line("nothing was granted in this session", QUIET))
    return None


async def _take_back(chat: Conversation, rule: str) -> None:
    if rule not in [grant.rule for grant in chat.session.state.permissions.grants]:
        raise UsageError(f"{rule} was not granted in this session", hint="/permissions lists what was")
    await chat.session.command("revoke", rule)


async def plan(chat: Conversation, argument: str) -> Done:
    if chat.session.state.permissions.mode != PLAN:
        await chat.session.configure(mode=PLAN)
    elif not argument:
        say(chat, line("this is plan mode; Shift-Tab or /permissions mode default leaves it", QUIET))
    return Say(argument) if argument else None
