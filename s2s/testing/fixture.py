"""The pytest fixture, and what a failing test shows; found by the entry point `pytest11`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from s2s.testing.report import last_of
from s2s.testing.server import RealtimeServer, forget_ended, running_lately

MakeServer = Callable[..., RealtimeServer]


@pytest.fixture
def realtime_server(request: pytest.FixtureRequest) -> Iterator[MakeServer]:
    """Start Realtime servers on this machine, as many as the test asks for; they end with it.

    Takes what `RealtimeServer` takes. Files are looked for beside the test.
    """
    with contextlib.ExitStack() as servers:

        def start(script: str | os.PathLike[str] | None = None, **options: Any) -> RealtimeServer:
            __tracebackhide__ = True
            options.setdefault("folder", request.path.parent)
            return servers.enter_context(RealtimeServer(script, **options))

        yield start


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    forget_ended()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a failing test show what went over the wires of its servers."""
    report = yield
    if report.failed:
        for server in running_lately():
            report.sections.append((f"Realtime server {server.url}", last_of(server.events)))
    return report
