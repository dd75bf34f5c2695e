"""Nothing that is written holds a key: every way to fail is tried, and everything is searched.

The endpoint and the proxy here are parrots: whatever they were told to be let in, they say back, in
every place there is. What is searched is all that the program leaves: both streams, at -vv, the
log, the journal, what is saved, and tracebacks.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from endpoints import on_a_thread
from fakes import clean_environment, endpoint, s2s, tone, write_wav
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

pytestmark = pytest.mark.program

KEY = "Qx7~open/sesame+for=us"  # shaped like no known key
USER, PASSWORD = "somebody", "pa55/word+of=mine"
IN_URL = "t0ken~in/the+query="
SECRETS = (KEY, PASSWORD, IN_URL)


def written(secret: str) -> set[bytes]:
    """Return the ways in which somebody might write a secret."""
    plain = secret.encode()
    quoted = quote(secret, safe="")
    as_header = base64.b64encode(f"{USER}:{secret}".encode())
    coded = (base64.b64encode(plain), base64.urlsafe_b64encode(plain), as_header)
    return {
        plain,
        quoted.encode(),
        quoted.lower().encode(),
        plain.replace(b"/", rb"\/"),
        *(each.rstrip(b"=") for each in coded),
    }


def leaks(folder: Path, *streams: bytes) -> list[str]:
    """Return where a secret stands in what was written; the recordings that were given are not."""
    texts = {f"stream {number}": text for number, text in enumerate(streams)}
    texts |= {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("question.wav", ".env")
    }
    texts["the names of the files"] = "\n".join(map(str, folder.rglob("*"))).encode()
    assert any(texts.values()), "nothing was written, so there is nothing to search"
    return [
        f"{where}: {found.decode()}"
        for where, text in texts.items()
        for secret in SECRETS
        for found in written(secret)
        if found in text
    ]


class Parrot:
    """An endpoint that says back how it was asked; `case` says where."""

    def __init__(self, case: str) -> None:
        self._case = case
        self._said = ""

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        headers = "; ".join(f"{name}: {value}" for name, value in request.headers.raw_items())
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self._said = f"{key} {quote(key, safe='')} {request.path} {headers}"
        if self._case == "http":
            return connection.respond(HTTPStatus.UNAUTHORIZED, self._said)
        if self._case == "redirect":
            response = connection.respond(HTTPStatus.FOUND, self._said)
            response.headers["Location"] = f"wss://elsewhere.example{request.path}&key={key}"
            return response
        return None

    async def attend(self, connection: ServerConnection) -> None:
        said = self._said
        with contextlib.suppress(ConnectionClosed):
            if self._case == "refusal":
                await self._tell(connection, "error", error=self._complaint("invalid_api_key"))
                await connection.close(3000, f"invalid_request_error.{said}"[:110])
                return
            await self._tell(connection, "session.created", session={"id": said, "model": said})
            async for message in connection:
                await self._answer(connection, json.loads(message)["type"])

    async def _answer(self, connection: ServerConnection, asked: str) -> None:
        said = self._said
        if self._case == "garbage":
            await connection.send(f"no JSON: {said}")
            await connection.send(json.dumps([said]))
            await self._tell(connection, said)
        if asked == "session.update" and self._case == "settings":
            await self._tell(connection, "error", error=self._complaint(said))
        elif asked == "session.update":
            await self._tell(connection, "session.updated", session={said: said})
        elif asked in ("input_audio_buffer.commit", "response.create"):
            await self._reply(connection)

    async def _reply(self, connection: ServerConnection) -> None:
        said = self._said
        if self._case == "close":
            await connection.close(1011, said[:110])
            return
        part = {"response_id": said, "item_id": said, "output_index": 0, "content_index": 0}
        await self._tell(connection, "input_audio_buffer.committed", item_id=said)
        await self._tell(
            connection,
            "conversation.item.input_audio_transcription.completed",
            item_id=said, transcript=said, usage={said: said, "type": said, "seconds": 1},
        )  # fmt: skip
        await self._tell(connection, "response.created", response={"id": said})
        await self._tell(
            connection, "response.output_audio_transcript.delta", delta=f"{said} ", **part
        )
        sound = base64.b64encode(tone(200)).decode()
        await self._tell(connection, "response.output_audio.delta", delta=sound, **part)
        call = {"type": "function_call", "id": said, "call_id": said, "name": said}
        item = {**call, "arguments": json.dumps({said: said})}
        await self._tell(connection, "response.output_item.done", response_id=said, item=item)
        failed = self._case == "failed"
        response: dict[str, Any] = {"id": said, "status": "failed" if failed else "completed"}
        response |= {"usage": {said: said}, "output": [item]}
        response |= {"status_details": {"error": self._complaint(said)}} if failed else {}
        await self._tell(connection, "response.done", response=response)

    def _complaint(self, code: str) -> dict[str, str]:
        said = self._said
        return {"type": said, "code": code, "message": f"Incorrect key: {said}", "param": said}

    async def _tell(self, connection: ServerConnection, kind: str, **fields: Any) -> None:
        await connection.send(json.dumps({"type": kind, "event_id": self._said, **fields}))


@contextlib.contextmanager
def parrot(case: str) -> Iterator[str]:
    """Run a parrot on a thread of its own; gives its URL, with a secret in its query."""
    bird = Parrot(case)
    with on_a_thread(bird.attend, bird.admit) as port:
        yield f"ws://127.0.0.1:{port}/v1/realtime?api_key={quote(IN_URL, safe='')}"


@contextlib.contextmanager
def answering(reply: bytes) -> Iterator[int]:
    """Accept connections and answer the first bytes with `reply` and with them; gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    with client:
                        asked = client.recv(65_536)
                        client.sendall(reply + asked)

        threading.Thread(target=answer, daemon=True).start()
        yield listener.getsockname()[1]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Path:
    write_wav(tmp_path / "question.wav", tone(600) + b"\0" * 48_000)
    return tmp_path


ALL = ("-vv", "--log-file", "log", "--timeout", "2")
COMMANDS: dict[str, tuple[str, ...]] = {
    "send-wav": ("send-wav", "question.wav", "--json", *ALL),
    "send-wav as text": ("send-wav", "question.wav", *ALL),
    "talk": (
        "talk", "--in", "question.wav", "--out", "heard.wav", "--turns", "manual",
        "--events", "events", "--save", "talks", *ALL,
    ),
}  # fmt: skip


def ran(command: str, url: str, folder: Path, **environment: str) -> tuple[bytes, bytes]:
    """Run a command that knows all the secrets; return what it wrote on its streams."""
    given: Mapping[str, str] = {"S2S_API_KEY": KEY, "WS_URL": url, **environment}
    done = s2s(*COMMANDS[command], cwd=folder, environment=given)
    assert b"log" not in done.stderr or (folder / "log").exists()
    return done.stdout, done.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "case",
    ["http", "redirect", "refusal", "settings", "garbage", "close", "failed", "words"],
)
def test_an_endpoint_that_says_everything_back_gets_no_secret_written(
    case: str, command: str, folder: Path
) -> None:
    with parrot(case) as url:
        streams = ran(command, url, folder)
    assert leaks(folder, *streams) == []


def test_the_key_did_go_to_the_endpoint(folder: Path) -> None:
    """Else there would be nothing to leak."""
    with parrot("words") as url:
        streams = ran("send-wav as text", url, folder)
    assert b"***" in b"".join(streams)


@pytest.mark.parametrize("command", ["send-wav", "talk"])
def test_neither_does_a_name_and_a_password_in_the_url(command: str, folder: Path) -> None:
    with parrot("http") as url:
        login = f"{USER}:{quote(PASSWORD, safe='')}@"
        streams = ran(command, url.replace("//", f"//{login}"), folder, S2S_API_KEY="none")
    assert leaks(folder, *streams) == []


@pytest.mark.parametrize("command", ["send-wav", "talk"])
@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 500\r\n\r\n",
        b"HTTP/1.1 407 ",
        b"no HTTP at all: ",
        b"",
    ],
    ids=["refuses", "in its reason", "no HTTP", "hangs up"],
)
def test_nor_the_password_of_a_proxy_that_fails(reply: bytes, command: str, folder: Path) -> None:
    with answering(reply) as port:
        login = f"{USER}:{quote(PASSWORD, safe='')}"
        proxy = f"http://{login}@127.0.0.1:{port}"
        streams = ran(
            command,
            f"wss://voice.example/v1/realtime?api_key={quote(IN_URL, safe='')}",
            folder,
            HTTPS_PROXY=proxy,
            https_proxy=proxy,
        )
    assert leaks(folder, *streams) == []


@pytest.mark.parametrize("command", ["send-wav", "talk"])
@pytest.mark.parametrize("proxy", ["http", "socks5", "nonsense"])
def test_nor_that_of_a_proxy_that_is_not_there(proxy: str, command: str, folder: Path) -> None:
    at = f"{proxy}://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:9"
    streams = ran(
        command, "wss://voice.example/v1/realtime", folder, HTTPS_PROXY=at, https_proxy=at
    )
    assert leaks(folder, *streams) == []


@pytest.mark.parametrize("command", ["send-wav", "talk"])
def test_a_tls_that_fails_and_a_host_that_is_not_there_leak_nothing(
    command: str, folder: Path
) -> None:
    query = f"?api_key={quote(IN_URL, safe='')}"
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        streams = ran(command, f"wss://127.0.0.1:{port}/v1/realtime{query}", folder)
        assert leaks(folder, *streams) == []
    for url in ("wss://nowhere.invalid/v1", "ws://127.0.0.1:9/v1", "wss://[::1", "wss:///x"):
        streams = ran(command, f"{url}{query}", folder)
        assert leaks(folder, *streams) == []


@pytest.mark.parametrize("key", [f'"{KEY}"', f"{KEY}\n", f"{KEY}\u200b", f"Bearer {KEY}"])
def test_a_key_that_is_written_wrongly_is_not_shown_either(key: str, folder: Path) -> None:
    with endpoint() as url:
        streams = ran("send-wav", url, folder, S2S_API_KEY=key)
    assert leaks(folder, *streams) == []


CRASH = """
    import os, sys

    from s2s.cli import run
    from s2s.{module} import {owner}

    def broken(*given, **named):
        inside = [vars(each) for each in given if hasattr(each, "__dict__")]
        key, url = os.environ["S2S_API_KEY"], os.environ["WS_URL"]
        raise RuntimeError(f"{{given}} {{named}} {{inside}} {{key}} {{url}}")

    {owner}.{method} = broken
    sys.argv = ["s2s", *{arguments!r}]
    run()
"""


@pytest.mark.parametrize("command", ["send-wav", "talk"])
@pytest.mark.parametrize(
    ("module", "owner", "method"),
    [
        ("wire.realtime.encoder", "Encoder", "encode"),
        ("ui.reports.exchange_report", "ExchangeReport", "observe"),
        ("ui.kept.journal", "Journal", "observe"),
        ("conversation.budget", "Spending", "note"),
        ("wire.transport", "WebSocketTransport", "send"),
        ("config.sources", "Sources", "find"),
    ],
)
def test_a_traceback_of_our_own_holds_no_secret(
    module: str, owner: str, method: str, command: str, folder: Path
) -> None:
    program = textwrap.dedent(CRASH).format(
        module=module, owner=owner, method=method, arguments=COMMANDS[command]
    )
    with endpoint({"turns": [{"tone": "440/300ms"}]}) as url:
        login = f"{USER}:{quote(PASSWORD, safe='')}@"
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=folder,
            env=clean_environment(
                folder,
                PYTHONPATH=os.pathsep.join(sys.path),
                S2S_API_KEY=KEY,
                WS_URL=f"{url.replace('//', f'//{login}')}?api_key={quote(IN_URL, safe='')}",
            ),
            capture_output=True,
            timeout=60,
            check=False,
        )
    assert leaks(folder, done.stdout, done.stderr) == []
    watches = {"ExchangeReport": "send-wav", "Journal": "talk"}  # the others have none
    if command.startswith(watches.get(owner, "")):
        assert done.returncode == 1
        assert b"RuntimeError" in done.stderr
