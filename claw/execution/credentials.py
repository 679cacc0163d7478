"""Which values in an environment are secrets, by their names and by their look."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import unquote

from claw._native import find_tokens
from claw.late import pattern

MIN_SECRET = 8
"""Characters of the shortest value that is masked: shorter ones would be found everywhere."""

LEAK = "what looks like a secret, and would stand in the log of every session"
"""What is wrong with a setting that holds a token."""

_SECRET_WORDS = frozenset(
    [
        "KEYS",
        "TOKENS",
        "SECRETS",
        "PASSWORDS",
        "PASSPHRASE",
        "PASS",
        "PWD",
        "CREDS",
        "AUTH",
        "OAUTH",
        "AUTHORIZATION",
        "BEARER",
        "JWT",
        "PRIVATE",
        "DSN",
        "PAT",
    ]
)
"""Words that make a variable's value a secret."""
_SECRET_ENDS = tuple(["TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "CREDENTIALS", "COOKIE", "COOKIES", "KEY"])
"""Ends of such words."""
_NO_KEYS = tuple(["MONKEY", "DONKEY", "TURKEY", "HOTKEY", "WHISKEY", "HOCKEY", "JOCKEY", "LESSKEY"])
"""Beginnings of words that end so by chance."""
_DOOR_WORDS = frozenset(["SESSION", "SESSIONS", "ASKPASS", "XAUTHORITY", "KUBECONFIG"])
"""Words of variables that open a door to secrets, but whose values are none."""
_DOORS = frozenset(
    [
        "SSH_AGENT_PID",
        "GPG_AGENT_INFO",
        "IDENTITY_ENDPOINT",
        "IDENTITY_HEADER",
        "MSI_ENDPOINT",
        "ACTIONS_RUNTIME_URL",
        "VSCODE_GIT_IPC_HANDLE",
    ]
)
"""Agents and cloud identities."""
_HARMLESS = frozenset(
    [
        "PWD",
        "OLDPWD",
        "GPG_KEY",
        "DESKTOP_SESSION",
        "XDG_SESSION_ID",
        "XDG_SESSION_TYPE",
        "XDG_SESSION_CLASS",
        "XDG_SESSION_DESKTOP",
    ]
)
_PLACE_WORDS = frozenset(["FILE", "PATH", "DIR", "SOCK", "SOCKET"])

_LOOSE = pattern(r"\bsk-[\w-]{16,}", re.ASCII)
"""In a variable more is suspicious than in a text."""
_URL_PASSWORD = pattern(r"[A-Za-z][\w+.-]*://[^\s/@:]*:([^\s/@]+)@")
_PARTS = pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_COMMON = frozenset(
    [
        "password",
        "changeme",
        "postgres",
        "required",
        "disabled",
        "optional",
        "localhost",
        "undefined",
        "anonymous",
        "negotiate",
    ]
)
"""Values that stand for no secret at all, and that are words of every other text."""
_DUMMY_WORDS = frozenset(
    [
        "no",
        "any",
        "my",
        "your",
        "the",
        "a",
        "an",
        "test",
        "testing",
        "dummy",
        "fake",
        "sample",
        "example",
        "placeholder",
        "local",
        "api",
        "key",
        "token",
        "secret",
        "is",
        "here",
        "not",
        "needed",
        "necessary",
        "required",
        "used",
        "unused",
        "ignored",
        "insert",
        "replace",
        "me",
        "with",
        "none",
        "null",
        "empty",
        "nothing",
        "anything",
        "whatever",
        "something",
        "lm",
        "studio",
        "lmstudio",
        "ollama",
        "llama",
        "cpp",
        "llamacpp",
        "vllm",
        "litellm",
        "localai",
        "jan",
        "openai",
        "anthropic",
        "proxy",
        "claude",
        "gpt",
    ]
)
"""Keys that people set where a server wants none: every word of them stands in other texts, too."""
_DUMMY_NUMBERS = frozenset(["12345678", "123456789", "1234567890", "0123456789", "01234567890"])
_SERVERS_KEYS = ("_API_KEY", "_AUTH_TOKEN", "_API_TOKEN")
"""Ends of the names of such variables."""
_LONG = 16
"""Characters from which on a secret inside a longer value is no coincidence."""


def known_secrets(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """(name, value) of the secrets in the environment, longest value first, each value once."""
    found: dict[str, str] = {}
    for name, value in sorted(environ.items()):
        for secret in _secrets_in(name, value):
            if is_maskable(secret, key=name.endswith(_SERVERS_KEYS)):
                found.setdefault(secret, name)
    return sorted(((name, value) for value, name in found.items()), key=lambda pair: (-len(pair[1]), pair))


def is_maskable(secret: str, *, key: bool) -> bool:
    """Whether a value can be masked wherever it stands, since no other text would hold it by chance. `key`: it is a key
    for a server, which may want none.
    """
    bare = secret.strip().lower()
    return len(bare) >= MIN_SECRET and bare not in _COMMON and not (key and _is_dummy(bare))


def _is_dummy(bare: str) -> bool:
    if len(set(bare)) == 1 or bare in _DUMMY_NUMBERS:
        return True
    *words, last = bare.removeprefix("sk-").replace("_", "-").replace(".", "-").replace(" ", "-").split("-")
    return _DUMMY_WORDS.issuperset(words if words and not last else (*words, last))


def _secrets_in(name: str, value: str) -> Iterator[str]:
    if _is_secret(name) and not _is_place(name, value):
        yield value.strip()
    for match in _URL_PASSWORD.finditer(value) if "://" in value else ():
        yield match[1]
        yield unquote(match[1])
    yield from find_tokens(value)
    for match in _LOOSE.finditer(value) if "sk-" in value else ():
        yield match[0]


def _is_secret(name: str) -> bool:
    return name not in _HARMLESS and any(map(_is_secret_word, _words(name)))


def _is_secret_word(word: str) -> bool:
    if word.endswith("KEY") and word.startswith(_NO_KEYS):
        return False
    return word in _SECRET_WORDS or word.endswith(_SECRET_ENDS)


def is_door(name: str) -> bool:
    """Whether the variable is a secret by its name, or opens a door to some: an agent's socket, a session."""
    if name in _HARMLESS:
        return False
    return name in _DOORS or _is_secret(name) or not _DOOR_WORDS.isdisjoint(_words(name))


def holds_secret(value: str, secrets: Sequence[str]) -> bool:
    """Whether there is one of these secrets in the value, or anything that looks like one."""
    if ("sk-" in value and _LOOSE.search(value)) or ("://" in value and _URL_PASSWORD.search(value)):
        return True
    if find_tokens(value):
        return True
    return any(secret == value.strip() or (len(secret) >= _LONG and secret in value) for secret in secrets)


def _is_place(name: str, value: str) -> bool:
    """Whether the value says where a secret lies (a file, a socket) rather than what it is."""
    named = not _PLACE_WORDS.isdisjoint(_words(name))
    return value.startswith(("/", "~/")) and (named or os.path.exists(os.path.expanduser(value)))


def _words(name: str) -> list[str]:
    """The words of a name in snake, kebab or camel case, in capitals."""
    return [part.upper() for part in _PARTS.findall(name)]
