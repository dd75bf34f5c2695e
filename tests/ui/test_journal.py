"""A JSON object for each happening, for programs that read along."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import typing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import stories
from fakes import tone

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.errors import NetworkError, S2SError, UsageError
from s2s.secret import Secret
from s2s.ui.kept.journal import Journal

DOCUMENT = Path(__file__).parents[2] / "docs" / "events.md"


def unexpected(error: S2SError) -> None:
    raise AssertionError(error.message)


def written(path: Path, *happened: tuple[float, stories.Happening]) -> list[dict[str, Any]]:
    journal = Journal(str(path), unexpected)
    for at, each in happened:
        journal.observe(at, each)
    journal.close()
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_everything_is_an_object_with_a_time_and_a_name(tmp_path: Path) -> None:
    started, connected, cleared = written(
        tmp_path / "events",
        (100.0, on.SessionStarted("s1", "m")),
        (100.5, on.PlayoutCleared((on.Heard(stories.PART, 480),), 900)),
    )
    assert started.items() >= {"t": 0.0, "type": "journal_started", "schema": 2}.items()
    assert connected == {
        "t": 0.0, "type": "session_started", "session_id": "s1", "model": "m", "expires_at": None,
    }  # fmt: skip
    part = {"response_id": "r1", "item_id": "a1", "output_index": 0, "content_index": 0}
    assert cleared == {
        "t": 0.5, "type": "playout_cleared", "heard": [{"part": part, "ms": 480}], "at_ms": 900,
    }  # fmt: skip


def test_sound_is_told_by_its_length(tmp_path: Path) -> None:
    _, line = written(tmp_path / "e", (0.0, do.PlayAudio(stories.PART, pcm.silence(100))))
    assert (line["size"], line["ms"]) == (4800, 100)
    assert "pcm" not in line


def test_what_happens_many_times_a_second_is_added_up_each_second(tmp_path: Path) -> None:
    chunks = [(n / 50, on.AudioCaptured(tone(20), overrun=n == 7)) for n in range(125)]
    played = (2.5, on.AudioPlayed(pcm.silence(100), on.Heard(stories.PART, 300)))
    _, first, second, rest, heard = written(tmp_path / "e", *chunks, played)
    assert first.items() >= {"t": 1.0, "type": "audio_captured", "count": 51, "ms": 1020}.items()
    assert (first["overruns"], second["overruns"], first["peak"]) == (1, 0, 0.3)
    assert first["count"] + second["count"] + rest["count"] == 125
    assert heard["heard"]["ms"] == 300


def test_a_failure_is_told_with_its_remedy_and_exit_status(tmp_path: Path) -> None:
    _, line = written(tmp_path / "e", (0.0, do.End(NetworkError("Gone.", "Try again."))))
    assert line["error"] == {"message": "Gone.", "hint": "Try again.", "exit_status": 5}


def test_no_secret_is_written(tmp_path: Path) -> None:
    Secret("open-sesame")
    _, line = written(tmp_path / "e", (0.0, do.Warn("The key open-sesame was refused.")))
    assert line["message"] == "The key *** was refused."


def test_timers_are_not_written(tmp_path: Path) -> None:
    timers = (do.StartTimer("a", 1), do.CancelTimer("a"))
    assert len(written(tmp_path / "e", *((0.0, each) for each in timers))) == 1


def test_an_earlier_journal_is_added_to(tmp_path: Path) -> None:
    path = tmp_path / "events"
    written(path, (0.0, on.MutePressed()))
    assert len(written(path, (0.0, on.MutePressed()))) == 4


def test_a_line_is_there_as_soon_as_it_has_happened() -> None:
    reader, writer = os.pipe()
    journal = Journal(f"/dev/fd/{writer}", unexpected)
    with os.fdopen(reader) as lines:
        lines.readline()
        journal.observe(0.0, on.MutePressed())
        assert json.loads(lines.readline())["type"] == "mute_pressed"
        journal.close()
    os.close(writer)


def test_a_reader_that_has_gone_is_no_error() -> None:
    reader, writer = os.pipe()
    journal = Journal(f"/dev/fd/{writer}", unexpected)
    os.close(reader)
    for _ in range(3):
        journal.observe(0.0, on.MutePressed())
    journal.close()
    os.close(writer)
    assert journal.error is None


def test_a_reader_that_takes_nothing_holds_nobody_up() -> None:
    reader, writer = os.pipe()
    told: list[S2SError] = []
    journal = Journal(f"/dev/fd/{writer}", told.append)
    for _ in range(12_000):
        journal.observe(0.0, on.MutePressed())
    assert "takes nothing" in told[0].message
    journal.close()
    assert len(told) == 1
    os.close(reader)
    os.close(writer)


def test_a_full_disk_is_told_once() -> None:
    told: list[S2SError] = []
    journal = Journal("/dev/full", told.append)
    journal.observe(0.0, on.MutePressed())
    journal.close()
    assert [journal.error] == told
    assert told[0].exit_status == 8


def test_a_journal_that_cannot_be_begun_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        Journal(str(tmp_path / "missing" / "events"), unexpected)


def test_the_document_names_every_event_and_command() -> None:
    document = DOCUMENT.read_text()
    kinds = [*typing.get_args(on.Event), *typing.get_args(do.Command)]
    for kind in kinds:
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()
        assert f"`{name}`" in document
        for field in dataclasses.fields(kind):
            summed_up = field.name in (
                *("pcm", "raw", "overrun", "captured_at", "times", "at", "opening"),
            )
            assert summed_up or f"`{field.name}`" in document


def test_text_of_our_own_side_that_is_not_valid_is_written_all_the_same(tmp_path: Path) -> None:
    lost = on.DeviceLost("speaker", NetworkError("caf\udce9 is lost."))
    _, first, second = written(tmp_path / "e", (0.0, on.TextEntered("caf\udce9")), (0.0, lost))
    assert first["text"] == "caf\ufffd"
    assert second["error"]["message"] == r"caf\udce9 is lost.", "the filter of messages shows it"


def test_what_a_response_wants_done_is_told_with_its_end(tmp_path: Path) -> None:
    call = on.FunctionCalled("r1", "f1", "c1", "weather", "{}")
    ended = on.ResponseEnded("r1", "completed", calls=(call,))
    _, line = written(tmp_path / "e", (0.0, ended))
    assert line["calls"][0]["name"] == "weather"


def test_money_is_told_in_dollars(tmp_path: Path) -> None:
    shown = do.ShowCost(Decimal("0.0072056"), ("x has no price",))
    _, line = written(tmp_path / "e", (0.0, shown))
    assert line == {
        "t": 0.0, "type": "show_cost", "cost": None, "known": 0.0072056,
        "unpriced": ["x has no price"],
    }  # fmt: skip
