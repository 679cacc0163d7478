"""Command lines from the table: what each usage line allows, with values and operands from pools, then damaged."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from claw import _native

POOLS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("pools.toml").read_text(encoding="utf-8"))
AWKS = {"awk", "gawk", "mawk", "nawk"}
JQS = {"jq", "yq", "gojq", "jaq"}


class Lines:
    """An endless supply of command lines, the same for the same seed."""

    def __init__(self, seed: int, commands: Sequence[str]) -> None:
        """Only of `commands`: those that are installed."""
        self.random = random.Random(seed)
        known = set(commands)
        table = [entry for entry in _native.read_only_table() if entry[0].split()[0] in known]
        # Each program as often as the next, whatever the number of its subcommands; git has most to lose.
        self.families: dict[str, list[tuple[str, list[str]]]] = {}
        for name, usages in table:
            self.families.setdefault(name.split()[0], []).append((name, usages))
        self.families["find"] = [("find", [])]
        self.families["test"] = [("test", [])]
        self.names = sorted(self.families)
        self.often = [name for name in POOLS["often"] if name in self.families]

    def line(self) -> list[str]:
        """The words of one command."""
        family = self.random.choice(self.often if self.random.random() < 0.6 else self.names)
        name, usages = self.random.choice(self.families[family])
        words = name.split()
        if family == "find":
            words += self._some(POOLS["paths"], 2) + self._some(POOLS["find"], 6)
        elif family == "test":
            words += self._some(POOLS["tests"], 4)
        else:
            words += self._arguments(family, self.random.choice(usages))
        return self._damaged(words)

    def _some(self, pool: Sequence[str], most: int) -> list[str]:
        return [self.random.choice(pool) for _ in range(self.random.randint(0, most))]

    def _arguments(self, family: str, usage: str) -> list[str]:
        tokens = usage.split()
        flags = [token for token in tokens if token.startswith(("-", "@"))]
        operands = [token for token in tokens if not token.startswith(("-", "@", "NEED:"))]
        needed = [token[5:].split(",") for token in tokens if token.startswith("NEED:")]
        words: list[str] = []
        for group in needed:
            if self.random.random() < 0.9:
                words.append(self.random.choice(group))
        for _ in range(self.random.choice([0, 0, 0, 1] if "SCRIPT" in operands else [0, 1, 1, 2, 3])):
            if flags:
                words += self._flag(family, self.random.choice(flags))
        if self.random.random() < 0.1:
            words.append("--")
        for token in operands:
            for _ in range(self.random.randint(0, 3) if token.endswith("*") else 1):
                words += self._value(family, token.rstrip("*"))
        return words

    def _flag(self, family: str, token: str) -> list[str]:
        if token == "-#":
            return [f"-{self.random.randint(0, 9)}"]
        name, mark, role = re.fullmatch(r"@?([^=?]*)([=?]?)(.*)", token, re.S).groups()  # type: ignore[union-attr]
        name = name.replace("[no-]", self.random.choice(["", "no-"]))
        if not token.startswith(("@", "--")):
            letters = name[1:]
            name = "-" + "".join(self.random.sample(letters, self.random.randint(1, min(3, len(letters)))))
        if not mark:
            return [name]
        values = [value for part in role.split(",") for value in self._value(family, part)[:1]] or ["x"]
        joined = name + ("=" if name.startswith("--") or token.startswith("@") else "") + values[0]
        if mark == "?":
            return [self.random.choice([name, joined])]
        return [joined] if len(values) == 1 and self.random.random() < 0.5 else [name, *values]

    def _value(self, family: str, role: str) -> list[str]:
        if family in JQS and role in ("SCRIPT", "PATH") and self.random.random() < 0.5:
            return [self.random.choice(POOLS["jq"])]
        if role == "SCRIPT" and family in AWKS | {"sed", "gsed"}:
            return [self._program(family)]
        if role in ("PATH", "CHANGED", "SCRIPTFILE"):
            return [self.random.choice(POOLS["paths"])]
        if role == "WRITE":
            return [self.random.choice(POOLS["writes"])]
        if "|" in role:
            return [self.random.choice(role.split("|"))]
        if role in ("COMMAND", "COMMAND?", "HARMLESS", "ORDERED", "GNU"):
            return []
        return [self.random.choice(POOLS["texts"])]

    def _program(self, family: str) -> str:
        kind = "awk" if family in AWKS else "sed"
        pieces = [*self._some(POOLS[kind], 2), self.random.choice(POOLS[kind])]
        text = self.random.choice([";", "\n", " "]).join(pieces)
        for _ in range(self.random.choice([0, 0, 1, 1, 2, 3])):
            at = self.random.randint(0, len(text))
            cut = at + self.random.choice([0, 0, 0, 1, 2])
            text = text[:at] + self.random.choice([*POOLS[f"{kind}_harm"], ""]) + text[cut:]
        return text

    def _damaged(self, words: list[str]) -> list[str]:
        for _ in range(self.random.choice([0, 0, 0, 1, 1, 2])):
            at = self.random.randint(1, len(words))
            match self.random.randint(0, 4):
                case 0:
                    words.insert(at, self.random.choice(POOLS["nasty"]))
                case 1:
                    words.insert(at, self.random.choice(POOLS["writes"]))
                case 2 if at < len(words):
                    del words[at]
                case 3 if at < len(words) and words[at].startswith("-"):
                    words[at] += self.random.choice("abcdefgiklmnopqrstuvwxzCDEFIOPRTWX0=")
                case _ if at < len(words):
                    other = self.random.randrange(1, len(words))
                    words[at], words[other] = words[other], words[at]
        return words
