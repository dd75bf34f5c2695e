"""`s2s serve` over TLS, with the certificate that the document's own line makes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import clean_environment, read_wav, s2s, tone, write_wav

pytestmark = pytest.mark.program
DOCUMENT = Path(__file__).parents[2] / "docs" / "serve.md"


def shell(command: str, cwd: Path) -> None:
    subprocess.run(command, shell=True, cwd=cwd, capture_output=True, timeout=60, check=True)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cert.pem and key.pem, and files that are not quite such."""
    folder = tmp_path_factory.mktemp("tls")
    (line,) = re.findall(r"^\$ (openssl req .*)$", DOCUMENT.read_text(), re.MULTILINE)
    shell(line, folder)
    shell("openssl genrsa -out other.pem 2048", folder)
    shell("openssl genrsa -aes128 -passout pass:x -out locked.pem 2048", folder)
    (folder / "text").write_text("hello")
    (folder / "cut-cert.pem").write_text((folder / "cert.pem").read_text()[:400])
    (folder / "cut-key.pem").write_text((folder / "key.pem").read_text()[:400])
    (folder / "folder").mkdir()
    return folder


@pytest.fixture
def url(pair: Path, tmp_path: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "s2s", "serve", "--engine", "echo", "--until-stdin-closes"]
    server = subprocess.Popen(
        [*command, "--tls-cert", str(pair / "cert.pem"), "--tls-key", str(pair / "key.pem")],
        cwd=tmp_path, env=clean_environment(tmp_path),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert server.stdout
    yield server.stdout.readline().decode().strip()
    _, told = server.communicate(timeout=30)
    assert (server.returncode, told) == (0, b"")


def test_a_client_that_trusts_the_certificate_holds_a_turn(
    url: str, pair: Path, tmp_path: Path
) -> None:
    assert url.startswith("wss://127.0.0.1:")
    question = write_wav(tmp_path / "question.wav", tone(1000))
    trusting = {"SSL_CERT_FILE": str(pair / "cert.pem")}
    done = s2s("send-wav", question, "--url", url, cwd=tmp_path, environment=trusting)
    assert done.returncode == 0, done.stderr.decode()
    assert read_wav(tmp_path / "question.reply.wav") == tone(1000)


def test_clients_that_do_not_trust_it_or_speak_no_tls_do_not_disturb_the_server(
    url: str, tmp_path: Path
) -> None:
    question = write_wav(tmp_path / "question.wav", tone(1000))
    wary = s2s("send-wav", question, "--url", url, cwd=tmp_path)
    assert (wary.returncode, b"is not trusted" in wary.stderr) == (5, True)
    plain = s2s("send-wav", question, "--url", url.replace("wss:", "ws:"), cwd=tmp_path)
    assert plain.returncode == 5


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--tls-cert", "cert.pem"], "--tls-key is missing"),
        (["--tls-key", "key.pem"], "--tls-cert is missing"),
        (["--tls-cert", "absent.pem", "--tls-key", "key.pem"], "certificate absent.pem cannot be"),
        (["--tls-cert", "cert.pem", "--tls-key", "absent.pem"], "The key absent.pem cannot be"),
        (["--tls-cert", "folder", "--tls-key", "key.pem"], "The certificate folder is not a file"),
        (["--tls-cert", "cert.pem", "--tls-key", "folder"], "The key folder is not a file"),
        (["--tls-cert", "text", "--tls-key", "key.pem"], "The file text holds no certificate"),
        (["--tls-cert", "cert.pem", "--tls-key", "text"], "The file text holds no private key"),
        (["--tls-cert", "cut-cert.pem", "--tls-key", "key.pem"], "cut-cert.pem is damaged"),
        (["--tls-cert", "cert.pem", "--tls-key", "cut-key.pem"], "The key cut-key.pem is damaged"),
        (["--tls-cert", "cert.pem", "--tls-key", "other.pem"], "is not that of the certificate"),
        (["--tls-cert", "cert.pem", "--tls-key", "locked.pem"], "is locked with a passphrase"),
    ],
)
def test_files_that_are_no_pair_are_named_in_a_sentence(
    pair: Path, options: list[str], told: str
) -> None:
    done = s2s("serve", "--engine", "echo", *options, cwd=pair, stdin=b"")
    assert done.returncode == 2
    assert told in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
