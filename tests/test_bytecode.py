"""The file of byte code changes nothing but how long an import takes, whatever has become of it."""

from __future__ import annotations

import ast
import marshal
import os
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from claw import bytecode

SOURCE = Path(bytecode.__file__).parent
FILE = f"__pycache__/start.{sys.implementation.cache_tag}"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package whose modules Python has compiled, but for the file."""
    root = tmp_path_factory.mktemp("installed")
    shutil.copytree(SOURCE, root / "claw", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    for library in SOURCE.glob("*.so"):
        (root / "claw" / library.name).symlink_to(library)
    run(root, HELP)
    (root / "claw" / FILE).unlink()
    return root


@pytest.fixture
def package(installed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(installed, tmp_path / "copy", symlinks=True)) / "claw"


HELP = "sys.argv = ['claw', '--help']; from claw.__main__ import main; main()"
LOADERS = """
import claw.__main__
os._exit = lambda code: None
sys.argv = ['claw', '--help']
claw.__main__.main()
sys.stdout = sys.__stdout__
from claw.bytecode import Loader
specs = {name: getattr(module, '__spec__', None) for name, module in sys.modules.items()}
print([name for name, spec in specs.items() if type(getattr(spec, 'loader', None)) is Loader])
"""


def run(root: Path, code: str, *flags: str) -> str:
    begin = f"import os, sys; sys.path.insert(0, {str(root)!r})\n"
    command = [sys.executable, *(flags or ("-E", "-P")), "-W", "error", "-c", begin + code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout


def from_file(package: Path) -> set[str]:
    """The modules that a run takes from the file."""
    said = run(package.parent, LOADERS).splitlines()[-1]
    return {name.strip("'") for name in said.strip("[]").split(", ") if name}


def test_the_second_run_imports_from_what_the_first_has_written(package: Path) -> None:
    first = run(package.parent, HELP)
    assert (package / FILE).stat().st_size > 100_000
    names = from_file(package)
    assert {"claw.cli.entry", "claw.cli.help", "typing", "re"} <= names
    assert run(package.parent, HELP) == first


def test_a_module_from_it_is_like_any_other(package: Path) -> None:
    run(package.parent, HELP)
    said = run(
        package.parent,
        "from claw import bytecode; bytecode.use(); import claw.cli.parser, claw.cli, inspect\n"
        "assert type(claw.cli.__spec__.loader) is bytecode.Loader\n"
        "print(inspect.getsource(claw.cli.parser.parsed).splitlines()[0])\n"
        "print(os.path.basename(claw.cli.__file__), os.path.exists(claw.cli.parser.__cached__), claw.cli.__path__)\n"
        "try: claw.cli.parser.parsed((), ('--nothing',))\n"
        "except claw.cli.parser.Odd as odd: print(odd.__traceback__.tb_next.tb_frame.f_code.co_filename)",
    ).splitlines()
    assert said[0].startswith("def parsed(")
    assert said[1] == f"__init__.py True ['{package}/cli']"
    assert said[2] == f"{package}/cli/parser.py"


def test_a_module_that_has_changed_is_imported_as_it_is_now(package: Path) -> None:
    run(package.parent, HELP)
    source = package / "cli/help.py"
    text = source.read_text()
    source.write_text(text.replace("Usage:", "Usbge:"))
    assert "Usbge:" in run(package.parent, HELP)
    # Python has compiled it by then, and it is in the file again.
    assert "Usbge:" in run(package.parent, HELP)
    assert "claw.cli.help" in from_file(package)
    source.unlink()
    with pytest.raises(AssertionError, match=r"claw\.cli\.help"):
        run(package.parent, HELP)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:5],
        lambda data: data[:300],
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: b"claw-bc0" + data[8:],
        lambda data: data[:8] + (1 << 40).to_bytes(8, "little") + data[16:],
        lambda data: data[:8] + (9).to_bytes(8, "little") + data[16:],
        lambda data: made(("another Python", sys.path, 0, {})),
        lambda data: made((sys.version, ["/elsewhere"], 0, {})),
        lambda data: made(7),
        lambda data: made((sys.version, sys.path)),
    ],
)
def test_a_file_that_is_not_whole_or_of_another_python_is_not_used(damage: object, package: Path) -> None:
    first = run(package.parent, HELP)
    path = package / FILE
    assert callable(damage)
    path.write_bytes(damage(path.read_bytes()))
    assert not from_file(package)
    assert run(package.parent, HELP) == first
    assert from_file(package), "it was not written anew"


def test_what_a_package_exports_is_read_from_its_source_once_and_again_when_that_has_changed(package: Path) -> None:
    anyio = package.parent / "anyio"
    spec = find_spec("anyio")
    assert spec is not None
    shutil.copytree(Path(spec.origin or "").parent, anyio)
    run(package.parent, f"import anyio, anyio.abc; {HELP}")
    look = """
from claw import bytecode
bytecode.use()
import inspect
reading = inspect.getsource
read = []
inspect.getsource = lambda module: read.append(module.__name__) or reading(module)
import anyio
names = dir(anyio), dir(anyio.abc), anyio.abc.TaskGroup.__name__, anyio.run.__module__, anyio.from_thread.__name__
print([read, names, hasattr(anyio, 'added')])
"""
    (first, named, added), (_, plain, _) = (
        eval(run(package.parent, text)) for text in (look, look.replace("bytecode.use()", ""))
    )
    assert (first, added) == ([], False)
    assert named == plain
    source = anyio / "__init__.py"
    source.write_text(
        source.read_text().replace(
            "TYPE_CHECKING or not install_lazy_importer():",
            "TYPE_CHECKING or not install_lazy_importer():\n    from ._core._eventloop import run as added",
        )
    )
    assert eval(run(package.parent, look)) == [["anyio"], (sorted([*named[0], "added"]), *named[1:]), True]


def test_code_that_is_damaged_is_imported_as_ever_and_the_file_given_up(package: Path) -> None:
    first = run(package.parent, HELP)
    path = package / FILE
    whole = path.read_bytes()
    for damaged in (whole[:-200_000] + bytes(200_000), whole[:-300_000] + b"\xff" * 300_000):
        path.write_bytes(damaged)
        assert run(package.parent, HELP) == first
        assert not path.exists()
        assert run(package.parent, HELP) == first
        assert from_file(package)


def test_a_pipe_in_its_place_is_waited_for_by_nobody(package: Path) -> None:
    os.mkfifo(package / FILE)
    assert "Usage" in run(package.parent, HELP)


def made(table: object) -> bytes:
    written = marshal.dumps(table)
    return bytecode.MARK + len(written).to_bytes(8, "little") + written


def test_where_it_cannot_be_written_there_is_none(package: Path) -> None:
    (package / FILE).mkdir()
    first = run(package.parent, HELP)
    assert run(package.parent, HELP) == first
    assert [path.name for path in package.glob("__pycache__/start*")] == [Path(FILE).name]


def test_a_file_that_somebody_else_has_begun_is_left_to_them_for_a_while(package: Path) -> None:
    begun = package / f"{FILE}.new"
    begun.write_bytes(b"")
    run(package.parent, HELP)
    assert begun.exists()
    assert not (package / FILE).exists()
    os.utime(begun, (time.time() - 3600,) * 2)
    run(package.parent, HELP)
    assert (package / FILE).exists()
    assert not begun.exists()


@pytest.mark.parametrize(
    "flags", [["-E"], ["-P"], ["-E", "-P", "-O"], ["-E", "-P", "-B"], ["-E", "-P", "-X", "pycache_prefix=x"]]
)
def test_only_runs_that_nothing_leads_elsewhere_write_it(flags: list[str], package: Path) -> None:
    run(package.parent, HELP, *flags)
    assert not (package / FILE).exists()


OFFER = """
from claw import bytecode
bytecode.use()
import hashlib
import claw.execution.context, claw.events.agent
from claw import tools
from claw.tools.agent_kinds import KINDS
counted = 0
def count(frame, event, argument):
    global counted
    frame.f_trace_opcodes, frame.f_trace_lines = True, False
    counted += event == "opcode"
    return count
sys.settrace(count)
offered = tools.offered(KINDS)
sys.settrace(None)
places = {module for module, _ in tools.OFFERED.values()}
specs = repr([tool.spec for tool in offered]).encode()
print(hashlib.sha256(specs).hexdigest(), len(places & {*sys.modules}), counted // len(offered))
import claw.bytecode_writer
if bytecode.is_worth_writing():
    claw.bytecode_writer.write()
"""
OPCODES_OF_TOOL = 1_000
"""Of Python, for each tool that a start is to offer."""


def offer(package: Path) -> tuple[str, int, int]:
    """The digest of what is declared, how many tools' modules were imported for it, and opcodes for each."""
    digest, imported, opcodes = run(package.parent, OFFER).split()
    return digest, int(imported), int(opcodes)


def test_a_start_imports_no_tool_to_know_what_it_declares(package: Path) -> None:
    declared, imported, _ = offer(package)
    assert imported > 5
    again, none, opcodes = offer(package)
    assert (again, none) == (declared, 0)
    assert opcodes <= OPCODES_OF_TOOL
    for name, before, after in (
        ("tools/bash.py", "Run a command line", "Rin a command line"),
        ("tools/arguments.py", '"additionalProperties": False', '"additionalProperties": True'),
    ):
        source = package / name
        source.write_text(source.read_text().replace(before, after))
        changed, imported, _ = offer(package)
        assert imported > 5
        assert changed != declared, "whatever it was made from counts"
        assert offer(package)[:2] == (changed, 0)
        declared = changed


def test_declarations_that_are_damaged_are_made_anew(package: Path) -> None:
    declared, _, _ = offer(package)
    path = package / FILE
    whole = path.read_bytes()
    for begin, damaged in ((b"\xa4name\xa4Bash", b"\xa4name\xc1Bash"), (b"\xa4name\xa4Bash", b"\xa4name\xa4Bosh")):
        assert begin in whole
        path.write_bytes(whole.replace(begin, damaged))
        again, imported, _ = offer(package)
        assert again == declared
        assert imported > 5


COMPILES = """
from claw import bytecode
if used: bytecode.use()
import builtins, collections, dataclasses, re, typing
from claw.late import pattern
compiled = []
for module, name in ((builtins, 'compile'), (re._parser, 'parse')):
    def follow(text, *rest, real=getattr(module, name), **named):
        compiled.append(str(text))
        return real(text, *rest, **named)
    setattr(module, name, follow)
space = {'__name__': 'made', 're': re}
module = builtins.compile('''
from collections import namedtuple
from dataclasses import dataclass
from typing import List
known = re.compile('(?P<one>a+)|b', re.IGNORECASE)
for number in range(20):
    re.compile(f'one of {number} others')
Pair = namedtuple('Pair', 'left right', defaults=[7])
@dataclass(frozen=True, order=True)
class Data:
    name: str
    size: int = 5
''', 'made', 'exec')
compiled.clear()
exec(module, space)
one = space['known']
print(
    one.fullmatch('AA')['one'], one.flags, one.groupindex, one.groups, space['Pair'](1), space['Data']('b'),
    space['Data']('a') < space['Data']('b'), typing.List['Data'].__args__, pattern('x(y)?z$').search('_xz'),
)
def chosen(text): return re.compile(text).pattern
print(chosen('what a model asks for'))
if bytecode.is_worth_writing():
    import claw.bytecode_writer
    claw.bytecode_writer.write()
print(compiled)
"""


def test_the_texts_of_sources_are_compiled_once(package: Path) -> None:
    def told(used: bool = True) -> tuple[list[str], list[str]]:
        *said, compiled = run(package.parent, f"used = {used}" + COMPILES, "-E", "-P", "-S").splitlines()
        return said, ast.literal_eval(compiled)

    run(package.parent, HELP, "-E", "-P", "-S")
    said, compiled = told(used=False)
    assert len(compiled) > 20
    assert told()[0] == said
    assert told() == (said, ["what a model asks for"])
    path = package / FILE
    whole = path.read_bytes()
    assert b"one of 7 others" in whole
    assert b"what a model asks for" not in whole
    begin = whole.index(b"one of 7 others") - 6
    path.write_bytes(whole[:begin] + b"?" * 4 + whole[begin + 4 :])
    assert told()[0] == said
    assert told()[0] == said
