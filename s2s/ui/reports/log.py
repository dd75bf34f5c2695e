"""The log's own lines on a session: what state it is in (`=`) and what went wrong (`!`)."""

from __future__ import annotations

import logging

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import PhaseChanged
from s2s.ui.reports.cost import cost_in_full

log = logging.getLogger("s2s.exchange")


def log_happening(at: float, happening: on.Event | do.Command) -> None:
    """Log what matters at INFO: the connection and the responses."""
    if not log.isEnabledFor(logging.INFO):
        return
    if isinstance(happening, on.SessionStarted):
        log.info("= session %s, model %s", happening.session_id, happening.model)
    elif isinstance(happening, PhaseChanged):
        log.info("= %s", happening.phase.value)
    elif isinstance(happening, do.ConfigureTranscription):
        log.info("= asking for transcription by %s", happening.model)
    elif isinstance(happening, on.UploadEnded):
        log.info("= uploaded %.1f s, peak %.2f", pcm.seconds(happening.size), happening.peak)
    elif isinstance(happening, on.InputCommitted):
        log.info("= committed as %s", happening.item_id)
    elif isinstance(happening, do.ShowState):
        log.info("= %s%s", happening.state, ", muted" if happening.muted else "")
    elif isinstance(happening, on.PlayoutCleared):
        log.info("= cleared after %s", ", ".join(f"{ms} ms" for _, ms in happening.heard) or "all")
    elif isinstance(happening, on.PlayoutUnderrun):
        log.info("! underrun of %d ms", happening.ms)
    elif isinstance(happening, on.ResponseStarted):
        log.info("= response %s", happening.response_id)
    elif isinstance(happening, on.ResponseEnded):
        why = f": {happening.code} {happening.message}" if happening.code else ""
        log.info("= response %s %s%s", happening.response_id, happening.status, why)
    elif isinstance(happening, on.ErrorReported):
        log.info("! %s %s: %s", happening.kind, happening.code, happening.message)
    elif isinstance(happening, on.ConnectionLost):
        log.info("! connection lost, code %s %s", happening.code, happening.reason)
    elif isinstance(happening, do.ShowCost):
        log.info("= %s", cost_in_full(happening))
    elif isinstance(happening, do.Warn):
        log.info("! %s", happening.message)
    elif isinstance(happening, do.End) and happening.error:
        log.info("! %s", happening.error.message)
