"""The pytest fixture; pytest finds it by the entry point `pytest11`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from s2s.testing.server import RealtimeServer

MakeServer = Callable[..., RealtimeServer]


@pytest.fixture
def realtime_server(request: pytest.FixtureRequest) -> Iterator[MakeServer]:
    """Start Realtime servers on this machine, as many as the test asks for; they end with it.

    Takes what `RealtimeServer` takes. Files are looked for beside the test.
    """
    with contextlib.ExitStack() as servers:

        def start(script: str | os.PathLike[str] | None = None, **options: Any) -> RealtimeServer:
            options.setdefault("folder", request.path.parent)
            return servers.enter_context(RealtimeServer(script, **options))

        yield start
