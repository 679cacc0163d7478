"""Skills, from the file to what the model reads of it."""

from __future__ import annotations

from msgspec.structs import replace

from claw._native import blake3
from claw.events.base import INLINE_LIMIT, Intent
from claw.events.skill import KnownSkill, SkillRead, SkillRequested
from claw.execution.context import ToolContext
from claw.execution.masking import masked
from claw.execution.threads import finished
from claw.handlers.base import Blobs, Call, Handler
from claw.handlers.storage import Storage
from claw.handlers.tool import within
from claw.settings.command_text import SHELL, filled
from claw.settings.commands import LARGEST, page_of
from claw.settings.frontmatter import Unreadable, bytes_of
from claw.tools.base import Outcome

CHANGED = "[claw: the file has changed since this session began, so what it allows does not count.]"
OTHERS = "its file is another than the user has said yes to."
NOT_RUN = "[claw: command lines behind a ! in this text were not run: run those that you need.]"


class SkillHandler(Handler):
    """Reads a skill as it is now."""

    intents: frozenset[type[Intent]] = frozenset({SkillRequested})

    def __init__(self, context: ToolContext, blobs: Blobs, session: str) -> None:
        self._context = context
        self._storage = Storage(context, blobs)
        self._session = session

    async def perform(self, call: Call) -> None:
        intent = call.intent
        assert isinstance(intent, SkillRequested)
        skill = intent.skill
        found = SkillRead(call=call.seq, tool_call=intent.tool_call, fork=skill.fork)
        try:
            data = await finished(lambda: bytes_of(skill.path, skill.bound, LARGEST))
            text = self._text(skill, page_of(data).body, intent.words)
        except Unreadable as error:
            why = masked(f"{skill.source}:{error.line}: {error.why}.", self._context)
            call.emit(replace(found, error=f"The skill {skill.name} cannot be read: {why}"))
            return
        digest = blake3(data)
        if skill.plugin and digest != skill.digest:
            call.emit(replace(found, error=f"The skill {skill.name} is not read: {OTHERS}"))
            return
        if digest != skill.digest and skill.leave.rules:
            text = f"{text}\n\n{CHANGED}"
        # What an agent is told of its task stands in the event by which it begins.
        room = INLINE_LIMIT if skill.fork else LARGEST if intent.room is None else intent.room
        told = within(Outcome(masked(text, self._context)), room, self._context).content
        assert isinstance(told, str), "a text is cut to a text"
        content = told if skill.fork else await self._storage.stored(told)
        leave = skill.leave if digest == skill.digest else found.leave
        call.emit(replace(found, text=content, digest=digest, leave=leave))

    def _text(self, skill: KnownSkill, body: str, words: str) -> str:
        text = filled(body, words, skill.folder, self._session, skill.plugin)
        if SHELL.search(body):
            text = f"{text}\n\n{NOT_RUN}"
        return f"Base directory for this skill: {skill.folder}\n\n{text}" if skill.folder else text
