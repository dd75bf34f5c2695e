"""What a batch keeps of a file that is done: nothing that would add up."""

from __future__ import annotations

import gc
from pathlib import Path

from fakes import tone, write_wav

from s2s.app.batch.sound import open_sound
from s2s.cli.send_batch import run_long


def test_a_recording_that_was_left_holds_no_sound_whoever_still_knows_of_it(tmp_path: Path) -> None:
    sound = open_sound(str(write_wav(tmp_path / "q.wav", tone(200))), None)
    assert sound.size_read == len(tone(200))
    sound.leave()
    assert list(sound.chunks(100)) == []


def test_while_a_batch_runs_circles_are_collected_often() -> None:
    async def work() -> tuple[int, int]:
        return gc.get_threshold()[2], gc.get_freeze_count()

    before = gc.get_threshold()
    often, frozen = run_long(work())
    assert often == 1
    assert frozen > 1000
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)
