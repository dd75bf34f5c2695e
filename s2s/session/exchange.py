"""One exchange over a transport: a recording goes up, a reply comes back."""

from __future__ import annotations

from collections.abc import Callable

from s2s.audio.files.read_ahead import ReadAhead, Recording
from s2s.audio.files.wav_writer import ReplySink
from s2s.clock import Clock
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.exchange import Exchange
from s2s.errors import S2SError
from s2s.session.loop import Loop, Observer
from s2s.session.outbox import Outbox
from s2s.session.timers import alarm
from s2s.wire.realtime.decoder import decode
from s2s.wire.realtime.encoder import Encoder
from s2s.wire.realtime.text_pieces import TextPieces
from s2s.wire.transport import Transport

CHUNK_MS = 1_000  # of a recording in one append: large enough to be quick, far below 15 MiB


async def hold(
    exchange: Exchange,
    transport: Transport,
    recording: Recording | None,
    sink: ReplySink | None,
    *,
    clock: Clock,
    observers: tuple[Observer, ...] = (),
) -> None:
    """Run `exchange` to its end over `transport`, then close it; a text needs no `recording`.

    Raises the `S2SError` the exchange ended with, or that writing the reply raised.
    """
    # The first chunks are ready when they may be sent.
    ahead = ReadAhead(recording, CHUNK_MS) if recording else None
    encoder = Encoder()

    def carry_out(command: do.Command) -> None:
        if isinstance(command, do.StartUpload) and ahead:
            loop.spawn(_upload(ahead, transport, encoder, loop.post, exchange.timeout_s))
        elif isinstance(command, do.WriteAudio) and sink:
            sink.write(command.pcm)
        elif isinstance(command, do.RestartReply) and sink:
            if kept := sink.restart():
                loop.observe(do.Warn(f"What was said before that is in {kept}."))
        elif message := encoder.encode(command):
            outbox.put(message)

    loop = Loop(exchange, carry_out, clock, observers)
    outbox = Outbox(loop.post, exchange.timeout_s)
    try:
        loop.spawn(outbox.send_over(transport))
        loop.spawn(read(transport, loop.post))
        await loop.run()
    finally:
        loop.stop()
        if ahead:
            ahead.leave()
        await transport.close()
        await loop.gone()


async def read(transport: Transport, post: Callable[[on.Event], None]) -> None:
    """Post every message of the endpoint, and how the connection ended."""
    pieces = TextPieces()
    async for message in transport.messages():
        for event in pieces.take(decode(message)):
            post(event)
    for event in pieces.end():
        post(event)
    post(transport.lost)


async def _upload(
    ahead: ReadAhead,
    transport: Transport,
    encoder: Encoder,
    post: Callable[[on.Event], None],
    timeout_s: float,
) -> None:
    size = 0
    try:
        while chunk := await ahead.next():
            with alarm(timeout_s, lambda: post(on.UploadStalled())):
                await transport.send(encoder.append(chunk))
            size += len(chunk)
            post(on.Uploaded(size))
    except S2SError as error:
        post(on.UploadFailed(error))
    else:
        post(on.UploadEnded(size, ahead.peak))
