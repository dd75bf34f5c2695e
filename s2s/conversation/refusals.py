"""What an endpoint's complaint means for the user: which error, which remedy."""

from __future__ import annotations

import re

from s2s.conversation.events import ConnectionLost, ErrorReported, SendingStalled
from s2s.errors import NetworkError, RefusedError, ResponseError, S2SError

_REMEDIES = {
    "invalid_api_key": "Check OPENAI_API_KEY (or S2S_API_KEY) in your .env.",
    "insufficient_permissions": "Use a key that may use the Realtime API.",
    "insufficient_quota": "Add credit to the account behind the key; retrying will not help.",
    "credit_balance_exhausted": "Add credit to the account behind the key.",
    "billing_hard_limit_reached": "Raise the account's spending limit.",
    "account_deactivated": "Use a key of an active account.",
    "missing_model": "Name a model with --model or MODEL.",
    "invalid_model": "Name a realtime model with --model or MODEL, such as gpt-realtime-2.1.",
    "model_not_found": "Name a model this key may use with --model or MODEL.",
    "model_load_error": "Name a model this endpoint has with --model or MODEL.",
    "beta_api_shape_disabled": "The endpoint takes GA only; does a proxy add a header?",
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
}
# What endpoints write who give no code: the words, and the code that means the same.
_WORDS = (
    (r"quota|credit|billing|payment|insufficient funds", "insufficient_quota"),
    (r"\bapi.?keys?\b|unauthori[sz]ed|authenticat|access.?token", "invalid_api_key"),
    (r"\bmodels?\b|\bdeployments?\b", "model_not_found"),
)
_RATE_LIMITS = {"rate_limit_exceeded", "inference_rate_limit_exceeded"}
_EXPIRED = "session_expired"
_HINT = re.compile(r"(?:try again|retry)\D{0,12}((?:\d+(?:\.\d+)?\s*[a-z]+\s*)+)", re.I)
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)", re.I)
_UNITS_S = {"ms": 0.001, "mil": 0.001, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hou": 3600}


def is_rate_limit(code: str) -> bool:
    return code in _RATE_LIMITS


def is_fatal(error: ErrorReported) -> bool:
    """Whether the session cannot go on; OpenAI changes `code` while `type` stays, so both count."""
    return bool({error.code, error.kind} & {*_REMEDIES, _EXPIRED})


def remedy(code: str, said: str) -> str:
    """Return the remedy for a refusal by its code, or else by what it speaks of; "" if unknown."""
    if code in _REMEDIES:
        return _REMEDIES[code]
    known = (code for words, code in _WORDS if re.search(words, said, re.IGNORECASE))
    return _REMEDIES.get(next(known, ""), "")


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
        "Check the endpoint, or allow more time with --timeout.",
    )


def refusal(error: ErrorReported, phase: str) -> S2SError:
    """Return what an error of the endpoint that ends our work means to the user."""
    known = error.code if error.code in _REMEDIES else error.kind
    said = _sentence(error.message or error.code or error.kind or "no reason given")
    if known in _REMEDIES:
        return RefusedError(f"The endpoint refused: {said}", _REMEDIES[known])
    if _EXPIRED in (error.code, error.kind):
        return NetworkError(f"The session ended: {said}", "Start a new one: run the command again.")
    if phase == "connecting" and error.kind == "server_error":
        return NetworkError(f"The endpoint cannot open a session: {said}", "Try again later.")
    if phase == "connecting":
        return RefusedError(f"The endpoint refused the session: {said}", "Run with -v for more.")
    if phase == "configuring":
        named = f" ({error.param})" if error.param else ""
        return RefusedError(
            f"The endpoint rejected the session's settings{named}: {said}",
            "Check --voice and --instructions; -vv shows what was sent.",
        )
    if is_rate_limit(error.code):
        return ResponseError(f"Rate limited: {said}", "Wait a little, then run it again.")
    return ResponseError(
        f"The endpoint reported an error while {_DOING[phase]}: {said}", "-vv shows more."
    )


def loss(lost: ConnectionLost, phase: str) -> S2SError:
    """Return what the end of the connection means; a close reason may carry `type.code`."""
    code = lost.reason.rpartition(".")[2]
    if phase == "connecting" and (code in _REMEDIES or lost.code in (3000, 4000, 4004)):
        why = ErrorReported(kind="", code=code, message=lost.reason or f"close code {lost.code}")
        return refusal(why, phase)
    told = ", ".join(filter(None, [f"close code {lost.code}" if lost.code else "", lost.reason]))
    return NetworkError(
        f"The connection was lost while {_DOING[phase]}{f' ({told})' if told else ''}.",
        "Check the network, then run it again.",
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
