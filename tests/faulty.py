"""A whole conversation, or a whole exchange, with an endpoint on which something goes wrong.

Both sides are the program's own: `s2s serve`'s server with its faults, the client's transport,
session loop, rules, file devices, screen and recording. Only time is not the machine's
(`virtual_time`), and what the command line would do around them is done here.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import io
import json
import os
import sys
import tempfile
import threading
import time
import traceback
import wave
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from fakes import LoudDetector, ToneSynthesiser, tone, write_wav
from virtual_time import VirtualTimeLoop, run_in_virtual_time
from watched import Watched

from s2s import pcm
from s2s.app.options import TalkOptions
from s2s.app.talk_wishes import talk_wishes
from s2s.audio.files.recording import open_recording
from s2s.audio.files.riff import HEADER_SIZE
from s2s.audio.files.wav_writer import WavWriter
from s2s.audio.live.file_devices import FileMicrophone, FileSpeaker
from s2s.cli.talking import TalkView
from s2s.cli.views import Views
from s2s.config import Settings, Sources, resolve
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.causes import Cause
from s2s.conversation.conversation import Conversation
from s2s.conversation.exchange import Exchange
from s2s.conversation.phases import Phase, PhaseChanged
from s2s.conversation.session_config import BargeInMode
from s2s.conversation.transcript.timeline import placed
from s2s.conversation.transcript.transcript import Transcript
from s2s.errors import S2SError
from s2s.local.connection import DEAD_S, Service
from s2s.local.engines import Turn
from s2s.local.engines.script import ScriptEngine
from s2s.local.script import Script, script_from
from s2s.local.server import listening
from s2s.local.steps import Step
from s2s.session.devices import Devices
from s2s.session.exchange import hold
from s2s.session.link import Link
from s2s.session.talk import converse
from s2s.session.thread_inbox import Bridge
from s2s.ui.screen.printer import TranscriptPrinter, WarningPrinter
from s2s.wire.models import TRANSCRIPTION_MODELS
from s2s.wire.realtime.codec import RealtimeCodec
from s2s.wire.transport import ALIVE_S, Transport, open_transport

TIMEOUT_S = 1.5  # `--timeout`
SILENCE_MS = 300  # `--silence-ms`
LEAD_S = 0.3  # before the first question
QUESTION_MS = 300
EVERY_S = 4.0  # a question: so long that even a late answer is heard before the next one
EVERY_RECONNECTING_S = 8.0  # the same, where it may be asked for a second time
RECONNECT_S = 60.0
ANSWER_MS, DELTA_MS = 600, 100
SERVER_LEAVES_S = DEAD_S + 5.0  # a server waits for so long where a line is dead
# A token costs a dollar a million, of whatever kind; the user's words cost nothing.
_ONE, _NOTHING = (dict.fromkeys(("input", "cached", "output"), each) for each in (1, 0))
PRICES = {
    "date": "2026-01-01",
    "currency": "USD",
    "models": {
        "test-model": {"source": "a test", "text": _ONE, "audio": _ONE},
        **{
            model: {"source": "a test", "text": _NOTHING, "audio": _NOTHING}
            for model in TRANSCRIPTION_MODELS
        },
    },
}
PATIENCE_S = 30.0  # of the machine's time, for a thread to write or to end

_IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # a disk is slow to sync

FROM_ENDPOINT = (
    on.AudioReceived,
    on.TextReceived,
    on.TextEnded,
    on.ResponseEnded,
    on.MessageUnreadable,
)
TALK, BY_KEY, SEND = "talk", "talk --turns manual", "send-wav"


def answer_hz(turn: int) -> int:
    """Return how high the answer to question `turn` sounds, from 1."""
    return 300 + 100 * turn


def question_hz(turn: int) -> int:
    """Return how high question `turn` sounds, from 1."""
    return 2000 + 100 * turn


def question_words(turn: int) -> str:
    """Return what is understood of a question."""
    return f"question {turn}"


class PitchEngine(ScriptEngine):
    """Understands each question by its pitch, in whichever session it comes."""

    def __init__(self, script: Script, turns: int, outcome: Outcome) -> None:
        super().__init__(script)
        self._pitches = [question_hz(turn) for turn in range(1, turns + 1)]
        self._outcome = outcome

    def reply(self, turn: Turn) -> Iterator[Step]:
        self._outcome.history = list(turn.history)
        return super().reply(turn)

    def hear(self, pcm: bytes) -> str:
        sounds = _sound_ms(_samples(pcm), self._pitches)
        heard = [question_words(turn) for turn, ms in enumerate(sounds, 1) if ms >= 100]
        return " and ".join(heard)


def answer_words(turn: int) -> str:
    """Return what the answer's transcript says."""
    return f"(a tone of {answer_hz(turn)} Hz)"


class LoopClock:
    """The time of the loop it is used on."""

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep_until(self, when: float) -> None:
        await asyncio.sleep(max(0.0, when - self.now()))


@dataclass(frozen=True)
class Case:
    """One conversation: which command, how many questions, and what goes wrong."""

    command: str = TALK
    turns: int = 3
    fault: dict[str, Any] | None = None  # as in a script
    reconnect: bool = False  # and then the fault strikes the first connection unless it says
    session_s: float = 3600.0  # after which a session ends
    timeout_s: float = TIMEOUT_S
    pause_s: float | None = None  # from a question to the next one
    barge_in: BargeInMode | None = None

    @property
    def every_s(self) -> float:
        """How long after a question the next one comes."""
        return self.pause_s or (EVERY_RECONNECTING_S if self.reconnect else EVERY_S)


@dataclass
class Outcome:
    """What came of a case: what the user is told, what was heard, what is left behind."""

    status: int = 0
    error: S2SError | None = None
    traceback: str = ""
    out: str = ""
    err: str = ""
    ended_s: float = 0.0
    hung: bool = False
    refused: bool = False  # by the endpoint: what it says after that is not for the user
    sent: list[dict[str, Any]] = field(default_factory=list)  # by the server
    wire: list[tuple[Any, ...]] = field(
        default_factory=list
    )  # its messages: on which connection, when, what, how long
    received: list[on.Event] = field(default_factory=list)  # from it, as the client read it
    arrived_ms: list[int] = field(default_factory=list)  # of each answer
    captured_ms: int = 0  # of the questions
    heard_ms: list[int] = field(default_factory=list)  # of each answer
    saved_ms: list[int] = field(default_factory=list)  # the same in what `--save` kept
    saved_captured_ms: int = 0
    words: str = ""  # of the assistant, in the saved transcript
    asked: list[str] = field(default_factory=list)  # by the user, in the saved transcript
    lines: list[tuple[str, str]] = field(default_factory=list)  # of it: who, and what was heard
    phases: list[tuple[float, Phase]] = field(default_factory=list)  # when the rules came to each
    history: list[tuple[str, str]] = field(default_factory=list)  # as the last answer had it
    cost: do.ShowCost | None = None  # what it has come to
    files: list[str] = field(default_factory=list)  # what is wrong with one
    left: list[str] = field(default_factory=list)  # what goes on living

    @property
    def told(self) -> str:
        """Return what the program would end with on standard error."""
        return f"{self.error.message} {self.error.hint}".strip() if self.error else ""

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Note what the session takes in."""
        if isinstance(happening, on.AudioCaptured):
            if pcm.level(happening.pcm) > 0.01:
                self.captured_ms += pcm.duration_ms(len(happening.pcm))
        elif isinstance(happening, do.ShowCost):
            self.cost = happening
        elif isinstance(happening, PhaseChanged):
            self.phases.append((at, happening.phase))
        elif isinstance(happening, on.ErrorReported):
            self.refused = self.refused or happening.cause is Cause.KEY
        elif isinstance(happening, FROM_ENDPOINT) and not self.refused:
            self.received.append(happening)


Network = Callable[[str], AbstractAsyncContextManager[str]]
"""Puts something before the server with this URL; gives the URL that the client is to use."""


def held(case: Case, network: Network = contextlib.nullcontext) -> Outcome:
    """Run a case; return what came of it."""
    with tempfile.TemporaryDirectory(dir=_IN_MEMORY) as folder:
        return _held(case, Path(folder), network)


def _held(case: Case, folder: Path, network: Network) -> Outcome:
    outcome = Outcome()
    threads, descriptors = set(threading.enumerate()), _descriptors()
    processes = _children()
    with (
        contextlib.redirect_stdout(io.StringIO()) as out,
        contextlib.redirect_stderr(io.StringIO()) as err,
    ):
        before, sys.unraisablehook = (
            sys.unraisablehook,
            lambda raised: outcome.left.append(f"{raised.exc_value!r} in {raised.object!r}"),
        )
        try:
            run_in_virtual_time(lambda loop: _in_time(case, folder, outcome, loop, network))
            gc.collect()
        finally:
            sys.unraisablehook = before
    outcome.out, outcome.err = out.getvalue(), err.getvalue()
    _look_at_files(case, folder, outcome)
    _wait_until(lambda: set(threading.enumerate()) <= threads)
    outcome.left += [f"thread {each.name}" for each in set(threading.enumerate()) - threads]
    outcome.left += [f"file {each}" for each in sorted(_descriptors() - descriptors)]
    outcome.left += [f"process {each}" for each in sorted(_children() - processes)]
    return outcome


async def _in_time(
    case: Case, folder: Path, outcome: Outcome, loop: VirtualTimeLoop, network: Network
) -> None:
    def note(connection: int, direction: str, message: str | bytes) -> None:
        if direction == "out":
            outcome.wire.append((connection, loop.time(), message[:80], len(message)))
            with contextlib.suppress(ValueError):  # a fault has cut it short
                outcome.sent.append(json.loads(message))

    def complain(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        outcome.left.append(f"{context['message']}: {context.get('exception')!r}")

    loop.set_exception_handler(complain)
    script = script_from(_script(case))
    service = Service(
        lambda: PitchEngine(script, case.turns, outcome),
        LoudDetector,
        ToneSynthesiser,
        "test-model",
        script.faults,
        record=note,
        session_s=script.session_s,
    )
    async with listening(service) as server, network(server) as url:
        ours = asyncio.all_tasks()
        command = _exchange if case.command == SEND else _conversation
        work = asyncio.create_task(
            command(case, folder, _settings(url, case.timeout_s, folder), outcome, loop)
        )
        await asyncio.wait([work], timeout=length_s(case) + 30)
        outcome.ended_s = loop.time()
        outcome.hung = not work.done()
        work.cancel()
        (ended,) = await asyncio.gather(work, return_exceptions=True)
        await asyncio.sleep(SERVER_LEAVES_S)
        outcome.left += [f"task {each}" for each in asyncio.all_tasks() - ours]
    if isinstance(ended, S2SError):
        outcome.error, outcome.status = ended, ended.exit_status
    elif isinstance(ended, BaseException) and not outcome.hung:
        outcome.status = 1
        outcome.traceback = "".join(traceback.format_exception(ended))


def _script(case: Case) -> dict[str, Any]:
    turns = [
        {
            "match": f"{question_words(turn)}$",
            "tone": f"{answer_hz(turn)}/{ANSWER_MS}ms",
            "delta_ms": DELTA_MS,
            "pace": "2x",
        }
        for turn in range(1, case.turns + 1)
    ]
    fault = {"connection": 1, **case.fault} if case.fault and case.reconnect else case.fault
    faults = [fault] if fault else []
    return {"turns": turns, "faults": faults, "session_s": case.session_s}


def _settings(url: str, timeout_s: float, folder: Path) -> Settings:
    prices = folder / "prices.json"
    prices.write_text(json.dumps(PRICES), "utf-8")
    flags = {"WS_URL": url, "S2S_TIMEOUT": str(timeout_s), "S2S_PRICES": str(prices)}
    return resolve(Sources(flags, {}, {}, (), Path(os.devnull)))


def length_s(case: Case) -> float:
    return question_at(case, case.turns) + QUESTION_MS / 1000


def question_at(case: Case, turn: int) -> float:
    """Return when a question begins, seconds into the recording."""
    return LEAD_S + (turn - 1) * case.every_s


def _recording(case: Case, folder: Path) -> Path:
    """Write the questions as one recording, each at its time."""
    said = bytearray(pcm.silence(length_s(case) * 1000))
    for turn in range(1, case.turns + 1):
        question = tone(QUESTION_MS, question_hz(turn))
        at = pcm.size_of(question_at(case, turn) * 1000)
        said[at : at + len(question)] = question
    return write_wav(folder / "questions.wav", bytes(said))


async def _conversation(
    case: Case, folder: Path, settings: Settings, outcome: Outcome, loop: VirtualTimeLoop
) -> None:
    """Do what `s2s talk --in FILE --out FILE --save DIR --plain` does."""
    by_key = case.command == BY_KEY
    again_s = RECONNECT_S if case.reconnect else 0.0
    by_pause = TalkOptions(
        settings, silence_ms=SILENCE_MS, reconnect_s=again_s, barge_in=case.barge_in
    )
    by_hand = TalkOptions(settings, turns="manual", reconnect_s=again_s)
    options = by_hand if by_key else by_pause
    alive_s = ALIVE_S if case.reconnect else None
    wishes = replace(talk_wishes(settings.wishes, options), recorded=True)
    clock, bridge = LoopClock(), Bridge()
    view = TalkView(save=str(folder / "saved"), plain=True)

    with ExitStack() as stack:
        sink = WavWriter(folder / "out.wav")
        stack.callback(sink.abandon)
        recording = Watched(stack.enter_context(open_recording(str(_recording(case, folder)))))
        devices, speaker = Devices(bridge), FileSpeaker(sink, clock)
        transcript = Transcript()
        views = stack.enter_context(Views(view, settings, bridge, 0.0, transcript))
        note = placed(transcript.observe)
        stack.callback(_let_it_be_written, folder, outcome)
        devices.open_microphone(FileMicrophone(recording, clock))
        loop.wait_for_threads(recording.is_read)
        keys = asyncio.create_task(_press(case, bridge)) if by_key else None
        try:
            with contextlib.closing(transcript):
                await converse(
                    Conversation(wishes),
                    lambda: open_transport(
                        settings.endpoint,
                        settings.timeout_s,
                        live=True,
                        alive_s=alive_s,
                        clock=clock,
                    ),
                    devices,
                    speaker,
                    bridge,
                    codec=RealtimeCodec(),
                    timeout_s=settings.timeout_s,
                    clock=clock,
                    observers=(note, *views.observers, recording.taken, outcome.observe),
                )
        finally:
            if keys:
                keys.cancel()
            sink.complete()


async def _press(case: Case, bridge: Bridge) -> None:
    """Hold the key down during each question; the last one ends with the recording."""
    clock = LoopClock()
    for turn in range(1, case.turns + 1):
        await clock.sleep_until(question_at(case, turn))
        bridge(on.TalkPressed())
        if turn < case.turns:
            await clock.sleep_until(question_at(case, turn) + QUESTION_MS / 1000)
            bridge(on.TalkPressed())


async def _exchange(
    case: Case, folder: Path, settings: Settings, outcome: Outcome, loop: VirtualTimeLoop
) -> None:
    """Do what `s2s send-wav FILE -o FILE` does."""
    with ExitStack() as stack:
        recording = Watched(stack.enter_context(open_recording(str(_recording(case, folder)))))
        sink = WavWriter(folder / "out.wav")
        printer = TranscriptPrinter(sys.stdout)
        stack.callback(printer.end_line)
        warnings = WarningPrinter(sys.stderr)
        observers = (printer.observe, warnings.observe, recording.taken, outcome.observe)

        async def connect() -> Transport:
            transport = await open_transport(settings.endpoint, settings.timeout_s)
            loop.wait_for_threads(recording.is_read)  # from now on there is one that reads
            return transport

        try:
            exchange, clock = Exchange(settings.wishes), LoopClock()
            link = Link(connect, RealtimeCodec(), clock, settings.timeout_s)
            try:
                await hold(exchange, link, recording, sink, clock=clock, observers=observers)
            finally:
                await link.close()
        except BaseException:
            sink.abandon()
            raise
        sink.complete()


# --- what is left of it


def _let_it_be_written(folder: Path, outcome: Outcome) -> None:
    """Wait for the thread that saves: hours of the loop's time are no time for a disk."""
    played = pcm.size_of(max(0.0, asyncio.get_running_loop().time() - 1.0) * 1000)
    (saved,) = (folder / "saved").glob("*/conversation.wav")
    _wait_until(lambda: saved.stat().st_size >= 2 * played)


def _wait_until(holds: Callable[[], bool]) -> None:
    patience = time.monotonic() + PATIENCE_S
    while not holds() and time.monotonic() < patience:
        time.sleep(0.001)


def _look_at_files(case: Case, folder: Path, outcome: Outcome) -> None:
    answers = [answer_hz(turn) for turn in range(1, case.turns + 1)]
    written = [each for each in ("out.wav", "out.partial.wav") if (folder / each).exists()]
    sound = _read(folder / written[0], 1, outcome)[0] if written else np.zeros(0)
    outcome.heard_ms = _sound_ms(sound, answers)
    came = b"".join(each.pcm for each in outcome.received if isinstance(each, on.AudioReceived))
    outcome.arrived_ms = _sound_ms(_samples(came), answers)
    if case.command == SEND:
        return
    (saved,) = (folder / "saved").glob("*")
    left, right = _read(saved / "conversation.wav", 2, outcome)
    outcome.saved_ms = _sound_ms(right, answers)
    questions = [question_hz(turn) for turn in range(1, case.turns + 1)]
    outcome.saved_captured_ms = sum(_sound_ms(left, questions))
    try:
        kept = (saved / "transcript.jsonl").read_text("utf-8")
        lines = [json.loads(line) for line in kept.split("\n")[:-1]]
        said = [
            f"{line['text']} {line['unheard']}".strip()
            for line in lines
            if line["role"] == "assistant"
        ]
        outcome.words = "\n".join(said)
        outcome.lines = [(line["role"], line["text"]) for line in lines]
        outcome.asked = [line["text"] for line in lines if line["role"] == "user"]
        if any(line["role"] not in ("user", "assistant") for line in lines):
            outcome.files.append("transcript.jsonl: a line of nobody")
        if not (saved / "transcript.md").read_text("utf-8").startswith("# "):
            outcome.files.append("transcript.md has no title")
    except (OSError, ValueError, KeyError, TypeError) as exc:
        outcome.files.append(f"the transcript: {exc!r}")


def _read(path: Path, channels: int, outcome: Outcome) -> list[Any]:
    """Return the channels of a WAV file, which has to hold exactly what its header promises."""
    try:
        with wave.open(str(path), "rb") as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            frames = file.readframes(file.getnframes())
            if form != (channels, 2, pcm.RATE):
                outcome.files.append(f"{path.name}: channels, bytes, rate {form}")
            promised = file.getnframes() * 2 * channels
            if not len(frames) == promised == path.stat().st_size - HEADER_SIZE:
                outcome.files.append(f"{path.name} is not as long as its header says")
    except (OSError, EOFError, wave.Error) as exc:
        outcome.files.append(f"{path.name}: {exc!r}")
        frames = b""
    samples = _samples(frames)
    return [samples[channel::channels] for channel in range(channels)]


def _samples(frames: bytes) -> Any:
    return np.frombuffer(frames, "<i2").astype(np.float64) / 32768


def _sound_ms(samples: Any, pitches: list[int]) -> list[int]:
    """Return for how long each tone sounds: multiples of 50 Hz, looked for in blocks of 20 ms."""
    size = pcm.RATE // 50
    blocks = samples[: len(samples) - len(samples) % size].reshape(-1, size)
    blocks = blocks[np.abs(blocks).max(axis=1, initial=0) > 0.01]
    turns = np.outer(np.arange(size), pitches) * (2 * np.pi / pcm.RATE)
    loudness = np.hypot(blocks @ np.cos(turns), blocks @ np.sin(turns)) * 2 / size
    return [20 * int(count) for count in (loudness > 0.15).sum(axis=0)]


def _descriptors() -> set[str]:
    """Return what this process has open."""
    found = set()
    for number in os.listdir("/dev/fd"):
        with contextlib.suppress(OSError):  # the listing's own
            found.add(f"{number} -> {os.readlink(f'/dev/fd/{number}')}")
    return found


def _children() -> set[str]:
    """Return the processes that this one has started, and that are still there; Linux tells."""
    children = set[str]()
    for each in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread that has just ended
            children.update(each.read_text("ascii").split())
    return children
