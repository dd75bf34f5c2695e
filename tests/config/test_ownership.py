"""Whose files are read where they are found."""

from __future__ import annotations

import os
import stat

import pytest

from s2s.config.ownership import has_owners, why_not_trusted

ROOT, ME, OTHER = 0, 1000, 1001
DEVICE = os.makedev(8, 1)
MOUNTS = "27 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"


def status(owner: int, mode: int = 0o644, kind: int = stat.S_IFREG) -> os.stat_result:
    return os.stat_result((kind | mode, 1, DEVICE, 1, owner, owner, 10, 0, 0, 0))


def folder(owner: int, mode: int = 0o755) -> os.stat_result:
    return status(owner, mode, stat.S_IFDIR)


@pytest.mark.parametrize("owner", [ME, ROOT])
def test_mine_and_roots_are_read_wherever_they_lie(owner: int) -> None:
    assert why_not_trusted(status(owner), folder(ROOT, 0o1777), ME, MOUNTS) is None
    assert why_not_trusted(status(owner), folder(OTHER), ME, MOUNTS) is None


def test_somebody_elses_is_not() -> None:
    assert (
        why_not_trusted(status(OTHER), folder(OTHER), ME, MOUNTS) == "it belongs to somebody else"
    )
    assert why_not_trusted(status(OTHER), folder(ME), ME, MOUNTS)


@pytest.mark.parametrize("owner", [ROOT, ME, OTHER])
@pytest.mark.parametrize("me", [ROOT, ME])
def test_what_everybody_may_write_is_nobodys(owner: int, me: int) -> None:
    reason = why_not_trusted(status(owner, 0o666), folder(owner), me, MOUNTS)
    assert reason == "everybody may write it"


def test_root_reads_the_file_of_the_owner_of_the_folder_it_has_come_to() -> None:
    assert why_not_trusted(status(ME), folder(ME), ROOT, MOUNTS) is None
    assert why_not_trusted(status(ME), folder(ME, 0o777), ROOT, MOUNTS)
    assert why_not_trusted(status(ME), folder(OTHER), ROOT, MOUNTS)
    assert why_not_trusted(status(ME), folder(ROOT, 0o1777), ROOT, MOUNTS), "/tmp"


def test_where_users_have_no_numbers_nothing_is_asked() -> None:
    assert why_not_trusted(status(OTHER, 0o666), folder(OTHER, 0o777), None, MOUNTS) is None


@pytest.mark.parametrize(
    ("mount", "owners"),
    [
        ("- ext4 /dev/sda1 rw", True),
        ("- vfat /dev/sdb1 rw,fmask=0000", False),
        ("- exfat /dev/sdb1 rw", False),
        ("- fuseblk /dev/sdb1 rw,user_id=0", False),
        (r"- 9p C:\134 rw,dirsync,aname=drvfs;path=C:\;uid=1000;gid=1000;symlinkroot=/mnt/", False),
        (r"- 9p C:\134 rw,aname=drvfs;path=C:\;uid=1000;metadata;umask=22", True),
        (r"- drvfs C: rw,noatime", False),
        ("- virtiofs drvfsaC rw", False),
        ("- 9p host rw,trans=virtio,version=9p2000.L", True),
    ],
)
def test_fat_and_the_drives_of_windows_have_no_owners(mount: str, owners: bool) -> None:
    mounts = f"{MOUNTS}31 27 0:40 / /mnt/c rw,noatime shared:9 {mount}\n"
    assert has_owners(os.makedev(0, 40), mounts) is owners
    assert has_owners(DEVICE, mounts)
    elsewhere = os.stat_result(
        (stat.S_IFREG | 0o777, 1, os.makedev(0, 40), 1, OTHER, 0, 1, 0, 0, 0)
    )
    assert (why_not_trusted(elsewhere, folder(OTHER, 0o777), ME, mounts) is None) is not owners


def test_a_line_that_nobody_knows_changes_nothing() -> None:
    assert has_owners(DEVICE, "nonsense\n\n - \n1 2 8:1 - \n")
