"""OpenAI's Realtime API as a `Codec`. Pure."""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.wire.realtime.decoder import decode
from s2s.wire.realtime.encoder import Encoder
from s2s.wire.realtime.names import Names
from s2s.wire.realtime.text_pieces import TextPieces


class RealtimeCodec:
    """Numbers what is sent, and keeps the halves of letters that came."""

    def __init__(self, session: int = 1) -> None:
        self._encoder, self._pieces, self._names = Encoder(), TextPieces(), Names(session)
        self._session = session

    def another(self) -> RealtimeCodec:
        return RealtimeCodec(self._session + 1)

    def decode(self, message: str | bytes) -> list[on.Event]:
        return self._pieces.take(self._names.inward(decode(message)))

    def finish(self) -> list[on.Event]:
        return self._pieces.end()

    def encode(self, command: do.Command) -> str | None:
        return self._encoder.encode(self._names.outward(command))
