"""A settings file may be a pipe; nothing waits for it for long."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from s2s.config.reading import LIMIT, UnfitError, opened, read_text

LONG_S = 60.0  # what a test waits for that is not to wait


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / ".env")
    return tmp_path / ".env"


@contextmanager
def written(pipe: Path, *pieces: bytes) -> Iterator[None]:
    """Write as soon as somebody reads."""

    def write() -> None:
        with pipe.open("wb", buffering=0) as file:
            for piece in pieces:
                file.write(piece)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    yield
    writer.join(LONG_S)


def read(path: Path, patience_s: float = LONG_S) -> str:
    with opened(path) as (number, status):
        return read_text(number, status, patience_s)


def test_a_pipe_is_read_until_its_writer_has_finished(pipe: Path) -> None:
    with written(pipe, b"MODEL=", b"m\n", b"S2S_VOICE=v\n"):
        assert read(pipe) == "MODEL=m\nS2S_VOICE=v\n"


def test_a_pipe_that_nobody_opens_is_given_up(pipe: Path) -> None:
    with pytest.raises(UnfitError, match="its writer did not finish"):
        read(pipe, 0.05)


def test_a_pipe_whose_writer_does_not_finish_is_given_up_whatever_it_gave(pipe: Path) -> None:
    with opened(pipe) as (number, status):
        writer = os.open(pipe, os.O_WRONLY)
        os.write(writer, b"OPENAI_API_KEY=sk-half-a-k")
        with pytest.raises(UnfitError, match="did not finish"):
            read_text(number, status, 0.05)
        os.close(writer)


def test_a_pipe_without_end_is_too_long(pipe: Path) -> None:
    with opened(pipe) as (number, status):
        writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        stop = threading.Event()

        def pour() -> None:
            while not stop.is_set():
                try:
                    os.write(writer, b"A=1\n" * 1000)
                except BlockingIOError:
                    stop.wait(0.001)

        pouring = threading.Thread(target=pour, daemon=True)
        pouring.start()
        with pytest.raises(UnfitError, match="larger"):
            read_text(number, status, LONG_S)
        stop.set()
        pouring.join(LONG_S)
        os.close(writer)


def test_a_file_has_the_same_bound(tmp_path: Path) -> None:
    (tmp_path / "fits").write_bytes(b"#" * LIMIT)
    assert len(read(tmp_path / "fits")) == LIMIT
    (tmp_path / "larger").write_bytes(b"#" * (LIMIT + 1))
    with pytest.raises(UnfitError, match="larger"):
        read(tmp_path / "larger")


@pytest.mark.parametrize("path", ["/dev/zero", "/dev", "/dev/tty"])
def test_devices_and_folders_are_not_even_opened(path: str) -> None:
    with pytest.raises(UnfitError, match="it is"):
        read(Path(path))
