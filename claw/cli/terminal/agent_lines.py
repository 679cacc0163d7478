"""Agents on the screen: a few lines while they are at work, and what `/agents` shows of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from rich.cells import cell_len, set_cell_size
from rich.console import Group, RenderableType
from rich.text import Text

from claw.cli.sanitize import reveal_line
from claw.cli.terminal import amounts
from claw.cli.terminal.agents import Agents, Followed
from claw.cli.terminal.calls import headline
from claw.cli.terminal.layout import Marked, excerpt, line
from claw.cli.terminal.screen import Glyphs
from claw.cli.terminal.styles import DONE, ERROR, QUIET, RUNNING, STRONG, WORKING
from claw.cli.terminal.tables import columns
from claw.decide.agents import last_words
from claw.events.base import Blob, Content
from claw.events.control import TimerSet
from claw.events.hook import HookRequested
from claw.events.kinds import kind_of
from claw.projections.state import Agent, State
from claw.projections.turn import AskingModel, Compacting, Interrupting, ToolCall

KEY = "Ctrl-T"
LEAST_TITLE = 12
"""Cells of a title that stay, whatever else stands in the line."""
NARROW = 70
"""Cells below which a line is told in fewer words."""
TASK_LINES = 8
WORDS_LINES = 20
LONGEST = 10_000
"""Characters of a text that are shown at most."""

ENDS = {
    "done": "done",
    "interrupted": "stopped",
    "stopped": "stopped by you",
    "failed": "its model could not be asked",
    "turns": "its limit of turns was reached",
    "budget": "its share of the money was spent",
    "tokens": "its limit of tokens was reached",
    "time": "its limit of time was reached",
    "max_tokens": "its reply was cut at the limit of tokens",
    "refused": "its model refused",
    "overflow": "its conversation outgrew the window",
    "loop": "it made the same call again and again",
    "blocked": "a hook ended it",
    "forked": "left behind by the fork",
}


# --- while they are at work ------------------------------------------------------------------------------------------


def listed(
    agents: Agents, state: State, now: int, width: int, most: int, *, folded: bool, glyphs: Glyphs
) -> list[Text]:
    """At most `most` lines of at most `width` cells: all of them in one, and, unless they are `folded`, each. `now` is
    in ns since 1970 UTC.
    """
    count = len(agents.at_work)
    lines = [_all_in_one(agents, now, width, glyphs, folded=folded or most < 2)]
    if folded or most < 2:
        return lines
    room = most - 1 if count < most else most - 2
    digits = max(len(str(one.id)) for one in islice(agents.at_work, room)) if room else 0
    lines += [_row(one, agents, state, now, width, digits, glyphs) for one in islice(agents.at_work, room)]
    if count > room:
        lines.append(Text(f"  and {count - room} more", QUIET))
    return lines


def _all_in_one(agents: Agents, now: int, width: int, glyphs: Glyphs, *, folded: bool) -> Text:
    at_work = agents.at_work
    told = [
        f"{len(at_work)} agent{'s' * (len(at_work) != 1)} at work",
        _tokens(sum(one.tokens for one in at_work)),
        amounts.elapsed(max(one.seconds(now) for one in at_work)),
    ]
    between = f" {glyphs.dot} "
    said = between.join(told)
    for hint in (f"{KEY} lists them" if folded else f"{KEY} folds them", KEY):
        if cell_len(said) + cell_len(between) + len(hint) <= width:
            return Text.assemble((said, WORKING), (f"{between}{hint}", QUIET))
    return Text(_cut(said, width, glyphs), WORKING)


def _row(one: Followed, agents: Agents, state: State, now: int, width: int, digits: int, glyphs: Glyphs) -> Text:
    between = f" {glyphs.dot} "
    lead = "  " * one.depth + f"{one.id:>{digits}} "
    told = [amounts.tokens(one.tokens) if width < NARROW else _tokens(one.tokens)] if one.tokens else []
    tail = "".join(f"{between}{part}" for part in (*told, amounts.elapsed(one.seconds(now))))
    room = width - cell_len(lead) - cell_len(tail)
    if room < LEAST_TITLE:
        tail, room = "", width - cell_len(lead)
    doing, waits = now_doing(state.agents[one.id], agents)
    spare = max(room - cell_len(between) - cell_len(doing), min(room, max(LEAST_TITLE, room // 2)))
    title = reveal_line(one.title)
    if cell_len(title) > spare:
        title = _cut(reveal_line(one.description), spare, glyphs)
    doing = _cut(doing, room - cell_len(title) - cell_len(between), glyphs)
    shown = f"{between}{doing}" if doing else ""
    return Text.assemble((lead, STRONG), title, (shown, RUNNING if waits else QUIET), (tail, QUIET))


def now_doing(agent: Agent, agents: Agents) -> tuple[str, bool]:
    """What an agent does now, harmless; whether it waits for the person."""
    if agent.over:
        return "putting its changes into a branch", False
    match agent.turn:
        case Interrupting():
            return "being stopped", False
        case Compacting():
            return "summarising its conversation", False
        case AskingModel():
            return "waiting for the model", False
    calls = agent.conversation.unfinished
    asked = next((call for call in calls if call.stage == "asked"), None)
    if asked is not None:
        return f"waiting for an answer: {_call(asked)}", True
    if calls:
        more = f" and {len(calls) - 1} more" if len(calls) > 1 else ""
        return f"{_acting(calls, agents)}{more}", False
    waiting = set(agent.pending.awaited.values())
    return next((words for kind, words in _WAITING.items() if kind in waiting), "waiting"), False


_WAITING = {kind_of(HookRequested): "waiting for hooks", kind_of(TimerSet): "waiting to try again"}


def _acting(calls: Sequence[ToolCall], agents: Agents) -> str:
    """What the first of its calls that acts does; one that waits for the workspace comes last."""
    started = [call for call in calls if call.stage == "started"] or calls
    acting = [call for call in started if not agents.waits_for_workspace(call.key)]
    if not acting:
        return f"waiting for the workspace: {_call(started[0])}"
    return "waiting for its agents" if acting[0].traits.effect == "spawn" else _call(acting[0])


def _call(call: ToolCall) -> str:
    return headline(call.name, call.arguments, call.traits.shown)


def _cut(text: str, width: int, glyphs: Glyphs) -> str:
    if cell_len(text) <= width:
        return text
    room = width - cell_len(glyphs.ellipsis)
    return set_cell_size(text, room).rstrip() + glyphs.ellipsis if room > 0 else ""


def _tokens(count: int) -> str:
    return f"{amounts.tokens(count)} token{'s' * (count != 1)}"


# --- begin and end, once ---------------------------------------------------------------------------------------------


def named(one: Followed) -> str:
    """`agent 3 (explore: find the tests)`."""
    return f"agent {one.id} ({reveal_line(one.title)})"


def begun(one: Followed, glyphs: Glyphs) -> RenderableType:
    """Said where nothing is drawn of it while it is at work."""
    return Marked(glyphs.bullet, line(f"{named(one)} begins", QUIET), QUIET)


def ended(one: Followed, glyphs: Glyphs) -> RenderableType:
    """Said where no call's result does."""
    style = DONE if one.end == "done" else ERROR
    said = f" {glyphs.dot} ".join((f"{named(one)} has ended: {ENDS.get(one.end, one.end)}", *used(one, one.ended)))
    return Marked(glyphs.bullet, line(said), style)


def used(one: Followed, now: int) -> tuple[str, ...]:
    """Tokens, money and time, and where its changes are."""
    branches = f"changes in {', '.join(map(reveal_line, one.branches))}" if one.branches else ""
    return tuple(filter(None, (_tokens(one.tokens), _money(one), amounts.elapsed(one.seconds(now)), branches)))


def _money(one: Followed) -> str:
    """Empty: nothing, or nothing that is known."""
    return amounts.money(one.spent.nusd) + (" +?" if one.spent.unpriced else "") if one.spent.nusd else ""


# --- `/agents` -------------------------------------------------------------------------------------------------------


def table(agents: Agents, state: State, now: int) -> RenderableType:
    """All that there were: those at work first."""
    ended = [one for one in agents.known.values() if one.end]
    rows = [
        (
            f"{'  ' * (one.depth - 1) if not one.end else ''}{one.id}",
            reveal_line(one.title),
            _state(one, agents, state),
            amounts.tokens(one.tokens),
            _money(one),
            amounts.elapsed(one.seconds(now)),
        )
        for one in (*agents.at_work, *ended)
    ]
    return columns(("no.", "agent", "state", "tokens", "cost", "time"), rows)


def _state(one: Followed, agents: Agents, state: State) -> str:
    return ENDS.get(one.end, one.end) if one.end else now_doing(state.agents[one.id], agents)[0]


def look(
    one: Followed, agents: Agents, state: State, now: int, load: Callable[[Blob], str], glyphs: Glyphs
) -> RenderableType:
    """One of them: what it does, what it has used, its task, what it said last."""
    agent = state.agents[one.id]
    above = f", started by agent {one.parent}" if one.parent else ""
    beside = ", in the background" if one.background else ""
    asked = f"its model was asked {agent.budget.turns} time{'s' * (agent.budget.turns != 1)}"
    parts: list[RenderableType] = [
        line(f"{named(one)}{beside}{above}", STRONG),
        line(f"now: {_state(one, agents, state)}"),
        line(f"used: {f' {glyphs.dot} '.join((*used(one, now), asked))}"),
    ]
    for name, content, most in (
        ("task", agent.conversation.first_words, TASK_LINES),
        ("said last", last_words(agent), WORDS_LINES),
    ):
        parts += _below(name, content, most, load, glyphs)
    return Group(*parts)


def _below(
    name: str, content: Content, most: int, load: Callable[[Blob], str], glyphs: Glyphs
) -> Iterable[RenderableType]:
    text = (load(content) if isinstance(content, Blob) else content)[:LONGEST]
    if text.strip():
        yield line(f"{name}:")
        yield Marked(" ", line("\n".join(excerpt(text, most, glyphs.ellipsis)), QUIET))
