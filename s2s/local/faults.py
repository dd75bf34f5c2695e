"""Faults to order: what goes wrong, at which event, on which connection. Pure.

A fault is `{at: PLACE, …}`. PLACE is `connect`, or a server event's type (the leading
`response.` may be left out) with `#N` for its N-th on the connection (the first unless given).
`connection: N` restricts a fault to the N-th connection of the server, `share: 0.02` to that share
of all times that its place is come to.

    at connect   http: 429 [message: …, retry_after: SECONDS]
                 do: silence, dead, reset | error: CODE [message, close]
    at an event  do: silence, dead, reset, malformed, binary, unknown, wrong_base64
                 duplicate, drop, reorder (changes places with the next event)
                 do: stall 5s | do: close [code, reason] | error: CODE [message, close]

`after_s: SECONDS` instead of `at` strikes by the clock: silence, dead, reset, close or error.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from s2s.local.event_names import EVENTS
from s2s.local.values import DAY_MS, is_number, shown, without_nulls

Json = dict[str, Any]
CONNECT = "connect"
_TO_EVENTS = ("malformed", "binary", "unknown", "wrong_base64", "stall", "duplicate", "drop")
DEEDS = ("silence", "dead", "reset", "close", "reorder", *_TO_EVENTS)
_PLACES = {"at", "after_s"}
_KEYS = {*_PLACES, "do", "http", "error", "message", "close", "code", "reason", "connection"}
_KEYS |= {"share", "retry_after"}
# How OpenAI closes after these errors (captured on the wire); every other error: 4000.
_CLOSE_CODES = {"invalid_api_key": 3000, "model_not_found": 4004, "session_expired": 1001}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, and when it strikes."""

    at: str  # "connect", an event type without `response.`, or "" for a time
    after_s: float = 0.0  # since the session began
    number: int = 1  # the N-th event of that type; 0: every one
    connection: int | None = None  # None: every connection
    do: str = ""
    http: int = 0
    error: str = ""
    message: str = ""
    stall_s: float = 0.0
    code: int = 1011
    reason: str = ""
    share: float = 1.0  # of the times that its place is come to
    retry_after_s: float | None = None  # what a refused handshake asks for


@dataclass(frozen=True, slots=True)
class SendText:
    text: str


@dataclass(frozen=True, slots=True)
class SendBinary:
    data: bytes


@dataclass(frozen=True, slots=True)
class Stall:
    seconds: float  # nothing is sent for so long


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing is ever said again; the connection stays, and pings are answered."""


@dataclass(frozen=True, slots=True)
class Dead:
    """Nothing comes or goes any more, not even the answer to a ping; nobody says goodbye."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The TCP connection is cut without a goodbye."""


@dataclass(frozen=True, slots=True)
class Hangup:
    code: int
    reason: str


Action = SendText | SendBinary | Stall | Silence | Dead | Reset | Hangup


class FaultPlan:
    """The faults of one connection; counts what is sent on it."""

    def __init__(
        self,
        faults: Iterable[Fault],
        connection: int,
        chance: Callable[[], float] = lambda: 0.0,  # from 0.0 to 1.0; below a share it strikes
    ) -> None:
        self._faults = [
            each
            for each in faults
            if each.connection in (None, connection)
            and (each.at != CONNECT or chance() < each.share)
        ]
        self._chance = chance
        self._sent: Counter[str] = Counter()
        self._held: Action | None = None  # an event that changes places with the next one

    def refusal(self) -> Fault | None:
        """Return the fault that answers the handshake with an HTTP status, if there is one."""
        return next((each for each in self._faults if each.at == CONNECT and each.http), None)

    def on_connect(self) -> list[Action]:
        """Return what happens instead of a session, or nothing."""
        here = (each for each in self._faults if each.at == CONNECT and not each.http)
        return [action for fault in here for action in _strike(fault, {})]

    def on_event(self, event: Json) -> list[Action]:
        """Return what is done to send `event`: itself, unless a fault strikes."""
        name = short_name(event["type"])
        self._sent[name] += 1
        held, self._held = self._held, None
        actions: list[Action] = [SendText(_text(event))]
        for fault in self._faults:
            here = fault.at == name and fault.number in (0, self._sent[name])
            if here and (fault.share == 1.0 or self._chance() < fault.share):
                if fault.do == "reorder":
                    self._held = actions.pop()
                else:
                    actions = list(_strike(fault, event))
                break
        return [*actions, held] if held else actions

    def timed(self) -> list[tuple[float, list[Action]]]:
        """Return what strikes by the clock: seconds since the session began, and what then."""
        return [(each.after_s, list(_strike(each, {}))) for each in self._faults if not each.at]


def short_name(event_type: str) -> str:
    return event_type.removeprefix("response.")


def refuse(code: str, message: str, close: int = 4000, reason: str = "") -> list[Action]:
    """Return what OpenAI does to a connection it does not want: an error, then the end."""
    error = {"type": "invalid_request_error", "code": code, "message": message, "param": None}
    body = {"type": "error", "event_id": "event_fault", "error": error}
    return [SendText(_text(body)), Hangup(close, reason or f"invalid_request_error.{code}")]


def _strike(fault: Fault, event: Json) -> Iterator[Action]:
    if fault.error:
        message = fault.message or fault.error.replace("_", " ")
        yield from refuse(fault.error, message, fault.code, fault.reason)
    elif fault.do == "silence":
        yield Silence()
    elif fault.do == "dead":
        yield Dead()
    elif fault.do == "reset":
        yield Reset()
    elif fault.do == "close":
        yield Hangup(fault.code, fault.reason)
    elif fault.do == "stall":
        yield Stall(fault.stall_s)
        yield SendText(_text(event))
    elif fault.do == "duplicate":
        yield SendText(_text(event))
        yield SendText(_text(event))
    elif fault.do == "malformed":
        yield SendText(_text(event)[:-2])
    elif fault.do == "binary":
        yield SendBinary(b"\x00\x01\x02\x03")
        yield SendText(_text(event))
    elif fault.do == "unknown":
        yield SendText('{"type":"surprise.happened","event_id":"event_fault","new":{"field":[1]}}')
        yield SendText(_text({**event, "unknown_field": {"nested": True}}))
    elif fault.do == "wrong_base64":
        yield SendText(_text({**event, "delta": "*not base64*"}))


def _text(event: Json) -> str:
    return json.dumps(event, separators=(",", ":"))


def fault_from(stated: Any, error: Callable[[str, str], Exception]) -> Fault:
    """Return the fault that a plain object describes; `error` makes the exception to raise."""
    stated = without_nulls(stated)
    if not isinstance(stated, dict) or len(_PLACES & set(stated)) != 1:
        raise error("", "a mapping with `at` or `after_s` is expected")
    if unknown := sorted(set(map(str, stated)) - _KEYS):
        raise error(unknown[0], f"{unknown[0]} is not known; there are {', '.join(sorted(_KEYS))}")
    after_s = stated.get("after_s", 0)
    if not is_number(after_s, DAY_MS / 1000):
        raise error("after_s", f"{shown(after_s)} is no number of seconds")
    place = re.fullmatch(r"([a-z_.]*)(?:#(\d{1,9}))?", str(stated.get("at", "")))
    if not place or ("at" in stated and not place[1]):
        place_given = shown(stated["at"])
        raise error("at", f"{place_given} is no place such as connect or output_audio.delta#3")
    if sum(key in stated for key in ("do", "http", "error")) != 1:
        raise error("", "exactly one of do, http and error is expected")
    at = short_name(place[1])
    if at not in (CONNECT, "") and at not in EVENTS:
        raise error("at", f"{place[1]} is no event this endpoint sends")
    if place[2] == "0":
        raise error("at", "events are counted from 1")
    deed, _, length = str(stated.get("do", "")).partition(" ")
    if "do" in stated and deed not in DEEDS:
        raise error("do", f"{shown(stated['do'])} is none of {', '.join(DEEDS)}")
    if at in (CONNECT, "") and deed in (*_TO_EVENTS, "reorder"):
        raise error("do", f"{deed} needs an event; use at: session.created")
    if at != CONNECT and "http" in stated:
        raise error("http", "http is an answer to the handshake; use at: connect")
    if deed == "wrong_base64" and at != "output_audio.delta":
        raise error("do", "wrong_base64 needs at: output_audio.delta")
    numbers = {"http": 0, "code": 0, "close": 0, "connection": 0}
    for key in numbers:
        value = stated.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise error(key, f"{shown(value)} is no whole number")
        numbers[key] = value
    if "http" in stated and not 300 <= numbers["http"] <= 599:
        raise error("http", f"{numbers['http']} is no status from 300 to 599")
    code_name = str(stated.get("error", ""))
    closing = numbers["close"] or numbers["code"]
    if closing and not (closing in (1000, 1001, 1011, 1012, 1013) or 3000 <= closing < 5000):
        raise error("code", f"{closing} is no close code a server may send")
    return Fault(
        at=at,
        after_s=float(after_s),
        number=int(place[2] or ("share" not in stated)),
        connection=numbers["connection"] or None,
        do=deed,
        http=numbers["http"],
        error=code_name,
        message=str(stated.get("message", "")),
        stall_s=_seconds(length, error) if deed == "stall" else 0.0,
        code=closing or (_CLOSE_CODES.get(code_name, 4000) if code_name else 1011),
        reason=str(stated.get("reason", "")),
        share=_number(stated, "share", 1.0, error) or 0.0 if "share" in stated else 1.0,
        retry_after_s=_number(stated, "retry_after", DAY_MS / 1000, error),
    )


def _number(
    stated: Json, key: str, most: float, error: Callable[[str, str], Exception]
) -> float | None:
    value = stated.get(key)
    if value is not None and not is_number(value, most):
        raise error(key, f"{shown(value)} is no number from 0 to {most:g}")
    return None if value is None else float(value)


def _seconds(length: str, error: Callable[[str, str], Exception]) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s)", length)
    if not found:
        raise error("do", f"stall {shown(length)} names no time such as 5s or 300ms")
    seconds = float(found[1]) / (1000 if found[2] == "ms" else 1)
    if seconds > DAY_MS / 1000:
        raise error("do", f"{shown(length)} is longer than a day")
    return seconds


def fault_from_text(text: str, error: Callable[[str, str], Exception]) -> Fault:
    """Return the fault that a command line names, such as `output_audio.delta#3:close=1011`.

    `PLACE[@CONNECTION]:DEED[=VALUE]`; PLACE is as in a script, or `after=5s`.
    """
    place, _, deed = text.partition(":")
    place, _, connection = place.partition("@")
    name, _, value = deed.partition("=")
    stated: Json = {"at": place}
    if place.startswith("after="):
        stated = {"after_s": _seconds(place.removeprefix("after="), error)}
    if connection:
        stated["connection"] = int(connection) if connection.isdigit() else connection
    if name in ("http", "error"):
        stated[name] = int(value) if value.isdigit() else value
    elif name == "close":
        stated["do"] = name
        if value:
            stated["code"] = int(value) if value.isdigit() else value
    else:
        stated["do"] = f"{name} {value}".strip()
    return fault_from(stated, error)
