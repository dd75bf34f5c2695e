"""How long the user waits for an answer: from the end of speech to the first audible sample."""

from __future__ import annotations

from collections import deque

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.capture import TAIL_MS
from s2s.conversation.session_config import ByKey, ServerVad

_REMEMBERED = 3_000  # chunks sent, a minute of them: no turn ends later than that


class Latency:
    """Observes a conversation; `seconds` has one entry for each spoken turn that was answered.

    The pause by which the endpoint found the end of the turn is part of the wait.
    """

    def __init__(self, speaker_ms: float = 0.0) -> None:
        self.seconds: list[float] = []
        self._speaker_s = speaker_ms / 1000  # from taking a sample to its sound
        self._silence_ms = 0
        self._by_key = False
        self._sent: deque[tuple[float, float | None]] = deque(maxlen=_REMEMBERED)  # ms, when
        self._sent_ms = 0.0
        self._ended: float | None = None  # when the user stopped speaking
        self._item_id = ""  # of what was said

    @property
    def last(self) -> float | None:
        return self.seconds[-1] if self.seconds else None

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Note when speech ended and when an answer begins."""
        if isinstance(happening, do.SendAudio):
            self._sent_ms += len(happening.pcm) / pcm.BYTES_PER_MS
            self._sent.append((self._sent_ms, None if happening.again else at))
        elif isinstance(happening, on.SessionStarted):
            self._sent_ms = 0.0  # each counts what it was sent
            self._sent.clear()
        elif isinstance(happening, on.SpeechStopped) and happening.end_ms is not None:
            self._ended = self._captured(happening.end_ms - self._silence_ms)
            self._item_id = happening.item_id
        elif isinstance(happening, do.DeleteItem) and happening.item_id == self._item_id:
            self._ended = None  # it was a noise, and is not answered
        elif isinstance(happening, do.CommitAudio):
            self._ended = at - TAIL_MS / 1000 if self._by_key else self._ended
        elif isinstance(happening, on.SpeechStarted | do.CreateUserText):
            self._ended = None
        elif isinstance(happening, on.PartStarted) and self._ended is not None:
            self.seconds.append(max(0.0, at + self._speaker_s - self._ended))
            self._ended = None
        elif isinstance(happening, do.ConfigureSession):
            detection = happening.turn_detection
            self._by_key = isinstance(detection, ByKey)
            self._silence_ms = detection.silence_ms if isinstance(detection, ServerVad) else 0

    def _captured(self, position_ms: float) -> float | None:
        """Return when the sample at `position_ms` of the audio sent was captured.

        Of what was sent again after a lost connection nobody knows.
        """
        moment: float | None = None
        for end_ms, at in reversed(self._sent):
            if end_ms < position_ms:
                break
            moment = None if at is None else at - (end_ms - position_ms) / 1000
        return moment
