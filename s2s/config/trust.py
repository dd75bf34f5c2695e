"""Whose word a setting is: the user's, or that of a `.env` that lay in the way.

A found `.env` came with a clone, a shared folder, or lies in `/tmp`: it is somebody else's text. It
may choose a model, a voice, an endpoint; it opens no file, reads nothing of the environment, and
moves no key that was not written beside it.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from s2s.printable import printable


class Origin(Enum):
    """The kinds of places a setting comes from."""

    FLAG = auto()
    ENVIRONMENT = auto()
    NAMED_FILE = auto()
    """`--env-file` or `S2S_ENV_FILE`."""
    FOUND_FILE = auto()
    """A `.env` in the working directory or above it."""
    OWN_FILE = auto()
    """The one in the user's configuration folder."""
    DEFAULT = auto()


def is_users(origin: Origin) -> bool:
    """Whether what comes from there is the user's own word."""
    return origin is not Origin.FOUND_FILE


class FromFound(Enum):
    """Whether a setting is taken from a found `.env`."""

    YES = auto()
    TEXT = auto()
    """The text itself, but no `@FILE`."""
    NO = auto()
    """It opens a file."""


SETTINGS = {
    "WS_URL": FromFound.YES,  # key_policy.py has what may travel there
    "MODEL": FromFound.YES,
    "OPENAI_API_KEY": FromFound.YES,
    "S2S_API_KEY": FromFound.YES,
    "S2S_VOICE": FromFound.TEXT,
    "S2S_INSTRUCTIONS": FromFound.TEXT,
    "S2S_TEXT_ONLY": FromFound.YES,
    "S2S_TRANSCRIBE": FromFound.TEXT,
    "S2S_LANGUAGE": FromFound.TEXT,
    "S2S_TIMEOUT": FromFound.YES,
    "S2S_MIC": FromFound.YES,  # but it chooses no monitor, in s2s.app.devices
    "S2S_SPEAKER": FromFound.YES,
    "S2S_LOG_FILE": FromFound.NO,
    "S2S_PRICES": FromFound.NO,
}
"""Every setting that a file may hold. One that is not listed here cannot be asked for."""

_WRITTEN = ("S2S_LOG_FILE",)
SECRETS = ("OPENAI_API_KEY", "S2S_API_KEY")


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and the place it was given in."""

    text: str
    source: str
    """What that place is called: "--model", "environment", the path of a file, "default"."""
    origin: Origin

    @property
    def by_user(self) -> bool:
        return is_users(self.origin)

    @property
    def place(self) -> str:
        """The place, as it stands in a sentence."""
        return "the environment" if self.origin is Origin.ENVIRONMENT else self.source


def why_not_from_found(name: str, text: str) -> str | None:
    """Return why a found `.env` may not set `name` to `text`, or None if it may."""
    if SETTINGS[name] is FromFound.NO:
        return f"{name} names a file to {'write' if name in _WRITTEN else 'read'}"
    if SETTINGS[name] is FromFound.TEXT and text.lstrip().startswith("@"):
        return f"{name} names a file to read"
    return None


def remedy(path: Path) -> str:
    """Return the option that makes a found file the user's own word."""
    near = f"./{path.name}" if path.parent == _here() else printable(str(path))
    return f"--env-file {shlex.quote(near)}"


def _here() -> Path | None:
    try:
        return Path.cwd()
    except OSError:  # the folder has been removed
        return None
