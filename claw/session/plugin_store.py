"""Plugins are put into claw's home, changed and taken out: whole or not at all, whoever else does so meanwhile."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from claw.errors import ToolError, UsageError
from claw.execution.files import locked, read_whole, write_atomic
from claw.execution.git_fetch import fetched
from claw.execution.grants import ordered
from claw.execution.links import is_inside
from claw.log import Home
from claw.session.trust import home_of
from claw.settings.plugins import marketplace as markets
from claw.settings.plugins import tree
from claw.settings.plugins.brought import Brought, brought
from claw.settings.plugins.manifest import FILE as MANIFEST
from claw.settings.plugins.marketplace import Marketplace, marketplace_of
from claw.settings.plugins.records import FILE, FILES, STORE, Installed, Records, Source, files_then, folder, parsed
from claw.settings.plugins.records import read_records as read_records_of
from claw.settings.plugins.sources import of_marketplace, source_named

_NEW = "new-"
"""How the folders begin in which plugins are put together: what is left of one that nobody holds is removed."""


class Staged(Struct, frozen=True):
    """A plugin that is ready to be installed, and nothing else yet: a copy of its files, and what it would bring."""

    folder: str
    digest: str
    files: dict[str, str]
    source: Source
    brought: Brought

    @property
    def name(self) -> str:
        return self.brought.manifest.name


class PluginStore:
    """What is installed in this home. All methods block, and raise UsageError with what to do next."""

    def __init__(self, home: Home, environ: Mapping[str, str]) -> None:
        self._claw_home = str(home.path)
        self._folder = folder(self._claw_home)
        self._environ = environ

    def records(self) -> Records:
        return read_records_of(self._claw_home)

    def installed(self, name: str) -> Installed:
        """The one of this name."""
        found = self.records().plugins.get(name)
        if found is None:
            raise UsageError(f"there is no plugin {name!r} here", hint="claw plugin list shows those that there are")
        return found

    @contextmanager
    def staged(self, what: str) -> Iterator[Staged]:
        """What is typed: a folder, a repository, or a plugin of a marketplace."""
        named = of_marketplace(what)
        if named is None or os.path.isdir(what):
            with self.taken(source_named(what)) as staged:
                yield staged
            return
        with self._of_marketplace(*named) as staged:
            yield staged

    @contextmanager
    def again(self, plugin: Installed) -> Iterator[Staged]:
        """The plugin from where it was taken, as it is there now."""
        if plugin.source.marketplace and plugin.source.marketplace in self.records().marketplaces:
            with self._of_marketplace(plugin.name, plugin.source.marketplace) as staged:
                yield staged
            return
        with self.taken(replace(plugin.source, commit="")) as staged:
            if staged.name != plugin.name:
                raise UsageError(f"what {plugin.source.shown} holds is the plugin {staged.name}, and not {plugin.name}")
            yield staged

    @contextmanager
    def taken(self, source: Source, manifest: Mapping[str, object] | None = None) -> Iterator[Staged]:
        """The plugin that is there. `manifest`: what it says of itself, where it has no file for that."""
        with self._files(source) as (place, source), self._held() as new:
            with _refusals():
                tree.copied(place, target := os.path.join(new, "plugin"))
                if manifest is not None and not os.path.exists(os.path.join(target, MANIFEST)):
                    _write_manifest(target, manifest)
                files = tree.files_of(target)
            if not os.path.exists(os.path.join(target, MANIFEST)):
                raise _no_plugin(target, source)
            yield Staged(target, tree.digest(files), files, source, brought(target))

    @contextmanager
    def _of_marketplace(self, name: str, market: str) -> Iterator[Staged]:
        """A marketplace's plugins may lie in it, so that it is looked at once."""
        known = self.records().marketplaces.get(market)
        if known is None:
            raise UsageError(f"there is no marketplace {market!r} here", hint="claw plugin marketplace add SOURCE")
        with self._files(known) as (place, at):
            found = marketplace_of(place, f"{market}/")
            entry = found.entries.get(name)
            if entry is None:
                some = ", ".join(list(found.entries)[:20])
                raise UsageError(f"the marketplace {market} has no plugin {name!r}", hint=f"it has {some}")
            source = found.source(entry, at)
            if (source.place, source.ref, source.commit) == (at.place, at.ref, at.commit):
                inside = _below(place, source.below.removeprefix(at.below).strip("/"), source)
                with self._in_folder(inside, source, entry.manifest) as staged:
                    yield staged
                return
        with self.taken(source, entry.manifest) as staged:
            yield staged

    @contextmanager
    def _in_folder(self, place: str, source: Source, manifest: Mapping[str, object]) -> Iterator[Staged]:
        with self.taken(Source(place=place), manifest) as staged:
            yield replace(staged, source=source)

    @contextmanager
    def _files(self, source: Source) -> Iterator[tuple[str, Source]]:
        """The folder with the files that are there now, and the source with the commit that they are of."""
        if not source.git:
            yield _below(source.place, source.below, source), source
            return
        with self._held() as new, _refusals():
            target = os.path.join(new, "fetched")
            home = home_of(self._environ)
            commit = fetched(source.place, source.commit or source.ref, source.below, target, home, self._environ)
            found = replace(source, commit=commit)
            yield target, found

    @contextmanager
    def _held(self) -> Iterator[str]:
        """A folder of one's own below claw's, locked as long as it is used, so that nobody takes it for a rest."""
        with _refusals(), self._locked():
            self._remove_rests()
            new = tempfile.mkdtemp(prefix=_NEW, dir=self._folder)
            descriptor = os.open(new, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield new
        finally:
            shutil.rmtree(new, ignore_errors=True)
            os.close(descriptor)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        os.makedirs(self._folder, 0o700, exist_ok=True)
        with locked(self._folder):
            yield

    def _remove_rests(self) -> None:
        """What an install has left that was killed."""
        for name in os.listdir(self._folder):
            if not name.startswith(_NEW):
                continue
            path = os.path.join(self._folder, name)
            with suppress(OSError):
                descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(path, ignore_errors=True)
                finally:
                    os.close(descriptor)

    def keep(self, staged: Staged) -> Installed:
        """Install it: the person has said yes to just these files. One of its name that is there is replaced."""
        with _refusals():
            store = os.path.join(self._folder, STORE)
            os.makedirs(store, 0o700, exist_ok=True)
            os.makedirs(os.path.join(self._folder, FILES), 0o700, exist_ok=True)
            with self._locked():
                root = os.path.join(os.path.realpath(store), staged.digest)
                if os.path.isdir(root) and tree.digest(tree.files_of(root)) != staged.digest:
                    tree.removed(root)
                if not os.path.isdir(root):
                    os.rename(staged.folder, root)
                self._write(os.path.join(FILES, f"{staged.digest}.json"), msgspec.json.encode(staged.files))
                manifest = staged.brought.manifest
                records = self._records_now()
                before = records.plugins.get(staged.name)
                new = Installed(
                    name=staged.name,
                    version=manifest.version,
                    description=manifest.description,
                    digest=staged.digest,
                    state=tree.state_of(root),
                    source=staged.source,
                    at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                    enabled=before.enabled if before else True,
                )
                self._put(replace(records, plugins={**records.plugins, new.name: new}))
        return new

    def remove(self, name: str) -> None:
        self._change(name, lambda _: None)

    def enable(self, name: str, *, enabled: bool) -> None:
        self._change(name, lambda plugin: replace(plugin, enabled=enabled))

    def _change(self, name: str, change: Callable[[Installed], Installed | None]) -> None:
        self.installed(name)
        with _refusals(), self._locked():
            records = self._records_now()
            new = change(records.plugins[name]) if name in records.plugins else None
            plugins = {other: plugin for other, plugin in records.plugins.items() if other != name}
            self._put(replace(records, plugins={**plugins, name: new} if new else plugins))

    def difference(self, staged: Staged) -> str:
        """How it differs from what is installed under its name, in words; empty: not at all."""
        before = self.records().plugins.get(staged.name)
        if before is None or before.digest == staged.digest:
            return ""
        return tree.difference(files_then(self._claw_home, before.digest), staged.files)

    @contextmanager
    def marketplace(self, what: str) -> Iterator[tuple[Marketplace, Source]]:
        """The one that is typed, or known by this name, as it is now."""
        known = self.records().marketplaces.get(what)
        with self._files(known or source_named(what)) as (place, source):
            yield marketplace_of(place, "" if known is None else f"{what}/"), source

    def know(self, market: Marketplace, source: Source) -> None:
        """Take plugins from there, by its name. Nothing of it is installed by that."""
        with _refusals(), self._locked():
            records = self._records_now()
            other = records.marketplaces.get(market.name)
            if other is not None and other.place != source.place:
                raise UsageError(
                    f"there is a marketplace {market.name} already: {other.shown}",
                    hint=f"claw plugin marketplace remove {market.name}",
                )
            known = {**records.marketplaces, market.name: replace(source, commit="")}
            self._put(replace(records, marketplaces=known))

    def forget(self, name: str) -> None:
        """Know a marketplace no more; what was installed from it stays."""
        if name not in self.records().marketplaces:
            raise UsageError(f"there is no marketplace {name!r} here", hint="claw plugin marketplace")
        with _refusals(), self._locked():
            records = self._records_now()
            left = {other: source for other, source in records.marketplaces.items() if other != name}
            self._put(replace(records, marketplaces=left))

    def _records_now(self) -> Records:
        """What they are while they are locked."""
        path = os.path.join(self._folder, FILE)
        with suppress(FileNotFoundError):
            return parsed(read_whole(os.path.realpath(path)).data, path)
        return Records()

    def _put(self, records: Records) -> None:
        """Write them, and remove the plugins that nobody has installed any more."""
        self._write(FILE, msgspec.json.format(msgspec.json.encode(records), indent=1) + b"\n")
        used = {plugin.digest for plugin in records.plugins.values()}
        for name in self._stored():
            if name not in used:
                tree.removed(os.path.join(self._folder, STORE, name))
                with suppress(FileNotFoundError):
                    os.unlink(os.path.join(self._folder, FILES, f"{name}.json"))

    def _stored(self) -> list[str]:
        with suppress(FileNotFoundError):
            return os.listdir(os.path.join(self._folder, STORE))
        return []

    def _write(self, name: str, data: bytes) -> None:
        target = os.path.realpath(os.path.join(self._folder, name))
        with suppress(FileExistsError):
            os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        old = read_whole(target)
        write_atomic(ordered("keep plugins", target), target, data, old.stat)


@contextmanager
def _refusals() -> Iterator[None]:
    """What a disk or git refuses, in words."""
    try:
        yield
    except ToolError as error:
        raise UsageError(error.message.rstrip("."), hint=error.hint) from None
    except OSError as error:
        raise UsageError(f"the plugin cannot be kept: {error.filename or ''} {error.strerror}") from None


def _below(root: str, below: str, source: Source) -> str:
    """The folder in this one. It must lie there, whatever links lead to it."""
    real = os.path.realpath(root)
    place = os.path.realpath(os.path.join(real, below))
    if not is_inside(place, real):
        raise UsageError(f"{source.shown}: {below} is a link that leads out of it")
    if not os.path.isdir(place):
        raise UsageError(f"there is no folder {source.place}{f'/{below}' if below else ''}")
    return place


def _write_manifest(target: str, manifest: Mapping[str, object]) -> None:
    """What a marketplace says of the plugin, as the plugin itself would."""
    path = os.path.join(target, MANIFEST)
    os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
    with open(path, "xb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1))


def _no_plugin(place: str, source: Source) -> UsageError:
    if os.path.exists(os.path.join(place, markets.FILE)):
        name = marketplace_of(place).name
        return UsageError(
            f"{source.shown} is a marketplace, and no plugin",
            hint=f"claw plugin marketplace add {source.place}, then claw plugin install NAME@{name}",
        )
    return UsageError(f"{source.shown} is no plugin: it has no {MANIFEST}")
