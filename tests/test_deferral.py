"""What libraries import and seldom use is executed by its first use, and is then what it would have been at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

BEGIN = """
import sys
from types import ModuleType
from claw.deferral import SELDOM_USED, defer
defer()
import asyncio, anyio, base64, locale, msgspec, platform, shlex, uuid
import anyio._backends._asyncio

def executed(name):
    return type(sys.modules[name]) is ModuleType

# anyio reads its own source, where nobody has kept what it reads there.
assert {name for name in SELDOM_USED if executed(name)} == {"ast", "inspect", "linecache", "tokenize"}
"""


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BEGIN + code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_event_loop_runs_without_it() -> None:
    run("""
async def main():
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(anyio.sleep, 0)
    await anyio.to_thread.run_sync(lambda: None)
    await anyio.run_process(["true"])

anyio.run(main)
assert not executed("ssl")
assert "_ssl" not in sys.modules
""")


@pytest.mark.parametrize(
    "use",
    [
        "import ssl; ssl.create_default_context()",
        "from ssl import SSLContext, SSLError; SSLContext",
        "from ssl import *; SSLContext",
        "import ssl; assert hasattr(ssl, 'OPENSSL_VERSION') and not hasattr(ssl, 'nothing')",
        "import ssl, pickle; pickle.dumps(ssl.TLSVersion.TLSv1_3)",
        "import ssl; ssl.SSLContext = 5; assert ssl.SSLContext == 5 and ssl.SSLError",
        "import ssl, importlib; importlib.reload(ssl).SSLContext",
        "import ssl, importlib; old = ssl.SSLContext; assert importlib.reload(ssl).SSLContext is not old",
        "from asyncio import sslproto; sslproto.SSLProtocol; import ssl",
        "from asyncio.sslproto import SSLProtocol; import ssl",
        "anyio.connect_tcp; import ssl",
    ],
)
def test_every_way_to_use_it_executes_it(use: str) -> None:
    run(f"{use}\nassert executed('ssl') and sys.modules['ssl'].__spec__.loader is sys.modules['ssl'].__loader__")


def test_a_function_that_was_taken_early_is_the_true_one_when_it_is_called() -> None:
    run("""
from anyio._backends._asyncio import convert_ipv6_sockaddr
assert convert_ipv6_sockaddr(("::1", 80, 0, 2)) == ("::1%2", 80)
assert executed("anyio._core._sockets")
""")


def test_a_class_that_was_taken_early_is_the_true_one_when_it_is_called() -> None:
    run("""
from anyio._backends._asyncio import create_memory_object_stream as taken
send, receive = taken[int](1)
send.send_nowait(7)
assert receive.receive_nowait() == 7
assert isinstance(send, anyio.create_memory_object_stream[int](1)[0].__class__)
assert executed("anyio._core._streams")
send.close(); receive.close()
""")


def test_what_is_known_of_a_module_is_what_it_says_when_it_is_executed() -> None:
    run("""
from claw.deferral import KNOWN
import pickle, datetime, platform, subprocess
from datetime import datetime as taken, timezone
known = {name: dict(KNOWN[name]()) for name in KNOWN}
said = platform.system()
assert pickle.loads(pickle.dumps(taken(2020, 1, 2, tzinfo=timezone.utc))).year == 2020
assert subprocess.PIPE == -1 and not executed("datetime") and not executed("platform") and not executed("subprocess")
assert datetime.sys is sys and executed("datetime") and datetime.datetime is taken
assert platform.python_version() == sys.version.split()[0] and executed("platform") and platform.system() == said
assert subprocess.run(["true"]).returncode == 0 and executed("subprocess")
for name in ("datetime", "subprocess"):
    module = sys.modules[name]
    assert all(getattr(module, key) is value for key, value in known[name].items() if not key.startswith("__"))
import msgspec
assert msgspec.json.schema(int) == {"type": "integer"} and executed("msgspec._json_schema")
assert msgspec.inspect.type_info(int) == msgspec.inspect.IntType()
""")


LOOK_AT_VARIABLES = """
from anyio._core._tasks import TaskHandle
from anyio.abc import TaskStatus
def seen():
    import typing_extensions
    (status,) = TaskStatus.__parameters__
    value, started = TaskHandle.__parameters__
    return [
        [isinstance(one, typing_extensions.TypeVar) for one in (status, value, started)],
        [one.has_default() for one in (status, started)],
        [repr(one) for one in (status, value, started, status.__default__, started.__default__)],
        [repr(one) for one in (TaskHandle[int], TaskHandle[int, str], TaskHandle[int].__args__, TaskStatus[str])],
        [one.__module__ for one in (status, value, started, anyio.to_thread.PosArgsT)],
        [status.__contravariant__, value.__covariant__, started.__infer_variance__],
    ]
"""


def test_type_variables_are_what_typing_extensions_makes_of_them() -> None:
    early = f"""
{LOOK_AT_VARIABLES}
assert not executed("typing_extensions")
from typing_extensions import TypeVar
assert executed("typing_extensions") and isinstance(TypeVar, type)
print(seen())
"""
    plain = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import anyio\n{LOOK_AT_VARIABLES}\nprint(seen())"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run(early) == plain.stdout


def test_what_is_answered_in_place_of_inspect_is_what_it_says() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            """
import sys
from claw.deferral import KNOWN, defer
defer()
import asyncio.coroutines, asyncio.format_helpers, dataclasses, functools, types

@dataclasses.dataclass
class Point:
    x: int = 0

async def ready(): ...
def plain(): ...
def generate(): yield
async def stream(): yield
class Has:
    async def method(self): ...
    def other(self): ...
asked = [ready, plain, generate, stream, Has().method, Has.method, Has().other, functools.partial(ready), print, Has, 5,
    functools.partial(functools.partial(Has().method), 1), functools.partial(plain), lambda: ready(), dataclasses]
early = [asyncio.coroutines.iscoroutinefunction(one) for one in asked]
source = asyncio.format_helpers._get_function_source(functools.partial(plain))
@types.coroutine
def paused(): yield
async def waits(): await paused()
def states():
    state = KNOWN["inspect"]()["getcoroutinestate"]
    one = waits(); seen = [state(one)]
    one.send(None); seen.append(state(one)); one.close(); seen.append(state(one))
    async def looks(): return state(two)
    two = looks()
    try: two.send(None)
    except StopIteration as end: seen.append(end.value)
    return seen
assert Point(3) == Point(x=3)
from claw.deferral import _begun
assert "inspect" not in _begun, _begun
import inspect
assert early == [inspect.iscoroutinefunction(one) for one in asked]
assert states() == [inspect.CORO_CREATED, inspect.CORO_SUSPENDED, inspect.CORO_CLOSED, inspect.CORO_RUNNING]
assert source == asyncio.format_helpers._get_function_source(functools.partial(plain))
assert str(inspect.signature(Point)) == "(x: int = 0) -> None" and "inspect" in _begun
""",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_what_asyncio_logs_is_logged() -> None:
    run("""
import io

async def main():
    asyncio.get_running_loop().call_exception_handler({"message": "somebody must be told"})

assert not executed("logging")
sys.stderr = io.StringIO()
anyio.run(main)
assert "somebody must be told" in sys.stderr.getvalue() and executed("logging")
import logging
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, force=True)
anyio.run(main)
assert "Using selector" in sys.stderr.getvalue()
""")


def test_threads_that_use_it_at_once_see_the_whole_of_it() -> None:
    run("""
import threading
import ssl
seen = []
started = threading.Barrier(8)

def look():
    started.wait()
    seen.append((ssl.SSLContext, ssl.create_default_context, ssl.SSLSocket))

threads = [threading.Thread(target=look) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(seen) == 8 and len(set(seen)) == 1
""")


def test_connections_of_asyncio_and_anyio_are_what_they_were() -> None:
    run("""
import ssl

async def main():
    async def echo(stream):
        async with stream:
            await stream.send(await stream.receive())
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, echo)
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            await stream.send(b"said")
            assert await stream.receive() == b"said"
        try:
            await asyncio.open_connection("127.0.0.1", port, ssl=ssl.create_default_context())
        except ssl.SSLError:
            pass
        tasks.cancel_scope.cancel()

anyio.run(main)
""")


def test_what_is_not_installed_is_not_found() -> None:
    run("""
import claw.deferral
claw.deferral.SELDOM_USED["claw_has_no_such_module"] = ()
try:
    import claw_has_no_such_module
except ModuleNotFoundError:
    pass
""")
