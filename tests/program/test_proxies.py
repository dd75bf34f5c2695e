"""The way to the endpoint leads through a proxy: every kind of it, and every way it fails."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fakes import endpoint, s2s, tone, write_wav

pytestmark = pytest.mark.program
ANYWHERE = (
    "ws://voice.example/v1/realtime"  # a name that no resolver knows: the proxy must be asked
)
PLAIN = ("--url", ANYWHERE, "--allow-plain-ws", "--timeout", "20")
Handshake = Callable[[socket.socket], bool]


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "question.wav", tone(1500))


def read_request(client: socket.socket) -> bytes:
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        request += client.recv(4096) or b"\r\n\r\n"
    return request


def http_that_answers(answer: bytes, wanted: bytes = b"") -> Handshake:
    """Return a handshake that gives `answer` to CONNECT; with `wanted` in it, it lets through."""

    def shake(client: socket.socket) -> bool:
        request = read_request(client)
        let = bool(wanted) and wanted in request
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n" if let else answer)
        return let

    return shake


def socks5(reply: int = 0) -> Handshake:
    """Return a SOCKS 5 handshake (RFC 1928) that ends in `reply`."""

    def shake(client: socket.socket) -> bool:
        client.recv(1024)
        client.sendall(b"\x05\x00")
        asked = client.recv(1024)
        assert asked[3] == 3, "the name is resolved by the proxy"
        client.sendall(bytes([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        return reply == 0

    return shake


@contextmanager
def proxy(handshake: Handshake, endpoint_url: str) -> Iterator[str]:
    """Serve as a proxy that takes everybody to `endpoint_url`; give its host and port."""
    target = urlsplit(endpoint_url)
    listener = socket.create_server(("127.0.0.1", 0))
    opened: list[socket.socket] = [listener]

    def pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        finally:
            for end in (source, sink):
                end.close()

    def serve() -> None:
        try:
            while True:
                client, _ = listener.accept()
                opened.append(client)
                if not handshake(client):
                    client.close()
                    continue
                server = socket.create_connection((target.hostname, target.port or 80))
                opened.append(server)
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=pump, args=pair, daemon=True).start()
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        for each in opened:
            each.close()


@pytest.mark.parametrize("variable", ["ALL_PROXY", "all_proxy", "https_proxy", "WS_PROXY"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_proxy_leads_to_the_endpoint(
    scheme: str, variable: str, question: Path, tmp_path: Path
) -> None:
    let = http_that_answers(b"HTTP/1.1 403 No\r\n\r\n", b"CONNECT voice.example:80 ")
    with endpoint() as url, proxy(let, url) as at:
        through = {variable: f"{scheme}{at}"}
        done = s2s("send-wav", question, *PLAIN, cwd=tmp_path, environment=through)
    assert done.returncode == 0, done.stderr


def test_no_proxy_leaves_a_host_out(question: Path, tmp_path: Path) -> None:
    let = http_that_answers(b"", b"CONNECT")
    with endpoint() as url, proxy(let, url) as at:
        through = {"ALL_PROXY": at, "NO_PROXY": "voice.example"}
        done = s2s("send-wav", question, *PLAIN, cwd=tmp_path, environment=through)
    assert done.returncode == 5, "nobody knows the name, and the proxy was not asked"


def test_a_login_for_the_proxy_is_sent_and_not_shown(question: Path, tmp_path: Path) -> None:
    let = http_that_answers(b"HTTP/1.1 407 Login\r\n\r\n", b"Basic bWU6aHVzaC1odXNo")
    with endpoint() as url, proxy(let, url) as at:
        through = {"https_proxy": f"me:hush-hush@{at}"}
        done = s2s("send-wav", question, "-vv", *PLAIN, cwd=tmp_path, environment=through)
        wrong = {"https_proxy": f"me:wrong-word@{at}"}
        refused = s2s(
            "send-wav", question, "--force", "-vv", *PLAIN, cwd=tmp_path, environment=wrong
        )
    assert done.returncode == 0, done.stderr
    assert refused.returncode == 5
    assert b"407" in refused.stderr
    assert b"https_proxy" in refused.stderr
    assert b"hush-hush" not in done.stderr
    assert b"wrong-word" not in refused.stderr


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks"])
def test_a_socks_proxy_leads_to_the_endpoint(scheme: str, question: Path, tmp_path: Path) -> None:
    pytest.importorskip("python_socks")
    scheme = "socks5h" if scheme == "socks5" else scheme  # socks5 asks our own resolver
    with endpoint() as url, proxy(socks5(), url) as at:
        through = {"ALL_PROXY": f"{scheme}://{at}"}
        done = s2s("send-wav", question, *PLAIN, cwd=tmp_path, environment=through)
    assert done.returncode == 0, done.stderr


def test_a_socks_proxy_that_refuses_is_named(question: Path, tmp_path: Path) -> None:
    pytest.importorskip("python_socks")
    with endpoint() as url, proxy(socks5(reply=2), url) as at:
        through = {"ALL_PROXY": f"socks5h://{at}"}
        done = s2s("send-wav", question, *PLAIN, cwd=tmp_path, environment=through)
    assert done.returncode == 5
    assert f"proxy socks5h://{at} (ALL_PROXY)".encode() in done.stderr


def test_a_missing_package_for_socks_is_named(question: Path, tmp_path: Path) -> None:
    missing = tmp_path / "site"
    missing.mkdir()
    (missing / "python_socks.py").write_text("raise ImportError('not here')")
    through = {"ALL_PROXY": "socks5://127.0.0.1:9", "PYTHONPATH": str(missing)}
    done = s2s("send-wav", question, *PLAIN, cwd=tmp_path, environment=through)
    assert done.returncode == 2, done.stderr
    assert b"pip install 'python-socks[asyncio]'" in done.stderr


REFUSALS = [
    (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", 5, "wants a login"),
    (b"HTTP/1.1 403 Forbidden\r\n\r\n", 5, "does not let us through"),
    (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", 5, "cannot reach ws://voice.example"),
    (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", 5, "not as a proxy"),
]


@pytest.mark.parametrize(("answer", "status", "words"), REFUSALS)
def test_a_proxy_that_refuses_is_named_itself(
    answer: bytes, status: int, words: str, question: Path, tmp_path: Path
) -> None:
    with proxy(http_that_answers(answer), "ws://127.0.0.1:9") as at:
        done = s2s("send-wav", question, *PLAIN, cwd=tmp_path, environment={"http_proxy": at})
    told = done.stderr.decode()
    assert done.returncode == status, told
    assert f"proxy http://{at} (http_proxy)" in told
    assert words in told


def hangs_up(client: socket.socket) -> bool:
    read_request(client)
    return False


def hangs_up_in_its_answer(client: socket.socket) -> bool:
    read_request(client)
    client.sendall(b"HTTP/1.1 20")
    return False


def resets(client: socket.socket) -> bool:
    read_request(client)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


@pytest.mark.parametrize(
    ("handshake", "words"),
    [(hangs_up, "hung up"), (hangs_up_in_its_answer, "hung up"), (resets, "hung up, or the proxy")],
)
def test_a_proxy_that_hangs_up_is_named_and_nothing_else_is_printed(
    handshake: Handshake, words: str, question: Path, tmp_path: Path
) -> None:
    with proxy(handshake, "ws://127.0.0.1:9") as at:
        done = s2s("send-wav", question, *PLAIN, cwd=tmp_path, environment={"http_proxy": at})
    told = done.stderr.decode()
    assert done.returncode == 5, told
    assert words in told
    assert f"http://{at} (http_proxy)" in told
    assert len(told.splitlines()) == 2, "a sentence and a remedy"


@pytest.mark.parametrize(
    ("setting", "status", "words"),
    [
        ("http://nobody.invalid:3128", 5, "its name is unknown"),
        ("127.0.0.1:9", 5, "nothing listens there"),
        ("socks5://127.0.0.1:9", 5, "nothing listens there"),
        ("http://127.0.0.1:99999", 2, "is no proxy's URL"),
        ("gopher://127.0.0.1:9", 2, "gopher"),
        ("http://", 2, "is no proxy's URL"),
    ],
)
def test_a_proxy_that_cannot_be_reached_is_named_itself(
    setting: str, status: int, words: str, question: Path, tmp_path: Path
) -> None:
    if setting.startswith("socks"):
        pytest.importorskip("python_socks")
    through = {"ALL_PROXY": setting}
    done = s2s("send-wav", question, *PLAIN, cwd=tmp_path, environment=through)
    told = done.stderr.decode()
    assert done.returncode == status, told
    assert words in told
    assert "ALL_PROXY" in told


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("SSL_CERT_FILE", None, "No such file"), ("SSL_CERT_FILE", b"no PEM", "no certificate"),
     ("SSL_CERT_DIR", None, "No such file")],
)  # fmt: skip
def test_a_certificate_file_that_cannot_be_read_is_said_to_be_that(
    name: str, content: bytes | None, words: str, question: Path, tmp_path: Path
) -> None:
    path = tmp_path / "company.pem"
    if content is not None:
        path.write_bytes(content)
    url = ("--url", "wss://127.0.0.1:9/v1/realtime")
    done = s2s("send-wav", question, *url, cwd=tmp_path, environment={name: str(path)})
    told = done.stderr.decode()
    assert done.returncode == 2, told
    assert f"{name}={path} cannot be read" in told
    assert words in told
