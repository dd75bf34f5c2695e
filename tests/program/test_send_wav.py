"""`s2s send-wav` as a person runs it, against the endpoint on this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakes import clean_environment, endpoint, pcm_of_reply, read_wav, s2s, tone, write_wav

from s2s import pcm

pytestmark = pytest.mark.program
SPOKEN = {"turns": [{"hear": "what is this", "say": "A tone."}]}


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "question.wav", tone(1500))


def test_a_recording_comes_back_whole_from_an_echo(question: Path, tmp_path: Path) -> None:
    with endpoint() as url:
        done = s2s("send-wav", question, "--url", url, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert read_wav(tmp_path / "question.reply.wav") == tone(1500)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "question.reply.wav",
        "question.wav",
    ]


def test_the_transcript_is_what_standard_output_holds(question: Path, tmp_path: Path) -> None:
    with endpoint(SPOKEN) as url:
        done = s2s("send-wav", question, "--url", url, cwd=tmp_path)
    assert done.stdout.decode() == "You: what is this\nAssistant: A tone.\n"
    assert "total" in done.stderr.decode()


def test_quiet_means_nothing_on_standard_error(question: Path, tmp_path: Path) -> None:
    with endpoint(SPOKEN) as url:
        done = s2s("send-wav", question, "--url", url, "--quiet", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"A tone." in done.stdout


def test_json_is_exactly_one_object_with_all_its_fields(question: Path, tmp_path: Path) -> None:
    with endpoint(SPOKEN) as url:
        done = s2s("send-wav", question, "--url", url, "--json", cwd=tmp_path)
    told = json.loads(done.stdout)
    assert done.stdout.count(b"\n") == 1
    assert told["schema"] == 1
    assert told["status"] == "completed"
    assert told["exit_status"] == 0
    assert told["transcripts"] == {"user": "what is this", "assistant": "A tone."}
    assert told["input"]["seconds_sent"] == 1.5
    assert told["output"]["path"].endswith("question.reply.wav")
    assert told["output"]["seconds"] == pytest.approx(0.42)
    assert told["model"] == "test-model"
    assert told["endpoint"] == url
    assert told["usage"]["responses"][0]["total_tokens"] > 0
    assert all(told["ids"].values())
    assert all(spent is not None for spent in told["timings"].values())


def test_json_tells_of_a_failure_too(question: Path, tmp_path: Path) -> None:
    fails = {"turns": [{"tone": "440/1s", "fail": {"status": "incomplete"}}]}
    with endpoint(fails) as url:
        done = s2s("send-wav", question, "--url", url, "--json", cwd=tmp_path)
    told = json.loads(done.stdout)
    assert done.returncode == told["exit_status"] == 6
    assert told["status"] == "incomplete"
    assert told["error"]["message"]
    assert told["output"] == {
        "path": str(tmp_path / "question.reply.partial.wav"), "seconds": 1.0, "complete": False,
    }  # fmt: skip


def test_audio_goes_to_standard_output_and_the_transcript_makes_room(
    question: Path, tmp_path: Path
) -> None:
    with endpoint(SPOKEN) as url:
        done = s2s("send-wav", question, "--url", url, "-o", "-", cwd=tmp_path)
    assert pcm_of_reply(done.stdout)
    assert b"A tone." in done.stderr


def test_a_reply_goes_to_a_named_pipe_whole(question: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "out")
    with (
        endpoint({"turns": [{"tone": "440/30s"}]}) as url,
        (tmp_path / "heard").open("wb") as heard,
    ):
        reader = subprocess.Popen(["cat", "out"], cwd=tmp_path, stdout=heard)
        done = s2s("send-wav", question, "--url", url, "-o", "out", cwd=tmp_path)
        assert reader.wait(20) == 0
    assert done.returncode == 0, done.stderr
    assert pcm_of_reply((tmp_path / "heard").read_bytes()) == tone(30_000)


def test_a_recording_comes_from_standard_input(question: Path, tmp_path: Path) -> None:
    with endpoint() as url:
        piped = question.read_bytes()
        done = s2s("send-wav", "-", "-o", "out.wav", "--url", url, cwd=tmp_path, stdin=piped)
        assert done.returncode == 0, done.stderr
        raw = s2s("send-wav", "-", "-o", "raw.wav", "--raw", "24000", "--url", url,
                  cwd=tmp_path, stdin=tone(700))  # fmt: skip
        assert raw.returncode == 0, raw.stderr
    assert read_wav(tmp_path / "out.wav") == tone(1500)
    assert read_wav(tmp_path / "raw.wav") == tone(700)


def test_an_existing_reply_is_not_overwritten_unless_forced(question: Path, tmp_path: Path) -> None:
    reply = tmp_path / "question.reply.wav"
    reply.write_bytes(b"precious")
    with endpoint() as url:
        refused = s2s("send-wav", question, "--url", url, cwd=tmp_path)
        assert (refused.returncode, reply.read_bytes()) == (2, b"precious")
        forced = s2s("send-wav", question, "--url", url, "--force", cwd=tmp_path)
        assert (forced.returncode, read_wav(reply)) == (0, tone(1500))


def test_a_written_reply_leaves_no_file(question: Path, tmp_path: Path) -> None:
    with endpoint(SPOKEN) as url:
        done = s2s("send-wav", question, "--url", url, "--text-only", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.decode() == "You: what is this\nAssistant: A tone.\n"
    assert not (tmp_path / "question.reply.wav").exists()


def test_one_giant_delta_is_taken(question: Path, tmp_path: Path) -> None:
    giant = {"turns": [{"tone": "440/120s", "delta_ms": 200_000}]}
    with endpoint(giant) as url:
        done = s2s("send-wav", question, "--url", url, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(read_wav(tmp_path / "question.reply.wav")) == pcm.size_of(120_000)


def test_settings_come_from_env_file_and_a_key_never_shows(question: Path, tmp_path: Path) -> None:
    key = "sk-proj-thisisasecretkey1234567890"
    with endpoint(SPOKEN) as url:
        (tmp_path / ".env").write_text(f"WS_URL={url}\nOPENAI_API_KEY={key}\n")
        done = s2s("send-wav", question, "-vv", "--log-file", "s2s.log", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    log = (tmp_path / "s2s.log").read_text()
    everything = done.stdout.decode() + done.stderr.decode() + log
    assert key not in everything
    assert "OPENAI_API_KEY = *** " in log
    assert "> input_audio_buffer.append 24000 samples\n" in log, "audio is elided, as samples"
    assert "< response.done" in log


def test_a_rate_limited_response_is_tried_again(question: Path, tmp_path: Path) -> None:
    limit = {"code": "rate_limit_exceeded", "message": "Please try again in 50ms."}
    turns = [{"on": 1, "fail": limit}, {"on": 2, "fail": limit}, {"on": 3, "tone": "440/1s"}]
    with endpoint({"turns": turns}) as url:
        done = s2s("send-wav", question, "--url", url, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(b"trying again") == 2


def test_a_reply_that_begins_again_keeps_what_was_said_before(
    question: Path, tmp_path: Path
) -> None:
    limit = {"code": "rate_limit_exceeded", "message": "Please try again in 50ms."}
    turns = [{"on": 1, "tone": "440/1s", "fail": limit}, {"on": 2, "tone": "880/2s"}]
    with endpoint({"turns": turns}) as url:
        done = s2s("send-wav", question, "--url", url, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(read_wav(tmp_path / "question.reply.wav")) == pcm.size_of(2_000)
    assert len(read_wav(tmp_path / "question.reply.partial.wav")) == pcm.size_of(1_000)


def run_until_reply_begins(question: Path, url: str, cwd: Path) -> subprocess.Popen[bytes]:
    """Start `send-wav`; come back when a part of the reply is in its file."""
    program = subprocess.Popen(
        [sys.executable, "-m", "s2s", "send-wav", str(question), "--url", url],
        cwd=cwd, env=clean_environment(cwd), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    partial = cwd / "question.reply.partial.wav"
    for _ in range(2000):
        if partial.exists() and partial.stat().st_size > 20_000:
            return program
        time.sleep(0.01)
    program.kill()
    raise AssertionError("the reply did not begin")


SLOW = {"turns": [{"tone": "440/20s", "pace": "realtime", "delta_ms": 50}]}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_keeps_what_came_and_says_where(
    number: int, question: Path, tmp_path: Path
) -> None:
    with endpoint(SLOW) as url:
        program = run_until_reply_begins(question, url, tmp_path)
        program.send_signal(number)
        _, told = program.communicate(timeout=10)
    assert program.returncode == -number
    assert b"question.reply.partial.wav" in told
    assert b"Traceback" not in told
    assert len(read_wav(tmp_path / "question.reply.partial.wav")) > 20_000


def test_a_kill_leaves_a_playable_reply(question: Path, tmp_path: Path) -> None:
    with endpoint(SLOW) as url:
        program = run_until_reply_begins(question, url, tmp_path)
        program.kill()
        program.communicate(timeout=10)
    kept = read_wav(tmp_path / "question.reply.partial.wav")
    assert kept == tone(20_000)[: len(kept)]
    assert len(kept) >= 19_000


def test_ctrl_c_while_standard_input_hangs_leaves_at_once(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    with endpoint() as url:
        program = subprocess.Popen(
            [sys.executable, "-m", "s2s", "send-wav", "-", "--raw", "24000", "--url", url],
            cwd=tmp_path, env=clean_environment(tmp_path), stdin=read_end, stderr=subprocess.PIPE,
        )  # fmt: skip
        os.close(read_end)
        os.write(write_end, tone(300))
        time.sleep(1.5)
        program.send_signal(signal.SIGINT)
        _, told = program.communicate(timeout=10)
        os.close(write_end)
    assert program.returncode == -signal.SIGINT
    assert b"Traceback" not in told


def test_a_reader_that_has_seen_enough_does_not_cost_the_reply(
    question: Path, tmp_path: Path
) -> None:
    with endpoint(SPOKEN) as url:
        command = f"{sys.executable} -m s2s send-wav {question} --url {url} | true"
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=tmp_path, env=clean_environment(tmp_path), capture_output=True, check=False,
        )  # fmt: skip
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    assert (tmp_path / "question.reply.wav").exists()
