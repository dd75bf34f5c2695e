"""What a file holds, and whether it still does."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from typing import Any

_STEP = 1 << 20
_SETTLED_S = 2.0  # a file that was changed this short ago may change again within one tick
_TELLS_CHANGES = os.name == "posix"  # st_ctime moves with every change, whatever is set back


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The size and the digest of a file, and by what it is seen that neither has changed."""

    size: int
    """Bytes."""
    digest: str
    """SHA-256, in hexadecimal."""
    changed_ns: int = 0
    """When the system last noted a change of it; 0: that says nothing."""
    inode: int = 0
    """Which file of the file system it is."""

    def is_in(self, path: str) -> bool:
        """Whether the file at `path` holds this. Raises OSError."""
        status = os.stat(path)
        if status.st_size != self.size:
            return False
        if self.changed_ns and (status.st_ctime_ns, status.st_ino) == (
            self.changed_ns,
            self.inode,
        ):
            return True
        return digest_of(path) == self.digest

    def as_json(self) -> dict[str, Any]:
        """Return it as the manifest has it."""
        seen = {"changed_ns": self.changed_ns, "inode": self.inode} if self.changed_ns else {}
        return {"size": self.size, "sha256": self.digest, **seen}


def from_json(stated: Any) -> Fingerprint | None:
    """Return what a manifest says; None for what makes no sense."""
    if not isinstance(stated, dict):
        return None
    digest = stated.get("sha256")
    numbers = [stated.get(name, 0) for name in ("size", "changed_ns", "inode")]
    if not isinstance(digest, str) or not all(type(each) is int for each in numbers):
        return None
    return Fingerprint(numbers[0], digest, numbers[1], numbers[2])


def content_of(path: str, *, settled_s: float = _SETTLED_S) -> Fingerprint:
    """Read a file to its end and return what it holds. Raises OSError."""
    status = os.stat(path)
    digest = digest_of(path)
    return seen(status, digest, settled_s=settled_s)


def seen(status: os.stat_result, digest: str, *, settled_s: float = _SETTLED_S) -> Fingerprint:
    """Return the content that was read while a file had this `status`."""
    settled = time.time() - status.st_ctime >= settled_s
    changed_ns = status.st_ctime_ns if _TELLS_CHANGES and settled else 0
    return Fingerprint(status.st_size, digest, changed_ns, status.st_ino if changed_ns else 0)


def digest_of(path: str) -> str:
    """Return the SHA-256 of a file. Raises OSError."""
    with open(path, "rb", buffering=0) as file:
        found = hashlib.sha256()
        while piece := file.read(_STEP):
            found.update(piece)
        return found.hexdigest()
