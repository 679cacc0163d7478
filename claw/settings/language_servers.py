"""Language servers as settings files have them.

::

    {"languageServers": {
        "gopls": {"command": "gopls", "args": ["serve"], "extensions": [".go"]},
        "pyright": false}}

or `"languageServers": false`. As in other programs' files `command` may be the whole list, and `extensionToLanguage`
has the identifier of the language for each suffix.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from claw._native import find_tokens
from claw.execution.credentials import LEAK
from claw.execution.language.known import Chosen, Program

KNOWN = (
    *("command", "args", "extensions", "extensionToLanguage", "languageId", "settings", "initializationOptions"),
    *("initialization", "env", "disabled", "transport", "startupTimeout", "restartOnCrash", "maxRestarts"),
)
"""Fields, those included that other programs have and claw decides by itself."""


class Found(Struct, frozen=True):
    """`programs` are with their place in the file. `ignored` has a sentence for each thing that is not in effect."""

    chosen: Chosen
    programs: tuple[tuple[Program, str], ...] = ()
    ignored: tuple[str, ...] = ()


def servers_in(given: Any, at: Callable[..., str]) -> Found:
    """What stands under `languageServers`. Raises nothing."""
    if given is False:
        return Found(Chosen(off=True))
    if not isinstance(given, dict):
        wrong = () if given is None or given is True else (f"{at('languageServers')}: not in effect: it is no object.",)
        return Found(Chosen(), ignored=wrong)
    programs, without, ignored = [], [], []
    for name, fields in given.items():
        where = at("languageServers", name)
        if fields is False or (isinstance(fields, dict) and fields.get("disabled") is True):
            without.append(name)
            continue
        program = _program(name, fields)
        if isinstance(program, Program):
            programs.append((program, where))
            unknown = [field for field in fields if field not in KNOWN]
            ignored += [f"{where}: claw does not know {', '.join(unknown)} of a language server."] if unknown else []
        else:
            ignored.append(f"{where}: not in effect: the language server {name!r} {program}.")
    return Found(Chosen(without=tuple(without)), tuple(programs), tuple(ignored))


def _program(name: str, fields: Any) -> Program | str:
    """The server, or what is wrong with it."""
    if not isinstance(fields, dict):
        return "is no object"
    command, args = fields.get("command"), fields.get("args", [])
    words = [*(command if isinstance(command, list) else [command]), *(args if isinstance(args, list) else [None])]
    if not words[0] or not all(isinstance(word, str) and "\0" not in word for word in words):
        return "has no command: a text, with args, or a list of texts"
    if fields.get("transport", "stdio") != "stdio":
        return "speaks by something else than its standard input and output"
    languages = _languages(fields)
    if not languages:
        return 'is for no files: extensions, as in [".go"]'
    env = fields.get("env", {})
    if not isinstance(env, dict) or not all(isinstance(value, str) and "\0" not in value for value in env.values()):
        return "has an env that is none: texts by name"
    if any(not key or "=" in key or "\0" in key for key in env):
        return "has an env that no process can have"
    if find_tokens(" ".join((*words, *env.values()))):
        return f"holds {LEAK}"
    settings = fields.get("settings", {})
    if not isinstance(settings, dict):
        return "has settings that are no object"
    options = fields.get("initializationOptions", fields.get("initialization"))
    return Program(name, tuple(words), languages, settings, options, env)


def _languages(fields: dict[str, Any]) -> dict[str, str]:
    given = fields.get("extensionToLanguage")
    if not isinstance(given, dict):
        suffixes = fields.get("extensions")
        language = fields.get("languageId")
        suffixes = suffixes if isinstance(suffixes, list) else []
        given = {one: language or one.lstrip(".") for one in suffixes if isinstance(one, str)}
    return {
        f".{suffix.lstrip('.')}".lower(): language
        for suffix, language in given.items()
        if suffix.strip(".") and isinstance(language, str) and language
    }
