"""What an endpoint's complaint means for the user: which error, which remedy."""

from __future__ import annotations

import re

from s2s.conversation.causes import Cause
from s2s.conversation.events import ConnectionLost, ErrorReported, SendingStalled
from s2s.errors import NetworkError, RefusedError, ResponseError, S2SError

_REMEDIES = {
    Cause.KEY: "Check the key.",
    Cause.PERMISSION: "Use a key that may use the Realtime API.",
    Cause.QUOTA: "Add credit to the account behind the key; retrying will not help.",
    Cause.CREDIT: "Add credit to the account behind the key.",
    Cause.BILLING: "Raise the account's spending limit.",
    Cause.ACCOUNT: "Use a key of an active account.",
    Cause.NO_MODEL: "Name a model.",
    Cause.WRONG_MODEL: "Name a realtime model, such as gpt-realtime-2.1.",
    Cause.UNKNOWN_MODEL: "Name a model this key may use.",
    Cause.UNLOADED_MODEL: "Name a model this endpoint has.",
    Cause.OLD_API: "The endpoint takes GA only; does a proxy add a header?",
}
# What an exchange is doing in each of its phases, to complete a sentence.
_DOING = {
    "connecting": "opening the session",
    "configuring": "setting the session up",
    "transcription": "setting the session up",
    "uploading": "uploading",
    "committing": "waiting for the recording to be taken",
    "asking": "waiting for the reply",
    "pausing": "waiting to try again",
    "replying": "the reply was arriving",
    "settling": "waiting for the transcript",
    "talking": "talking",
    "reconnecting": "connecting again",
    "seeding": "telling the new session what was said",
}
_HINT = re.compile(r"(?:try again|retry)\D{0,12}((?:\d+(?:\.\d+)?\s*[a-z]+\s*)+)", re.I)
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)", re.I)
_UNITS_S = {"ms": 0.001, "mil": 0.001, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hou": 3600}


def is_fatal(error: ErrorReported) -> bool:
    """Whether the session cannot go on."""
    return error.cause in _REMEDIES or error.cause is Cause.EXPIRED


def remedy(cause: Cause) -> str:
    """Return the remedy for a refusal; "" if there is none."""
    return _REMEDIES.get(cause, "")


def hinted_wait_s(message: str) -> float | None:
    """Return the wait a rate-limit message asks for ("Please try again in 1m12.5s"), in seconds."""
    hint = _HINT.search(message)
    amounts = _AMOUNT.findall(hint[1]) if hint else []
    known = [(float(n), _UNITS_S.get(unit.lower()[:3])) for n, unit in amounts]
    return sum(n * scale for n, scale in known if scale) if any(s for _, s in known) else None


def silence(timeout_s: float, phase: str = "", *, missing: str = "") -> S2SError:
    """Return what it means that the endpoint has come no further for `timeout_s` seconds.

    What is `missing` is told, or else what is done in `phase`.
    """
    doing = f"waiting for {missing}" if missing else _DOING[phase]
    return NetworkError(
        f"No answer from the endpoint for {timeout_s:g} s while {doing}.",
        "Check the endpoint, or allow more time.",
        code="no_answer",
    )


def refusal(error: ErrorReported, phase: str) -> S2SError:
    """Return what an error of the endpoint that ends our work means to the user."""
    said = _sentence(error.message or error.code or error.kind or "no reason given")
    if error.cause in _REMEDIES:
        message, hint = f"The endpoint refused: {said}", _REMEDIES[error.cause]
        return RefusedError(message, hint, code=error.cause.code)
    if error.cause is Cause.EXPIRED:
        return NetworkError(f"The session ended: {said}", "Start a new one: run the command again.")
    opening = phase in ("connecting", "reconnecting")
    if opening and error.cause is Cause.SERVER:
        return NetworkError(f"The endpoint cannot open a session: {said}", "Try again later.")
    if opening:
        return RefusedError(f"The endpoint refused the session: {said}", code="session_refused")
    if phase == "configuring":
        named = f" ({error.param})" if error.param else ""
        return RefusedError(
            f"The endpoint rejected the session's settings{named}: {said}",
            "Check the voice and the instructions.",
            code="settings_refused",
        )
    if error.cause is Cause.RATE_LIMIT:
        hint = "Wait a little, then run it again."
        return ResponseError(f"Rate limited: {said}", hint, code="rate_limited")
    return ResponseError(
        f"The endpoint reported an error while {_DOING[phase]}: {said}", code="endpoint_error"
    )


def loss(lost: ConnectionLost, phase: str) -> S2SError:
    """Return what the end of the connection means."""
    opening = phase in ("connecting", "reconnecting") and lost.cause is not Cause.UNKNOWN
    if opening or lost.cause in _REMEDIES:
        said = lost.reason or f"close code {lost.code}"
        return refusal(ErrorReported("", "", said, cause=lost.cause), "connecting")
    told = ", ".join(filter(None, [f"close code {lost.code}" if lost.code else "", lost.reason]))
    return NetworkError(
        f"The connection was lost while {_DOING[phase]}{f' ({told})' if told else ''}.",
        "Check the network, then run it again.",
        code="dropped",
    )


def unrestored(error: S2SError, seconds: float) -> S2SError:
    """Return what it means that a connection, lost because of `error`, was not made again."""
    return NetworkError(
        f"{error.message} It could not be made again for {seconds:g} s.", error.hint
    )


def stall(stalled: SendingStalled) -> S2SError:
    """Return what it means that the network takes nothing of what is to be sent."""
    return NetworkError(
        f"The network has taken nothing for {stalled.ms / 1000:.0f} s of your voice.",
        "Check the network, then run it again.",
    )


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else text + "."
