"""What a script says: turns and faults, from a YAML file or the same object in Python.

    seed: 1
    session_s: 3600          # after which a session ends
    turns:
      - match: "weather"       # a regular expression on what was said or typed; omit: any turn
        hear: "what's the weather"   # what the turn's transcript shall be
        say: "Sunny."          # or wav: FILE, or tone: 440/1.2s, or text: words only
        first_audio_ms: 300
        delta_ms: 260
        pace: burst            # or realtime, or 5x
      - on: 2                  # this turn answers the second reply asked for
        fail: {status: incomplete, code: max_output_tokens}
    faults:
      - {at: connect, http: 429}
      - {at: "output_audio.delta#3", do: reset}

A turn without `on` or `match` answers the turns in their order. docs/serve.md has the whole table.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from s2s import pcm
from s2s.errors import UsageError
from s2s.local.expiry import SESSION_S
from s2s.local.faults import Fault, fault_from
from s2s.local.script_file import Lines, read_yaml
from s2s.local.steps import Call, Fail, Pace
from s2s.local.values import DAY_MS, is_number, shown, without_nulls

_FASTEST = 1_000_000  # times real time
_LONGEST_TONE_MS = 600_000  # it is made in memory


@dataclass(frozen=True, slots=True)
class Tone:
    hz: float
    ms: float


@dataclass(frozen=True, slots=True)
class ScriptTurn:
    """One answer, and when it is given."""

    on: int | None = None  # the number of the reply, from 1
    match: re.Pattern[str] | None = None
    hear: str | None = None
    say: str | None = None
    text: str | None = None
    wav: Path | None = None
    tone: Tone | None = None
    call: Call | None = None
    fail: Fail | None = None
    first_audio_ms: float = 0.0
    pace: Pace = field(default_factory=Pace)
    share: float = 1.0  # of the replies that it would answer


@dataclass(frozen=True, slots=True)
class Script:
    """Turns and faults; the same script gives the same conversation."""

    turns: tuple[ScriptTurn, ...] = ()
    faults: tuple[Fault, ...] = ()
    seed: int = 1
    session_s: float = SESSION_S  # after which a session ends


def load(path: Path) -> Script:
    """Read a script. Raises `UsageError` that names what is wrong and where."""
    stated, lines = read_yaml(path)
    return _read(stated, _Reader(str(path), path.parent, lines))


def script_from(stated: Any, *, folder: Path = Path()) -> Script:
    """Return the script that a plain object describes; WAV files are looked for in `folder`.

    Raises `UsageError` that names the place of what is wrong, such as `turns[1].pace`.
    """
    return _read(stated, _Reader("the script", folder, {}))


def _read(stated: Any, reader: _Reader) -> Script:
    root = reader.object(stated or {}, "", {"turns", "faults", "seed", "session_s"})
    return Script(
        turns=tuple(
            reader.turn(each, f"turns[{index}]")
            for index, each in enumerate(reader.list(root.get("turns"), "turns"))
        ),
        faults=tuple(
            fault_from(each, partial(reader.inner_error, f"faults[{index}]"))
            for index, each in enumerate(reader.list(root.get("faults"), "faults"))
        ),
        seed=int(reader.number(root.get("seed", 1), "seed")),
        session_s=reader.number(root.get("session_s", SESSION_S), "session_s"),
    )


class _Reader:
    """Checks values and knows where each stands."""

    def __init__(self, name: str, folder: Path, lines: Lines) -> None:
        self._name, self._folder, self._lines = name, folder, lines

    def error(self, at: str, problem: str) -> UsageError:
        line = self._line(at)
        where = f"{self._name}{f', line {line}' if line else ''}, {at or 'the whole'}"
        return UsageError(f"In {where}: {problem}.", "See docs/serve.md.")

    def inner_error(self, at: str, key: str, problem: str) -> UsageError:
        return self.error(f"{at}.{key}" if key else at, problem)

    def _line(self, at: str) -> int | None:
        """Return the line of `at`, or of the nearest thing around it that has one."""
        while at and at not in self._lines:
            at = at.rpartition(".")[0]
        return self._lines.get(at)

    def object(self, value: Any, at: str, known: set[str]) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.error(at, "a mapping is expected")
        given: Mapping[str, Any] = without_nulls(value)
        if unknown := sorted(str(key) for key in set(given) - known):
            known_keys = ", ".join(sorted(known))
            problem = f"{unknown[0]} is not known; there are {known_keys}"
            raise self.error(f"{at}.{unknown[0]}".lstrip("."), problem)
        return given

    def list(self, value: Any, at: str) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, (list, tuple)):
            raise self.error(at, "a list is expected")
        return list(value)

    def number(self, value: Any, at: str) -> float:
        if not is_number(value, DAY_MS):
            raise self.error(at, f"{shown(value)} is no number from 0 to {DAY_MS}")
        return float(value)

    def text(self, value: Any, at: str) -> str:
        if not isinstance(value, str):
            raise self.error(at, f"{shown(value)} is no text")
        return value

    def turn(self, stated: Any, at: str) -> ScriptTurn:
        names = {"on", "match", "hear", "first_audio_ms", "delta_ms", "pace", "jitter_ms", "share"}
        answers = {"say", "text", "wav", "tone", "call", "fail"}
        given = self.object(stated, at, names | answers)
        if not answers & set(given):
            raise self.error(at, f"no answer; give one of {', '.join(sorted(answers))}")
        spoken = {"say", "text", "wav", "tone"} & set(given)
        if len(spoken) > 1:
            raise self.error(at, f"{' and '.join(sorted(spoken))} exclude each other")
        values: dict[str, Any] = {}
        for key in {"say", "text", "hear"} & set(given):
            values[key] = self.text(given[key], f"{at}.{key}")
        for key in {"match", "wav", "tone", "call", "fail"} & set(given):
            values[key] = getattr(self, key)(given[key], f"{at}.{key}")
        if "on" in given:
            values["on"] = int(self.number(given["on"], f"{at}.on"))
        if "share" in given:
            if not is_number(given["share"], 1):
                raise self.error(f"{at}.share", f"{shown(given['share'])} is no number from 0 to 1")
            values["share"] = float(given["share"])
        return ScriptTurn(
            first_audio_ms=self.number(given.get("first_audio_ms", 0), f"{at}.first_audio_ms"),
            pace=self.pace(given, at),
            **values,
        )

    def pace(self, given: Mapping[str, Any], at: str) -> Pace:
        delta_ms = self.number(given.get("delta_ms", Pace().delta_ms), f"{at}.delta_ms")
        if delta_ms < 1:
            raise self.error(f"{at}.delta_ms", "a delta lasts at least 1 ms")
        jitter_ms = self.number(given.get("jitter_ms", 0), f"{at}.jitter_ms")
        stated = given.get("pace", "burst")
        named = {"burst": None, "realtime": 1.0}
        if isinstance(stated, str) and stated in named:
            return Pace(int(delta_ms), named[stated], jitter_ms)
        times = re.fullmatch(r"(\d+(?:\.\d+)?)x", str(stated))
        if not times or not 0 < float(times[1]) <= _FASTEST:
            raise self.error(f"{at}.pace", f"{shown(stated)} is none of burst, realtime, 5x")
        return Pace(int(delta_ms), float(times[1]), jitter_ms)

    def match(self, value: Any, at: str) -> re.Pattern[str]:
        try:
            return re.compile(self.text(value, at), re.IGNORECASE)
        except re.error as exc:
            raise self.error(at, f"{shown(value)} is no regular expression ({exc})") from None

    def wav(self, value: Any, at: str) -> Path:
        path = self._folder / self.text(value, at)
        if not os.path.isfile(path):  # noqa: PTH113 - raises nothing, whatever the name
            raise self.error(at, f"there is no file {path}")
        return path

    def tone(self, value: Any, at: str) -> Tone:
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)\s*(ms|s)", str(value))
        if not found:
            raise self.error(at, f"{shown(value)} is no tone such as 440/1.2s")
        ms = float(found[2]) * (1 if found[3] == "ms" else 1000)
        if ms > _LONGEST_TONE_MS or float(found[1]) > pcm.RATE / 2:
            raise self.error(at, f"{shown(value)} is too long or too high for a tone")
        return Tone(float(found[1]), ms)

    def call(self, value: Any, at: str) -> Call:
        given = self.object(value, at, {"name", "arguments"})
        arguments = given.get("arguments", {})
        if not isinstance(arguments, dict):
            raise self.error(f"{at}.arguments", "a mapping is expected")
        return Call(self.text(given.get("name"), f"{at}.name"), arguments)

    def fail(self, value: Any, at: str) -> Fail:
        given = self.object(value, at, {"status", "code", "message"})
        status = given.get("status", "failed")
        if status not in ("failed", "incomplete"):
            raise self.error(f"{at}.status", f"{shown(status)} is neither failed nor incomplete")
        default = "server_error" if status == "failed" else "max_output_tokens"
        code = self.text(given.get("code", default), f"{at}.code")
        return Fail(
            status, code, self.text(given.get("message", code.replace("_", " ")), f"{at}.message")
        )
