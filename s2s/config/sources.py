"""Where settings come from, each asked in turn: flag, environment, a found `.env`, the user's own.

The user's own lies in the platform's configuration folder (`s2s/.env`). An empty value counts as
not set. trust.py says what a found one may not do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from s2s.config.reading import UnfitError, path_of
from s2s.config.search import Search, SettingsFile
from s2s.config.trust import SECRETS, SETTINGS, Origin, Setting, is_users
from s2s.errors import UsageError
from s2s.printable import printable
from s2s.secret import Secret
from s2s.wire.endpoint import keep_secrets_of

NO_HOME = Path("/nonexistent")  # as Debian calls it; only root could make one
_LONG = 8  # characters: what is shorter may be a word, such as `local`
NO_KEY = "none"  # S2S_API_KEY=none: this endpoint wants no key


@dataclass(frozen=True, slots=True)
class Sources:
    """The places settings come from, each asked in turn."""

    flags: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    """By environment name. Like all that may hold a key, it shows in no traceback."""
    flag_names: Mapping[str, str] = field(default_factory=dict)
    """WS_URL -> --url"""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: tuple[SettingsFile, ...] = ()
    own_file: Path = Path(".env")
    """Where what no file holds yet is written."""
    looked_at: tuple[str, ...] = ()
    """The files, read or not, as they stand in a sentence."""
    warnings: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    """The lines that say nothing to us."""
    free: bool = False
    """The endpoint costs nothing: it runs on this machine."""

    def find(self, name: str) -> Setting | None:
        """Return the first value of `name`, or None if no place has one."""
        return next(self.every(name), None)

    def every(self, name: str) -> Iterator[Setting]:
        """Give every value of `name`, the one that counts first."""
        assert name in SETTINGS, f"{name} is not listed in trust.py"
        if flag := self.flags.get(name):
            yield Setting(flag, self.flag_names.get(name, "flag"), Origin.FLAG)
        if text := self.environment.get(name):
            yield Setting(text, "environment", Origin.ENVIRONMENT)
        for file in self.files:
            if text := file.values.get(name):
                yield Setting(text, printable(str(file.path)), file.origin)

    def home_of(self, name: str) -> Path:
        """Return the file to write `name` to: the one its value came from, if that may be written,
        else the user's own.
        """
        holder = next((file for file in self.files if file.values.get(name)), None)
        return holder.path if holder and holder.is_plain else self.own_file

    def is_users(self, path: Path) -> bool:
        """Whether a file is the user's own word; then it may be reached by a link."""
        return all(is_users(file.origin) for file in self.files if file.path == path)

    def for_offline(self, url: str) -> Sources:
        """Return the same sources, but with the endpoint at `url`, which wants no key."""
        flags = {**self.flags, "WS_URL": url, "MODEL": "offline", "S2S_API_KEY": NO_KEY}
        return replace(self, flags=flags, free=True)


def read_sources(
    flags: Mapping[str, str | None], flag_names: Mapping[str, str], env_file: str | None = None
) -> Sources:
    """Collect every place settings may come from; with `env_file`, that file and no other.

    Raises `UsageError` if a file of the user's is named and missing, or cannot be read. What is
    wrong with one that was found is a warning.
    """
    search, own = Search(), user_env_path()
    if env_file:
        path = path_of(env_file)
        if not os.path.exists(path):  # noqa: PTH110 - False as well where we may not look
            raise UsageError(
                f"There is no file {printable(env_file)}.", "Check --env-file (S2S_ENV_FILE)."
            )
        files = [_read(search, path, Origin.NAMED_FILE)]
        own = path if files[0].is_plain else own
    else:
        found = search.nearest(own)
        files = [found] if found else []
        if os.path.exists(own):  # noqa: PTH110
            files.append(_read(search, own, Origin.OWN_FILE))
        else:
            search.looked_at.append(f"{printable(str(own))} (not there)")
    sources = Sources(
        flags,
        flag_names,
        os.environ,
        tuple(files),
        own,
        tuple(search.looked_at),
        tuple(search.warnings),
        tuple(search.passed_over),
    )
    _keep_secrets(sources)
    return sources


def _keep_secrets(sources: Sources) -> None:
    """Let no message show a key of the user's from now on, whether it is used or not.

    A found file's, or a short one, only once it is used: it could hide any word.
    """
    for given in sources.every("WS_URL"):
        if given.by_user:
            keep_secrets_of(given.text)
    for name in SECRETS:
        for given in sources.every(name):
            if given.by_user and len(given.text.strip()) >= _LONG:
                Secret(given.text.strip())


def user_env_path() -> Path:
    """Return the user's own settings file, whether it is there or not."""
    from platformdirs import user_config_path

    try:
        return user_config_path("s2s", appauthor=False) / ".env"
    except RuntimeError:  # no HOME, and the system does not know this user: a container's, say
        return NO_HOME / ".config/s2s/.env"


def _read(search: Search, path: Path, origin: Origin) -> SettingsFile:
    try:
        return search.read(path, origin, os.environ)
    except (OSError, UnfitError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else exc
        raise UsageError(
            f"{printable(str(path))} cannot be read: {reason}.", "Mend it or remove it."
        ) from exc
