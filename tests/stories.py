"""Happenings of a small conversation, for those who watch one."""

from __future__ import annotations

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.session_config import ServerVad

SERVER_VAD = ServerVad()
PART = on.Part("r1", "a1", 0, 0)
ANSWER = "Paris. It lies on the Seine."

Happening = on.Event | do.Command


def opening(**configured: object) -> list[Happening]:
    """A session that stands."""
    return [
        do.ShowState("connecting"),
        do.ConfigureSession(turn_detection=SERVER_VAD),
        do.ConfigureTranscription("whisper"),
        do.ShowState("listening"),
    ]


def question(text: str = "Where?", item_id: str = "u1") -> list[Happening]:
    return [on.InputCommitted(item_id), on.UserTranscribed(item_id, text)]


def answer(text: str = ANSWER, part: on.Part = PART, ms: int = 2000) -> list[Happening]:
    """A reply that arrives whole and of which nothing was heard yet."""
    audio = pcm.silence(ms)
    return [
        on.ResponseStarted(part.response_id),
        on.TextReceived(part, text),
        on.AudioReceived(part, audio),
        do.PlayAudio(part, audio),
        on.AudioEnded(part),
        on.ResponseEnded(part.response_id, "completed"),
    ]


def heard(part: on.Part = PART, ms: int = 2000) -> list[Happening]:
    return [on.PartStarted(part), on.PartPlayed(part, ms)]


def cut(ms: int, part: on.Part = PART) -> list[Happening]:
    return [on.PartStarted(part), on.PlayoutCleared((on.Heard(part, ms),))]
