"""Models' services behind one seam. Importing this imports neither an HTTP client nor an SDK."""

from claw.providers.base import CallFailed, Closed, Completion, Item, LoadBlob, Piece, Provider
from claw.providers.factory import connect

__all__ = [
    "CallFailed",
    "Closed",
    "Completion",
    "Item",
    "LoadBlob",
    "Piece",
    "Provider",
    "connect",
]
