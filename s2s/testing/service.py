"""What a test asks for, as the service that a server serves."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s2s.errors import UsageError

if TYPE_CHECKING:
    from s2s.local.connection import Recorder, Service
    from s2s.local.engines import Synthesiser
    from s2s.local.script import Script
    from s2s.local.vad import Detector

Stated = Sequence[Mapping[str, Any]]  # turns or faults, as a script states them


def read_script(
    path: str | os.PathLike[str] | None, turns: Stated, faults: Stated, folder: Path
) -> Script:
    """Return the file's turns or those given, and the faults of both. Raises `UsageError`."""
    from dataclasses import replace

    from s2s.local.script import load, script_from

    given = script_from({"turns": turns, "faults": faults}, folder=folder)
    if path is None:
        return given
    read = load(folder / path)
    if read.turns and given.turns:
        raise UsageError(
            f"The script {path} has turns, and turns are given beside it.", "Leave out one of them."
        )
    return replace(read, turns=read.turns or given.turns, faults=(*read.faults, *given.faults))


def make_service(
    script: Script,
    engine: str | None,
    detector: Callable[[float], Detector] | None,
    synthesiser: Synthesiser | None,
    record: Recorder,
) -> Service:
    """Return the service. Raises `UsageError` if it could not answer."""
    from s2s.local.connection import Service
    from s2s.local.engines.named import engine_maker
    from s2s.local.vad import best_detector

    name = engine or ("script" if script.turns else "echo")
    engine_of_a_connection = engine_maker(name, script)
    speaks = name == "offline" or any(turn.say for turn in script.turns)
    voice = _found() if speaks and synthesiser is None else synthesiser
    return Service(
        engine=engine_of_a_connection,
        detector=detector or best_detector,
        synthesiser=lambda: voice or _found(),
        model=f"s2s-{name}",
        faults=script.faults,
        session_s=script.session_s,
        seed=script.seed,
        record=record,
    )


def _found() -> Synthesiser:
    """Return the best voice of this machine. Raises `UsageError` if it has none."""
    from s2s.local.synthesis import find_synthesiser

    return find_synthesiser()
