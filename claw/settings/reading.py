"""What all settings files say together: arrays merge, a scalar is the highest layer's, a repository only tightens."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from claw.errors import UsageError
from claw.events.hook import Hook
from claw.events.permission import Layer, Mode, Rule, directories, is_stricter
from claw.late import load
from claw.settings.agents import AgentFile, Found, agent_files
from claw.settings.content import CHOICES, Content, content_of
from claw.settings.document import Document, read_document
from claw.settings.domains import Domain, domain
from claw.settings.hooks import hooks_in
from claw.settings.keys import EXCLUDES, LOOKS, SILENCE, STATUS_LINE
from claw.settings.layers import (
    MANAGED,
    ORDER,
    USER,
    Managed,
    documents,
)
from claw.settings.models import OwnModel
from claw.settings.modes import BYPASS, find_mode
from claw.settings.stricter_rules import EVERYTHING

if TYPE_CHECKING:
    from claw.execution.language.known import Chosen, Program
    from claw.execution.reach import Runs
    from claw.settings.commands import CommandFile
    from claw.settings.commands import Found as FoundCommands
    from claw.settings.mcp import FoundServers, ServerFile
    from claw.settings.status_line import Found as FoundStatusLine
    from claw.settings.status_line import StatusLine
    from claw.settings.styles import Found as FoundStyles
    from claw.settings.styles import StyleFile

REPOSITORY: frozenset[Layer] = frozenset({"local", "project"})
"""Layers whose files whoever wrote the repository may have written."""

FOLDERS_OF_USER = (
    *(".claude/skills", ".agents/skills", ".codex/skills", ".claude/commands", ".codex/prompts"),
    *(".config/opencode/commands", ".config/opencode/command"),
)
FOLDERS_OF_REPOSITORY = (
    *(".claude/skills", ".agents/skills", ".codex/skills", ".claude/commands"),
    *(".opencode/commands", ".opencode/command"),
)
"""Where command files and skills lie below the home directory and the workspace, in the order in which a name is taken:
skills before commands.
"""

EVERY_LAYER: frozenset[Layer] = frozenset({"user", *REPOSITORY})
"""Those of the settings files that are not the administrator's."""

NOT_A_REPOSITORYS = ("model", *CHOICES, "models", "env", "apiKeyHelper", "tools", EXCLUDES, SILENCE, *LOOKS)
"""Settings that would send the conversation, its keys or its cost somewhere else, or run code in claw's own process."""

PLUGINS = "plugins/plugins.json"
"""In claw's home: which plugins the person has installed (`claw.settings.plugins.records`)."""

STYLES = ".claude/output-styles"
"""Where output styles lie, below the home directory and the workspace."""
NAMES_PLUGINS = ("enabledPlugins", "extraKnownMarketplaces")

WishKind: TypeAlias = Literal[
    "allow rule",
    "additional directory",
    "network domain",
    "hook",
    "agent",
    "language server",
    "command",
    "skill",
    "MCP server",
    "status line",
    "output style",
]


class Wish(Struct, frozen=True):
    """What a repository's file wants and only the user can give: it counts once the user has trusted it."""

    kind: WishKind
    text: str
    source: str
    layer: Layer
    root: str
    hook: Hook | None = None
    directory: str = ""
    """The folder, without links, that its rule takes for a part of the workspace."""
    agent: AgentFile | None = None
    program: Program | None = None
    """The language server."""
    command: CommandFile | None = None
    """The command file or the skill, which wants rules or a model."""
    server: ServerFile | None = None
    """The MCP server."""
    status_line: StatusLine | None = None
    style: StyleFile | None = None
    """The output style, which would stand in the model's instructions."""

    @property
    def hooks(self) -> tuple[Hook, ...]:
        """What would run: the hook, or those of the agent."""
        if self.agent is not None:
            return self.agent.hooks
        return (self.hook,) if self.hook else ()

    @property
    def run(self) -> tuple[tuple[str, str, str], ...]:
        """The command lines that would be run: each with what it is, and its `file:line`."""
        line = self.status_line
        hooks = [(hook.command, "hook", hook.source) for hook in self.hooks if hook.type == "command"]
        return (*hooks, *([(line.command, "status line", line.source)] if line else []))


class PluginHere(Struct, frozen=True):
    """A plugin that is what the person has said yes to: `digest` stands for its files, `root` is its folder, canonical,
    and `state` tells that from what it may become (`claw.settings.plugins.tree`).
    """

    name: str
    version: str
    digest: str
    root: str
    state: str
    commands: tuple[CommandFile, ...] = ()
    """What it brings of commands and skills, those included whose names others have taken."""


class Settings(Struct, frozen=True):
    """What the files say. `ignored` has a sentence for each setting that was not taken."""

    rules: tuple[Rule, ...] = ()
    """By layer, highest first."""
    domains: tuple[Domain, ...] = ()
    hooks: tuple[Hook, ...] = ()
    mode: Mode | None = None
    model: str | None = None
    choices: dict[str, str] = field(default_factory=dict)
    """What the keys of `CHOICES` hold."""
    silence_ms: int | None = None
    """How long the person is silent until hooks about that are told; None: nobody has said."""
    memory: bool | None = None
    """Whether there is long-term memory; None: nobody has said, so there is none."""
    models: dict[str, OwnModel] = field(default_factory=dict)
    """Models of the user's own, by the name that a service is asked for."""
    managed: frozenset[str] = frozenset()
    """Which of `mode` and `model` the administrator has set."""
    bypass_forbidden: str = ""
    """`file:line` that forbids bypassPermissions."""
    env: dict[str, str] = field(default_factory=dict)
    """Variables for the session, its tools included."""
    runs: dict[str, Runs] = field(default_factory=dict)
    """What of the workspace the command of each hook runs, as it was trusted, or else as the session begins."""
    wishes: tuple[Wish, ...] = ()
    trust: str = ""
    """Digest of the wishes that were granted, and how; empty: none were."""
    ignored: tuple[str, ...] = ()
    untaken: tuple[str, ...] = ()
    """A sentence for each thing that the repository wants and that is not trusted."""
    sources: dict[str, str] = field(default_factory=dict)
    """`file:line` of `mode` and of `model`."""
    tools: tuple[tuple[str, str], ...] = ()
    """Tools of third parties as they are named (`package:name`, or `package`), each with its `file:line`."""
    excluded: tuple[str, ...] = ()
    """Patterns of the paths of instruction files that are left out."""
    agents: tuple[AgentFile, ...] = ()
    """Kinds of agent; of two with one name the later one counts."""
    agents_left_out: tuple[str, ...] = ()
    """A sentence for each file of an agent that counts for nothing."""
    commands: dict[str, CommandFile] = field(default_factory=dict)
    """Command files and skills, by name in lower case, whoever has written them."""
    commands_left_out: tuple[str, ...] = ()
    """A sentence for each of their files that counts for nothing."""
    styles: dict[str, StyleFile] = field(default_factory=dict)
    """Output styles, by name in lower case, whoever has written them."""
    granted: frozenset[str] = frozenset()
    """Digests of those of the repository's that the user has trusted with what they want, output styles included."""
    status_line: StatusLine | None = None
    """What writes a line below the input, of the highest layer that has one."""
    languages: Chosen | None = None
    """Which language servers are used; None: the files say nothing of them."""
    plugins: tuple[PluginHere, ...] = ()
    """Those that take part. What they bring is among the rest."""
    plugins_named: tuple[tuple[str, str], ...] = ()
    """Plugins and marketplaces that a repository's files name, each with its `file:line`."""
    servers: dict[str, ServerFile] = field(default_factory=dict)
    """The MCP servers that count, by name."""
    servers_left_out: tuple[str, ...] = ()
    """A sentence for each of them that counts for nothing, or not as it is written."""

    @property
    def directories(self) -> tuple[str, ...]:
        """The folders that are taken for parts of the workspace, or would be once that is trusted."""
        wanted = (wish.directory for wish in self.wishes if wish.directory)
        return tuple(sorted({*directories(self.rules), *wanted}))

    def trusting(self, trust: str, granted: Sequence[Wish] | None = None) -> Settings:
        """The same with what the repository wants, or what of it is `granted`.

        `trust`: its digest, and how it came to be trusted.
        """
        wishes = [wish for wish in self.wishes if granted is None or wish in granted]
        rules = [
            Rule(
                effect="allow",
                rule=wish.text,
                source=wish.source,
                layer=wish.layer,
                root=wish.root,
                directory=wish.directory,
            )
            for wish in wishes
            if wish.kind in ("allow rule", "additional directory")
        ]
        domains = [domain("allow", wish.text, wish.source) for wish in wishes if wish.kind == "network domain"]
        hooks = [wish.hook for wish in wishes if wish.hook]
        return replace(
            self,
            trust=trust,
            rules=in_order((*self.rules, *rules)),
            domains=(*self.domains, *domains),
            hooks=(*self.hooks, *hooks),
            status_line=self.status_line or next((wish.status_line for wish in wishes if wish.status_line), None),
            granted=self.granted | {file.digest for wish in wishes if (file := wish.command or wish.style)},
            agents=(*self.agents, *(wish.agent for wish in wishes if wish.agent)),
            servers={**{wish.server.name: wish.server for wish in wishes if wish.server}, **self.servers},
            languages=_also(self.languages, programs=tuple(wish.program for wish in wishes if wish.program)),
        )


def read_settings(
    home: str,
    workspace: str,
    managed: Managed = MANAGED,
    given: Sequence[Document] = (),
    layers: frozenset[Layer] = EVERY_LAYER,
) -> Settings:
    """All files, those that exist, and those that are `given` beside them. Of files that are of none of the `layers`
    and not the administrator's only what tightens counts: what they deny, ask about and forbid, and the user's hooks.
    Raises UsageError (with file and line) for what cannot be meant.
    """
    settings = Settings()
    files = documents(home, workspace, managed)
    for document in sorted((*files, *given), key=lambda one: ORDER.index(one.layer)) if given else files:
        content = content_of(document, home, workspace)
        counts = document.layer in layers or document.layer not in EVERY_LAYER
        settings = _with(settings, document, content) if counts else _tightened(settings, document, content)
    if settings.model is None and "user" in layers and os.path.exists(f"{home}/.codex/config.toml"):
        settings = _with_codex(settings, home)
    settings = _with_agents(replace(settings, rules=in_order(settings.rules)), home, workspace)
    if os.path.isdir(f"{home}/{STYLES}") or os.path.isdir(f"{workspace}/{STYLES}"):
        settings = _with_styles(settings, home, workspace)
    if any_folder(home, workspace):
        settings = _with_commands(settings, home, workspace)
    places = f"{home}/.claude.json", f"{home}/.codex/config.toml", f"{workspace}/.mcp.json"
    settings = _with_mcp(settings, home, workspace) if any(map(os.path.exists, places)) else settings
    return settings if layers == EVERY_LAYER else _of_layers(settings, layers)


def _tightened(settings: Settings, document: Document, content: Content) -> Settings:
    """With what the file denies, asks about and forbids, and nothing else of it."""
    settings = _with_ban(settings, document, content)
    hooks = hooks_in(document.plain, document.at, document.layer)
    own = () if document.layer in REPOSITORY else (*hooks.hooks,)
    asked = () if document.layer in REPOSITORY else (*instead(hooks.unread, document.layer, document.root),)
    return replace(
        settings,
        rules=(*settings.rules, *(rule for rule in content.rules if not _loosens(rule)), *asked),
        domains=(*settings.domains, *(entry for entry in content.domains if not _loosens(entry))),
        hooks=(*settings.hooks, *own),
    )


def _of_layers(settings: Settings, layers: frozenset[Layer]) -> Settings:
    """Without kinds of agent, command files, skills and MCP servers of other layers."""
    return replace(
        settings,
        agents=tuple(file for file in settings.agents if file.layer in layers),
        commands={name: file for name, file in settings.commands.items() if file.layer in layers},
        servers={name: server for name, server in settings.servers.items() if server.layer in layers},
        wishes=tuple(wish for wish in settings.wishes if wish.layer in layers),
    )


def _with_codex(settings: Settings, home: str) -> Settings:
    """The model that the user has told Codex of, where they have told claw of none, and how much it thinks."""
    model, effort = load("claw.settings.codex", "model")(home)
    if model is None:
        return settings
    settings = replace(settings, model=model.value, sources={**settings.sources, "model": model.place})
    if effort is None or "effortLevel" in settings.choices:
        return settings
    choices = {**settings.choices, "effortLevel": effort.value}
    return replace(settings, choices=choices, sources={**settings.sources, "effortLevel": effort.place})


def _with_styles(settings: Settings, home: str, workspace: str) -> Settings:
    """One that the repository brings is a wish: it would stand in the model's instructions, in the place of claw's."""
    found: FoundStyles = load("claw.settings.styles", "style_files")(home, workspace)
    theirs = [file for file in found.files.values() if file.layer in REPOSITORY]
    wishes = [Wish("output style", file.name, f"{file.source}:1", file.layer, "", style=file) for file in theirs]
    return replace(
        settings,
        styles=found.files,
        wishes=(*settings.wishes, *wishes),
        ignored=(*settings.ignored, *found.left_out),
    )


def _with_agents(settings: Settings, home: str, workspace: str) -> Settings:
    """A kind of agent that the repository brings is a wish."""
    own = agent_files(home, "~/", "user")
    theirs = Found() if os.path.realpath(home) == os.path.realpath(workspace) else agent_files(workspace, "", "project")
    wishes = [Wish("agent", file.name, file.at("name"), "project", "", agent=file) for file in theirs.files]
    return replace(
        settings,
        agents=tuple(own.files),
        wishes=(*settings.wishes, *wishes),
        agents_left_out=(*own.left_out, *theirs.left_out),
    )


def any_folder(home: str, workspace: str) -> bool:
    """Whether there is a folder in which there may be command files or skills."""
    places = (*((home, one) for one in FOLDERS_OF_USER), *((workspace, one) for one in FOLDERS_OF_REPOSITORY))
    return any(os.path.isdir(f"{root}/{folder}") for root, folder in places)


def _with_commands(settings: Settings, home: str, workspace: str) -> Settings:
    """What one of the repository's wants is a wish, and its text is not."""
    found: FoundCommands = load("claw.settings.commands", "command_files")(home, workspace)
    wishes = [
        Wish(file.kind, file.name, file.at("name"), file.layer, "", command=file)
        for file in found.files.values()
        if file.layer in REPOSITORY and file.widens
    ]
    return replace(
        settings,
        commands=found.files,
        commands_left_out=tuple(found.left_out),
        wishes=(*settings.wishes, *wishes),
    )


def _with_mcp(settings: Settings, home: str, workspace: str) -> Settings:
    """A server of the repository's is a wish, unless one of the user's own has its name."""
    found: FoundServers = load("claw.settings.mcp", "read_servers")(home, workspace)
    wishes = [
        Wish("MCP server", server.words, server.source, "project", "", server=server)
        for server in found.theirs.values()
        if server.name not in found.servers
    ]
    return replace(
        settings,
        servers=found.servers,
        servers_left_out=found.left_out,
        ignored=(*settings.ignored, *found.left_out),
        wishes=(*settings.wishes, *wishes),
    )


def read_file(path: str) -> Settings:
    """One file alone, as if it were the user's; `/x` in its path rules starts at the workspace. Raises UsageError."""
    document = read_document(Path(path), path, "user", "")
    if document is None:
        raise UsageError(f"there is no file {path}")
    return _with(Settings(), document, content_of(document))


def said_of(document: Document, home: str = "", workspace: str = "") -> tuple[str, ...]:
    """What a session would say of this file alone: a sentence for each thing that does not count as it is written."""
    return _with(Settings(), document, content_of(document, home, workspace)).ignored


def in_order(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """By layer, highest first; within one as they are."""
    return tuple(sorted(rules, key=lambda rule: ORDER.index(rule.layer)))


def _with(settings: Settings, document: Document, content: Content) -> Settings:
    rules, domains, env = content.rules, content.domains, content.env
    settings = _with_mode(_with_ban(settings, document, content), document, content)
    settings = _with_memory(settings, document, content)
    hooks = hooks_in(document.plain, document.at, document.layer)
    settings = replace(settings, ignored=(*settings.ignored, *content.problems, *hooks.ignored))
    settings = _with_servers(settings, document, content)
    if STATUS_LINE in document.plain:
        settings = _with_status_line(settings, document)
    if document.layer not in REPOSITORY:
        env = {**settings.env, **env} if document.layer == "managed" else {**env, **settings.env}
        rules, domains = [*settings.rules, *rules], [*settings.domains, *domains]
        settings = replace(settings, rules=tuple(rules), domains=tuple(domains), env=env)
        settings = replace(settings, hooks=(*settings.hooks, *hooks.hooks), tools=(*settings.tools, *content.tools))
        settings = replace(settings, excluded=(*settings.excluded, *content.excluded))
        settings = replace(settings, rules=(*settings.rules, *instead(hooks.unread, document.layer, document.root)))
        settings = _with_choices(settings, document, content)
        settings = _with_silence(settings, document, content)
        return settings if content.model is None else _saying(settings, document, "model", content.model)
    wishes = [_wish(rule) for rule in rules if _loosens(rule)]
    wishes += [
        Wish("network domain", entry.name, entry.source, document.layer, "") for entry in domains if _loosens(entry)
    ]
    wishes += [Wish("hook", hook.command, hook.source, hook.layer, "", hook) for hook in hooks.hooks]
    ignored = [
        f"{document.at(key)}: a repository cannot set {key}; put it into ~/{USER} if you want it."
        for key in NOT_A_REPOSITORYS
        if document.plain.get(key) is not None
    ]
    return replace(
        settings,
        plugins_named=(*settings.plugins_named, *_plugins_named(document)),
        rules=(*settings.rules, *(rule for rule in rules if not _loosens(rule))),
        domains=(*settings.domains, *(entry for entry in domains if not _loosens(entry))),
        wishes=(*settings.wishes, *wishes),
        ignored=(*settings.ignored, *ignored),
    )


def _plugins_named(document: Document) -> Iterable[tuple[str, str]]:
    """What a repository would have of plugins; none of it is installed or enabled by that."""
    for key in NAMES_PLUGINS:
        named = document.plain.get(key)
        names = [name for name, wanted in named.items() if wanted] if isinstance(named, dict) else named
        if isinstance(names, list):
            yield from ((name, document.at(key)) for name in names if isinstance(name, str))


def _with_status_line(settings: Settings, document: Document) -> Settings:
    """A repository's is a wish: it is a command that runs."""
    find = load("claw.settings.status_line", "status_line_in")
    found: FoundStatusLine = find(document.plain, document.at, document.layer)
    settings = replace(settings, ignored=(*settings.ignored, *found.ignored))
    line = found.line
    if line is not None and document.layer in REPOSITORY:
        wish = Wish("status line", line.command, line.source, line.layer, "", status_line=line)
        return replace(settings, wishes=(*settings.wishes, wish))
    before = settings.status_line
    return replace(settings, status_line=(line or before) if document.layer == "managed" else (before or line))


def _with_servers(settings: Settings, document: Document, content: Content) -> Settings:
    """Any layer may switch them off. A program of a repository's is a wish; of two of one name the first one counts."""
    found = content.servers
    if found is None:
        return settings
    chosen, programs = found.chosen, tuple(program for program, _ in found.programs)
    wishes: list[Wish] = []
    if document.layer in REPOSITORY:
        wishes = [
            Wish("language server", _in_words(program), at, document.layer, "", program=program)
            for program, at in found.programs
        ]
        programs = ()
    languages = _also(settings.languages, programs, off=chosen.off, without=chosen.without)
    return replace(settings, languages=languages, wishes=(*settings.wishes, *wishes))


def _also(
    chosen: Chosen | None, programs: tuple[Program, ...] = (), *, off: bool = False, without: tuple[str, ...] = ()
) -> Chosen | None:
    """The choice with more in it."""
    if chosen is None and not (programs or off or without):
        return None
    before = chosen or load("claw.execution.language.known", "Chosen")()
    taken = {*before.without, *(program.name for program in before.programs)}
    new = tuple(program for program in programs if program.name not in taken)
    return replace(
        before,
        off=before.off or off,
        programs=(*before.programs, *new),
        without=(*before.without, *(name for name in without if name not in taken)),
    )


def _in_words(program: Program) -> str:
    """All that matters of a server: what is run, for which files, and what it is told."""
    parts = [f"{program.name}: {shlex.join(program.command)}", f"for {', '.join(program.languages)}"]
    told = {"env": program.env, "settings": program.settings, "initializationOptions": program.options}
    parts += [f"{name} {json.dumps(value, sort_keys=True)}" for name, value in told.items() if value]
    return "; ".join(parts)


def _with_choices(settings: Settings, document: Document, content: Content) -> Settings:
    """The administrator's outdo the user's, and of two files the one that was read first."""
    new = content.choices
    if document.layer != "managed":
        new = {key: text for key, text in new.items() if key not in settings.choices}
    places = {key: document.at(key) for key in new}
    models = {**settings.models, **content.models}
    if document.layer != "managed":
        models = {**content.models, **settings.models}
    settings = replace(settings, models=models, sources={**settings.sources, **places})
    return replace(settings, choices={**settings.choices, **new})


def instead(unread: Iterable[tuple[str, str]], layer: Layer, root: str) -> Iterable[Rule]:
    """A hook that cannot be read may have been there to keep calls from being made: they are asked about."""
    for source, matcher in unread:
        for tool in matcher.split("|"):
            name = tool if tool.isidentifier() else EVERYTHING
            yield Rule(effect="ask", rule=name, source=source, layer=layer, root=root)


def _wish(rule: Rule) -> Wish:
    kind: WishKind = "additional directory" if rule.directory else "allow rule"
    return Wish(kind, rule.rule, rule.source, rule.layer, rule.root, directory=rule.directory)


def _loosens(entry: Rule | Domain) -> bool:
    return entry.effect == "allow"


def _with_ban(settings: Settings, document: Document, content: Content) -> Settings:
    """Any layer may forbid it: that only tightens."""
    if not content.forbids_bypass or settings.bypass_forbidden:
        return settings
    return replace(settings, bypass_forbidden=document.at("permissions", "disableBypassPermissionsMode"))


def _with_mode(settings: Settings, document: Document, content: Content) -> Settings:
    text = content.mode
    if text is None:
        return settings
    where = document.at("permissions", "defaultMode")
    mode = find_mode(text)
    if mode is None:
        return _ignoring(settings, f"{where}: there is no mode {text!r}.")
    if mode == BYPASS:
        return _ignoring(settings, f"{where}: no file can set the mode {text}; claw --permission-mode {BYPASS} does.")
    if document.layer in REPOSITORY and mode != "default" and not is_stricter(mode, "default"):
        return _ignoring(settings, f"{where}: a repository cannot set the mode {text}, which asks less than default.")
    return _saying(settings, document, "mode", mode)


def _with_memory(settings: Settings, document: Document, content: Content) -> Settings:
    """Who says no has the last word; a repository says nothing else."""
    if content.memory is None or settings.memory is False:
        return settings
    where = document.at("memory")
    if content.memory and document.layer != "user":
        return _ignoring(settings, f"{where}: only you can turn memory on: claw memory on.")
    return replace(settings, memory=content.memory, sources={**settings.sources, "memory": where})


def _with_silence(settings: Settings, document: Document, content: Content) -> Settings:
    said = SILENCE in settings.sources and document.layer != "managed"
    if content.silence_ms is None or said:
        return settings
    sources = {**settings.sources, SILENCE: document.at(SILENCE)}
    return replace(settings, silence_ms=content.silence_ms, sources=sources)


def _saying(settings: Settings, document: Document, name: str, value: str) -> Settings:
    """A scalar of this file, unless a higher layer has said it; of the administrator's files the last one counts."""
    managed = document.layer == "managed"
    if name in settings.sources and not managed:
        return settings
    where = document.at("permissions", "defaultMode") if name == "mode" else document.at(name)
    change: dict[str, Any] = {name: value}
    said = replace(settings, sources={**settings.sources, name: where}, **change)
    return replace(said, managed=settings.managed | {name}) if managed else said


def _ignoring(settings: Settings, sentence: str) -> Settings:
    return replace(settings, ignored=(*settings.ignored, sentence))
