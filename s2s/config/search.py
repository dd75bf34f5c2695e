"""The nearest `.env`: from the working directory upwards, past those that cannot be trusted."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from s2s.config.content import Content, content_of
from s2s.config.ownership import this_user, why_not_trusted
from s2s.config.reading import UnfitError, opened, path_of, read_text
from s2s.config.trust import Origin, remedy
from s2s.printable import printable


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A file that was read."""

    path: Path
    origin: Origin
    values: Mapping[str, str] = field(repr=False)
    """Those of our settings that may come from there, by name."""
    is_plain: bool = True
    """Neither a pipe nor, if it was found, a link: it may be written."""


@dataclass(slots=True)
class Search:
    """What was looked at, and what is to be told of it."""

    looked_at: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)

    def read(self, path: Path, origin: Origin, environment: Mapping[str, str]) -> SettingsFile:
        """Read a file of the user's. Raises as `opened` and `read_text` do."""
        self.looked_at.append(printable(str(path)))
        with opened(path) as (number, status):
            text = read_text(number, status)
        content = self._note(content_of(text, path, origin, environment))
        return SettingsFile(path, origin, content.values, stat.S_ISREG(status.st_mode))

    def nearest(self, own: Path) -> SettingsFile | None:
        """Return the nearest `.env` that is fit to be read, unless it is the user's `own`."""
        for folder in upwards():
            path = folder / ".env"
            try:
                with opened(path) as (number, status):
                    if _is_same(status, own):
                        return None
                    self.looked_at.append(printable(str(path)))
                    if reason := why_not_trusted(status, folder.stat(), this_user()):
                        self._pass_over(path, reason, remedy(path))
                        continue
                    text = read_text(number, status)
                content = content_of(text, path, Origin.FOUND_FILE, {})
            except UnfitError as unfit:
                if str(unfit) not in _NO_SETTINGS:
                    self._pass_over(path, str(unfit), remedy(path))
                continue
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as exc:
                self._pass_over(path, str(exc.strerror), remedy(path))
                continue
            self._note(content)
            is_plain = stat.S_ISREG(status.st_mode) and not path.is_symlink()
            return SettingsFile(path, Origin.FOUND_FILE, content.values, is_plain)
        return None

    def _note(self, content: Content) -> Content:
        self.warnings += content.warnings
        self.passed_over += content.passed_over
        return content

    def _pass_over(self, path: Path, reason: str, hint: str) -> None:
        self.warnings.append(
            f"{printable(str(path))} is passed over: {reason}. If it is to be read: {hint}"
        )


_NO_SETTINGS = ("it is a folder", "it is no file")  # a `.env` of another kind: nobody's mistake


def upwards() -> Iterator[Path]:
    """Give the working directory and what lies above it, up to the user's home directory or the
    boundary of the file system.
    """
    try:
        here = Path.cwd()
        device = here.stat().st_dev
    except OSError:  # it has been removed
        return
    home = path_of("~")
    for folder in (here, *here.parents):
        try:
            status = folder.stat()
        except OSError:
            return
        if status.st_dev != device:
            return
        yield folder
        if _is_same(status, home):
            return


def _is_same(status: os.stat_result, other: Path) -> bool:
    try:
        return os.path.samestat(status, other.stat())
    except OSError:
        return False
