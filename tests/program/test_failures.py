"""Every failure a user of `send-wav` can meet: one sentence, one hint, its status, no traceback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fakes import clean_environment, endpoint, read_wav, s2s, tone, write_wav

from s2s import pcm

pytestmark = pytest.mark.program
SECOND = {"tone": "440/1s", "delta_ms": 100}


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "question.wav", tone(1500))


def failed(done: subprocess.CompletedProcess[bytes], status: int, *words: str) -> str:
    """Check that a run failed the way people are promised, and return what it told them."""
    told = done.stderr.decode()
    lines = [line for line in told.splitlines() if not line.startswith("Warning: ")]
    assert done.returncode == status, told
    assert lines[0].startswith("Error: "), told
    assert len(lines) == 2, f"one sentence and one hint: {told}"
    assert "Traceback" not in told
    for word in words:
        assert word in told
    return told


LIMITED = {
    "match": "",
    "fail": {"code": "rate_limit_exceeded", "message": "Please try again in 10ms."},
}


def at_the_second_delta(**fault: Any) -> dict[str, Any]:
    return {"turns": [SECOND], "faults": [{"at": "output_audio.delta#2", **fault}]}


def on_connect(**fault: Any) -> dict[str, Any]:
    return {"turns": [SECOND], "faults": [{"at": "connect", **fault}]}


SCRIPTED: list[tuple[dict[str, Any], int, str]] = [
    (on_connect(http=401), 3, "none was sent"),
    (on_connect(http=403), 3, "403"),
    (on_connect(http=404), 3, "404"),
    (on_connect(http=429), 3, "429"),
    (on_connect(http=503), 5, "503"),
    (on_connect(http=302), 3, "redirects"),
    (on_connect(error="invalid_api_key"), 3, "OPENAI_API_KEY"),
    (on_connect(error="invalid_model"), 3, "--model"),
    (on_connect(error="insufficient_quota"), 3, "credit"),
    (on_connect(do="reset"), 5, "connection was lost"),
    (on_connect(do="silence"), 5, "No answer"),
    ({"faults": [{"at": "session.created", "do": "close", "code": 1011}]}, 5, "1011"),
    ({"faults": [{"at": "session.updated", "do": "silence"}]}, 5, "setting the session up"),
    ({"faults": [{"at": "input_audio_buffer.committed", "do": "silence"}]}, 5, "No answer"),
    ({"faults": [{"at": "response.created", "do": "close"}]}, 5, "lost"),
    (at_the_second_delta(do="reset"), 5, "lost"),
    (at_the_second_delta(do="close", code=1001), 5, "1001"),
    (at_the_second_delta(do="silence"), 5, "No answer"),
    (at_the_second_delta(do="malformed"), 6, "hole"),
    (at_the_second_delta(do="wrong_base64"), 6, "hole"),
    (at_the_second_delta(error="insufficient_quota"), 3, "credit"),
    (at_the_second_delta(error="session_expired"), 5, "session ended"),
    ({"turns": [{**SECOND, "fail": {"message": "It broke."}}]}, 6, "It broke."),
    ({"turns": [{**SECOND, "fail": {"status": "incomplete"}}]}, 6, "max output tokens"),
    ({"turns": [{"fail": {"code": "content_filter"}}]}, 6, "content filter"),
    ({"turns": [{"text": "Only words."}]}, 6, "no audio"),
    ({"turns": [LIMITED]}, 6, "3 retries"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "status", "words"), SCRIPTED)
def test_what_the_endpoint_does_wrong(
    script: dict[str, Any], status: int, words: str, question: Path, tmp_path: Path
) -> None:
    with endpoint(script) as url:
        done = s2s("send-wav", question, "--url", url, "--timeout", "1.5", cwd=tmp_path)
    told = failed(done, status, words)
    kept = tmp_path / "question.reply.partial.wav"
    assert not (tmp_path / "question.reply.wav").exists()
    if kept.exists():
        assert len(read_wav(kept)) >= pcm.size_of(100), "an empty file is not worth keeping"
        assert "question.reply.partial.wav" in told


@pytest.mark.parametrize("do", ["binary", "unknown", "stall 300ms"])
def test_what_is_odd_but_harmless_costs_nothing(do: str, question: Path, tmp_path: Path) -> None:
    with endpoint(at_the_second_delta(do=do)) as url:
        done = s2s("send-wav", question, "--url", url, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(read_wav(tmp_path / "question.reply.wav")) == pcm.size_of(1000)


def test_without_key_and_endpoint_the_two_ways_out_are_named(
    question: Path, tmp_path: Path
) -> None:
    failed(s2s("send-wav", question, cwd=tmp_path), 2, ".env", "--offline")


def test_a_name_that_does_not_exist(question: Path, tmp_path: Path) -> None:
    done = s2s("send-wav", question, "--url", "wss://nowhere.invalid", cwd=tmp_path)
    failed(done, 5, "cannot be resolved")


def test_a_port_where_nothing_listens(question: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound, but not listening
        taken.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{taken.getsockname()[1]}"
        failed(s2s("send-wav", question, "--url", url, cwd=tmp_path), 5, "Nothing listens")


def test_tls_to_a_port_that_speaks_none(question: Path, tmp_path: Path) -> None:
    with endpoint() as url:
        secure = url.replace("ws://", "wss://")
        failed(s2s("send-wav", question, "--url", secure, cwd=tmp_path), 5, "TLS")


@contextmanager
def server_that_says(answer: bytes) -> Iterator[str]:
    """A TCP server that says one thing to whoever connects."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(4096)
                client.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"ws://127.0.0.1:{server.getsockname()[1]}/v1/realtime"
        thread.join(10)


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.2\r\n", b"", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_server_of_another_kind(answer: bytes, question: Path, tmp_path: Path) -> None:
    with server_that_says(answer) as url:
        done = s2s("send-wav", question, "--url", url, "--timeout", "5", cwd=tmp_path)
    assert done.returncode in (3, 5)
    failed(done, done.returncode)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (
            b'{"error": {"message": "The model x does not exist", "code": "model_not_found"}}',
            "--model",
        ),
        (b'{"detail": "unknown model"}', "--model"),
        (b'{"error": "invalid api key"}', "OPENAI_API_KEY"),
        (b'{"error": {"code": "insufficient_quota"}}', "credit"),
    ],
)
def test_a_bad_request_that_speaks_of_model_key_or_quota_is_a_refusal(
    body: bytes, word: str, question: Path, tmp_path: Path
) -> None:
    answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with server_that_says(answer) as url:
        failed(s2s("send-wav", question, "--url", url, cwd=tmp_path), 3, "400", word)


def test_loopback_is_never_sent_through_a_proxy(question: Path, tmp_path: Path) -> None:
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    with endpoint() as url:
        done = s2s("send-wav", question, "--url", url, cwd=tmp_path, environment=proxies)
    assert done.returncode == 0, done.stderr


BAD_RECORDINGS = {
    "empty.wav": (b"", 2),
    "text.wav": (b"This is a shopping list: milk, eggs, flour.\n" * 20, 2),
    "header.wav": (b"RIFF\x24\x00\x00\x00WAVEfmt ", 2),
}


@pytest.mark.parametrize("name", BAD_RECORDINGS)
def test_a_file_that_is_no_recording(name: str, tmp_path: Path) -> None:
    content, status = BAD_RECORDINGS[name]
    (tmp_path / name).write_bytes(content)
    with endpoint() as url:
        failed(s2s("send-wav", name, "--url", url, cwd=tmp_path), status, name)


@pytest.mark.parametrize(
    ("audio", "status", "words"),
    [(tone(50), 2, "50 ms"), (bytes(48_000), 4, "zeros"), (b"", 2, "no audio")],
)
def test_audio_of_no_use(audio: bytes, status: int, words: str, tmp_path: Path) -> None:
    write_wav(tmp_path / "in.wav", audio)
    with endpoint() as url:
        failed(s2s("send-wav", "in.wav", "--url", url, cwd=tmp_path), status, words)


def test_a_missing_file_and_a_directory(tmp_path: Path) -> None:
    with endpoint() as url:
        failed(s2s("send-wav", "absent.wav", "--url", url, cwd=tmp_path), 2, "absent.wav")
        failed(s2s("send-wav", tmp_path, "--url", url, cwd=tmp_path), 2, "no recording in")


def test_an_output_that_cannot_be_created(question: Path, tmp_path: Path) -> None:
    with endpoint() as url:
        done = s2s("send-wav", question, "-o", "no/such/out.wav", "--url", url, cwd=tmp_path)
    failed(done, 2, "no/such")


def test_a_full_disk_keeps_what_came(question: Path, tmp_path: Path) -> None:
    """A limit on the file's size stands in for the disk: 48 KiB, one second of audio."""
    import shlex

    with endpoint({"turns": [{"tone": "440/5s"}]}) as url:
        command = shlex.join([sys.executable, "-m", "s2s", "send-wav", str(question), "--url", url])
        limited = f"trap '' XFSZ; ulimit -f 48; exec {command}"
        done = subprocess.run(
            ["bash", "-c", limited], cwd=tmp_path, env=clean_environment(tmp_path),
            capture_output=True, check=False,
        )  # fmt: skip
    failed(done, 8, "question.reply.partial.wav")
    assert read_wav(tmp_path / "question.reply.partial.wav")


CONTRADICTIONS = [
    (["--json", "-o", "-"], "standard output"),
    (["--text-only", "-o", "x.wav"], "--text-only"),
    (["--offline", "--url", "localhost:1"], "two endpoints"),
    (["--raw", "fast"], "--raw"),
    (["--timeout", "soon"], "Set --timeout"),
    (["--instructions", "@absent.txt"], "absent.txt"),
    (["--instructions", "@/dev/zero"], "more than"),
    (["-o", "reply.mp3"], ".flac"),
    (["--env-file", "absent.env"], "absent.env"),
    (["--log-file", "no/such/folder.log"], "--log-file"),
    (["--url", "ws://192.0.2.1:80"], "unencrypted"),
]


@pytest.mark.parametrize(("options", "words"), CONTRADICTIONS)
def test_options_that_cannot_be_meant(
    options: list[str], words: str, question: Path, tmp_path: Path
) -> None:
    environment = {} if "--url" in options or "--offline" in options else {"WS_URL": "localhost:9"}
    failed(s2s("send-wav", question, *options, cwd=tmp_path, environment=environment), 2, words)


def test_an_unknown_option_is_a_usage_error(tmp_path: Path) -> None:
    assert s2s("send-wav", "x.wav", "--frobnicate", cwd=tmp_path).returncode == 2


def test_a_redirect_is_not_followed_with_the_key(question: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0.2)
        location = f"ws://127.0.0.1:{elsewhere.getsockname()[1]}/v1/realtime"
        answer = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        key = {"OPENAI_API_KEY": "sk-testtesttesttest"}
        with server_that_says(answer.encode()) as url:
            done = s2s("send-wav", question, "--url", url, cwd=tmp_path, environment=key)
        failed(done, 3, "redirects elsewhere")
        with pytest.raises(TimeoutError):
            elsewhere.accept()


@pytest.mark.parametrize("key", ["sk-proj-abcdef123456", "0123456789abcdef0123"])
def test_a_key_that_the_endpoint_quotes_is_not_shown(
    key: str, question: Path, tmp_path: Path
) -> None:
    refused = {"at": "connect", "error": "invalid_api_key"}
    script = {"faults": [{**refused, "message": f"Incorrect API key provided: {key}."}]}
    with endpoint(script) as url:
        options = ["-vv", "--json", "--log-file", "log", "--url", f"{url}?api-key={key}"]
        environment = {"OPENAI_API_KEY": key}
        done = s2s("send-wav", question, *options, cwd=tmp_path, environment=environment)
    everything = done.stdout + done.stderr + (tmp_path / "log").read_bytes()
    assert done.returncode == 3
    assert key.encode() not in everything
    assert b"Incorrect API key provided: ***" in everything


def test_a_model_with_an_announced_end_is_warned_about(question: Path, tmp_path: Path) -> None:
    with endpoint() as url:
        done = s2s("send-wav", question, "--url", url, "--model", "gpt-realtime", cwd=tmp_path)
    assert done.returncode == 0
    assert b"Warning: gpt-realtime shuts down on 2027-01-20" in done.stderr


def test_a_terminal_without_the_letters_costs_nothing(question: Path, tmp_path: Path) -> None:
    script = {"turns": [{"match": "", "hear": "\u4f60\u597d", "tone": "440/1s"}]}
    latin = {"PYTHONIOENCODING": "latin-1"}
    with endpoint(script) as url:
        done = s2s("send-wav", question, "--url", url, cwd=tmp_path, environment=latin)
        options = ["--url", url, "--json", "-f"]
        told = s2s("send-wav", question, *options, cwd=tmp_path, environment=latin)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"You: \\u4f60\\u597d\n")
    assert json.loads(told.stdout)["transcripts"]["user"] == "\u4f60\u597d"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_standard_output_on_a_full_disk(question: Path, tmp_path: Path) -> None:
    with endpoint({"turns": [{"hear": "hello", "tone": "440/1s"}]}) as url:
        command = [sys.executable, "-m", "s2s", "send-wav", str(question), "--url", url]
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                command, cwd=tmp_path, env=clean_environment(tmp_path), stdout=full,
                stderr=subprocess.PIPE, check=False,
            )  # fmt: skip
    failed(done, 8, "No space left")


def test_a_reader_who_takes_nothing_cannot_keep_us(question: Path, tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    with endpoint({"turns": [{"tone": "440/60s"}]}) as url:
        program = subprocess.Popen(
            [sys.executable, "-m", "s2s", "send-wav", str(question), "--url", url, "-o", "-"],
            cwd=tmp_path, env=clean_environment(tmp_path), stdout=write_end,
            stderr=subprocess.PIPE,
        )  # fmt: skip
        os.close(write_end)
        time.sleep(3)
        assert program.poll() is None, "it waits for the reader"
        program.terminate()
        _, told = program.communicate(timeout=5)
        os.close(read_end)
    assert (program.returncode, b"Traceback" in told) == (-signal.SIGTERM, False)


def test_a_written_reply_asked_for_in_the_environment_has_no_file(
    question: Path, tmp_path: Path
) -> None:
    environment = {"S2S_TEXT_ONLY": "1", "WS_URL": "localhost:9"}
    done = s2s("send-wav", question, "-o", "out.wav", cwd=tmp_path, environment=environment)
    failed(done, 2, "no audio")


@pytest.mark.parametrize(
    "key", ["\u201csk-proj-abcdef123456\u201d", "sk-abcdef123456\u200b", "sk-a b"]
)
def test_a_key_that_no_header_can_carry(key: str, question: Path, tmp_path: Path) -> None:
    environment = {"OPENAI_API_KEY": key, "WS_URL": "localhost:9"}
    told = failed(s2s("send-wav", question, cwd=tmp_path, environment=environment), 2, "characters")
    assert "sk-" not in told


def test_a_key_in_the_place_of_the_url(question: Path, tmp_path: Path) -> None:
    for url in ("sk-proj-abcdef123456", "wss://[::sk-proj-abcdef123456"):
        told = failed(s2s("send-wav", question, "--url", url, cwd=tmp_path), 2, "--url")
        assert "abcdef" not in told


def test_a_password_in_the_url_reaches_no_log(question: Path, tmp_path: Path) -> None:
    with endpoint() as url:
        secret = url.replace("ws://", "ws://user:pa55word-x@") + "?token=abcdefghij99"
        environment = {"WS_URL": secret, "S2S_LOG_FILE": "log"}
        done = s2s("send-wav", question, "-vv", cwd=tmp_path, environment=environment)
    everything = done.stdout + done.stderr + (tmp_path / "log").read_bytes()
    assert done.returncode == 0, done.stderr
    assert b"pa55word" not in everything
    assert b"abcdefghij99" not in everything


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_standard_streams_that_are_closed(closed: str, question: Path, tmp_path: Path) -> None:
    with endpoint() as url:
        command = f"{sys.executable} -m s2s send-wav question.wav --url {url} {closed}"
        done = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=clean_environment(tmp_path),
            capture_output=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert read_wav(tmp_path / "question.reply.wav") == tone(1500)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("command", ["--version", "--help", "send-wav --help"])
def test_help_into_a_full_disk(command: str, tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "s2s", *command.split()], cwd=tmp_path,
            env=clean_environment(tmp_path), stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert (done.returncode, b"Traceback" in done.stderr) == (8, False), done.stderr


def test_a_log_on_a_full_disk_is_told_of_once(question: Path, tmp_path: Path) -> None:
    with endpoint() as url:
        done = s2s("send-wav", question, "--url", url, "--log-file", "/dev/full", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr.count(b"log file") == 1
    assert b"Traceback" not in done.stderr


def test_the_recording_itself_is_not_replaced_by_the_reply(question: Path, tmp_path: Path) -> None:
    before = question.read_bytes()
    with endpoint() as url:
        done = s2s("send-wav", question, "-o", question, "--force", "--url", url, cwd=tmp_path)
    failed(done, 2, "recording itself")
    assert question.read_bytes() == before


def test_a_reply_is_written_in_the_format_of_its_name(question: Path, tmp_path: Path) -> None:
    import soundfile

    with endpoint() as url:
        done = s2s("send-wav", question, "-o", "reply.flac", "--url", url, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert soundfile.info(tmp_path / "reply.flac").format == "FLAC"
    assert sorted(each.name for each in tmp_path.iterdir() if "reply" in each.name) == [
        "reply.flac"
    ]


def test_a_settings_file_with_a_line_that_is_none(question: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WS_URL=api.openai.com\nOPENAI_API_KEY: sk-abcdef123456\n")
    told = failed(s2s("send-wav", question, cwd=tmp_path), 2, "line 2", "no key", "/.env")
    assert "sk-abc" not in told


def test_json_is_printed_however_early_the_program_is_stopped(
    question: Path, tmp_path: Path
) -> None:
    for delay in (0.1, 0.2, 0.3, 0.4, 0.6):
        program = subprocess.Popen(
            [sys.executable, "-m", "s2s", "send-wav", str(question), "--json", "--offline"],
            cwd=tmp_path, env=clean_environment(tmp_path), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip
        time.sleep(delay)
        program.terminate()
        told, errors = program.communicate(timeout=10)
        assert b"Traceback" not in errors
        assert program.returncode == -signal.SIGTERM
        if told:  # else it came before the options were read
            assert json.loads(told)["exit_status"] == 143
