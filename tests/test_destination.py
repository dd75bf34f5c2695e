"""Where an output's path leads; what is no plain file is written to, and never replaced."""

from __future__ import annotations

import errno
import os
import socket
import threading
from pathlib import Path

import pytest

from s2s.destination import follow, replace, standard

pytestmark = pytest.mark.skipif(not Path("/dev/fd").exists(), reason="this system has no /dev/fd")


def link(path: Path, to: str | Path) -> Path:
    path.symlink_to(to)
    return path


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_every_name_of_standard_output_means_it(name: str, tmp_path: Path) -> None:
    if not (name == "-" or os.path.lexists(name)):
        pytest.skip(f"this system has no {name}")
    assert standard(name) == "-"
    if name != "-":
        assert standard(str(link(tmp_path / "link", name))) == "-"
        (tmp_path / "folder").mkdir()
        assert standard(str(link(tmp_path / "folder" / "link", "../link"))) == "-"


def test_a_folder_of_descriptors_may_be_reached_by_a_link_too(tmp_path: Path) -> None:
    assert standard(str(link(tmp_path / "fds", "/dev/fd") / "1")) == "-"


@pytest.mark.parametrize("path", ["1", "reply.wav", "/dev/fd/x", "/dev/fd/2", "a\0b"])
def test_other_paths_are_not_standard_output(path: str) -> None:
    assert standard(path) == path


def test_a_descriptor_is_written_to_where_its_owner_has_got_to(tmp_path: Path) -> None:
    """`-o /dev/fd/3 3> file`: the file is not opened again, nor cut."""
    with (tmp_path / "file").open("wb", buffering=0) as file:
        file.write(b"before ")
        place = follow(f"/dev/fd/{file.fileno()}")
        assert place.is_stream
        again = place.open()
        os.write(again, b"ours ")
        os.close(again)
        file.write(b"after")
    assert (tmp_path / "file").read_bytes() == b"before ours after"


def test_a_descriptor_that_is_only_read_takes_no_output(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (tmp_path / "file").open("rb") as file, pytest.raises(OSError):
        follow(f"/dev/fd/{file.fileno()}").open()


def test_links_lead_to_the_file_at_their_end(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link(tmp_path / "there" / "second", "file.wav")
    first = link(tmp_path / "first", "there/second")
    assert follow(first) == (tmp_path / "there" / "file.wav", False, None)
    assert follow(tmp_path / "plain") == (tmp_path / "plain", False, None)


def test_links_that_lead_in_a_circle_are_an_error(tmp_path: Path) -> None:
    link(tmp_path / "one", "two")
    with pytest.raises(OSError) as caught:
        follow(link(tmp_path / "two", "one"))
    assert caught.value.errno == errno.ELOOP


def test_devices_and_pipes_are_streams_and_so_are_links_to_them(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert follow(tmp_path / "pipe").is_stream
    assert follow(link(tmp_path / "to-pipe", "pipe")).is_stream
    assert follow(link(tmp_path / "null", os.devnull)).is_stream
    assert not follow(tmp_path).is_stream


def test_a_socket_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        server.listen()

        def listen() -> None:
            connection, _ = server.accept()
            with connection:
                heard.append(connection.recv(100))

        thread = threading.Thread(target=listen)
        thread.start()
        place = follow("socket")
        writing = place.open()
        os.write(writing, b"sound")
        os.close(writing)
        thread.join()
    assert (place.is_stream, heard) == (True, [b"sound"])


def test_a_plain_file_is_replaced_and_nothing_else_is(tmp_path: Path) -> None:
    new, file = tmp_path / "new", tmp_path / "file"
    new.write_bytes(b"new")
    file.write_bytes(b"old")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for other in (link(tmp_path / "link", file), tmp_path / "pipe", tmp_path / "folder"):
        kind = other.lstat().st_mode
        with pytest.raises(FileExistsError):
            replace(new, other)
        assert other.lstat().st_mode == kind
    assert file.read_bytes() == b"old"
    replace(new, file)
    assert file.read_bytes() == b"new"
