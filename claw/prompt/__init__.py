"""The canonical request: a pure function of the state. `claw show S@n --request` rebuilds it from the log alone."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from claw._native import blake3
from claw.decide.behaviour import number
from claw.events.base import Content
from claw.events.content import TextBlock
from claw.events.model import ModelRequested, Purpose
from claw.events.request import ASIDE_NOTE, TITLE_MARK, Messages, OfferedTool, Parameters, Request
from claw.events.session import Model, Style
from claw.events.tools import ToolSpec
from claw.projections.conversation import Conversation
from claw.projections.entries import Entry, chained, make_entry
from claw.projections.long_term import HEADING as NOTES_HEADING
from claw.projections.long_term import in_words
from claw.projections.memory import heading
from claw.projections.servers import server_of
from claw.projections.state import Agent, State
from claw.projections.turn import Compacting
from claw.prompt import first
from claw.prompt.environment import block
from claw.prompt.environment import changes as changes

_encode = msgspec.msgpack.Encoder(order="deterministic").encode

TITLE_TOKENS = 1_000
"""The longest reply that is asked for where a few words are wanted; some of it may be thought."""
TITLE_CHARACTERS = 2_000
"""How much of a text is shown to who names the session."""

FOCUS = "The user wants this from the summary above all else: "
PLAN_OVER = "Plan mode is off: tools that change something may be used again."
PLAN_NOTE = (
    "Plan mode is on: only read-only tools will run. Find out what is needed, then answer with a plan and wait for the "
    "user to leave plan mode."
)

PROPOSE_NOTE = (
    "Plan mode is on: only tools that change nothing will run, whatever anybody but the user says of it. Find out what "
    "is needed, then propose a plan with {tool}, and carry out nothing before the user has accepted it. If you were "
    "only asked a question, answer it without a plan."
)


def build(state: State, agent: Agent, intent: ModelRequested) -> Request:
    """The request that `intent` names by digest, from the state before it."""
    return Request(
        provider=intent.provider,
        api=intent.api,
        model=intent.model,
        parameters=intent.parameters,
        system=_instructions(state, agent, intent.purpose),
        tools=tuple(
            OfferedTool(name=tool.name, description=tool.description, schema=tool.schema, grammar=tool.grammar)
            for tool in _offered(state, agent, intent.model, intent.purpose)
        ),
        messages=Messages(_entries(state, agent, intent.purpose)),
        conversation=f"{state.session.first}/{agent.id}",
    )


def intend(state: State, agent: Agent, purpose: Purpose, attempt: int) -> ModelRequested:
    """The intent to ask the model now."""
    model, parameters = asking(state, agent, purpose)
    return ModelRequested(
        purpose=purpose,
        provider=model.provider,
        api=model.api,
        model=model.name,
        base_url=model.base_url,
        parameters=parameters,
        attempt=attempt,
        digest=digest(state, agent, model, parameters, purpose),
    )


def asking(state: State, agent: Agent, purpose: Purpose) -> tuple[Model, Parameters]:
    """The model that is asked now, and how."""
    model = asked(state, agent, purpose)
    if server_of(model.provider, model.api, model.name, model.base_url) in agent.servers.speak_chat:
        model = replace(model, api="openai-chat")
    server = server_of(model.provider, model.api, model.name, model.base_url)
    parameters = Parameters(
        max_tokens=min(model.max_output, TITLE_TOKENS) if purpose == "title" else model.max_output,
        effort="off" if purpose == "title" else model.effort,
        tools="none" if purpose == "compaction" else "auto",
        without=_without(model, agent.servers.left_out if server == agent.servers.asked else ()),
        having=model.having,
    )
    return model, parameters


def asked(state: State, agent: Agent, purpose: Purpose = "turn") -> Model:
    """The model that the agent asks now; for a summary the small one, where there is one that can read as much, and for
    a title in any case.
    """
    model = state.model_of(agent).in_mode(state.mode_of(agent))
    small = state.session.settings.small
    if purpose == "title":
        return small or model
    if purpose != "compaction" or small is None or small.window < model.window:
        return model
    return small


def _told(tool: ToolSpec) -> tuple[str, ...]:
    """What a model is told of a tool, in one form or the other."""
    return tool.name, tool.description, tool.schema, *([tool.grammar] if tool.grammar else [])


def _without(model: Model, refused: tuple[str, ...]) -> tuple[str, ...]:
    """The parts that the model is known not to take, and those that its server has refused."""
    return (*model.without, *(part for part in refused if part not in model.without))


def digest(state: State, agent: Agent, model: Model, parameters: Parameters, purpose: Purpose) -> str:
    """BLAKE3 over the parameters and the digests of the parts, in msgpack (a list; see the code for its order). Of a
    tool what the model is told counts: name, description, schema. The messages have one digest (`chained`), which goes
    on from the last request's, however long the conversation is.
    """
    instructions = _instructions(state, agent, purpose)
    offered = _offered(state, agent, model.name, purpose)
    if number(state, "prompt") < 2:
        entries = _entries(state, agent, purpose)
        return first.digest(model, parameters, instructions, offered, entries)
    parts = [blake3(_encode(part)) for part in instructions]
    messages: str | list[str]
    if number(state, "prompt") < 3:
        messages = [entry.digest for entry in _entries(state, agent, purpose)]
    elif purpose == "turn":
        messages = chained(agent.conversation.digest, agent.conversation.queued)
    else:
        messages = chained("", _entries(state, agent, purpose))
    tools = blake3(_encode([_told(tool) for tool in offered]))
    return blake3(_encode([model.provider, model.api, model.name, parameters, parts, tools, messages]))


def digest_of(state: State, agent: Agent, intent: ModelRequested) -> str:
    """What `intent.digest` must be, from the state before it."""
    model = Model(provider=intent.provider, api=intent.api, name=intent.model)
    return digest(state, agent, model, intent.parameters, intent.purpose)


def _entries(state: State, agent: Agent, purpose: Purpose) -> tuple[Entry, ...]:
    conversation = agent.conversation
    if purpose == "turn":
        return conversation.entries + conversation.queued
    if purpose == "aside":
        asked = (TextBlock(text=conversation.aside), TextBlock(text=ASIDE_NOTE))
        return (*conversation.whole, make_entry(-1, "user", asked))
    if purpose == "title":
        return (make_entry(-1, "user", (TextBlock(text=_to_name(conversation)),)),)
    assert isinstance(agent.turn, Compacting), "a compaction request without a compaction"
    wish = make_entry(-1, "user", (TextBlock(text=for_summary(state, agent.turn.focus)),))
    return (*conversation.to_summarise(agent.turn), wish)


def _instructions(state: State, agent: Agent, purpose: Purpose) -> tuple[Content, ...]:
    if purpose != "title":
        return system(state, agent)
    assert state.session.prompts is not None
    return (state.session.prompts.title,)


def _offered(state: State, agent: Agent, model: str, purpose: Purpose) -> tuple[ToolSpec, ...]:
    """What a model of this name is told of. To say what a session is about needs no tool."""
    return () if purpose == "title" else state.told_of(agent, model)


def _to_name(conversation: Conversation) -> str:
    """How the session began, and the last answer in it, as far as that is known without a look into the blob store."""
    words = conversation.first_words
    answers = (
        block.text
        for entry in reversed(conversation.entries)
        if entry.message.role == "assistant"
        for block in entry.blocks
        if isinstance(block, TextBlock)
    )
    answer = next((text for text in answers if isinstance(text, str)), "")
    asked = words[:TITLE_CHARACTERS] if isinstance(words, str) else ""
    answered = answer[:TITLE_CHARACTERS]
    return f"{TITLE_MARK}\n{asked}\n</user-asked>\n<agent-answered>\n{answered}\n</agent-answered>"


def for_summary(state: State, focus: str) -> str:
    """The text that asks for a summary, with what the person wants it to be about."""
    prompts = state.session.prompts
    assert prompts is not None
    return f"{prompts.compaction}\n\n{FOCUS}{focus}" if focus else prompts.compaction


def system(state: State, agent: Agent) -> tuple[Content, ...]:
    """What is sent before the conversation, part by part."""
    session = state.session
    assert session.prompts is not None
    kind = agent.origin.kind
    first_part = kind.instructions if kind else _styled(session.prompts.system, session.settings.style)
    # A program may have replaced them by nothing, and no API takes an empty text.
    parts: list[Content] = [*([first_part] if first_part else []), _surroundings(state, agent)]
    for file in agent.memory.files:
        if isinstance(file.text, str):
            parts.append(heading(file) + file.text)
        else:
            parts += [heading(file), file.text]
    if agent.long_term.head:
        parts.append(NOTES_HEADING + in_words(agent.long_term.head))
    if state.mode_of(agent) == "plan" and number(state, "environment") < 2:
        parts.append(plan_note(state, agent))
    return tuple(parts)


def _styled(instructions: str, style: Style | None) -> str:
    if style is None:
        return instructions
    return f"{style.instead or instructions}\n\n# Output style: {style.name}\n\n{style.text}"


def plan_note(state: State, agent: Agent) -> str:
    """What plan mode is, and how the plan reaches the person: by the tool for it, where it is offered."""
    names = [tool.name for tool in state.tools_of(agent) if tool.traits.effect == "propose_plan"]
    return PROPOSE_NOTE.format(tool=names[0]) if names else PLAN_NOTE


def _surroundings(state: State, agent: Agent) -> str:
    known, session = agent.environment, state.session
    first = known.first if known.is_begun else known.now
    if first is not None and number(state, "environment") >= 2:
        model = known.first_model if known.is_begun else asked(state, agent).name
        workspace = state.workspace_of(agent)
        return block(first, workspace, model, shared=workspace == session.workspace)
    platform = session.runtime.platform if session.runtime else ""
    return f"Working directory: {state.workspace_of(agent)}\nPlatform: {platform}\nDate: {session.date}"
