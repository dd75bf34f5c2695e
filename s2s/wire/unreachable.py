"""Why there is no connection: what connecting raises, and what an endpoint answers, in words."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl

from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI

from s2s.conversation.refusals import remedy
from s2s.errors import NetworkError, RefusedError, S2SError, UsageError
from s2s.wire.endpoint import Endpoint
from s2s.wire.realtime.errors import cause_in_words, complaint_in
from s2s.wire.remedies import REMEDIES
from s2s.wire.retry_after import retry_after_s

_MOST_BODY = 20_000  # bytes of a refusal's text that are read
_CODES = {401: "unauthorized", 403: "forbidden", 404: "not_found", 429: "rate_limited"}


def why_unreachable(exc: Exception, endpoint: Endpoint, timeout_s: float) -> S2SError:
    """Return what it means that connecting to `endpoint` has raised `exc`."""
    at = endpoint.shown
    if isinstance(exc, InvalidStatus):
        body = bytes(exc.response.body or b"")
        told = _explain_status(exc.response.status_code, body, at, has_key=bool(endpoint.key))
        told.retry_after_s = retry_after_s(exc.response.headers)
        return told
    if isinstance(exc, InvalidURI):
        return UsageError(f"{at} is not a WebSocket URL.", "It looks like wss://host/v1/realtime.")
    if isinstance(exc, InvalidHandshake | EOFError):
        return NetworkError(
            f"{at} answers, but not as a WebSocket.", "Is the URL right? See WS_URL or --url."
        )
    if isinstance(exc, (asyncio.TimeoutError, TimeoutError)):  # two classes on Python 3.10
        return NetworkError(
            f"No answer from {at} for {timeout_s:g} s.",
            "Check the network, or allow more time with --timeout.",
        )
    if isinstance(exc, ssl.SSLCertVerificationError):
        return NetworkError(
            f"The certificate of {at} is not trusted: {exc.verify_message}.",
            "Behind a company proxy, point SSL_CERT_FILE at its certificate.",
        )
    if isinstance(exc, ssl.SSLError):
        return NetworkError(
            f"No TLS with {at}: {exc.reason or exc}.",
            "Does the port speak TLS? For a server on this machine, use ws://.",
        )
    if isinstance(exc, ConnectionResetError) and at.startswith("wss:"):
        return NetworkError(
            f"{at} hung up when asked for TLS.",
            "Does the port speak TLS? For a server on this machine, use ws://.",
        )
    refused = f"[Errno {errno.ECONNREFUSED}]"  # several addresses: several errors in one text
    if isinstance(exc, ConnectionRefusedError) or refused in str(exc):
        return NetworkError(
            f"Nothing listens at {at}.", "Is the server running? Is the port right?"
        )
    if isinstance(exc, socket.gaierror):
        return NetworkError(
            f"The name of {at} cannot be resolved.",
            "Check the spelling and the network; `--offline` needs none.",
        )
    reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else type(exc).__name__
    return NetworkError(f"{at} cannot be reached: {reason}.", "Check the network and the URL.")


def _explain_status(status: int, body: bytes, at: str, *, has_key: bool) -> S2SError:
    it = complaint_in(body[:_MOST_BODY])
    said = it.message[:200]
    detail = f" It said: {said}" if said else ""
    spoken = said if status in (400, 402, 404, 422) else ""  # else a word proves nothing
    known = [each for each in (it.cause, cause_in_words(spoken)) if remedy(each)]
    if known:
        hint = REMEDIES.get(known[0]) or remedy(known[0])
        told = f"{at} refused the connection (HTTP {status}).{detail}"
        return RefusedError(told, hint, code=known[0].code)
    if status >= 500:
        return NetworkError(
            f"{at} is unavailable (HTTP {status}).{detail}", "Try again later.", code="unavailable"
        )
    meaning, hint = {
        401: ("refused the key", "Check OPENAI_API_KEY (or S2S_API_KEY).")
        if has_key
        else ("wants a key, and none was sent", "Put S2S_API_KEY=… into your .env."),
        403: ("does not allow this", "Check that the key may use the Realtime API and this model."),
        404: ("does not know this address", "Check the path of WS_URL and the model's name."),
        429: ("allows no more for now", "Wait a little, or check the account's limits and quota."),
    }.get(status, ("refused the connection", "Check WS_URL."))
    if 300 <= status < 400:
        meaning, hint = "redirects elsewhere", "Give the final address: a key follows no redirect."
    return RefusedError(
        f"{at} {meaning} (HTTP {status}).{detail}", hint, code=_CODES.get(status, "")
    )
