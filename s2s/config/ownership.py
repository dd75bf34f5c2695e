"""Whether a found file was put there by somebody whom this user need not trust."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_WITHOUT_OWNERS = {"vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk", "drvfs"}
_OF_WINDOWS = ("9p", "virtiofs")  # WSL's /mnt; other machines' folders of this kind have owners


def why_not_trusted(
    file: os.stat_result, folder: os.stat_result, me: int | None, mounts: str | None = None
) -> str | None:
    """Return what speaks against a file that was found in `folder`, or None.

    `me` is the number of this user, None where users have none (Windows); `mounts` the text of
    Linux's mountinfo.
    """
    if me is None:
        return None
    reason = None
    if file.st_mode & stat.S_IWOTH:
        reason = "everybody may write it"
    elif file.st_uid not in (me, 0) and not (me == 0 and _is_its_owners(folder, file.st_uid)):
        reason = "it belongs to somebody else"
    if reason and not has_owners(file.st_dev, _mounts() if mounts is None else mounts):
        return None
    return reason


def this_user() -> int | None:
    """Return the number of this user, None where users have none (Windows)."""
    return os.geteuid() if hasattr(os, "geteuid") else None


def has_owners(device: int, mounts: str) -> bool:
    """Whether files on `device` have owners; not on FAT, and not on a Windows drive under WSL."""
    place = f"{os.major(device)}:{os.minor(device)}"
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, (kind, *rest) = before.split(), after.split() or [""]
        if len(fields) > 2 and fields[2] == place:
            drive = kind in _OF_WINDOWS and any("drvfs" in each for each in rest)
            if kind in _WITHOUT_OWNERS or drive:
                return "metadata" in ",".join(rest).replace(";", ",").split(",")
    return True


def _is_its_owners(folder: os.stat_result, owner: int) -> bool:
    """Whether root, who has come into this folder, has come to the file's owner."""
    return folder.st_uid == owner and not folder.st_mode & stat.S_IWOTH


def _mounts() -> str:
    try:
        return _MOUNTS.read_text("utf-8", "replace")
    except OSError:  # no Linux
        return ""
