"""`/diff`: what the calls of this session have changed in files, as its log has it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from claw import log
from claw.cli.sanitize import clean_line
from claw.cli.terminal.commands.conversation import Conversation, Done, say
from claw.cli.terminal.diff import changes, shortened
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import QUIET, STRONG
from claw.events.kinds import kind_of
from claw.events.tool import ToolCompleted, ToolFinished, ToolRequested, ToolStarted
from claw.execution.threads import finished

LINES = 200
"""Of one change."""
CALLS = 100
"""That are shown: the last ones."""
ONLY = "What command lines have changed is not among it: !git diff shows what a repository has."
_KINDS = [kind_of(kind) for kind in (ToolRequested, ToolStarted, ToolFinished, ToolCompleted)]


async def diff(chat: Conversation, argument: str) -> Done:
    found = await finished(lambda: list(_changes(chat.session.path)))
    if not found:
        say(chat, line("no call of this session has changed a file", QUIET), line(ONLY, QUIET))
        return None
    shown = [line_ for request in found[-CALLS:] for line_ in _drawn(request, chat.glyphs.ellipsis)]
    left = len(found) - CALLS
    say(
        chat,
        *([line(f"{left} changes before these", QUIET)] if left > 0 else []),
        Text("\n").join(shown),
        line(ONLY, QUIET),
    )
    return None


def _changes(path: str) -> Iterator[ToolRequested]:
    """The calls of all agents that ended well and say what they put into files, in the order in which they ended."""
    requests: dict[int, ToolRequested] = {}
    started: dict[int, int] = {}
    for envelope in log.read(path, kinds=_KINDS):
        match envelope.data:
            case ToolRequested() as event if changes(event.arguments, event.traits.shown):
                requests[envelope.seq] = event
            case ToolStarted(request=request):
                started[envelope.seq] = request
            case ToolFinished(call=call, is_error=False) | ToolCompleted(call=call, is_error=False):
                made = started.pop(call, -1)
                if made in requests:
                    yield requests.pop(made)


def _drawn(request: ToolRequested, ellipsis: str) -> Iterator[Text]:
    shown = request.traits.shown
    named = (request.arguments or {}).get(shown.line)
    yield line(f"{request.name} {clean_line(named) if isinstance(named, str) else ''}".rstrip(), STRONG)
    yield from shortened(changes(request.arguments, shown), LINES, ellipsis)
