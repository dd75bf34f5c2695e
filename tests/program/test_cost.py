"""What it costs, as a person meets it: shown, limited, and never less than it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fakes import LoudDetector, read_wav, s2s, tone, write_wav

from s2s import pcm
from s2s.testing.server import RealtimeServer

pytestmark = pytest.mark.program

QUESTION = tone(600) + pcm.silence(2400)  # long enough for an answer
ANSWER_MS = 1000  # 20 tokens of the assistant's sound
TABLE = {
    "gpt-realtime-2.1": {"text": {"input": 0, "output": 0}, "audio": {"input": 0, "output": 500}},
    "gpt-transcribe": {"per_minute": 0},
}
CENT = "0.01"  # what an answer costs by that


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Path:
    write_wav(tmp_path / "one.wav", QUESTION)
    write_wav(tmp_path / "four.wav", 4 * QUESTION)
    (tmp_path / "prices.json").write_text(json.dumps({"models": TABLE}))
    return tmp_path


def serving(*turns: dict[str, Any]) -> RealtimeServer:
    given = turns or ({"tone": f"440/{ANSWER_MS}ms"},)
    return RealtimeServer(turns=list(given), detector=LoudDetector)


def costs(folder: Path) -> list[dict[str, Any]]:
    happened = map(json.loads, (folder / "events").read_text().splitlines())
    return [each for each in happened if each["type"] == "show_cost"]


def test_a_reply_has_its_price_by_a_table_of_the_users(folder: Path) -> None:
    with serving() as server:
        done = s2s(
            "send-wav", "one.wav", "--url", server.url, "--prices", "prices.json", "--json",
            cwd=folder,
        )  # fmt: skip
    told = json.loads(done.stdout)
    assert told["cost"] == 0.01
    assert told["cost_details"] == {"known": 0.01, "unpriced": []}


def test_a_model_without_a_price_is_said_to_have_none(folder: Path) -> None:
    with serving() as server:
        done = s2s("send-wav", "one.wav", "--url", server.url, "--json", cwd=folder)
    told = json.loads(done.stdout)
    assert told["cost"] is None
    assert told["cost_details"]["unpriced"] == ["s2s-script has no price"]


def test_offline_costs_nothing(folder: Path) -> None:
    done = s2s(
        "talk", "--offline", "--in", "one.wav", "--out", "heard.wav", "--max-cost", CENT,
        cwd=folder,
    )  # fmt: skip
    assert done.returncode in (0, 5), done.stderr  # it may find no turn in a tone
    assert "Cost: $0.00." in done.stderr.decode()


def test_a_conversation_ends_at_its_limit_and_what_is_under_way_is_heard(folder: Path) -> None:
    with serving(*[{"tone": f"440/{ANSWER_MS}ms"}] * 4) as server:
        done = s2s(
            "talk", "--url", server.url, "--in", "four.wav", "--out", "heard.wav",
            "--prices", "prices.json", "--max-cost", "0.029", "--events", "events",
            "--save", "talks", cwd=folder,
        )  # fmt: skip
    told = done.stderr.decode()
    assert done.returncode == 7, told
    assert "$0.0200 of $0.0290 is spent, and another reply like the last ($0.0100)" in told
    assert "Error: " in told.splitlines()[-2]
    assert "--max-cost" in told.splitlines()[-1]
    assert len(server.sent("response.done")) == 2
    loud = [pcm.level(chunk) > 0.005 for chunk in pieces(read_wav(folder / "heard.wav"))]
    assert sum(loud) * 10 >= 2 * ANSWER_MS - 20
    assert [each["cost"] for each in costs(folder)] == [0, 0.01, 0.02]
    (transcript,) = (folder / "talks").glob("*/transcript.md")
    assert transcript.read_text().endswith("*Cost: $0.0200.*\n")


def pieces(audio: bytes) -> list[bytes]:
    size = pcm.size_of(10)
    return [audio[at : at + size] for at in range(0, len(audio), size)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--max-cost", "1", "--model", "our-own"], "our-own has no price."),
        (["--max-cost", "1", "--transcribe", "their-own"], "their-own has no price."),
        (["--max-cost", "0"], "--max-cost: it needs an amount of dollars above 0"),
        (["--max-cost", "-1"], "--max-cost: it needs an amount of dollars above 0"),
        (["--max-cost", "nan"], "--max-cost: it needs an amount of dollars above 0"),
        (["--max-cost", "0,50"], "--max-cost: it needs an amount of dollars, such as 0.50"),
        (["--prices", "none.json"], "The prices in none.json cannot be read: No such file"),
        (["--prices", "one.wav"], "The prices in one.wav cannot be read: it is "),
    ],
)
@pytest.mark.parametrize("command", [("send-wav", "one.wav"), ("talk", "--in", "one.wav")])
def test_what_cannot_be_held_is_refused_before_anything_is_sent(
    command: tuple[str, ...], arguments: list[str], words: str, folder: Path
) -> None:
    out = ("--out", "heard.wav") if command[0] == "talk" else ()
    with serving() as server:
        done = s2s(*command, *out, "--url", server.url, *arguments, cwd=folder)
        assert server.events == []
    assert done.returncode == 2
    assert words in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


@pytest.mark.parametrize(
    "command", [("send-wav", "one.wav"), ("talk", "--in", "one.wav", "--out", "heard.wav")]
)
def test_an_endpoint_that_runs_another_model_is_left_before_it_costs_anything(
    command: tuple[str, ...], folder: Path
) -> None:
    with serving() as server:
        done = s2s(*command, "--url", server.url, "--max-cost", "1", cwd=folder)
        assert server.received("input_audio_buffer.append") == []
    assert done.returncode == 2
    assert "The endpoint runs s2s-script, which has no price" in done.stderr.decode()
    assert "--prices FILE" in done.stderr.decode()


@pytest.mark.parametrize(("stated", "tokens", "kept"), [("8000", 8000, 0.8), ("500:0.5", 500, 0.5)])
def test_how_much_is_read_again_is_asked_for_alone(
    stated: str, tokens: int, kept: float, folder: Path
) -> None:
    with serving() as server:
        done = s2s(
            "talk", "--url", server.url, "--in", "one.wav", "--out", "heard.wav",
            "--context-limit", stated, cwd=folder,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    updates = [each["session"] for each in server.received("session.update")]
    assert {
        "type": "realtime",
        "truncation": {
            "type": "retention_ratio",
            "retention_ratio": kept,
            "token_limits": {"post_instructions": tokens},
        },
    } in updates


@pytest.mark.parametrize("stated", ["x", "0", "-5", "8000:", "8000:2", "8000:0", "8000:nan", "1.5"])
def test_what_is_no_number_of_tokens_is_refused(stated: str, folder: Path) -> None:
    done = s2s("talk", "--offline", f"--context-limit={stated}", cwd=folder)
    assert done.returncode == 2
    assert "--context-limit" in done.stderr.decode()
    assert "TOKENS:KEEP" in done.stderr.decode()


def test_what_a_try_that_failed_has_cost_is_in_the_cost_of_the_next(folder: Path) -> None:
    with serving({"tone": f"440/{ANSWER_MS}ms", "fail": {}}) as server:
        done = s2s(
            "send-wav", "one.wav", "--url", server.url, "--prices", "prices.json", "--json",
            "--retries", "2", cwd=folder,
        )  # fmt: skip
    told = json.loads(done.stdout)
    assert done.returncode == 6, "each connection begins with the turn that fails"
    assert told["cost"] == 0.03


def test_of_many_the_limit_ends_the_run_and_the_same_command_goes_on(folder: Path) -> None:
    for number in range(5):
        (folder / "q").mkdir(exist_ok=True)
        write_wav(folder / f"q/{number}.wav", QUESTION)
    with serving(*[{"tone": f"440/{ANSWER_MS}ms"}] * 10) as server:
        args = [
            "send-wav", "q/", "-o", "out/", "--url", server.url, "--prices", "prices.json",
            "--max-cost", "0.035", "--jobs", "2",
        ]  # fmt: skip
        done = s2s(*args, cwd=folder)
        assert done.returncode == 7
        shown = done.stderr.decode()
        assert "[3/5 $0.0300]" in shown
        assert "$0.0300 of $0.0350 is spent, and another file ($0.0100" in shown
        assert s2s(*args, cwd=folder).returncode == 0
    assert len(list((folder / "out").glob("*.wav"))) == 5
