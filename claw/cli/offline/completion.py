"""`claw completion`: what a shell completes, as the commands are declared."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from claw import log
from claw.cli.commands import COMMANDS, MAIN, Command
from claw.cli.offline import lookup
from claw.cli.offline.style import put
from claw.cli.parameters import HELP, SWITCH, Parameter
from claw.cli.sanitize import clean_line
from claw.errors import ClawError, UsageError
from claw.late import load, pattern

SHELLS = {
    "bash": """\
_claw() {
    local line=${COMP_LINE:0:COMP_POINT} cur mark word before=
    local -a words
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    cur=${words[-1]}
    for mark in @ = :; do
        if [[ $COMP_WORDBREAKS == *$mark* && $cur == *$mark* ]]; then
            word=${cur%"${cur##*$mark}"}
            ((${#word} > ${#before})) && before=$word
        fi
    done
    COMPREPLY=()
    while IFS=$'\\t' read -r word _; do
        COMPREPLY+=("${word#"$before"}")
    done < <("${words[0]}" completion words -- "${words[@]:1}" 2>/dev/null)
}
complete -o default -F _claw claw
""",
    "zsh": """\
#compdef claw
_claw() {
    local word meaning
    local -a found
    while IFS=$'\\t' read -r word meaning; do
        found+=("${word//:/\\\\:}:$meaning")
    done < <("${words[1]}" completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)
    if (( $#found )); then
        _describe claw found
    else
        _files
    fi
}
if [[ $funcstack[1] == _claw ]]; then
    _claw "$@"
else
    compdef _claw claw
fi
""",
    "fish": """\
function __claw_words
    set -l words (commandline -opc) (commandline -ct)
    $words[1] completion words -- $words[2..-1] 2>/dev/null
end
complete -c claw -a '(__claw_words)'
""",
}
WORDS = "words"
"""Instead of a shell: the scripts ask so what the last word may be."""
SESSION = "S"
"""How parameters are called that are sessions."""
LISTED = 50
"""Sessions that are offered: those that were written to last."""
_PLAIN = pattern(r"[\w./@^-]+")
"""What no shell reads as anything but a word."""


def completion(shell: str, words: list[str] | None = None) -> None:
    """Print the script for a shell, or what the last of these words may be."""
    if shell == WORDS:
        put([f"{word}\t{clean_line(meaning)}" for word, meaning in offered(words or [""])])
    elif shell not in SHELLS or words:
        raise UsageError(f"claw completes in {', '.join(SHELLS)}, not in {shell!r}", hint="claw completion bash")
    else:
        put(SHELLS[shell].splitlines())


def offered(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What the last of the words behind `claw` may be, with what each means."""
    begun = words[-1]
    for word, meaning in _all(words[:-1], begun):
        if word.startswith(begun) and _PLAIN.fullmatch(word.partition("=")[2] or word):
            yield word, meaning


def _all(before: Sequence[str], begun: str) -> Iterator[tuple[str, str]]:
    command, rest = _command(before)
    flag, sign, _ = begun.partition("=")
    if sign and flag.startswith("--"):
        named = _flagged(command, flag)
        yield from ((f"{flag}={word}", meaning) for word, meaning in _values(named))
        return
    last = _flagged(command, rest[-1]) if rest else None
    if last is not None and last.kind != SWITCH:
        yield from _values(last)
        return
    if begun.startswith("-"):
        for one in (*command.parameters, HELP):
            yield from ((flag, one.help) for flag in (*one.flags, *([one.off] if one.off else [])))
        return
    if not rest:
        yield from ((one.name, one.help) for one in (COMMANDS.values() if command is MAIN else command.parts))
    places = [one for one in command.parameters if not one.flags]
    if places and command is not MAIN:
        yield from _values(places[min(len(_places(command, rest)), len(places) - 1)])


def _command(before: Sequence[str]) -> tuple[Command, Sequence[str]]:
    """The command that was typed, and the words behind it."""
    command = COMMANDS.get(before[0]) if before else None
    if command is None:
        return MAIN, before
    part = command.part(before[1]) if len(before) > 1 else None
    return (command, before[1:]) if part is None else (part, before[2:])


def _flagged(command: Command, flag: str) -> Parameter | None:
    return next((one for one in command.parameters if flag in one.flags), None)


def _places(command: Command, words: Sequence[str]) -> list[str]:
    """The words among them that are told by their place."""
    found = []
    for word, previous in zip(words, ("", *words), strict=False):
        flag = _flagged(command, previous)
        if not word.startswith("-") and (flag is None or flag.kind == SWITCH):
            found.append(word)
    return found


def _values(one: Parameter | None) -> Iterator[tuple[str, str]]:
    """What this parameter may be, as far as that is known."""
    if one is not None and one.metavar.partition("[")[0] == SESSION:
        yield from _sessions()
    match one.values if one is not None else ():
        case "tags":
            yield from _tags()
        case "models":
            yield from ((name, "") for name in load("claw.cli.offline.models", "all_names")())
        case tuple() as listed:
            yield from ((word, "") for word in listed)


def _tags() -> Iterator[tuple[str, str]]:
    """Of the sessions that were written to last."""
    found = {tag for entry in _entries() for tag in entry.tags}
    yield from ((tag, "") for tag in sorted(found))


def _entries() -> list[log.SessionEntry]:
    known = (one.entry for one in log.Catalogue(lookup.home()).newest() if one.entry)
    try:
        return list(itertools.islice(known, LISTED))
    except ClawError:
        return []


def _sessions() -> Iterator[tuple[str, str]]:
    entries = _entries()
    if entries:
        yield "@last", "the one that was written to last"
    for entry in entries:
        yield entry.id, entry.shown or entry.workspace
        if entry.name:
            yield entry.name, entry.id
