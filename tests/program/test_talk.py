"""`s2s talk` as a person runs it: on a terminal and a sound card, over pipes, and when things fail.

The endpoint answers with noise that is nowhere like itself, so that what the speaker played can be
held against it sample for sample.
"""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alignment import is_in_order, is_whole, noise
from endpoints import stoppable_server
from fakes import LoudDetector, clean_environment, pcm_of_reply, read_wav, s2s, tone, write_wav
from pseudo_terminal import PseudoTerminal
from virtual_audio import PATIENCE_S, SoundCard
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import ServerConnection, serve

from s2s import pcm
from s2s.audio.files.riff import HEADER_SIZE
from s2s.testing.server import RealtimeServer

pytestmark = pytest.mark.program

QUESTION = tone(600) + pcm.silence(200)
ANSWER = noise(1500)


@pytest.fixture
def answer(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "answer.wav", ANSWER)


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "question.wav", QUESTION)


def serving(
    *turns: dict[str, Any], faults: Sequence[dict[str, Any]] = (), folder: Path = Path()
) -> RealtimeServer:
    return RealtimeServer(
        turns=list(turns), faults=list(faults), detector=LoudDetector, folder=folder
    )


def loud_ms(audio: bytes) -> int:
    size = pcm.size_of(10)
    return 10 * sum(pcm.level(audio[at : at + size]) > 0.005 for at in range(0, len(audio), size))


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


# --- on a terminal, with a sound card


def test_a_spoken_question_is_answered_aloud(
    sound_card: SoundCard, tmp_path: Path, question: Path, answer: Path
) -> None:
    turn = {"hear": "what time is it", "wav": answer.name}
    with (
        serving(turn, folder=tmp_path) as server,
        PseudoTerminal("talk", "--url", server.url, "--save", "kept", cwd=tmp_path) as terminal,
        sound_card.listen() as speaker,
    ):
        server.wait_for("input_audio_buffer.append")
        sound_card.say(question)
        terminal.wait_for("answered in")
        heard = speaker.hear(2000)
        assert is_in_order(ANSWER, heard)  # what the card was given is held against it below
        terminal.press("q")
        assert terminal.leave() == 0
        assert terminal.restored
    assert "what time is it" in terminal.shown
    assert "1 turn in" in terminal.shown
    (folder,) = (tmp_path / "kept").iterdir()
    assert "what time is it" in (folder / "transcript.md").read_text()
    with wave.open(str(folder / "conversation.wav")) as kept:
        assert (kept.getnchannels(), kept.getframerate()) == (2, pcm.RATE)
        both = kept.readframes(kept.getnframes())
    left, right = both_channels(both)
    assert loud_ms(left) == pytest.approx(600, abs=60)
    assert is_whole(ANSWER, right)


def both_channels(frames: bytes) -> tuple[bytes, bytes]:
    samples = memoryview(frames).cast("h")
    return samples[::2].tobytes(), samples[1::2].tobytes()


def test_speaking_into_the_answer_silences_it_and_the_endpoint_knows_what_was_heard(
    sound_card: SoundCard, tmp_path: Path, question: Path
) -> None:
    with (
        serving({"tone": "440/20s"}, {"tone": "660/300ms"}) as server,
        PseudoTerminal(
            *("talk", "--url", server.url, "--echo", "off"),  # speech then interrupts at once
            cwd=tmp_path,
        ) as terminal,
        sound_card.listen() as speaker,
    ):
        server.wait_for("input_audio_buffer.append")
        sound_card.say(question)
        until(lambda: loud_ms(speaker.hear(0)) > 200)
        sound_card.say(question)
        (cut,) = server.wait_for("conversation.item.truncate")
        terminal.wait_for("not heard")
        before_the_next = speaker.hear(0)
        assert cut["audio_end_ms"] == pytest.approx(loud_ms(before_the_next), abs=30)
        until(lambda: loud_ms(speaker.hear(0)) > cut["audio_end_ms"] + 200)
        terminal.press("q")
        assert terminal.leave() == 0
        assert terminal.restored
    assert not server.received("response.cancel"), "the endpoint interrupts by itself"
    assert "1 interruption" in terminal.shown


def test_a_key_begins_and_ends_a_turn_and_typing_disturbs_nothing(
    sound_card: SoundCard, tmp_path: Path, question: Path
) -> None:
    with (
        serving({"tone": "440/200ms"}, {"match": "typed", "tone": "440/200ms"}) as server,
        PseudoTerminal("talk", "--url", server.url, "--turns", "manual", cwd=tmp_path) as terminal,
    ):
        server.wait_for("session.update")
        terminal.press(" ")
        terminal.wait_for("ends your turn")
        sound_card.say(question)
        terminal.press(" ")
        server.wait_for("response.create")
        terminal.wait_for("answered in")
        terminal.press("t")
        terminal.wait_for("Message")
        terminal.press("typed words\r")
        server.wait_for("conversation.item.create")
        server.wait_for("response.create", count=2)
        terminal.wait_for("typed words")
        terminal.press("q")
        assert terminal.leave() == 0
    assert loud_ms(server.heard()) == pytest.approx(600, abs=60)


def test_ctrl_c_silences_a_reply_and_then_leaves(
    sound_card: SoundCard, tmp_path: Path, question: Path
) -> None:
    with (
        serving({"tone": "440/20s"}) as server,
        PseudoTerminal("talk", "--url", server.url, cwd=tmp_path) as terminal,
    ):
        server.wait_for("input_audio_buffer.append")
        sound_card.say(question)
        terminal.wait_for("answered in")
        terminal.press("\x03")
        server.wait_for("conversation.item.truncate")
        terminal.wait_for("not heard")
        terminal.press("\x03")
        assert terminal.leave() == -signal.SIGINT
        assert terminal.restored
    assert "Error" not in terminal.shown


def test_who_leaves_while_the_sound_server_is_gone_is_told_and_everything_is_saved(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    with (
        serving({"tone": "440/1s"}) as server,
        PseudoTerminal("talk", "--url", server.url, "--save", "kept", cwd=tmp_path) as terminal,
    ):
        server.wait_for("input_audio_buffer.append")
        sound_card.signal_server(signal.SIGKILL)
        terminal.wait_for("is lost")
        terminal.press("q")
        assert terminal.leave() == 4
        assert terminal.restored
    assert "has not come back" in terminal.shown
    assert "s2s devices" in terminal.shown
    with wave.open(str(next((tmp_path / "kept").iterdir()) / "conversation.wav")) as kept:
        assert kept.getnframes() > 0


def test_a_microphone_that_gives_only_zeros_is_explained_at_once(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    with (
        serving() as server,
        PseudoTerminal("talk", "--url", server.url, cwd=tmp_path) as terminal,
    ):
        terminal.wait_for("nothing but zeros")
        terminal.press("q")
        assert terminal.leave() == 0
    assert "s2s devices" in terminal.shown


def test_no_sound_card_is_explained_with_the_reason(sound_card: SoundCard, tmp_path: Path) -> None:
    sound_card.signal_server(signal.SIGKILL)
    with serving() as server:
        done = s2s("talk", "--url", server.url, cwd=tmp_path)
    assert done.returncode == 4
    told = done.stderr.decode()
    assert told.startswith("Error: ")
    assert "ALSA" not in told


# --- without sound hardware


def test_files_stand_in_for_microphone_and_speaker(tmp_path: Path, question: Path) -> None:
    write_wav(tmp_path / "answer.wav", ANSWER)
    turn = {"hear": "what time is it", "wav": "answer.wav"}
    with serving(turn, folder=tmp_path) as server:
        files = ("--in", question, "--out", "heard.wav", "--events", "events.jsonl")
        done = s2s("talk", "--url", server.url, *files, cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert "You: what time is it" in done.stdout.decode()
    assert "\x1b" not in done.stdout.decode()
    assert is_whole(ANSWER, read_wav(tmp_path / "heard.wav"))
    happened = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert {"session_started", "speech_started", "part_started", "end"} <= {
        each["type"] for each in happened
    }


def test_standard_output_holds_events_alone_though_the_screen_is_a_terminal(
    tmp_path: Path, question: Path
) -> None:
    master, slave = pty.openpty()
    with serving({"tone": "440/300ms"}) as server:
        given = ("--in", question, "--out", "heard.wav", "--events", "-")
        done = subprocess.run(
            [sys.executable, "-m", "s2s", "talk", "--url", server.url, *map(str, given)],
            cwd=tmp_path,
            env=clean_environment(tmp_path, TERM="xterm"),
            stdin=slave,
            stdout=subprocess.PIPE,
            stderr=slave,
            start_new_session=True,
            timeout=60,
            check=False,
        )
    shown = os.read(master, 65536).decode(errors="replace")
    os.close(master)
    os.close(slave)
    assert done.returncode == 0, shown
    assert [json.loads(line) for line in done.stdout.splitlines()]
    assert "connecting" in shown


def test_pipes_stand_in_too(tmp_path: Path, question: Path) -> None:
    with serving({"tone": "440/500ms"}) as server:
        done = s2s(
            *("talk", "--url", server.url, "--in", "-", "--out", "-"),
            cwd=tmp_path,
            stdin=question.read_bytes(),
        )
    assert done.returncode == 0, done.stderr.decode()
    assert loud_ms(pcm_of_reply(done.stdout)) == pytest.approx(500, abs=20)
    assert "Assistant:" in done.stderr.decode()


def test_raw_samples_come_through_a_pipe_as_well(tmp_path: Path) -> None:
    with serving({"tone": "440/300ms"}) as server:
        raw = ("--in", "-", "--raw", "24000", "--out", "heard.wav")
        done = s2s("talk", "--url", server.url, *raw, cwd=tmp_path, stdin=QUESTION)
    assert done.returncode == 0, done.stderr.decode()
    assert loud_ms(read_wav(tmp_path / "heard.wav")) == pytest.approx(300, abs=20)


def test_written_replies_need_no_speaker(tmp_path: Path, question: Path) -> None:
    with serving({"text": "Only written."}) as server:
        given = ("--in", question, "--text-only")
        done = s2s("talk", "--url", server.url, *given, cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert "Assistant: Only written." in done.stdout.decode()


@contextmanager
def refusing(url: str, setting: str) -> Iterator[str]:
    """An endpoint that is the one at `url`, but refuses every update that has `setting` in it."""

    def relay(client: ServerConnection) -> None:
        assert client.request is not None
        query = client.request.path.partition("?")[2]
        with connect(f"{url.partition('?')[0]}?{query}") as endpoint:
            back = threading.Thread(target=pass_on, args=(endpoint, client))
            back.start()
            with contextlib.suppress(ConnectionClosed):
                for message in client:
                    asked = json.loads(message)
                    if asked["type"] == "session.update" and f'"{setting}"' in str(message):
                        error = {"type": "invalid_request_error", "code": "invalid_value"}
                        about = {"message": f"No {setting} here.", "event_id": asked["event_id"]}
                        client.send(json.dumps({"type": "error", "error": {**error, **about}}))
                    else:
                        endpoint.send(message)
        back.join()

    def pass_on(endpoint: ClientConnection, client: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            for message in endpoint:
                client.send(message)

    with serve(relay, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/v1/realtime"
        server.shutdown()
        thread.join()


def test_a_rejected_optional_setting_costs_itself_and_a_warning(
    tmp_path: Path, question: Path
) -> None:
    options = ("--in", question, "--out", "heard.wav", "--effort", "low", "--speed", "1.2")
    with serving({"tone": "440/300ms"}) as server, refusing(server.url, "speed") as url:
        done = s2s("talk", "--url", url, *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert "Warning: The endpoint refused --speed: No speed here." in done.stdout.decode()
    assert "refused --effort" not in done.stdout.decode()
    assert loud_ms(read_wav(tmp_path / "heard.wav")) == pytest.approx(300, abs=20)
    updates = [str(update) for update in server.received("session.update")]
    assert any("effort" in update for update in updates)
    assert not any("speed" in update for update in updates)


@contextmanager
def talking(folder: Path, *arguments: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "s2s", "talk", *map(str, arguments)],
        cwd=folder,
        env=clean_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def written(wav: Path) -> int:
    """How many bytes of PCM are in a file that is being written."""
    return wav.stat().st_size - HEADER_SIZE if wav.exists() else 0


@pytest.mark.parametrize("after_s", [0.4, 1.1, 1.7])
def test_a_kill_at_any_moment_leaves_playable_files(tmp_path: Path, after_s: float) -> None:
    long = write_wav(tmp_path / "long.wav", QUESTION + tone(30_000))
    with serving({"tone": "440/9s"}) as server:
        saved = ("--out", "heard.wav", "--save", "kept")
        with talking(tmp_path, "--url", server.url, "--in", long, *saved) as process:
            server.wait_for("session.update")
            until(lambda: written(tmp_path / "heard.partial.wav") >= pcm.size_of(1000 * after_s))
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert len(read_wav(tmp_path / "heard.partial.wav")) >= pcm.size_of(1000 * after_s - 100)
    with wave.open(str(next((tmp_path / "kept").iterdir()) / "conversation.wav")) as kept:
        assert kept.getnframes() >= pcm.RATE * (after_s - 0.8)


def test_a_terminal_that_closes_ends_it_with_its_transcript_complete(tmp_path: Path) -> None:
    question = write_wav(tmp_path / "question.wav", QUESTION + pcm.silence(30_000))
    files = ("--in", question, "--out", "heard.wav", "--save", "kept")
    with (
        serving({"say": "One two three four five six. " * 9}) as server,
        talking(tmp_path, "--url", server.url, *files) as process,
    ):
        until(lambda: "One" in "".join(kept_texts(tmp_path / "kept")))
        process.send_signal(signal.SIGHUP)
        assert process.wait(10) == -signal.SIGHUP
    assert "(interrupted)" in kept_texts(tmp_path / "kept")[0]


def kept_texts(folder: Path) -> list[str]:
    return [each.read_text() for each in folder.glob("*/transcript.md")]


def test_an_endpoint_that_does_not_answer_any_more_is_noticed_in_silence(tmp_path: Path) -> None:
    silence = write_wav(tmp_path / "silence.wav", pcm.silence(60_000))
    journal = tmp_path / "journal"
    with stoppable_server(tmp_path) as (server, url):
        files = ("--in", silence, "--out", "heard.wav", "--events", journal)
        with talking(tmp_path, "--url", url, "--timeout", "3", *files) as process:
            until(lambda: journal.exists() and "session_configured" in journal.read_text())
            server.send_signal(signal.SIGSTOP)
            assert process.wait(30) == 5
    assert "does not answer any more" in journal.read_text()


def test_sigterm_ends_it_with_its_files_complete(tmp_path: Path) -> None:
    long = write_wav(tmp_path / "long.wav", tone(30_000))
    with serving() as server:
        files = ("--in", long, "--out", "heard.wav")
        with talking(tmp_path, "--url", server.url, *files) as process:
            server.wait_for("input_audio_buffer.append", count=20)
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == -signal.SIGTERM
    assert read_wav(tmp_path / "heard.wav")


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ({"at": "connect", "http": 401}, 3, "key"),
        ({"at": "connect", "http": 503}, 5, "503"),
        ({"at": "connect", "error": "invalid_model"}, 3, "refused"),
        ({"at": "input_audio_buffer.speech_started", "do": "reset"}, 5, "lost"),
        ({"at": "input_audio_buffer.speech_started", "error": "insufficient_quota"}, 3, "refused"),
    ],
)
def test_what_fails_is_a_sentence_and_a_status(
    tmp_path: Path, question: Path, fault: dict[str, Any], status: int, words: str
) -> None:
    with serving({"tone": "440/1s"}, faults=[fault]) as server:
        files = ("--in", question, "--out", "heard.wav")
        done = s2s("talk", "--url", server.url, *files, cwd=tmp_path)
    told = done.stderr.decode()
    assert done.returncode == status, told
    assert words in told
    assert "Traceback" not in told
    assert told.count("Error: ") == 1


def test_a_response_that_failed_is_the_exit_status_of_a_recording(
    tmp_path: Path, question: Path
) -> None:
    fail = {"fail": {"status": "failed", "code": "server_error", "message": "Out of order."}}
    with serving(fail) as server:
        files = ("--in", question, "--out", "heard.wav")
        done = s2s("talk", "--url", server.url, *files, cwd=tmp_path)
    assert done.returncode == 6
    assert "Out of order" in done.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--in", "none.wav", "--out", "x.wav"], "There is no file"),
        (["--in", "question.wav", "--out", "question.wav"], "recording itself"),
        (["--eagerness", "low"], "--turns semantic"),
        (["--turns", "manual", "--threshold", "0.4"], "--turns server"),
        (["--offline"], "--offline and --url"),
        (["--out", "-", "--events", "-"], "standard output"),
        (["--raw", "16000"], "--in"),
        (["--text-only", "--out", "x.wav"], "no audio"),
        (["--in", "question.wav", "--out", "x.wav", "--events", "none/e.jsonl"], "e.jsonl"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(
    tmp_path: Path, question: Path, arguments: list[str], words: str
) -> None:
    done = s2s("talk", "--url", "ws://127.0.0.1:9", *arguments, cwd=tmp_path)
    told = done.stderr.decode()
    assert done.returncode == 2, told
    assert words in told
    assert "Traceback" not in told


def test_without_a_key_two_ways_on_are_named(tmp_path: Path) -> None:
    done = s2s("talk", cwd=tmp_path)
    assert done.returncode == 2
    assert "--offline" in done.stderr.decode()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_journal_that_cannot_be_written_costs_no_conversation(
    tmp_path: Path, question: Path
) -> None:
    with serving({"tone": "440/300ms"}) as server:
        files = ("--in", question, "--out", "heard.wav", "--events", "/dev/full")
        done = s2s("talk", "--url", server.url, *files, cwd=tmp_path)
    assert done.returncode == 8, done.stderr.decode()
    assert loud_ms(read_wav(tmp_path / "heard.wav")) == pytest.approx(300, abs=20)


def sounding_s(audio: bytes) -> tuple[float, float]:
    """When the first sound begins and the last one ends."""
    size = pcm.size_of(10)
    loud = [at for at in range(0, len(audio), size) if pcm.peak(audio[at : at + size]) > 0.01]
    return pcm.seconds(loud[0]), pcm.seconds(loud[-1] + size)


def test_the_lines_that_are_saved_stand_where_their_sound_is(tmp_path: Path) -> None:
    said = write_wav(tmp_path / "said.wav", pcm.silence(500) + tone(700) + pcm.silence(200))
    with serving({"hear": "what time is it", "tone": "440/1s"}) as server:
        given = ("--in", said, "--out", "heard.wav", "--save", "kept")
        done = s2s("talk", "--url", server.url, *given, cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    (folder,) = (tmp_path / "kept").iterdir()
    assert f"Saved in kept{os.sep}{folder.name}." in done.stderr.decode()
    with wave.open(str(folder / "conversation.wav")) as kept:
        left, right = both_channels(kept.readframes(kept.getnframes()))
    user, assistant = map(json.loads, (folder / "transcript.jsonl").read_text().splitlines())
    begun, ended = sounding_s(right)
    assert (assistant["start"], assistant["end"]) == pytest.approx((begun, ended), abs=0.02)
    begun, ended = sounding_s(left)  # a machine that is busy tears a hole into it, not out of it
    assert user["start"] < begun < ended < user["end"] < begun + 0.7 + 2


def test_half_a_letter_costs_no_word_and_no_name_has_to_be_valid_text(tmp_path: Path) -> None:
    def named(name: str) -> str:
        return os.fsdecode(name.encode() + b"\xe9") if sys.platform == "linux" else name

    said = write_wav(tmp_path / named("said"), QUESTION)
    with serving({"hear": "what \ud83d time", "tone": "440/300ms"}) as server:
        given = ("--in", said, "--out", named("heard"), "--save", named("kept"))
        more = ("--events", named("events"), "--log-file", named("log"))
        wanted = ("--instructions", named("Be brief"), "--model", named("m"))
        done = s2s("talk", "--url", server.url, *given, *more, *wanted, cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    (folder,) = (tmp_path / named("kept")).iterdir()
    user, assistant = map(json.loads, (folder / "transcript.jsonl").read_text().splitlines())
    assert user["text"] == "what \ufffd time"
    assert assistant["text"]
    assert "what \ufffd time" in (folder / "transcript.md").read_text()
    happened = [json.loads(line) for line in (tmp_path / named("events")).read_text().splitlines()]
    assert {"what \ufffd time"} == {e["text"] for e in happened if e["type"] == "user_transcribed"}
    assert "what \ufffd time" in (tmp_path / named("log")).read_text()
