"""Options about echo and interruption that make no sense together, as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import s2s

pytestmark = pytest.mark.program


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ("--half-duplex --echo off", ("--half-duplex", "--echo off")),
        ("--echo half-duplex --barge-in never", ("--barge-in", "--echo half-duplex")),
        ("--half-duplex --confirm-ms 300 --in no.wav", ("--confirm-ms", "--half-duplex")),
        ("--barge-in instant --confirm-ms 300", ("--confirm-ms", "--barge-in")),
        ("--barge-in never --backchannels ok", ("--backchannels", "--barge-in")),
        ("--backchannels ok --transcribe off", ("--backchannels", "--transcribe off")),
        ("--backchannels !!!", ("--backchannels", "!!!")),
        ("--confirm-ms 99", ("--confirm-ms", "at least 100")),
        ("--text-only --echo cancel", ("--echo cancel", "--text-only")),
        ("--text-only --half-duplex", ("--half-duplex", "--text-only")),
        ("--save-raw", ("--save-raw", "--save")),
        ("--save-raw --save talks --echo off", ("--save-raw", "--echo off")),
        ("--save-raw --save talks --half-duplex", ("--save-raw", "--half-duplex")),
        ("--save-raw --save talks --in no.wav", ("--save-raw", "--in")),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_before_anything_is_opened(
    arguments: str, names: tuple[str, str], tmp_path: Path
) -> None:
    done = s2s("talk", "--offline", *arguments.split(), cwd=tmp_path)
    told = done.stderr.decode()
    assert done.returncode == 2, told
    assert all(name in told for name in names)
    assert told.startswith("Error: ")
    assert len(told.splitlines()) == 2, "a sentence and a remedy"
    assert not list(tmp_path.iterdir())


def test_settings_are_held_against_options_before_anything_is_opened(tmp_path: Path) -> None:
    written = {"S2S_TEXT_ONLY": "1"}
    done = s2s("talk", "--offline", "--barge-in", "confirm", cwd=tmp_path, environment=written)
    assert done.returncode == 2
    assert b"--text-only" in done.stderr
