"""One exchange over a connection: a recording goes up, a reply comes back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from s2s.audio.files.read_ahead import Ahead, Readable, ReadAhead
from s2s.audio.files.wav_writer import ReplySink
from s2s.clock import Clock
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.exchange import Exchange
from s2s.errors import S2SError
from s2s.session.link import Configure, Link
from s2s.session.loop import Loop, Observer
from s2s.session.timers import alarm

CHUNK_MS = 1_000  # of a recording in one append: large enough to be quick, far below 15 MiB


async def hold(
    exchange: Exchange,
    link: Link,
    recording: Readable | None,
    sink: ReplySink | None,
    *,
    clock: Clock,
    observers: tuple[Observer, ...] = (),
    read: Callable[[], Ahead] | None = None,
) -> None:
    """Run `exchange` to its end over `link`, which is connected if it is not, and stays so.

    A text needs no `recording`; `read` gives one that is read in another way.

    Raises the `S2SError` the exchange ended with, or that connecting or writing the reply raised.
    """
    if recording:
        read = partial(ReadAhead, recording, CHUNK_MS)
    ahead: Ahead | None = None

    def reading() -> Ahead:
        nonlocal ahead
        assert read
        ahead = ahead or read()
        return ahead

    async def read_ahead() -> None:
        """Have the first chunks ready when they may be sent."""
        await link.up()
        if read and link.stands:
            reading()

    def carry_out(command: do.Command) -> None:
        if isinstance(command, do.Connect):
            if not link.stands:
                link.connect()
            link.attach(loop.post)
            loop.spawn(read_ahead())
        elif isinstance(command, do.StartUpload):
            loop.spawn(_upload(reading(), link, loop.post, exchange.timeout_s, clock))
        elif isinstance(command, do.WriteAudio) and sink:
            sink.write(command.pcm)
        elif isinstance(command, do.RestartReply) and sink:
            if kept := sink.restart():
                loop.observe(do.Warn(f"What was said before that is in {kept}."))
        elif isinstance(command, Configure) and (answer := link.configured(command)):
            loop.post(answer)
        elif message := link.codec.encode(command):
            link.send(message)

    loop = Loop(exchange, carry_out, clock, observers)
    try:
        await loop.run()
    finally:
        link.detach()
        loop.stop()
        if ahead:
            ahead.leave()
        await loop.gone()


async def _upload(
    ahead: Ahead,
    link: Link,
    post: Callable[[on.Event], None],
    timeout_s: float,
    clock: Clock,
) -> None:
    size = 0
    try:
        while chunk := await ahead.next():
            if message := link.codec.encode(do.SendAudio(chunk)):
                with alarm(clock, timeout_s, lambda: post(on.UploadStalled())):
                    await link.hand_over(message)
            size += len(chunk)
            post(on.Uploaded(size))
    except S2SError as error:
        post(on.UploadFailed(error))
    else:
        post(on.UploadEnded(size, ahead.peak))
