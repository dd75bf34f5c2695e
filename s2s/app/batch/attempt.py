"""Watches one file's session: the reply, what it used, and what concerns all jobs."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from s2s import pcm
from s2s.app.batch.pacer import Pacer
from s2s.app.batch.spent import Spent
from s2s.app.outcome import Reply
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.bill import ShowCost
from s2s.conversation.forgetting import Forgetting
from s2s.conversation.phases import Timer


class Attempt:
    """Writes down what comes; the pacer and what was spent are those of the whole batch."""

    def __init__(
        self, model: str, pacer: Pacer, spent: Spent, forgetting: Forgetting | None = None
    ) -> None:
        """`forgetting` is told what the file puts into the session."""
        self.reply = Reply(model=model)
        self.first_audio_ms: float | None = None
        self.sent = self.received = 0  # bytes of PCM
        self.connected = False
        self.cost = ShowCost(Decimal(0))
        self.answered = False  # a response was had to its end
        self.refused_before = False  # by an error of connecting
        self._asked_at: float | None = None
        self._pacer, self._spent = pacer, spent
        self._forgetting = forgetting or Forgetting()
        self._handlers: dict[type, Callable[[float, Any], None]] = {
            on.SessionStarted: self._started,
            on.ConnectFailed: self._failed,
            on.UploadEnded: self._uploaded,
            on.ResponseEnded: self._response_ended,
            on.RateLimitsUpdated: self._limits,
            do.CreateResponse: self._asks,
            do.WriteAudio: self._audio,
            do.ShowText: self._text,
            do.RestartReply: self._restart,
            do.StartTimer: self._pauses,
            do.ShowCost: self._costs,
            do.Warn: self._warned,
            **dict.fromkeys(Forgetting.HEARS, self._to_forget),
        }

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Take note of what concerns the reply, or the other jobs."""
        if handle := self._handlers.get(type(happening)):
            handle(at, happening)

    def _started(self, at: float, event: on.SessionStarted) -> None:
        self.connected = True
        self._pacer.connected()
        self.reply.model = event.model or self.reply.model

    def _failed(self, at: float, event: on.ConnectFailed) -> None:
        self.refused_before = True

    def _uploaded(self, at: float, event: on.UploadEnded) -> None:
        self.sent = event.size

    def _response_ended(self, at: float, event: on.ResponseEnded) -> None:
        if event.usage:
            self.reply.usage = self.reply.usage.plus(event.usage)
            self._spent.response(event.usage)
            self.answered = True
        self._forgetting.hear(event)

    def _to_forget(self, at: float, event: on.Event) -> None:
        self._forgetting.hear(event)

    def _limits(self, at: float, event: on.RateLimitsUpdated) -> None:
        if event.reset_s:
            self._pacer.exhausted(at, event.reset_s)

    def _asks(self, at: float, order: do.CreateResponse) -> None:
        self._asked_at = at

    def _audio(self, at: float, order: do.WriteAudio) -> None:
        if self.first_audio_ms is None and self._asked_at is not None:
            self.first_audio_ms = round(1000 * (at - self._asked_at), 1)
        self.received += len(order.pcm)

    def _text(self, at: float, order: do.ShowText) -> None:
        if order.role == "user":
            self.reply.user_text = order.text
        else:
            self.reply.text += order.text

    def _restart(self, at: float, order: do.RestartReply) -> None:
        self.reply.text, self.first_audio_ms, self.received = "", None, 0

    def _pauses(self, at: float, order: do.StartTimer) -> None:
        if order.name == Timer.PAUSE:  # a rate limit was met: it is everybody's
            self._pacer.limited(at, order.ms / 1000)

    def _costs(self, at: float, order: do.ShowCost) -> None:
        self.cost, self.reply.cost = order, order.cost

    def _warned(self, at: float, order: do.Warn) -> None:
        self.reply.warnings += (order.message,)

    @property
    def input_seconds(self) -> float:
        return pcm.seconds(self.sent)

    @property
    def output_seconds(self) -> float:
        return pcm.seconds(self.received)
