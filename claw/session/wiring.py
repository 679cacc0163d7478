"""What a session acts with: its tool context, its blobs, and one handler for every kind of intent."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from claw import providers
from claw.events.agent import AgentsChanged
from claw.events.base import INLINE_LIMIT, Blob, Content, Intent
from claw.events.content import Usage
from claw.events.control import LimitAsked
from claw.events.environment import EnvironmentRequested, FilesLookRequested
from claw.events.hook import HookRequested
from claw.events.mcp import McpConnectRequested
from claw.events.memory import MemoryChangeRequested, MemoryRequested
from claw.events.permission import RuleSaveRequested, directories
from claw.events.question import PlanProposed, QuestionAsked
from claw.events.schedule import Schedule, ScheduleSaveRequested
from claw.events.session import Config, Model
from claw.events.setting import SettingSaveRequested
from claw.events.shell import ShellAsked, ShellsEndRequested
from claw.events.skill import KnownSkill, SkillRequested
from claw.events.tool import ResolveRequested, ToolStarted
from claw.events.tools import ToolsSearchRequested
from claw.events.worktree import WorktreeCloseRequested, WorktreeRequested
from claw.execution import confinement, credentials, environment
from claw.execution.context import ToolContext
from claw.execution.language.late import Languages
from claw.execution.masking import masked
from claw.execution.scratch import Scratch
from claw.execution.threads import finished
from claw.handlers.base import Handler
from claw.handlers.instructions import InstructionsHandler, Variables
from claw.handlers.late import LateHandler
from claw.handlers.model import ModelHandler, Price
from claw.handlers.permission import Asker, PermissionHandler
from claw.handlers.timer import TimerHandler, WaitHandler
from claw.handlers.turns import Turns
from claw.late import load
from claw.log import Home, SessionBlobs
from claw.providers import pricing
from claw.providers.keys import searches
from claw.session.agents import KnownAgents, known_agents, models_to_choose
from claw.session.config import Options, after_plan, at_once, check_setting
from claw.settings import Settings, read_settings
from claw.settings.layers import of_user
from claw.settings.models import OwnModel
from claw.settings.modes import BYPASS
from claw.settings.reading import any_folder
from claw.tools import NEEDED, WHERE_WANTED
from claw.tools.base import Declared
from claw.tools.toolbox import Toolbox

if TYPE_CHECKING:
    from datetime import datetime

    from claw.handlers.environment import EnvironmentHandler
    from claw.handlers.worktree import WorktreeHandler
    from claw.session.mcp import SessionServers
    from claw.session.own_commands import OwnCommands
    from claw.session.status_line import StatusProgram


class Wiring(Struct, frozen=True):
    context: ToolContext
    handlers: tuple[Handler, ...]
    keep: Callable[[str], Content]
    """Text as an event holds it: inline, or in the blob store when it is long."""
    mask: Callable[[str], str]
    """The text without the secrets of this process."""
    model: ModelHandler
    worktrees: LateHandler[WorktreeHandler]
    environment: LateHandler[EnvironmentHandler]
    blobs: SessionBlobs
    toolbox: Toolbox
    agents: KnownAgents
    own: OwnCommands | None
    """Command files and skills; None: there is no folder for them."""
    skills: tuple[KnownSkill, ...]
    models: dict[str, Model]
    """Those that a call may name for the agent it starts."""
    servers: SessionServers | None = None
    """The MCP servers; None: there are none."""
    status_line: StatusProgram | None = None
    """What writes a line below the input, where somebody looks at it."""

    def agents_changed(self) -> AgentsChanged:
        """What a session is told of its agents."""
        return AgentsChanged(kinds=self.agents.kinds, models=self.models)

    def hurry(self) -> None:
        """Nobody wants to wait for worktrees that are being closed."""
        if self.worktrees.begun:
            self.worktrees.begun.hurry()

    async def close(self) -> None:
        """Close connections to models, end language servers and what reads ahead, and remove what is temporary."""
        await self.model.aclose()
        if self.servers is not None:
            await self.servers.close()
        if self.context.languages is not None:
            await self.context.languages.close()
        if self.environment.begun:
            await self.environment.begun.close()
        if self.context.scratch is not None:
            await finished(self.context.scratch.close)


def _late(module: str, name: str, *intents: type[Intent]) -> Callable[..., LateHandler[Any]]:
    """What takes the arguments of a handler, which is imported by the first of these intents."""
    return lambda *arguments: LateHandler(lambda: load(f"claw.handlers.{module}", name)(*arguments), *intents)


def priced(own: Mapping[str, OwnModel]) -> Price:
    """Prices, of the user's own models those that the settings say."""

    def price(model: str, provider: str, usage: Usage, at: datetime, base_url: str = "") -> tuple[int, str] | None:
        said = own[model].price if model in own else None
        if said is None:
            return pricing.price(model, provider, usage, at, base_url)
        amounts = (
            usage.input * said.input,
            usage.output * said.output,
            usage.cache_read * said.cache_read,
            usage.cache_write * said.cache_write,
        )
        return sum(amounts) // 1_000, "settings"

    return price


def home_of(options: Options) -> str:
    """The user's home folder."""
    return options.environ.get("HOME") or os.path.expanduser("~")


def settings_of(options: Options, workspace: str = "") -> Settings:
    """What settings files, and what was given beside them, say in the session's folder. Raises UsageError."""
    where = workspace or options.workspace
    settings = read_settings(home_of(options), where, given=options.given, layers=options.layers)
    if options.only_these:
        wishes = tuple(wish for wish in settings.wishes if wish.server is None)
        settings = replace(settings, servers={}, wishes=wishes)
    return replace(settings, servers={**settings.servers, **options.servers}) if options.servers else settings


def trees_of(options: Options) -> str:
    """The folder with the worktrees of agents, of all sessions: canonical, though it need not exist."""
    state = options.environ.get("XDG_STATE_HOME") or os.path.join(home_of(options), ".local", "state")
    return os.path.join(os.path.realpath(state), "claw", "worktrees")


def _scratch(home: Home, options: Options) -> Scratch | None:
    """What the session has for /tmp, where its commands are confined by namespaces."""
    confined = options.mode != BYPASS and confinement.available().namespaces
    return Scratch(str(home.path / "tmp")) if confined else None


def _languages(environ: Mapping[str, str], settings: Settings) -> Languages | None:
    """Which language servers there are is found out once one is needed; None: they are switched off."""
    chosen = settings.languages
    is_off = environ.get("CLAW_LANGUAGE_SERVERS", "").lower() in ("0", "off", "false") or (chosen and chosen.off)
    return None if is_off else Languages(chosen)


def wanted_by(config: Config) -> tuple[str, ...]:
    """The tools that are offered because the user has asked for what they do."""
    return WHERE_WANTED if config.memory else ()


def _places_of_instructions(environ: Mapping[str, str], settings: Settings) -> Variables:
    added = environ.get("CLAUDE_CODE_ADDITIONAL_DIRECTORIES_CLAUDE_MD", "")
    return Variables(
        config=environ.get("XDG_CONFIG_HOME", ""),
        codex=environ.get("CODEX_HOME", ""),
        added=added.lower() in ("1", "true"),
        excluded=settings.excluded,
    )


def _schedules(home: Home, project: str, session: str) -> tuple[Callable[..., None], Callable[[str], bool]]:
    """What puts schedules for this session's folder into the user's own log, and what takes them out."""

    def keep(schedule: Schedule) -> None:
        load("claw.log.schedules", "keep")(home, schedule, project, session)

    def drop(id: str) -> bool:
        dropped: bool = load("claw.log.schedules", "drop")(home, id)
        return dropped

    return keep, drop


def wire(home: Home, path: Path, options: Options, asker: Asker, settings: Settings, config: Config) -> Wiring:
    """For the session in `path`. Raises nothing: what is missing is said when it is needed."""
    environ = options.environ
    user_home = home_of(options)
    known = tuple(credentials.known_secrets(environ))
    blobs = SessionBlobs(str(path))
    context = ToolContext(
        workspace=options.workspace,
        home=user_home,
        claw_home=str(home.path),
        guard=str(path / "tools.lock"),
        environment=environment.for_tools(environ, options.passed, (options.workspace, *directories(config.rules))),
        environ=environ,
        model=config.model,
        rules=config.rules,
        secrets=known,
        scratch=_scratch(home, options),
        trees=trees_of(options),
        languages=_languages(environ, settings),
        plugins=tuple(plugin.root for plugin in settings.plugins),
        variables=partial(environment.for_tools, environ, options.passed),
    )
    mask = partial(masked, context=context)

    def keep(text: str) -> Content:
        data = text.encode()
        return text if len(data) <= INLINE_LIMIT else Blob(digest=blobs.put(data), size=len(data))

    servers: SessionServers | None = None
    others: dict[str, tuple[Declared, ...]] = dict(options.tools)
    if settings.servers:
        servers = load("claw.session.mcp", "SessionServers")(home, settings.servers, context, mask, keep)
        others |= servers.tools
    specs = [tool.spec for offered in others.values() for tool in offered]
    agents = known_agents(settings, options, specs, mask)
    models = models_to_choose(config.model, settings, options)
    otherwise = tuple(NEEDED) if searches(config.model, environ) else ()

    own = None
    if settings.commands or any_folder(user_home, options.workspace):
        own = load("claw.session.own_commands", "OwnCommands")(options, settings, user_home, mask, keep, path.name)
    skills = own.skills() if own is not None else ()
    status_line = None
    if settings.status_line is not None and options.interactive:
        status_line = load("claw.session.status_line", "program")(context, settings)
    window, wanted = config.model.window, wanted_by(config)
    toolbox = Toolbox(others, agents.kinds, models, window, environ, otherwise, wanted, skills, options.offered)
    model = ModelHandler(
        lambda intent: providers.connect(intent, environ), blobs, known, priced(settings.models), at_once(environ)
    )
    worktrees = _late("worktree", "WorktreeHandler", WorktreeRequested, WorktreeCloseRequested)(context)
    surroundings = _late("environment", "EnvironmentHandler", EnvironmentRequested)(context)
    turns = Turns()
    rules_file = Path(user_home, of_user(user_home))
    handlers: tuple[Handler, ...] = (
        model,
        _late("resolve", "ResolveHandler", ResolveRequested)(toolbox, context),
        _late("tool", "ToolHandler", ToolStarted)(toolbox, context, blobs),
        _late("skill", "SkillHandler", SkillRequested)(context, blobs, path.name),
        _late("search", "SearchHandler", ToolsSearchRequested)(toolbox),
        PermissionHandler(asker, mask, turns),
        _late("question", "QuestionHandler", QuestionAsked)(asker, mask, turns),
        _late("question", "PlanHandler", PlanProposed)(asker, mask, turns, after_plan(options, settings)),
        _late("limit", "LimitHandler", LimitAsked)(asker, turns),
        _late("rules", "RuleSaveHandler", RuleSaveRequested)(rules_file),
        _late("setting", "SettingHandler", SettingSaveRequested)(rules_file, partial(check_setting, options, settings)),
        _late("schedule", "ScheduleHandler", ScheduleSaveRequested)(*_schedules(home, options.workspace, path.name)),
        TimerHandler(),
        WaitHandler(),
        _late("hook", "HookHandler", HookRequested)(
            context,
            blobs,
            settings.runs,
            settings.directories,
            config.domains,
            {plugin.root: plugin.state for plugin in settings.plugins},
            model.answer,
        ),
        _late("shell", "ShellsHandler", ShellsEndRequested)(context),
        _late("running", "RunningHandler", ShellAsked)(context, blobs),
        worktrees,
        surroundings,
        _late("files", "FilesHandler", FilesLookRequested)(context),
        InstructionsHandler(context, blobs, _places_of_instructions(environ, settings)),
        LateHandler(
            lambda: load("claw.handlers.memory", "MemoryHandler")(
                load("claw.session.notes", "Notebook")(home, options.workspace, user_home, path.name, mask)
            ),
            *(MemoryRequested, MemoryChangeRequested),
        ),
        servers.handler if servers is not None else _late("mcp", "NoServers", McpConnectRequested)(),
    )

    return Wiring(
        context,
        handlers,
        keep,
        mask,
        model,
        worktrees,
        surroundings,
        blobs,
        toolbox,
        agents,
        own,
        skills,
        models,
        servers,
        status_line,
    )
