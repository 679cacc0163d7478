"""Which words of a shell text may name what it runs, and which only what is said or read.

`echo 'see README.md'` says a name, `cat README.md` reads what is in the file, `sh x.sh` runs it. Where a text can be
read in two ways, whatever it names may be what it runs.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator

from msgspec import Struct, field

_SAYING = """
    [ [[ : basename date dirname echo exit false logger ls mkdir mktemp notify-send printf pwd readlink realpath return
    rm rmdir say sleep stat tee test touch tput true wait
"""
SAYS = frozenset(_SAYING.split())
"""Programs that do not look into the files that they are given."""
_READING = "cat cut grep head jq tail tr uniq wc"
READS = frozenset(_READING.split())
"""Programs that only pass on what is in them, so that it may become an answer."""
_STRUCTURE = "if then elif else fi while until do done for in case esac ! { } time"
KEYWORDS = frozenset(_STRUCTURE.split())
_ENDS = frozenset(("}", "done", "fi", "esac"))
_LEADING = KEYWORDS - _ENDS - frozenset(("for", "in", "case"))
_REDEFINING = "alias coproc enable eval exec function hash shopt source trap"
_REDEFINES = frozenset(_REDEFINING.split())
"""Words after which a name may mean something else, or what is said may go elsewhere."""
_UNREADABLE = re.compile(r"<<|[<>]\(|`|\$['\"]|\(\s*\)")
_BETWEEN = re.compile(r"[\s;|&()<>=`\"']+")
_SUBSTITUTED = re.compile(r"\$\(.*\)|\$\([^)]*$", re.DOTALL)
_SEPARATOR = re.compile(r"[()]|[;|&]+")
_SIGNS = frozenset(";|&()<>")
_NOWHERE = frozenset(("/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty"))


class Mentioned(Struct):
    """Words that may be names of files: `run` of what may run, `read` of what is only looked into."""

    run: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)


class _Command(Struct):
    """`inside`: of a substitution or a subshell, whose output may be a command's words."""

    words: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    inside: bool = False

    def bare(self) -> list[str]:
        """Without words of the shell's before it."""
        rest = list(self.words)
        while rest and rest[0] in _LEADING:
            rest.pop(0)
        return rest

    def kind(self) -> str:
        """What becomes of the names in it: `says`, `reads` or `runs`."""
        rest = self.bare()
        if not rest or rest[0] in SAYS:
            return "runs" if rest[:1] == ["printf"] and "-v" in rest else "says"
        return "reads" if rest[0] in READS else "runs"


def mentioned(text: str) -> Mentioned:
    """The words of a script's text, comments left out. A variable in one is what it is."""
    bare = uncommented(text)
    words = None if bare is None or _UNREADABLE.search(bare) else _lexed(bare)
    found = Mentioned()
    pipelines = None if words is None or _REDEFINES & set(words) else _pipelines(words)
    if bare is None or pipelines is None or any(_goes_on(pipeline) for pipeline in pipelines):
        return Mentioned([*_pieces(text)])
    for pipeline in pipelines:
        kinds = [command.kind() for command in pipeline]
        runs = "runs" in kinds or any(command.inside or _is_kept(command, bare) for command in pipeline)
        for command, kind in zip(pipeline, kinds, strict=True):
            named = [piece for word in command.words for piece in (word, *_pieces(word))]
            if runs:
                found.run += [*named, *command.inputs]
                continue
            found.run += [
                piece for word in command.words for inner in _SUBSTITUTED.findall(word) for piece in _pieces(inner)
            ]
            found.read += [*(named if kind == "reads" else ()), *command.inputs]
    return found


def _lexed(text: str) -> list[str] | None:
    """The words and signs of a script without comments, a sign for each line's end; None where they cannot be told."""
    try:
        lexer = shlex.shlex(text.replace("\n", " ; "), posix=True, punctuation_chars=";|&()<>")
        lexer.whitespace_split = True
        lexer.commenters = ""
        return list(lexer)
    except ValueError:
        return None


def commands(text: str) -> list[list[str]] | None:
    """The words of each command of a script without comments, redirections left out; None where they cannot be told."""
    words = _lexed(text)
    pipelines = None if words is None else _pipelines(words)
    return None if pipelines is None else [command.words for pipeline in pipelines for command in pipeline]


def uncommented(text: str) -> str | None:
    """Without comments, and with continued lines in one. None where quotes in a substitution make that uncertain."""
    kept: list[str] = []
    quote, at = "", 0
    while at < len(text):
        sign = text[at]
        if sign == "\\" and quote != "'":
            kept.append("" if text[at + 1 : at + 2] == "\n" else text[at : at + 2])
            at += 2
            continue
        if sign == "#" and not quote and (not at or text[at - 1].isspace() or text[at - 1] in ";|&()"):
            if '"$(' in text[text.rfind("\n", 0, at) + 1 : at]:
                return None
            at = text.find("\n", at)
            if at < 0:
                break
            continue
        if sign in "'\"" and quote in ("", sign):
            quote = "" if quote else sign
        kept.append(sign)
        at += 1
    return "".join(kept)


def _pieces(text: str) -> Iterator[str]:
    """Whatever may be a name in a text, quotes or not."""
    yield from _BETWEEN.split(text)
    yield from _BETWEEN.split(re.sub("[\"']", "", text))


def _pipelines(words: list[str]) -> list[list[_Command]] | None:
    """The commands of each pipeline; None where a `case` makes brackets ambiguous."""
    if "case" in words and any("(" in word for word in words if set(word) <= _SIGNS):
        return None
    now = [_Command()]
    found, around, redirection = [now], list[list[_Command]](), ""
    for word in words:
        if set(word) <= _SIGNS and set(word) & set("<>"):
            redirection = word
        elif not set(word) <= _SIGNS:
            if "<" in redirection:
                now[-1].inputs.append(word)
            if ">" in redirection:
                now[-1].outputs.append(word)
            if not redirection:
                now[-1].words.append(word)
            redirection = ""
        for sign in _SEPARATOR.findall(word) if set(word) <= _SIGNS - set("<>") else ():
            redirection = ""
            if sign == ")" and around:
                now = around.pop()
            elif sign in ("|", "|&"):
                now.append(_Command(inside=bool(around)))
            else:
                if sign == "(":
                    around.append(now)
                now = [_Command(inside=bool(around))]
                found.append(now)
    return found


def _goes_on(pipeline: list[_Command]) -> bool:
    """Whether what is said goes on from a group of commands to another one, or the other way round; or to a script that
    may give names another meaning.
    """
    first = pipeline[0].words[:1]
    if any(command.bare()[:1] == ["."] for command in pipeline):
        return True
    ends = bool(first) and first[0] in _ENDS and (len(pipeline) > 1 or bool(pipeline[0].outputs))
    return ends or any(not command.words or command.words[0] in KEYWORDS for command in pipeline[1:])


def _is_kept(command: _Command, text: str) -> bool:
    """Whether what it says goes to a file that the text speaks of again."""
    for name in command.outputs:
        base = os.path.basename(name)
        if name in _NOWHERE or name.isdigit():
            continue
        if not base or set(name) & set("$*?[") or text.count(base) > 1:
            return True
    return False
