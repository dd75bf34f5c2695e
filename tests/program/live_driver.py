"""A conversation for the live view to show, in real time, without sound or network.

    python live_driver.py STORY LOG

What the user presses is written to LOG; `StopPressed` and `QuitPressed` end it.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import stories
from fakes import tone

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.transcript.transcript import Transcript
from s2s.errors import Stopped
from s2s.ui.screen.live import LiveView

LONG = (
    "Paris. It lies on the Seine, has about two million inhabitants, and was called Lutetia by "
    "the Romans; 巴黎是法国的首都。 Naïve café 👩‍🚀 — that is all I know of it, and quite a lot."
)
STEERING = "Harmless\x1b[2J\x1b]0;title\x07 text.\x1b[31m"
LOUD, QUIET = [tone(20, level=0.25)], [tone(20, level=0.003)]


class Screen:
    """The view, and a stream of happenings for it."""

    def __init__(self, log: Path) -> None:
        self.log = log.open("w", buffering=1)
        self.transcript = Transcript()
        self.view = LiveView(self.post, sys.stdout, self.transcript)
        self.left = asyncio.Event()

    def post(self, event: on.Event) -> None:
        self.log.write(f"{event}\n")
        if isinstance(event, on.TextEntered):
            self.tell(do.CreateUserText(event.text))
        elif isinstance(event, on.DevicesAsked):
            names = ["default", "Yeti\x1b[2J", *(f"Headset {n}" for n in range(20))]
            sides: tuple[on.Side, on.Side] = ("microphone", "speaker")
            listed = [(side, name) for side in sides for name in names]
            self.tell(on.DevicesListed(tuple(listed)))
        elif isinstance(event, on.StopPressed | on.QuitPressed):
            self.left.set()

    def tell(self, *happened: stories.Happening) -> None:
        for each in happened:
            at = time.monotonic()
            self.transcript.observe(at, each)
            self.view.observe(at, each)

    async def sound(self, seconds: float, said: list[bytes], part: on.Part | None = None) -> None:
        """Let time pass: 50 chunks from the microphone and 10 reports of the speaker a second."""
        start = time.monotonic()
        report = pcm.silence(100)
        for n in range(1, round(seconds * 50) + 1):
            await asyncio.sleep(max(0.0, start + n / 50 - time.monotonic()))
            chunk = said[n % len(said)]
            self.tell(on.AudioCaptured(chunk), do.SendAudio(chunk))
            if n % 5 == 0:
                heard = on.Heard(part, n * 20) if part else None
                self.tell(on.AudioPlayed(report, heard))


async def listening(screen: Screen) -> None:
    screen.tell(*stories.opening())
    while True:
        await screen.sound(1, QUIET)


async def talk(screen: Screen) -> None:
    screen.tell(do.ShowState("connecting"))
    await screen.sound(0.2, QUIET)
    screen.tell(*stories.opening()[1:])
    await screen.sound(0.2, QUIET)
    screen.tell(do.ShowState("hearing you"), on.SpeechStarted("u1", 0))
    await screen.sound(1, LOUD)
    screen.tell(on.SpeechStopped("u1", 1400), on.InputCommitted("u1"), do.ShowState("thinking"))
    await screen.sound(0.3, QUIET)
    ms = len(LONG) * 60
    screen.tell(*stories.answer(LONG, ms=ms), do.ShowState("speaking"))
    screen.tell(on.PartStarted(stories.PART))
    await screen.sound(1.5, QUIET, stories.PART)
    screen.tell(on.UserTranscribed("u1", "What is the capital of France?"))
    await screen.sound(0.5, QUIET, stories.PART)
    screen.tell(on.PlayoutCleared((on.Heard(stories.PART, 5000),)), do.ShowState("listening"))
    screen.tell(do.Warn("The network is slow\x1b[2J."))
    second = on.Part("r2", "a2", 0, 0)
    screen.tell(*stories.answer(STEERING, second, 1000), *stories.heard(second, 1000))
    await listening(screen)


async def endless(screen: Screen) -> None:
    """A reply that never ends and is longer than the screen."""
    text = " ".join(f"word{n}" for n in range(2000))
    screen.tell(*stories.opening(), *stories.answer(text, ms=len(text) * 60))
    screen.tell(do.ShowState("speaking"), on.PartStarted(stories.PART))
    start = time.monotonic()
    while True:
        await screen.sound(0.1, LOUD)
        ms = round((time.monotonic() - start) * 20_000)
        screen.tell(on.AudioPlayed(b"", on.Heard(stories.PART, ms)))


async def crash(screen: Screen) -> None:
    await screen.sound(0.5, QUIET)
    raise RuntimeError("a bug")


STORIES: dict[str, Callable[[Screen], Awaitable[None]]] = {
    each.__name__: each for each in (listening, talk, endless, crash)
}


async def main(story: str, log: Path) -> None:
    screen = Screen(log)
    shown = asyncio.create_task(screen.view.run())
    told = asyncio.ensure_future(STORIES[story](screen))
    left = asyncio.create_task(screen.left.wait())
    try:
        await asyncio.wait({told, left}, return_when=asyncio.FIRST_COMPLETED)
        if told.done():
            await told
    finally:
        told.cancel()
        left.cancel()
        screen.transcript.close()
        screen.view.close()
        await shown


if __name__ == "__main__":
    from s2s import signals
    from s2s.cli.runner import run

    signals.install()
    signals.catch()
    try:
        run(main(sys.argv[1], Path(sys.argv[2])))
    except Stopped as stopped:
        sys.exit(stopped.exit_status)
