"""What names a plugin or a marketplace when it is typed, or when a marketplace names it."""

from __future__ import annotations

import os
from typing import Any

from msgspec.structs import replace

from claw._native import find_tokens
from claw.errors import UsageError
from claw.late import load, pattern
from claw.settings.plugins.manifest import NAME
from claw.settings.plugins.records import Source

FORMS = "a folder, https://HOST/PATH[@REF], git@HOST:PATH[@REF], OWNER/REPOSITORY of GitHub, or NAME@MARKETPLACE"
_GITHUB = pattern(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_SCP = pattern(r"([\w.-]+@)?[A-Za-z0-9][\w.-]*:[^\s:@][^\s@]*")
_SCHEMES = ("https", "ssh", "file")
_NEAR = ("localhost", "127.0.0.1", "::1")


def of_marketplace(text: str) -> tuple[str, str] | None:
    """The plugin's name and the marketplace's, of `NAME@MARKETPLACE`; None: it is something else."""
    name, _, market = text.partition("@")
    return (name, market) if NAME.fullmatch(name) and NAME.fullmatch(market) else None


def source_named(text: str) -> Source:
    """A folder or a git repository. Raises UsageError."""
    path = os.path.realpath(os.path.expanduser(text))
    if os.path.isdir(path):
        if not path.isprintable():
            raise UsageError(f"the name of the folder {path!a} is no text to print", hint="rename it")
        return Source(place=path)
    url, ref = _parted(text)
    if _GITHUB.fullmatch(url) and not text.startswith("."):
        return Source(place=f"https://github.com/{url.removesuffix('.git')}.git", git=True, ref=ref)
    if "://" in url or (_SCP.fullmatch(url) and not text.startswith(("/", "."))):
        return repository(url, ref)
    raise UsageError(f"there is no folder {text[:200]!r}, and it names no repository", hint=FORMS)


def _parted(text: str) -> tuple[str, str]:
    """The address, and the branch, tag or commit behind its last part."""
    begin = text.find("://")
    begin = text.find("/", begin + 3) if begin >= 0 else text.find(":") if ":" in text else 0
    url, _, ref = text[max(begin, 0) :].partition("@")
    return text[: max(begin, 0)] + url, ref


def repository(url: str, ref: str = "", below: str = "") -> Source:
    """One that git knows by this address. Raises UsageError for an address that claw does not use."""
    if not url.isprintable() or url.startswith("-") or any(sign.isspace() for sign in url):
        raise UsageError(f"{url[:200]!a} is no address of a repository", hint=FORMS)
    scheme, colon, _ = url.partition("://")
    if colon:
        try:
            parts = load("urllib.parse", "urlsplit")(url)
            host = parts.hostname
        except ValueError:
            raise UsageError(f"{url[:200]!a} is no address of a repository", hint=FORMS) from None
        if parts.password is not None or (scheme != "ssh" and parts.username) or find_tokens(url):
            raise UsageError("the address holds a name or a secret, which claw would have to keep: leave it out")
        near = scheme == "http" and host in _NEAR
        if (scheme not in _SCHEMES and not near) or (scheme != "file" and (not host or host.startswith("-"))):
            raise UsageError(
                f"claw fetches no plugin from {url[:200]!r}", hint="https://, ssh:// and git@HOST:PATH are taken"
            )
    return Source(place=url, git=True, ref=ref, below=below)


def source_of_entry(given: Any, where: str, marketplace: Source, name: str, base: str) -> Source:
    """The place that a marketplace's entry names: a path in the marketplace, below `base`, or a repository. Raises
    UsageError.
    """
    if isinstance(given, str):
        parts = [part for part in f"{base}/{given}".split("/") if part not in ("", ".")]
        if given.startswith(("/", "~")) or ".." in parts or "\\" in given or not given.isprintable():
            raise UsageError(f"{where}: {given[:80]!r} leads out of the marketplace {name}")
        below = "/".join(part for part in (marketplace.below, *parts) if part)
        return replace(marketplace, below=below, marketplace=name)
    if not isinstance(given, dict):
        raise UsageError(f"{where}: the plugin has no source that can be read")
    texts = {key: value for key, value in given.items() if isinstance(value, str)}
    ref = texts.get("sha") or texts.get("ref") or ""
    match texts.get("source"):
        case "github" if _GITHUB.fullmatch(texts.get("repo", "")):
            url = f"https://github.com/{texts['repo']}.git"
        case "url" | "git-subdir" | "git" if texts.get("url"):
            url = texts["url"]
            if _GITHUB.fullmatch(url):
                url = f"https://github.com/{url}.git"
        case kind:
            raise UsageError(f"{where}: claw takes no plugin from a source of the kind {kind!r}")
    below = texts.get("path", "").strip("/")
    if ".." in below.split("/") or not below.isprintable():
        raise UsageError(f"{where}: {below[:80]!r} leads out of the repository")
    return replace(repository(url, ref, below), marketplace=name)
