"""The endpoint of `--offline`: a child process that ends when its standard input closes.

A process, because the recogniser holds Python's lock for a quarter of a second at a time; tied
to our end of a pipe, because then it ends with us however we end.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from contextlib import ExitStack

from s2s import signals
from s2s.errors import UsageError
from s2s.programs import ours

NOTICE = (
    "Offline: a fixed list of things, in English, to try s2s and to test with; no language model."
)
_WARNING = "Warning: "
_URL = "ws://127.0.0.1:"
_PATIENCE_S = 2.0  # for the child to end by itself


def start(stack: ExitStack, on_warning: Callable[[str], None]) -> OfflineServer:
    """Start one that ends with `stack`: a child that was started is always waited for.

    `on_warning` is told, when it has ended, what it has warned of.
    """
    with signals.held():
        server = OfflineServer()
        stack.callback(server.forget)
        stack.callback(lambda: server.tell_warnings(on_warning))
        stack.callback(server.stop)
    return server


def phrases() -> list[str]:
    """Return one phrase for each thing that the offline engine understands."""
    from s2s.local.engines.skills import SKILLS

    return [skill.example for skill in SKILLS]


class OfflineServer:
    """Starts the offline engine's endpoint on a free port; `listens` returns its URL."""

    def __init__(self) -> None:
        self._said = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - as long as we
        self._process = subprocess.Popen(
            ours("s2s.local.child"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            start_new_session=True,  # Ctrl-C is for us; the child leaves after we have
            text=True,
        )

    async def listens(self) -> str:
        """Return the URL once it listens. Raises `UsageError` if it cannot.

        A wait that is cancelled ends the child.
        """
        import asyncio  # `talk` has its microphone open before it is imported

        assert self._process.stdout
        try:
            said = await asyncio.to_thread(self._process.stdout.readline)
        except asyncio.CancelledError:
            self._process.kill()  # which ends the reading as well
            raise
        url = said.strip()
        if not url.startswith(_URL):
            self.stop()
            raise self._failure()
        return url

    def stop(self) -> None:
        """Close the child's standard input, which ends it; insist if it does not."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def tell_warnings(self, on_warning: Callable[[str], None]) -> None:
        """Tell what it has warned of."""
        for line in self._lines():
            if line.startswith(_WARNING):
                on_warning(line.removeprefix(_WARNING))

    def forget(self) -> None:
        """Let go of what it has said."""
        self._said.close()

    def _lines(self) -> list[str]:
        self._said.seek(0)
        return [line.strip() for line in self._said if line.strip()]

    def _failure(self) -> UsageError:
        lines = self._lines()
        told = [index for index, line in enumerate(lines) if line.startswith("Error: ")]
        if told:
            message, *hint = lines[told[0] :]
            return UsageError(message.removeprefix("Error: "), " ".join(hint))
        reason = lines[-1] if lines else f"it ended with status {self._process.returncode}"
        return UsageError(f"The offline endpoint did not start: {reason}.", "Run: s2s serve")
