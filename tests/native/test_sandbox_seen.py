"""What a confined command sees of home and of the machine, and that nothing in there leads out."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path

import pytest

from tests.native.confined import Box

CONNECT = """import os, socket, sys
for path in sys.argv[2:]:
    os.chdir(sys.argv[1])
    try:
        socket.socket(socket.AF_UNIX).connect(path)
        print("reached", repr(path))
    except OSError as error:
        print(error.strerror, repr(path))
"""


@contextmanager
def listening(path: str, folder: Path) -> Iterator[None]:
    """Another program's socket, bound by this path from this folder."""
    with chdir(folder), socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        os.chmod(path, 0o777)
        listener.listen()
        yield


def attempts(box: Box, folder: Path, paths: list[str], **changes: object) -> list[str]:
    script = box.put("workspace/connect.py", CONNECT)
    named = " ".join(f"'{path}'" for path in paths)
    python = shutil.which("python3", path="/usr/local/bin:/usr/bin:/bin")
    return box.run(f"{python} {script} '{folder}' {named}", **changes)[1].splitlines()


def test_no_socket_in_what_is_seen_of_home_is_reached_by_any_name(box: Box) -> None:
    seen = box.home / "tools"
    (seen / "with blank").mkdir(parents=True)
    names = ["plain", "with blank/s", "line\nbreak", "./relative", " begins", "ends ", "ffff: 0 0 0 0 0 0 x"]
    with ExitStack() as listeners:
        for name in (*names, "renamed", "linked"):
            listeners.enter_context(listening(name if name != "plain" else str(seen / name), seen))
        os.rename(seen / "renamed", seen / "moved")
        os.link(seen / "linked", seen / "second")
        os.symlink("plain", seen / "link")
        tried = [*names, "moved", "second", "linked", "link"]
        for named in ("readable", "layered"):
            said = attempts(box, seen, tried, **{"readable": [], named: [str(seen)]})
            assert len(said) == len(tried), said
            assert not [line for line in said if line.startswith("reached")], said


def test_no_socket_elsewhere_is_reached_by_the_name_it_was_bound_by(box: Box) -> None:
    shelf = box.folder / "extra"
    (shelf / "with blank").mkdir()
    names = ["with blank/s", "line\nbreak", "relative", "ends "]
    where = {"writable_extra": ["../extra"]}
    with ExitStack() as listeners:
        for name in names:
            listeners.enter_context(listening(name, shelf))
        # Whoever bound them is still there.
        with chdir(shelf):
            said = attempts(box, shelf, names, **where)
        assert len(said) == len(names), said
        assert not [line for line in said if line.startswith("reached")], said


def test_a_socket_of_the_commands_own_is_reached(box: Box) -> None:
    program = """import os, socket
for path in ("own", "/tmp/own", os.path.expanduser("~/own")):
    one = socket.socket(socket.AF_UNIX)
    one.bind(path)
    one.listen()
    socket.socket(socket.AF_UNIX).connect(path)
print("reached")
"""
    assert box.python(program)[1] == "reached\n"


def test_what_is_changed_in_a_cache_is_private_and_gone_afterwards(box: Box) -> None:
    box.put("home/.cache/pip/wheel", "fetched")
    box.put("home/.cargo/config.toml", "set")
    box.put("home/.cargo/registry/index", "known")
    box.put("home/.cargo/credentials.toml", "the token")
    line = (
        "cat ~/.cache/pip/wheel ~/.cargo/registry/index ~/.cargo/config.toml; echo;"
        "echo new > ~/.cache/pip/wheel; mkdir ~/.cargo/registry/src; mv ~/.cargo/registry/index ~/.cargo/registry/old;"
        "cat ~/.cache/pip/wheel ~/.cargo/registry/old; echo;"
        "echo x > ~/.cargo/config.toml; cat ~/.cargo/credentials.toml; true"
    )
    where = {"readable": ["../home/.cargo"], "layered": [f"{box.home}/.cache/pip", f"{box.home}/.cargo/registry"]}
    said = box.run(line, **where)[1]
    assert said.startswith("fetchedknownset\nnew\nknown\n"), said
    assert "Read-only file system" in said
    assert "the token" not in said
    assert (box.home / ".cache/pip/wheel").read_text() == "fetched"
    assert os.listdir(box.home / ".cargo/registry") == ["index"]
    assert (box.home / ".cargo/config.toml").read_text() == "set"


def test_credentials_are_hidden_whatever_is_to_be_seen(box: Box) -> None:
    hidden = [".ssh/id", ".aws/credentials", ".m2/settings.xml", ".gradle/gradle.properties", ".mozilla/a/logins.json"]
    for path in hidden:
        box.put(f"home/{path}", "the secret")
    box.put("claw/sessions/one/log", "the secret")
    seen = [str((box.home / path).parent) for path in hidden]
    line = f"cat {' '.join(f'~/{path}' for path in hidden)} {box.claw}/sessions/one/log; echo ran"
    for named in ("readable", "layered"):
        wanted = {"readable": [], named: [*seen, str(box.claw / "sessions"), f"{box.home}/.ssh/missing"]}
        said = box.run(line, **wanted)[1]
        assert "the secret" not in said
        assert said.endswith("ran\n"), said


def test_what_a_person_let_in_is_seen(box: Box) -> None:
    box.put("home/.ssh/config", "let in")
    box.put("home/.ssh/id", "the key")
    said = box.run("cat ~/.ssh/config; cat ~/.ssh/id", shown=[f"{box.home}/.ssh/config"])[1]
    assert said.startswith("let in")
    assert "the key" not in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can read them at all")
@pytest.mark.parametrize("path", ["/etc/shadow", "/etc/ssh", "/etc/ssl/private", "/etc/sudoers"])
def test_keys_of_the_machine_are_hidden(box: Box, path: str) -> None:
    if not os.path.exists(path):
        pytest.skip(f"there is no {path}")
    assert box.run(f"cat {path}; ls -A {path} 2>/dev/null | grep -v '^{path}$'; true")[1].strip() in (
        "",
        _refusal(path),
    )


def _refusal(path: str) -> str:
    return f"cat: {path}: Is a directory" if os.path.isdir(path) else f"cat: {path}: Permission denied"


SET_ID = """import ctypes, os, stat
libc = ctypes.CDLL(None, use_errno=True)
BITS = (0o4755, 0o2755, 0o6755)

def tried(how, mode):
    name = f"{how.__name__}{mode:o}"
    try:
        how(name, mode)
    except OSError:
        pass
    for path in (name, name + "-second"):
        if os.path.exists(path) and os.stat(path).st_mode & 0o6000:
            print("has the bit:", path)

def chmod(name, mode):
    open(name, "w").close()
    os.chmod(name, mode)

def fchmod(name, mode):
    with open(name, "w") as file:
        os.fchmod(file.fileno(), mode)

def fchmodat(name, mode):
    open(name, "w").close()
    os.chmod(name, mode, dir_fd=os.open(".", os.O_RDONLY))

def fchmodat2(name, mode):
    open(name, "w").close()
    libc.syscall(452, -100, name.encode(), mode, 0)

def create(name, mode):
    os.open(name, os.O_CREAT | os.O_WRONLY, mode)

def creat(name, mode):
    libc.creat(name.encode(), mode)

def mknod(name, mode):
    os.mknod(name, stat.S_IFREG | mode)

def fifo(name, mode):
    os.mkfifo(name, mode)

def unnamed(name, mode):
    fd = os.open(".", os.O_TMPFILE | os.O_WRONLY, mode)
    os.link(f"/proc/self/fd/{fd}", name + "-second", follow_symlinks=True)

def openat2(name, mode):
    how = (ctypes.c_uint64 * 3)(os.O_CREAT | os.O_WRONLY, mode, 0)
    libc.syscall(437, -100, name.encode(), how, 24)

def mkdir(name, mode):
    os.mkdir(name, mode)

def socket_(name, mode):
    import socket
    one = socket.socket(socket.AF_UNIX)
    os.fchmod(one.fileno(), mode)
    one.bind(name)

def set_acl(name, mode):
    open(name, "w").close()
    os.setxattr(name, "system.posix_acl_access", b"")

def copied(name, mode):
    os.system(f"cp -p with-bit {name} 2>/dev/null; tar xpf with-bit.tar 2>/dev/null; mv from-archive {name}-second")

os.umask(0)
for how in (chmod, fchmod, fchmodat, fchmodat2, create, creat, mknod, fifo, unnamed, openat2, mkdir, socket_, set_acl,
            copied):
    for mode in BITS:
        tried(how, mode)
print("all tried")
"""


def test_no_file_is_left_that_runs_as_its_owner_or_group(box: Box) -> None:
    made = box.put("workspace/from-archive", "#!/bin/sh\n")
    made.chmod(0o6755)
    os.system(f"cd {box.workspace} && tar cpf with-bit.tar from-archive && mv from-archive with-bit")
    for level in (True, False):
        assert box.python(SET_ID, namespaces=level)[1] == "all tried\n"


def test_plain_modes_can_be_set(box: Box) -> None:
    line = "touch p; chmod 755 p; install -m 700 /dev/null q; mkdir d; chmod 1777 d; chmod 640 q; umask 002; touch r"
    assert box.run(f"{line}; cp -p p s; stat -c %a p q d r s | xargs")[1] == "755 640 1777 664 755\n"


def test_a_link_on_the_way_to_what_is_seen_is_followed(box: Box) -> None:
    box.put("elsewhere/tool", "tool")
    (box.home / ".tools").symlink_to(box.folder / "elsewhere")
    assert box.run(f"cat {box.folder}/elsewhere/tool", readable=["../home/.tools"])[1] == "tool"
