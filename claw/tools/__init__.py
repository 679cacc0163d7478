"""What the model can do, and how it is done. A tool checks its arguments, names its paths, and acts on facts.

A start needs to know of a tool what is declared of it, and imports none: the declarations are kept with the byte code
(`docs/adr/0025`), and a tool's module is imported by its first call.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from claw import bytecode
from claw.events.agent import AgentKind
from claw.events.skill import KnownSkill
from claw.events.tools import ToolSpec
from claw.execution.programs import first
from claw.late import load
from claw.tools.agent_kinds import with_kinds
from claw.tools.base import Declared, Known
from claw.tools.listing import with_names

OFFERED: dict[str, tuple[str, str]] = {
    "Bash": ("claw.tools.bash", "Bash"),
    "BashOutput": ("claw.tools.background", "BashOutput"),
    "KillShell": ("claw.tools.background", "KillShell"),
    "Read": ("claw.tools.read", "Read"),
    "Write": ("claw.tools.write", "Write"),
    "Edit": ("claw.tools.edit", "Edit"),
    "MultiEdit": ("claw.tools.multi_edit", "MultiEdit"),
    "apply_patch": ("claw.tools.apply_patch", "ApplyPatch"),
    "Glob": ("claw.tools.glob", "Glob"),
    "Grep": ("claw.tools.grep", "Grep"),
    "WebFetch": ("claw.tools.web_fetch", "WebFetch"),
    "WebSearch": ("claw.tools.web_search", "WebSearch"),
    "AskUserQuestion": ("claw.tools.person", "AskUserQuestion"),
    "EnterPlanMode": ("claw.tools.person", "EnterPlanMode"),
    "ExitPlanMode": ("claw.tools.person", "ExitPlanMode"),
    "SendUserMessage": ("claw.tools.person", "SendUserMessage"),
    "TodoWrite": ("claw.tools.todo_write", "TodoWrite"),
    "Agent": ("claw.tools.agent", "Agent"),
    "AgentOutput": ("claw.tools.agent", "AgentOutput"),
    "AgentMessage": ("claw.tools.agent", "AgentMessage"),
    "AgentStop": ("claw.tools.agent", "AgentStop"),
    "Memory": ("claw.tools.memory", "Memory"),
    "Skill": ("claw.tools.skill", "Skill"),
    "ToolSearch": ("claw.tools.tool_search", "ToolSearch"),
}
"""The tools that a model is told of at once, in that order, with their modules and classes."""

DEFERRED: dict[str, tuple[str, str]] = {
    "Config": ("claw.tools.config", "Config"),
    "LSP": ("claw.tools.lsp", "LSP"),
    "CronCreate": ("claw.tools.cron", "CronCreate"),
    "CronDelete": ("claw.tools.cron", "CronDelete"),
    "CronList": ("claw.tools.cron", "CronList"),
    "NotebookEdit": ("claw.tools.notebook_edit", "NotebookEdit"),
    "REPL": ("claw.tools.repl", "Repl"),
    "Monitor": ("claw.tools.monitor", "Monitor"),
    "PowerShell": ("claw.tools.powershell", "PowerShell"),
    "TaskOutput": ("claw.tools.running", "TaskOutput"),
    "TaskStop": ("claw.tools.running", "TaskStop"),
    "Sleep": ("claw.tools.running", "Sleep"),
    "TaskCreate": ("claw.tools.tasks", "TaskCreate"),
    "TaskUpdate": ("claw.tools.tasks", "TaskUpdate"),
    "TaskGet": ("claw.tools.tasks", "TaskGet"),
    "TaskList": ("claw.tools.tasks", "TaskList"),
}
"""The tools that few sessions need, in the same way: a model is told of one once it has searched for it, and nothing
else is known of it until then. None of them costs a start anything.
"""

NEEDED = {"WebSearch": ("BRAVE_API_KEY", "TAVILY_API_KEY", "EXA_API_KEY", "SEARXNG_URL")}
"""Of tools that not everybody can have: the variables of claw's environment of which one must be set, the first that is
set counts. Without any of them a model is not told of the tool.
"""

WHERE_WANTED = ("Memory",)
"""Of tools that a model is told of only where the user has asked for what they do."""
PROGRAMS = {"PowerShell": "pwsh"}
"""Of the deferred ones, those that need a program on claw's PATH. Without it the tool cannot be found."""

OTHERWISE = {"KillBash": "KillShell", "LS": "Glob", "Task": "Agent"}
"""What other programs call them, in files that are written for several."""

_KEPT = "claw.tools"
_LAYERS = ("tools", "log", "settings", "providers", "execution", "decide", "prompt", "projections", "events", "errors")
_MADE_OF = ("msgspec", *(f"claw.{layer}" for layer in _LAYERS))
"""What a declaration may depend on: an import only goes down."""
_NAMES_ROOM = 4_000
"""Bytes of the declaration of the search for tools, as a rule."""


SEARCH = "ToolSearch"
"""Finds the deferred ones."""


def offered(
    kinds: tuple[AgentKind, ...],
    models: Iterable[str] = (),
    deferred: Mapping[str, tuple[str, ...]] | None = None,
    room: int = _NAMES_ROOM,
    environ: Mapping[str, str] | None = None,
    otherwise: Collection[str] = (),
    wanted: Collection[str] = (),
    skills: tuple[KnownSkill, ...] = (),
    skills_room: int = 0,
) -> tuple[Declared, ...]:
    """Every tool that a model is told of, in that order, where there are these kinds of agent, which may be asked by
    these names of models. `deferred`: what can be searched for, by source; the search may take so many bytes.
    `environ` is claw's environment; what it does not have the means for is left out, but
    for what there are other means for, `otherwise`. `wanted` are those of `WHERE_WANTED` that the user has asked for.
    `skills` may be used; what is said of them may take so many bytes.
    """
    specs = _declared()
    for name, variables in NEEDED.items():
        if name not in otherwise and not any((environ or {}).get(variable, "").strip() for variable in variables):
            del specs[name]
    for name in WHERE_WANTED:
        if name not in wanted:
            del specs[name]
    specs["Agent"] = with_kinds(specs["Agent"], kinds, models)
    if skills:
        specs["Skill"] = load("claw.tools.skill_list", "with_skills")(specs["Skill"], skills, skills_room)
    else:
        del specs["Skill"]
    if deferred:
        specs[SEARCH] = with_names(specs[SEARCH], deferred, room)
    else:
        del specs[SEARCH]
    return tuple(Known(spec, *OFFERED[name]) for name, spec in specs.items())


def findable(environ: Mapping[str, str] | None) -> tuple[str, ...]:
    """The names of the deferred ones that there are the means for."""
    search_path = (environ or {}).get("PATH", "")
    return tuple(name for name in DEFERRED if name not in PROGRAMS or first(PROGRAMS[name], search_path))


def _declared() -> dict[str, ToolSpec]:
    """What the classes of the tools declare, by name: as it was kept, or, where nothing was, by importing them all."""
    data = bytecode.kept(_KEPT)
    if data is not None:
        try:
            specs = msgspec.msgpack.decode(data, type=list[ToolSpec])
            if [spec.name for spec in specs] == list(OFFERED):
                return {spec.name: spec for spec in specs}
        except msgspec.DecodeError:
            bytecode.discard()
    specs = [load(*place).spec for place in OFFERED.values()]
    bytecode.keep(_KEPT, msgspec.msgpack.encode(specs), _MADE_OF)
    return {spec.name: spec for spec in specs}


_made: dict[str, Declared] = {}


def own(name: str) -> Declared | None:
    """claw's own tool of this name, imported, also one that is searched for; None: there is none. Of agents it knows
    claw's own kinds.
    """
    place = OFFERED.get(name) or DEFERRED.get(name)
    if name not in _made and place is not None:
        _made[name] = load(*place)()
    return _made.get(name)


def every() -> Iterator[Declared]:
    """All of claw's own, imported."""
    for name in (*OFFERED, *DEFERRED):
        tool = own(name)
        if tool is not None:
            yield tool


def __getattr__(name: str) -> tuple[Declared, ...]:
    """`TOOLS` are all of claw's own: made when somebody asks for them, since that imports each."""
    if name != "TOOLS":
        raise AttributeError(name)
    return tuple(every())
