"""Shell lines of every construct that bash has, with commands hidden in them as text, then damaged.

A line is random; what matters is that bash and claw's grammar may read it in two ways. Whatever would run the hidden
command in bash must not be judged read-only.
"""

from __future__ import annotations

import random
import tomllib
from pathlib import Path

POOLS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("grammar.toml").read_text(encoding="utf-8"))
DEEPEST = 10


class Grammar:
    """An endless supply of shell lines, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.depth = 0

    def line(self) -> str:
        """One line; every third is damaged in a place or two."""
        self.depth = 0
        text = self._list()
        for _ in range(self.random.choice([0, 0, 0, 0, 1, 2])):
            at = self.random.randint(0, len(text))
            text = (
                text[:at]
                + self.random.choice([*POOLS["damage"], ""])
                + text[at + self.random.choice([0, 0, 0, 1, 2]) :]
            )
        return text.replace("\0", "")

    def _pick(self, *makers: object) -> str:
        maker = self.random.choice(makers)
        if isinstance(maker, str):
            return maker
        self.depth += 1
        try:
            return str(maker()) if callable(maker) and self.depth < DEEPEST else "x"
        finally:
            self.depth -= 1

    def _list(self) -> str:
        parts = [self._statement()]
        while self.random.random() < 0.3:
            parts += [self.random.choice(["; ", " && ", " || ", " | ", "\n", " & ", " |& "]), self._statement()]
        return "".join(parts)

    def _statement(self) -> str:
        plain = (self._simple,) * 5
        return self._pick(
            *plain, self._assignments, self._compound, self._loop, self._test, self._heredoc, self._declared
        )

    def _simple(self) -> str:
        if self.random.random() < 0.1:
            return self.random.choice(POOLS["spelled"])
        words = [self.random.choice(POOLS["heads"]), *(self._word() for _ in range(self.random.randint(0, 3)))]
        if words[0] == "[[":
            words.append("]]")
        if self.random.random() < 0.2:
            words.insert(0, f"{self._name()}={self._word()}")
        if self.random.random() < 0.25:
            words.append(self._redirect())
        return " ".join(words)

    def _redirect(self) -> str:
        word = self.random.choice(["a", "b.txt", "/dev/null", self._word()])
        return self.random.choice(["<", "2>", "<<<", "<", ">&", "<&", "2>&1 <", "{x}<", "<>", "&>"]) + word

    def _assignments(self) -> str:
        name = self.random.choice([self._name(), f"{self._name()}[{self._index()}]"])
        value = self._pick(self._word, self._word, self._array)
        return f"{name}{self.random.choice(['=', '=', '+='])}{value}"

    def _array(self) -> str:
        parts = [self._pick(self._word, lambda: f"[{self._index()}]={self._word()}") for _ in range(2)]
        return f"({' '.join(parts)})"

    def _declared(self) -> str:
        head = self.random.choice(
            ["export", "declare", "declare -a", "declare -A", "local", "readonly", "typeset", "unset"]
        )
        return f"{head} {self._pick(self._assignments, self._word, self._name, self._quoted_array)}"

    def _quoted_array(self) -> str:
        quote = self.random.choice(["'", '"'])
        return f"{self._name()}={quote}({self._word()}){quote}"

    def _compound(self) -> str:
        body = self._list()
        return self.random.choice(
            [
                f"({body})",
                f"{{ {body}; }}",
                f"if {self._statement()}; then {body}; fi",
                f"case {self._word()} in {self._word()}) {body};; *) :;; esac",
                f"f() {{ {body}; }}; f {self._word()}",
                f"(( {self._arithmetic()} ))",
                f"! {body}",
                f"let {self._word()}",
            ]
        )

    def _loop(self) -> str:
        body = self._list()
        return self.random.choice(
            [
                f"for {self._name()} in {self._word()} {self._word()}; do {body}; done",
                f"for (( {self._arithmetic()}; 0; {self._arithmetic()} )); do {body}; done",
                f"for (( {self._arithmetic()}; ; {self._arithmetic()} )) {{ {body}; break; }}",
                f"select {self._name()} in {self._word()}; do {body}; break; done <<< 1",
                f"while {self._statement()}; do {body}; break; done",
                f"until {self._statement()}; do {body}; break; done",
            ]
        )

    def _test(self) -> str:
        operator = self.random.choice(["-eq", "==", "=~", "!=", "<", "-lt", "-nt", "=", "-ge"])
        unary = self.random.choice(["-v", "-n", "-z", "-f", "-R", "-t", "-o", "!"])
        inner = self.random.choice([f"{self._word()} {operator} {self._word()}", f"{unary} {self._word()}"])
        return self.random.choice([f"[[ {inner} ]]", f"[ {inner} ]", f"test {inner}"])

    def _heredoc(self) -> str:
        end = self.random.choice(["E", "'E'", '"E"', "\\E", "-E"])
        bare = end.strip("'\"\\-")
        head = self.random.choice(["cat", "read x", "wc", "cat -", "mapfile y", "head", "grep x"])
        mark = "<<-E" if end == "-E" else f"<<{end}"
        return f"{head} {mark}\n{self._piece()} {self._piece()}\n{bare}\n"

    def _name(self) -> str:
        return self.random.choice(POOLS["names"])

    def _word(self) -> str:
        return "".join(self._piece() for _ in range(self.random.choice([1, 1, 1, 2, 3])))

    def _piece(self) -> str:
        hidden = self.random.choice(POOLS["hidden"])
        literal = self.random.choice(POOLS["plain"])
        return self._pick(
            literal,
            literal,
            f"'{hidden}'",
            f"'{literal}'",
            hidden.replace("$", "\\$").replace("`", "\\`"),
            "".join(f"\\{c}" if not c.isalnum() and c != "\n" else c for c in hidden),
            "$'" + "".join(f"\\x{ord(c):02x}" if not c.isalnum() else c for c in hidden) + "'",
            "$'" + hidden.replace("\\", "\\\\").replace("\n", "\\n") + "'",
            '"' + hidden.replace("$", "\\$").replace("`", "\\`") + '"',
            f"${self._name()}",
            f"${{{self._name()}}}",
            self._expansion,
            self._expansion,
            lambda: f'"{self._word()}"',
            lambda: f"$(( {self._arithmetic()} ))",
            lambda: f"$[ {self._arithmetic()} ]",
            lambda: f"$({self._list()})",
            lambda: f"`{self._simple()}`",
            lambda: f"<({self._simple()})",
            lambda: f"{{{self._word()},{self._word()}}}",
            lambda: f'$"{self._word()}"',
        )

    def _expansion(self) -> str:
        name = self.random.choice([self._name(), f"{self._name()}[{self._index()}]", "@", "#", "1", f"!{self._name()}"])
        form = self.random.randint(0, 3)
        if form == 0:
            return f"${{#{name}}}"
        if form == 1:
            return f"${{{name}@{self.random.choice('PQEAKaULku')}}}"
        return f"${{{name}{self.random.choice(POOLS['operators'])}{self._pick(self._word, self._arithmetic)}}}"

    def _index(self) -> str:
        return self._pick("0", "@", "*", "i", "$i", self._word, self._arithmetic)

    def _arithmetic(self) -> str:
        hidden = self.random.choice(POOLS["hidden"])
        return self._pick(
            "1", "x", "i++", "x = 1", "$x", f"'{hidden}'", f'"{hidden}"', hidden,
            lambda: f"{self._arithmetic()} {self.random.choice('+-*<>?:,=&|')} {self._arithmetic()}",
            lambda: f"a[{self._arithmetic()}]", lambda: f"({self._arithmetic()})", self._word,
        )  # fmt: skip
