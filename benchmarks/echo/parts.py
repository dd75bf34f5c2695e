"""What is tried in a room: each part holds one conversation and returns what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import sounds
from room import Room, Samples, speech
from scene import Echo, Scene, Setting, held, put_together

from s2s import pcm
from s2s.audio.live.chain import REPORT_MS
from s2s.conversation import commands as do
from s2s.conversation import events as on

FADE = 240  # samples


@dataclass
class Reply:
    """One reply: when it began and ended, and what was done to it."""

    begins_ms: float
    ends_ms: float
    cut: bool
    holds: list[float] = field(default_factory=list)  # ms into it


@dataclass
class Heard:
    """What came of replies over which nobody spoke."""

    room: str
    replies: list[Reply]
    judged: Sequence[
        tuple[float, str, float | None, float | None]
    ]  # ms after the first reply began


def assistant(room: Room) -> str:
    return sounds.ASSISTANTS[room.seed % len(sounds.ASSISTANTS)]


def question(room: Room) -> Samples:
    voice = next(each for each in sounds.USERS if each != assistant(room))
    return speech(sounds.QUESTION, voice)


def replies_of(scene: Scene) -> list[Reply]:
    found: list[Reply] = []
    for at, each in scene.happened:
        if isinstance(each, on.PartStarted):
            found.append(Reply(at, at, cut=False))
        elif isinstance(each, on.PartPlayed):
            found[-1].ends_ms = at
        elif isinstance(each, on.PlayoutCleared) and any(heard.ms for heard in each.heard):
            found[-1].ends_ms, found[-1].cut = at, True
        elif isinstance(each, do.HoldPlayout) and found:
            found[-1].holds.append(at - found[-1].begins_ms)
    return found


# --- nobody speaks


def alone(room: Room, count: int, jumps: str = "") -> Heard:
    """`count` replies of ten seconds, each to a question; nobody speaks over them."""
    setting = Setting(room, sounds.replies(assistant(room)))
    asked = question(room)
    rng = np.random.default_rng(room.seed)

    async def script(scene: Scene) -> None:
        await scene.wait(1000)
        number = 0
        while len(scene.when(on.PartStarted)) < count:
            await scene.reply_to(asked)
            await scene.silence()
            await scene.wait(500 + float(rng.uniform(0, 600)))
            if jumps and not scene.sounds:
                _jump(scene, jumps, number)
                number += 1
                await scene.wait(400 + float(rng.uniform(0, 300)))

    scene = held(setting, script)
    begun = scene.when(on.PartStarted)[0]
    judged = [
        (at - begun, each.doing, each.leak_db, each.reduction_db)
        for at, each in scene.happened
        if isinstance(each, on.EchoJudged)
    ]
    return Heard(room.name, replies_of(scene)[:count], judged)


_JUMPS = {
    "reopened": (2, 3, 2, 2, 3, 3, 2),  # buffers that are filled at once, as PortAudio does it
    "late": (15, 5, 40, 10, 30, 20),  # ms that the speaker asks for nothing
    "refilled": (4, 2, 3, 6, 2, 5, 2),  # as many buffers as no card was seen to ask for
    "shifted": (10, -10, 5, -5, 20, -20, 40, -40),  # ms of the sound as it is opened again, unseen
}


def _jump(scene: Scene, kind: str, number: int) -> None:
    size = _JUMPS[kind][number % len(_JUMPS[kind])]
    if kind == "shifted":
        scene.air.later_ms += size
        scene.speaker.rest()
        scene.speaker.wake()
    elif kind == "late":
        scene.speaker.underrun(size)
    else:
        scene.speaker.rest()
        scene.speaker.at_once = size
        scene.speaker.wake()


# --- the user speaks over it


@dataclass
class Said:
    """One thing said over a reply; times are ms after its first sample."""

    what: str
    ms: float
    held: float | None = None
    cut: float | None = None
    understood: bool = False
    guessed: bool = False  # the recogniser's best guess was right, sure or not
    exact: bool = True  # what was heard of the reply, to the sample
    told: bool = True  # and the endpoint knows
    flaw: str = ""


@dataclass
class Over:
    room: str
    said: list[Said]
    history: bool = True
    steepest: float = 0.0  # step between two samples, of the steepest there is in a reply


def phrases(
    room: Room,
    echo: Echo | None,
    *,
    first_second: bool = False,
    near_dbfs: float = -20.0,
    count: int = 44,
) -> Over:
    """Say phrases of the offline engine over replies; in the first second of each conversation."""
    from s2s.local.engines.skills import GRAMMAR
    from s2s.local.recognition import Recogniser

    recogniser = Recogniser(GRAMMAR)
    far = "rms"

    guessed: list[str] = []

    def words(audio: bytes) -> str:
        heard = recogniser.recognise(audio)
        guessed.append(heard.text)
        return heard.text if heard.sure else ""

    said = []
    rng = np.random.default_rng(room.seed)
    todo = [
        (phrase, sounds.RECOGNISED[number % 3])
        for number, phrase in enumerate((sounds.PHRASES * 2)[:count])
    ]
    setting = Setting(room, sounds.replies(far), words, echo)
    conversations = [[each] for each in todo] if first_second else [todo]
    for number, conversation in enumerate(conversations):

        async def script(scene: Scene, todo: list[tuple[str, str]] = conversation) -> None:
            await scene.wait(1000)
            for phrase, voice in todo:
                await scene.reply_to(question(room))
                begun = scene.when(on.PartStarted)[-1]
                into = rng.uniform(200, 1000) if first_second else rng.uniform(1500, 3000)
                await scene.wait(max(0.0, begun + into - scene.now_ms))
                spoken = speech(phrase, voice, near_dbfs)
                told = await _say(scene, phrase, spoken)
                turns = scene.ear.heard[told.heard_before :]
                told.said.understood = phrase in turns
                told.said.guessed = phrase in guessed[len(guessed) - len(turns) :]
                said.append(told.said)
                await scene.until(lambda: scene.sounds, 1500)

        one = replace(setting, room=replace(room, seed=room.seed + number))
        held(one, script)
    return Over(room.name, said)


@dataclass
class _Told:
    said: Said
    heard_before: int
    at_ms: float


async def _say(scene: Scene, what: str, spoken: Samples, after_ms: float = 1500) -> _Told:
    ms = sounds.seconds(spoken) * 1000
    before = len(scene.ear.heard)
    at = scene.say(spoken)
    replies = len(scene.when(on.PartStarted))
    # Until the endpoint has answered it, or has had the time to.
    await scene.until(lambda: len(scene.when(on.PartStarted)) > replies, ms + after_ms)
    said = Said(what, ms)
    holds = scene.when(do.HoldPlayout, at) + scene.when(do.ClearPlayout, at)
    said.held = min(holds) - at if holds and min(holds) < at + ms + 300 else None
    cuts = [
        t for t, each in scene.happened
        if t >= at and isinstance(each, on.PlayoutCleared) and any(h.ms for h in each.heard)
    ]  # fmt: skip
    said.cut = min(cuts) - at if cuts else None
    return _Told(said, before, at)


def interruptions(room: Room, todo: list[Samples]) -> Over:
    """Say something long over every reply."""
    said = []
    rng = np.random.default_rng(room.seed)

    async def script(scene: Scene) -> None:
        await scene.wait(1000)
        for spoken in todo:
            await scene.reply_to(question(room))
            begun = scene.when(on.PartStarted)[-1]
            await scene.wait(max(0.0, begun + rng.uniform(1000, 4000) - scene.now_ms))
            told = await _say(scene, "", spoken)
            said.append(told.said)
            if told.said.cut is not None:
                await scene.wait(2 * REPORT_MS)  # until all that the speaker took has been told
                _check_cut(scene, told)
            await scene.until(lambda: scene.sounds, 1500)

    held(Setting(room, sounds.replies(assistant(room))), script)
    return Over(room.name, said)


def _check_cut(scene: Scene, told: _Told) -> None:
    """Compare what the endpoint was told that was heard with what the speaker took."""
    cleared = next(
        each for at, each in scene.happened
        if at >= told.at_ms and isinstance(each, on.PlayoutCleared) and each.heard
    )  # fmt: skip
    truncated = scene.of(do.TruncateItem, told.at_ms)
    heard = cleared.heard[0]
    told.said.told = len(truncated) == 1 and truncated[0].heard_ms == heard.ms
    number = sum(at < told.at_ms for at in scene.when(on.PartStarted)) - 1
    started = scene.of(on.PartStarted)[number]
    told.said.exact = _is_heard(scene, started.at_ms, cleared.at_ms or 0, number, heard.ms)


def _is_heard(scene: Scene, begins: int, ends: int, number: int, heard_ms: int) -> bool:
    """Whether so much of a reply was taken by the speaker, the fade that ends it aside."""
    received = np.frombuffer(scene.setting.replies(number), "<i2")
    size = heard_ms * pcm.RATE // 1000
    taken = np.frombuffer(put_together(bytes(scene.taken), scene, begins, ends), "<i2")
    same = np.array_equal(taken[: size - FADE], received[: size - FADE])
    return same and not taken[size:].any()


# --- what is short


async def _into_a_reply(
    scene: Scene, room: Room, each: sounds.Short, now: list[str], after_ms: float
) -> tuple[_Told, int]:
    """Let a sound be heard `after_ms` of a reply, and return the number of that as well.

    `now` holds the words of what is heard.
    """
    now[0] = "What was that?"
    await scene.reply_to(question(room))
    begun = scene.when(on.PartStarted)
    await scene.wait(max(0.0, begun[-1] + after_ms - scene.now_ms))
    now[0] = each.words
    return await _say(scene, each.name, each.samples, 2600), len(begun) - 1


def short(room: Room, todo: list[sounds.Short]) -> Over:
    """Let one short sound be heard over every reply, of five seconds."""
    said: list[Said] = []
    rng = np.random.default_rng(room.seed)
    now = [""]

    async def script(scene: Scene) -> None:
        await scene.wait(1000)
        for each in todo:
            told, number = await _into_a_reply(scene, room, each, now, rng.uniform(1200, 2500))
            said.append(told.said)
            if told.said.cut is None:
                await scene.silence()
                await scene.wait(300)
                told.said.flaw = _whole(scene, number)
                told.said.exact = not told.said.flaw
            else:
                await scene.until(lambda: scene.sounds, 1500)

    replies = sounds.replies(assistant(room), 5.0)
    scene = held(Setting(room, replies, lambda _: now[0]), script)
    turns = len(scene.endpoint.history)
    asked = ["user", "assistant"] * (turns // 2)
    history = scene.endpoint.history == asked and turns == 2 * scene.ear.count
    return Over(room.name, said, history, _steepest(scene))


def _whole(scene: Scene, number: int) -> str:
    """Return what is amiss with a reply that was to be heard whole, hold or not."""
    started = scene.of(on.PartStarted)[number]
    ended = [each for each in scene.of(on.PartPlayed) if each.part == started.part]
    if not ended:
        return "it was not heard out"
    try:
        taken = put_together(bytes(scene.taken), scene, started.at_ms, ended[0].at_ms)
    except ValueError as error:
        return str(error)
    received = scene.setting.replies(number)
    if ended[0].ms != pcm.duration_ms(len(received)):
        return f"the playhead says {ended[0].ms} ms"
    return "" if taken == received else "it is not what was received"


def _steepest(scene: Scene) -> float:
    """Return the steepest step around the holds, of the steepest in what was received."""
    tape = np.frombuffer(bytes(scene.taken), "<i2").astype(np.int32)
    most = max(
        int(np.abs(np.diff(np.frombuffer(scene.setting.replies(n), "<i2").astype(np.int32))).max())
        for n in range(scene.ear.count)
    )
    found = 0
    for each in scene.of(on.PlayoutHeld) + scene.of(on.PlayoutResumed):
        place = (each.at_ms or 0) * pcm.RATE // 1000
        around = tape[max(0, place - 2 * FADE) : place + 2 * FADE]
        found = max(found, int(np.abs(np.diff(around)).max(initial=0)))
    return found / most


def commands(room: Room, todo: list[sounds.Short]) -> Over:
    """Say one word over every reply that is to stop it."""
    said = []
    rng = np.random.default_rng(room.seed)
    now = [""]

    async def script(scene: Scene) -> None:
        await scene.wait(1000)
        for each in todo:
            told, _ = await _into_a_reply(scene, room, each, now, rng.uniform(1200, 4000))
            said.append(told.said)
            await scene.until(lambda: scene.sounds, 1500)

    held(Setting(room, sounds.replies(assistant(room)), lambda _: now[0]), script)
    return Over(room.name, said)
