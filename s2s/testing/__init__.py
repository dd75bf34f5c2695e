"""A Realtime server for the tests of programs that talk to one; with pytest it is a fixture.

    def test_it_answers(realtime_server):
        server = realtime_server(turns=[{"hear": "hello", "tone": "440/1s"}])
        my_program(base_url=server.base_url)
        assert server.received("response.create")

docs/testing.md has a whole example. Without pytest: `with RealtimeServer(turns=[…]) as server:`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from s2s.testing.server import RealtimeServer
from s2s.testing.voice import ToneVoice
from s2s.testing.wire import WireEvent

__all__ = ["RealtimeServer", "ToneVoice", "WireEvent"]

if TYPE_CHECKING or "pytest" in sys.modules:  # outside of pytest nothing needs it
    from s2s.testing.fixture import (
        MakeServer,
        pytest_runtest_makereport,
        pytest_runtest_setup,
        realtime_server,
    )

    __all__ += [
        "MakeServer",
        "pytest_runtest_makereport",
        "pytest_runtest_setup",
        "realtime_server",
    ]
