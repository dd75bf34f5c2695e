"""The first half of an exchange: the session is set up, a recording goes up and is committed."""

from __future__ import annotations

from collections.abc import Callable

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.checks import fault_of_recording
from s2s.conversation.hearing import Words
from s2s.conversation.phases import Course, Phase, Timer
from s2s.conversation.refusals import silence
from s2s.conversation.session_config import Wishes
from s2s.conversation.session_setup import Setup

OPTION_MS = 5_000.0  # how long an endpoint may think about an optional setting


class Question:
    """Goes on with each thing that the endpoint or the network has taken."""

    def __init__(
        self,
        wishes: Wishes,
        course: Course,
        words: Words,
        ask: Callable[[], list[do.Command]],
        text: str = "",
    ) -> None:
        self._ask, self._text = ask, text  # a text instead of a recording
        self._wishes, self._course, self._words = wishes, course, words
        self._setup = Setup(wishes.session, wishes.transcription)

    @property
    def transcriber(self) -> str:
        """The model that writes down the user's words."""
        return self._setup.transcriber

    def session_started(self, event: on.SessionStarted) -> list[do.Command]:
        if self._course.phase != Phase.CONNECTING:
            return []
        self._course.phase = Phase.CONFIGURING
        return self._setup.ask()

    def session_configured(self, event: on.SessionConfigured) -> list[do.Command]:
        transcribed = self._setup.transcribes
        if wrong := self._setup.taken(event):
            return self._course.end(wrong)
        if self._setup.transcribes and not transcribed:  # it may come late
            self._words.expect("")
        if self._course.phase == Phase.CONFIGURING and self._setup.stands:
            return self._set_up(self._setup.ask_for_options())
        return self._set_up([]) if self._course.phase == Phase.TRANSCRIPTION else []

    def refused(self, error: on.ErrorReported) -> list[do.Command] | None:
        """Do without the optional setting that `error` refuses, if it refuses one."""
        optional = self._course.phase == Phase.TRANSCRIPTION
        update = self._setup.refused(error) if optional else None
        if update is None:
            return None
        return self._set_up(self._setup.instead_of(update, error.message or error.code))

    def option_is_late(self) -> list[do.Command]:
        """The endpoint has thought about an optional setting for long enough."""
        return self._upload([]) if self._course.phase == Phase.TRANSCRIPTION else []

    def _set_up(self, commands: list[do.Command]) -> list[do.Command]:
        if not self._setup.waits:
            return self._upload([*commands, do.CancelTimer(Timer.OPTION)])
        self._course.phase = Phase.TRANSCRIPTION
        patience_ms = min(OPTION_MS, self._wishes.timeout_ms / 2)
        return [*commands, do.StartTimer(Timer.OPTION, patience_ms)]

    def _upload(self, commands: list[do.Command]) -> list[do.Command]:
        if self._text:
            return [*commands, do.CreateUserText(self._text), *self._ask()]
        self._course.phase = Phase.UPLOADING
        return [*commands, do.StartUpload()]

    # --- the recording

    def upload_stalled(self, event: on.UploadStalled) -> list[do.Command]:
        return self._course.end(silence(self._wishes.timeout_ms / 1000, self._course.phase))

    def upload_failed(self, event: on.UploadFailed) -> list[do.Command]:
        return self._course.end(event.error)

    def upload_ended(self, event: on.UploadEnded) -> list[do.Command]:
        if self._course.phase != Phase.UPLOADING:
            return []
        if useless := fault_of_recording(event):
            return self._course.end(useless)
        self._course.phase = Phase.COMMITTING
        return [do.CommitAudio()]
