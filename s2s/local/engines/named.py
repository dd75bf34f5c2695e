"""Engines by their names, and whether a script and an engine go together."""

from __future__ import annotations

import random
from collections.abc import Callable

from s2s.errors import UsageError
from s2s.local.engines import Engine
from s2s.local.script import Script
from s2s.local.values import shown

ENGINES = ("echo", "offline", "script")


def engine_maker(name: str, script: Script) -> Callable[[], Engine]:
    """Return what makes an engine for a connection.

    Raises `UsageError` if there is no such engine, if it lacks turns to answer with, or if the
    script has turns that it would not read.
    """
    if name not in ENGINES:
        raise UsageError(f"{shown(name)} is no engine.", f"There are {', '.join(ENGINES)}.")
    if name == "script" and not script.turns:
        raise UsageError("The engine script has no turns to answer with.", "Give it a script.")
    if name != "script" and script.turns:
        raise UsageError(
            f"The script has turns, and the engine {name} does not read them.",
            "Leave out the engine, or keep only the script's faults.",
        )
    if name == "echo":
        from s2s.local.engines.echo import EchoEngine

        return EchoEngine
    if name == "script":
        from s2s.local.engines.script import ScriptEngine

        chance = random.Random(script.seed).random
        return lambda: ScriptEngine(script, chance)
    from s2s.local.engines.offline import OfflineEngine

    shared = OfflineEngine()  # loading the grammar takes a while; all connections share it
    return lambda: shared
