"""A network of its own for this process and its children, in which nothing but this machine can be reached."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP, IFF_RUNNING = 0x1, 0x40


def leave_the_network() -> None:
    """Raises SystemExit where the kernel does not allow it: programs of others are not run with a network."""
    ids = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    spaces = CLONE_NEWNET if ids[0] == 0 else CLONE_NEWNET | CLONE_NEWUSER
    if libc.unshare(spaces) != 0:
        raise SystemExit(f"no network of its own can be had here: {os.strerror(ctypes.get_errno())}")
    if ids[0] != 0:
        Path("/proc/self/setgroups").write_text("deny")
        for name, id in zip(("uid_map", "gid_map"), ids, strict=True):
            Path(f"/proc/self/{name}").write_text(f"{id} {id} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        fcntl.ioctl(asked, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP | IFF_RUNNING))
    others = [line.split(":")[0].strip() for line in Path("/proc/net/dev").read_text().splitlines()[2:]]
    up = [name for name in others if name != "lo" and not _is_down(name)]
    if up:
        raise SystemExit(f"the network of its own has more than this machine: {', '.join(up)}")


def _is_down(name: str) -> bool:
    try:
        return not int(Path(f"/sys/class/net/{name}/flags").read_text(), 16) & IFF_UP
    except OSError:
        return True
