"""s2s: talk to speech-to-speech models, from a terminal and from programs.

    reply = s2s.send("question.wav", offline=True)
    reply.save("answer.wav")

docs/python.md tells of all of it. What is named here is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2s.version import __version__ as __version__

if TYPE_CHECKING:
    import s2s.aio as aio  # noqa: PLR0402 - there is no such name but this module
    import s2s.events as events  # noqa: PLR0402
    from s2s.app.batch.outcome import FileOutcome as FileOutcome
    from s2s.app.outcome import Reply as Reply
    from s2s.app.outcome import Usage as Usage
    from s2s.audio.devices.choice import Device as Device
    from s2s.config import Settings as Settings
    from s2s.errors import Bug as Bug
    from s2s.errors import NetworkError as NetworkError
    from s2s.errors import RefusedError as RefusedError
    from s2s.errors import ResponseError as ResponseError
    from s2s.errors import S2SError as S2SError
    from s2s.errors import SoundError as SoundError
    from s2s.errors import UsageError as UsageError
    from s2s.errors import WriteError as WriteError
    from s2s.face import RecordedFile as RecordedFile
    from s2s.face import devices as devices
    from s2s.face import record as record
    from s2s.face import send as send
    from s2s.many import send_many as send_many

_WHERE = {
    "Bug": "s2s.errors",
    "Device": "s2s.audio.devices.choice",
    "FileOutcome": "s2s.app.batch.outcome",
    "NetworkError": "s2s.errors",
    "RecordedFile": "s2s.face",
    "RefusedError": "s2s.errors",
    "Reply": "s2s.app.outcome",
    "ResponseError": "s2s.errors",
    "S2SError": "s2s.errors",
    "Settings": "s2s.config",
    "SoundError": "s2s.errors",
    "Usage": "s2s.app.outcome",
    "UsageError": "s2s.errors",
    "WriteError": "s2s.errors",
    "devices": "s2s.face",
    "record": "s2s.face",
    "send": "s2s.face",
    "send_many": "s2s.many",
}
_MODULES = ("aio", "events")

__all__ = [
    "Bug",
    "Device",
    "FileOutcome",
    "NetworkError",
    "RecordedFile",
    "RefusedError",
    "Reply",
    "ResponseError",
    "S2SError",
    "Settings",
    "SoundError",
    "Usage",
    "UsageError",
    "WriteError",
    "__version__",
    "aio",
    "devices",
    "events",
    "record",
    "send",
    "send_many",
]


if not TYPE_CHECKING:  # a type checker is to know that there is nothing else

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name in _MODULES:
            return import_module(f"s2s.{name}")
        if name not in _WHERE:
            raise AttributeError(f"module 's2s' has no attribute {name!r}")
        found: object = getattr(import_module(_WHERE[name]), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
