"""The plugins of a session: those that the person has said yes to, as they were then. Another one is left out."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from claw.errors import UsageError
from claw.settings import Settings
from claw.settings.commands import Found, together
from claw.settings.plugins import tree
from claw.settings.plugins.brought import Brought, brought, shown_of
from claw.settings.plugins.records import Installed, Records, files_then, read_records, root_of
from claw.settings.reading import PluginHere, in_order, instead

_NAMED = 5
"""Plugins that a sentence names."""


class Checked(Struct, frozen=True):
    """An installed plugin: `state` and `brought` as it is now, or `why` it counts for nothing."""

    installed: Installed
    root: str
    state: str = ""
    brought: Brought | None = None
    why: str = ""


def checked(claw_home: str, plugin: Installed) -> Checked:
    """Whether it is what the person has said yes to. Blocks, raises nothing."""
    root = root_of(claw_home, plugin.digest)
    try:
        state = tree.state_of(root)
        if state != plugin.state and tree.digest(now := tree.files_of(root)) != plugin.digest:
            others = tree.difference(files_then(claw_home, plugin.digest), now)
            return Checked(plugin, root, why=_refused(plugin, root, others))
        return Checked(plugin, root, state, brought(root, shown_of(plugin.name)))
    except UsageError as error:
        return Checked(plugin, root, why=f"the plugin {plugin.name} is not in effect: {error.message}")
    except OSError as error:
        return Checked(plugin, root, why=_refused(plugin, root, f"{error.strerror}"))


def _refused(plugin: Installed, root: str, what: str) -> str:
    return (
        f"the plugin {plugin.name} is not in effect: its files are others than you said yes to ({what}; {root}). "
        f"claw plugin update {plugin.name} takes them from {plugin.source.place} again, and shows what it brings; "
        f"claw plugin remove {plugin.name} takes it out"
    )


def with_plugins(claw_home: str, settings: Settings) -> Settings:
    """The settings with what plugins bring, and a sentence in `ignored` about each that counts for nothing. Blocks,
    raises nothing.
    """
    try:
        records = read_records(claw_home)
    except UsageError as error:
        return replace(settings, ignored=(*settings.ignored, f"no plugin is in effect: {error.message}"))
    for name in sorted(records.plugins):
        if records.plugins[name].enabled:
            settings = _with(settings, checked(claw_home, records.plugins[name]))
    return settings


def _with(settings: Settings, plugin: Checked) -> Settings:
    new = plugin.brought
    if new is None:
        return replace(settings, ignored=(*settings.ignored, plugin.why))
    known = plugin.installed
    here = PluginHere(known.name, known.version, known.digest, plugin.root, plugin.state, new.commands)
    commands = together(Found(settings.commands, list(settings.commands_left_out)), new.commands)
    return replace(
        settings,
        plugins=(*settings.plugins, here),
        commands=commands.files,
        commands_left_out=tuple(commands.left_out),
        agents=(*settings.agents, *new.agents),
        hooks=(*settings.hooks, *new.hooks),
        servers={**{server.name: server for server in new.servers}, **settings.servers},
        styles={**{file.name.lower(): file for file in new.styles}, **settings.styles},
        rules=in_order((*settings.rules, *instead(new.unread, "user", ""))),
    )


def with_word_of_others(claw_home: str, settings: Settings) -> Settings:
    """The settings with a sentence for each of the repository's files that names plugins which are not installed, or
    marketplaces which are not known. Blocks, raises nothing.
    """
    try:
        records = read_records(claw_home)
    except UsageError:
        records = Records()
    known = {*records.plugins, *records.marketplaces}
    wanted: dict[str, list[str]] = {}
    for name, at in settings.plugins_named:
        if name.partition("@")[0] not in known:
            wanted.setdefault(at, []).append(name[:80])
    said = tuple(
        f"{at}: this folder would have {', '.join(names[:_NAMED])}{', …' if len(names) > _NAMED else ''}; a repository "
        "installs and enables no plugin: claw plugin install SOURCE, claw plugin marketplace add SOURCE"
        for at, names in wanted.items()
    )
    return replace(settings, ignored=(*settings.ignored, *said))
