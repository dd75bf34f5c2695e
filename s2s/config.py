"""Settings, and where each came from: flag, environment, `.env`, the user's own `.env`, default.

`.env` is looked for from the working directory upwards; the user's own lies in the platform's
configuration folder (`s2s/.env`). An empty value counts as not set.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from s2s.conversation.commands import ConfigureSession, ConfigureTranscription
from s2s.conversation.wishes import Wishes
from s2s.errors import UsageError
from s2s.realtime.endpoint import OPENAI_URL, Endpoint, complete_url, host_kind
from s2s.realtime.models import DEFAULT_MODEL, TRANSCRIPTION_MODELS
from s2s.secret import Secret

DEFAULT = "default"
NO_KEY = "none"  # S2S_API_KEY=none: this endpoint wants no key
_MOST_INSTRUCTIONS = 2**20  # bytes in a file; the API takes 16,384 tokens, far less than that

_TWO_WAYS = (
    "Put OPENAI_API_KEY=… into a file named .env here, or add --offline to try s2s without a key."
)


@dataclass(frozen=True, slots=True)
class Found:
    """A value and the place it was found in."""

    text: str
    source: str  # "--model", "environment", the path of a file, "default"


@dataclass(frozen=True, slots=True)
class Sources:
    """The places settings come from, each asked in turn."""

    flags: Mapping[str, str | None] = field(default_factory=dict)  # by environment name
    flag_names: Mapping[str, str] = field(default_factory=dict)  # WS_URL -> --url
    environment: Mapping[str, str] = field(default_factory=dict)
    files: tuple[tuple[Path, Mapping[str, str]], ...] = ()
    own_file: Path = Path(".env")  # where what no file holds yet is written

    def find(self, name: str) -> Found | None:
        """Return the first value of `name`, or None if no place has one."""
        if flag := self.flags.get(name):
            return Found(flag, self.flag_names.get(name, "flag"))
        if text := self.environment.get(name):
            return Found(text, "environment")
        for path, values in self.files:
            if text := values.get(name):
                return Found(text, str(path))
        return None

    def home_of(self, name: str) -> Path:
        """Return the file to write `name` to: the one its value came from, else the user's own."""
        return next((path for path, values in self.files if values.get(name)), self.own_file)

    def for_offline(self, url: str) -> Sources:
        """Return the same sources, but with the endpoint at `url`, which wants no key."""
        flags = {**self.flags, "WS_URL": url, "MODEL": "offline", "S2S_API_KEY": NO_KEY}
        return replace(self, flags=flags)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a command needs to know of an endpoint and of what is wanted of it."""

    endpoint: Endpoint
    wishes: Wishes
    timeout_s: float
    """Seconds the endpoint may be silent while we wait for it."""
    sources: Mapping[str, str]
    """Where each setting came from, by environment name; secrets as `***`."""
    warnings: tuple[str, ...] = ()


def read_sources(
    flags: Mapping[str, str | None], flag_names: Mapping[str, str], env_file: str | None = None
) -> Sources:
    """Collect every place settings may come from; with `env_file`, that file and no other.

    Raises `UsageError` if `env_file` is missing or a file cannot be read.
    """
    if env_file:
        paths = [Path(env_file)]
        if not paths[0].exists():
            raise UsageError(f"There is no file {env_file}.", "Check --env-file.")
        own = paths[0]
    else:
        own = user_env_path()
        paths = [path for path in (_nearest_env(Path.cwd()), own) if path and path.is_file()]
    files = tuple((path, _read_env(path)) for path in paths)
    return Sources(flags, flag_names, os.environ, files, own)


def user_env_path() -> Path:
    """Return the user's own settings file, whether it is there or not."""
    from platformdirs import user_config_path

    return user_config_path("s2s", appauthor=False) / ".env"


def resolve(sources: Sources, *, text_only: bool = False, allow_plain: bool = False) -> Settings:
    """Return validated settings. Raises `UsageError` for what is missing, wrong or unsafe."""
    shown: dict[str, str] = {}

    def setting(name: str, default: str = "") -> Found:
        found = sources.find(name) or Found(default, DEFAULT)
        shown[name] = f"{found.text} ({found.source})"
        return found

    url, model = setting("WS_URL"), setting("MODEL", DEFAULT_MODEL)
    if not url.text and not sources.find("OPENAI_API_KEY"):
        raise UsageError("There is no key and no endpoint to talk to.", _TWO_WAYS)
    complete, named = complete_url(
        url.text or OPENAI_URL, model.text, allow_plain=allow_plain, called=_name("WS_URL", url)
    )
    warnings = _model_conflict(named, model)
    key = _key(complete, url, sources)
    if key:
        shown[key[0]] = f"*** ({key[1].source})"
    timeout_s = _seconds("S2S_TIMEOUT", setting("S2S_TIMEOUT", "30"))
    wishes = Wishes(
        ConfigureSession(
            voice=setting("S2S_VOICE", "marin").text,
            instructions=_instructions(setting("S2S_INSTRUCTIONS")),
            text_only=text_only or _is_true("S2S_TEXT_ONLY", setting("S2S_TEXT_ONLY")),
        ),
        _transcription(setting("S2S_TRANSCRIBE").text, setting("S2S_LANGUAGE").text),
        timeout_s * 1000,
    )
    secret = _checked_key(*key) if key else None
    endpoint = Endpoint(complete, named, host_kind(complete), secret)
    shown["WS_URL"] = f"{endpoint.shown} ({url.source})"  # a query may hold a key
    return Settings(endpoint, wishes, timeout_s, shown, warnings)


def _key(complete: str, url: Found, sources: Sources) -> tuple[str, Found] | None:
    """Return the key that may travel to this host, with its name.

    It goes to OpenAI, to Azure, to loopback, or to a `WS_URL` from the same place as the key.
    """
    kind = host_kind(complete)
    openai_key = sources.find("OPENAI_API_KEY")
    own_key = sources.find("S2S_API_KEY")
    if kind in ("openai", "azure"):
        if not openai_key:
            raise UsageError("There is no key for this endpoint.", _TWO_WAYS)
        return ("OPENAI_API_KEY", openai_key)
    if own_key:
        return None if own_key.text == NO_KEY else ("S2S_API_KEY", own_key)
    if not openai_key:
        return None
    if kind == "loopback" or openai_key.source == url.source:
        return ("OPENAI_API_KEY", openai_key)
    host = complete.split("/")[2]
    raise UsageError(
        f"OPENAI_API_KEY is not sent to {host}: the key comes from {_place(openai_key)}, "
        f"the URL from {_place(url)}.",
        f"Set S2S_API_KEY to the key of that endpoint, or to {NO_KEY} if it wants none.",
    )


def _checked_key(name: str, found: Found) -> Secret:
    """Return the key as a secret. Raises `UsageError` for what no HTTP header can carry."""
    secret = Secret(found.text.strip())
    if not secret.reveal().isascii() or not secret.reveal().isprintable() or " " in secret.reveal():
        raise UsageError(
            f"{name} ({_place(found)}) holds characters that no key has.",
            "Copy the key again: quotation marks or invisible characters may have come with it.",
        )
    return secret


def _name(name: str, found: Found) -> str:
    """Return what the user calls a setting: the flag, if that is where it came from."""
    return found.source if found.source.startswith("--") else name


def _place(found: Found) -> str:
    return "the environment" if found.source == "environment" else found.source


def _model_conflict(named: str, model: Found) -> tuple[str, ...]:
    if model.source == DEFAULT or named == model.text:
        return ()
    if model.source.startswith("--"):
        raise UsageError(
            f"The URL already names the model {named}, and --model says {model.text}.",
            "Take the model out of WS_URL, or leave --model out.",
        )
    return (f"The URL names the model {named}; MODEL={model.text} ({model.source}) is not used.",)


def _transcription(wanted: str, language: str) -> tuple[ConfigureTranscription, ...]:
    if wanted.lower() == "off":
        return ()
    models = (wanted,) if wanted and wanted.lower() != "on" else TRANSCRIPTION_MODELS
    return tuple(ConfigureTranscription(model, language) for model in models)


def _instructions(found: Found) -> str | None:
    if not found.text.startswith("@"):
        return found.text or None
    path = Path(found.text[1:]).expanduser()
    problem = ""
    try:
        with path.open("rb") as file:
            given = file.read(_MOST_INSTRUCTIONS + 1)
        if len(given) <= _MOST_INSTRUCTIONS:
            return given.decode("utf-8-sig").replace("\r\n", "\n")
        problem = f"more than {_MOST_INSTRUCTIONS:,} bytes"
    except OSError as exc:
        problem = str(exc.strerror)
    except UnicodeDecodeError:
        problem = "it is not UTF-8 text"
    except ValueError as exc:  # a NUL in the path
        problem = str(exc)
    raise UsageError(
        f"The instructions in {path} cannot be read: {problem}.",
        "Give the text itself, or @ and the name of a text file.",
    )


def _seconds(name: str, found: Found) -> float:
    try:
        seconds = float(found.text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86_400:
        raise UsageError(
            f"{found.text!r} is no number of seconds ({found.source}).",
            f"Set {_name(name, found)} to 30, say.",
        )
    return seconds


def _is_true(name: str, found: Found) -> bool:
    if found.text.lower() in ("", "0", "no", "off", "false"):
        return False
    if found.text.lower() in ("1", "yes", "on", "true"):
        return True
    raise UsageError(f"{name}={found.text} ({found.source}) is neither yes nor no.", "Use 1 or 0.")


def _nearest_env(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        if (folder / ".env").is_file():
            return folder / ".env"
    return None


def _read_env(path: Path) -> Mapping[str, str]:
    from dotenv import dotenv_values

    # The library logs a line it cannot read, without naming the file; to us that is a mistake.
    logger, mistakes = logging.getLogger("dotenv.main"), _Mistakes()
    logger.addHandler(mistakes)
    try:
        values = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
        if mistakes.lines:
            where = ", ".join(mistakes.lines)
            raise UsageError(f"{path}, line {where} is not NAME=VALUE.", "Mend that line.")
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8 text"
        raise UsageError(f"{path} cannot be read: {reason}.", "Mend it or remove it.") from exc
    finally:
        logger.removeHandler(mistakes)
    return {name: text for name, text in values.items() if text}


class _Mistakes(logging.Handler):
    """Collects the numbers of the lines that python-dotenv could not read."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += map(str, record.args if isinstance(record.args, tuple) else ())
