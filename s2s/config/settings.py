"""The settings of a command that talks with an endpoint, validated."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from s2s.config.hints import HINTS
from s2s.config.key_policy import TWO_WAYS, checked, key_for, looked_at, told_of_host
from s2s.config.prices import read_prices
from s2s.config.reading import path_of
from s2s.config.sources import Sources, read_sources
from s2s.config.trust import SECRETS, SETTINGS, Origin, Setting
from s2s.conversation.commands import ConfigureSession, ConfigureTranscription
from s2s.conversation.prices import Money, Prices
from s2s.conversation.session_config import Wishes
from s2s.errors import UsageError
from s2s.printable import printable
from s2s.wire.endpoint import OPENAI_URL, Endpoint, complete_url, host_kind
from s2s.wire.models import DEFAULT_MODEL, TRANSCRIPTION_MODELS

_MOST_INSTRUCTIONS = 2**20  # bytes in a file; the API takes 16,384 tokens, far less than that


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

    @classmethod
    def load(cls, env_file: str | os.PathLike[str] | None = None) -> Settings:
        """Read the settings as the commands do: environment, the nearest `.env`, the user's own.

        With `env_file` that file is read and no other. Raises `UsageError` for what is missing,
        wrong or unsafe.
        """
        named = os.fsdecode(env_file) if env_file else os.environ.get("S2S_ENV_FILE")
        sources = read_sources({}, {}, named)
        settings = resolve(sources)
        return replace(settings, warnings=(*sources.warnings, *settings.warnings))


def resolve(sources: Sources, *, text_only: bool = False, allow_plain: bool = False) -> Settings:
    """Return validated settings. Raises `UsageError` for what is missing, wrong or unsafe."""
    shown: dict[str, str] = {}

    def setting(name: str, default: str = "") -> Setting:
        given = sources.find(name) or Setting(default, "default", Origin.DEFAULT)
        shown[name] = _shown(given)
        return given

    url, model = setting("WS_URL"), setting("MODEL", DEFAULT_MODEL)
    if not url.text and not sources.find("OPENAI_API_KEY"):
        message = f"There is no key and no endpoint to talk to. {looked_at(sources)}"
        raise UsageError(message, TWO_WAYS, code="no_key")
    complete, named = complete_url(
        url.text or OPENAI_URL, model.text, allow_plain=allow_plain, called=_name("WS_URL", url)
    )
    key, told_of_key = key_for(complete, url, sources)
    secret = checked(key) if key else None  # before the host is named, which it might hide
    warnings = (*_model_conflict(named, model), *told_of_key, *told_of_host(complete, url))
    timeout_s = _seconds("S2S_TIMEOUT", setting("S2S_TIMEOUT", "30"))
    wishes = Wishes(
        ConfigureSession(
            voice=setting("S2S_VOICE", "marin").text,
            instructions=_instructions(setting("S2S_INSTRUCTIONS")),
            text_only=text_only or _is_true("S2S_TEXT_ONLY", setting("S2S_TEXT_ONLY")),
        ),
        _transcription(setting("S2S_TRANSCRIBE").text, setting("S2S_LANGUAGE").text),
        timeout_s * 1000,
        hints=HINTS,
        money=Money(_prices(setting("S2S_PRICES"), sources), named),
    )
    endpoint = Endpoint(complete, named, host_kind(complete), secret)
    for name in SETTINGS:
        if name not in shown and (given := sources.find(name)):
            shown[name] = f"***, not sent ({given.source})" if name in SECRETS else _shown(given)
    if key:
        shown[key.name] = f"*** ({key.given.source})"
    shown["WS_URL"] = f"{endpoint.shown} ({url.source})"  # a query may hold a key
    return Settings(endpoint, wishes, timeout_s, shown, warnings)


def _prices(own: Setting, sources: Sources) -> Prices:
    return Prices(free=True) if sources.free else read_prices(own.text or None)


def _shown(given: Setting) -> str:
    return f"{printable(given.text)} ({given.source})"


def _name(name: str, given: Setting) -> str:
    """Return what the user calls a setting: the flag, if that is where it came from."""
    return given.source if given.origin is Origin.FLAG else name


def _model_conflict(named: str, model: Setting) -> tuple[str, ...]:
    if model.origin is Origin.DEFAULT or named == model.text:
        return ()
    message, other = f"The URL already names the model {printable(named)}", printable(model.text)
    if model.origin is Origin.FLAG:
        raise UsageError(
            f"{message}, and --model says {other}.",
            "Take the model out of WS_URL, or leave --model out.",
        )
    return (f"{message}; MODEL={other} ({model.source}) is not used.",)


def _transcription(wanted: str, language: str) -> tuple[ConfigureTranscription, ...]:
    if wanted.lower() == "off":
        return ()
    models = (wanted,) if wanted and wanted.lower() != "on" else TRANSCRIPTION_MODELS
    return tuple(ConfigureTranscription(model, language) for model in models)


def _instructions(wanted: Setting) -> str | None:
    if not wanted.text.startswith("@"):
        return wanted.text or None
    path = path_of(wanted.text[1:])
    problem = ""
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_INSTRUCTIONS + 1)
        if len(text) <= _MOST_INSTRUCTIONS:
            return text.decode("utf-8-sig").replace("\r\n", "\n")
        problem = f"more than {_MOST_INSTRUCTIONS:,} bytes"
    except OSError as exc:
        problem = str(exc.strerror)
    except UnicodeDecodeError:
        problem = "it is not UTF-8 text"
    except ValueError as exc:  # a NUL in the path
        problem = str(exc)
    raise UsageError(
        f"The instructions in {printable(str(path))} cannot be read: {problem}.",
        "Give the text itself, or @ and the name of a text file.",
    )


def _seconds(name: str, given: Setting) -> float:
    try:
        seconds = float(given.text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86_400:
        raise UsageError(
            f"{printable(given.text)!r} is no number of seconds ({given.source}).",
            f"Set {_name(name, given)} to 30, say.",
        )
    return seconds


def _is_true(name: str, given: Setting) -> bool:
    if given.text.lower() in ("", "0", "no", "off", "false"):
        return False
    if given.text.lower() in ("1", "yes", "on", "true"):
        return True
    raise UsageError(
        f"{name}={printable(given.text)} ({given.source}) is neither yes nor no.", "Use 1 or 0."
    )
