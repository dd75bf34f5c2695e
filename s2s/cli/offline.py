"""The endpoint of `--offline`: a child process that ends when its standard input closes.

A process, because the recogniser holds Python's lock for a quarter of a second at a time; tied
to our end of a pipe, because then it ends with us however we end.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from types import TracebackType

from s2s.errors import UsageError

NOTICE = (
    "Offline: a fixed list of things, in English, to try s2s and to test with; no language model."
)
# Not `-m s2s`, which would look for modules in the working directory first: what lies beside
# somebody's recordings is not ours to run.
_SERVE = "import sys; sys.path.pop(0); from s2s.__main__ import main; main()"
_URL = "ws://127.0.0.1:"
_PATIENCE_S = 2.0  # for the child to end by itself


def phrases() -> list[str]:
    """Return one phrase for each thing that the offline engine understands."""
    from s2s.local.engines.skills import SKILLS

    return [skill.example for skill in SKILLS]


class OfflineServer:
    """Starts `s2s serve --engine offline` on a free port; `url` is where it listens."""

    def __init__(self) -> None:
        self.url = ""
        self._said = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - as long as we
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, "serve", "--engine", "offline", "--until-stdin-closes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            start_new_session=True,  # Ctrl-C is for us; the child leaves after we have
            text=True,
        )

    def __enter__(self) -> OfflineServer:
        self.wait()
        return self

    def wait(self) -> None:
        """Wait until the server listens. Raises `UsageError` if it cannot."""
        assert self._process.stdout
        try:
            self.url = self._process.stdout.readline().strip()
        except BaseException:
            self.stop()
            raise
        if not self.url.startswith(_URL):
            self.stop()
            raise self._failure()

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.stop()

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

    def _failure(self) -> UsageError:
        self._said.seek(0)
        lines = [line.strip() for line in self._said if line.strip()]
        told = [index for index, line in enumerate(lines) if line.startswith("Error: ")]
        if told:
            message, *hint = lines[told[0] :]
            return UsageError(message.removeprefix("Error: "), " ".join(hint))
        reason = lines[-1] if lines else f"it ended with status {self._process.returncode}"
        return UsageError(f"The offline endpoint did not start: {reason}.", "Run: s2s serve")
