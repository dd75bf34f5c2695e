"""A conversation in a folder: what was heard, exactly, whatever happens to the program."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import textwrap
import wave
from array import array
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
import stories
from fakes import tone

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.transcript.timeline import placed
from s2s.conversation.transcript.transcript import Transcript
from s2s.errors import Bug, S2SError, UsageError
from s2s.ui.kept.saved import SavedConversation

NOW = datetime(2026, 11, 25, 20, 31)


def unexpected(error: S2SError) -> None:
    raise AssertionError(error.message)


class Talk:
    """A conversation of a second or two, with its clock."""

    def __init__(
        self,
        parent: Path,
        on_error: Callable[[S2SError], None] = unexpected,
        now: datetime | None = NOW,
    ) -> None:
        self.transcript = Transcript()
        self.recording = SavedConversation(parent, self.transcript, on_error, now)
        self.note = placed(self.transcript.observe)
        self.at = 100.0

    def tell(self, *happened: stories.Happening) -> None:
        for each in happened:
            self.note(self.at, each)
            self.recording.observe(self.at, each)

    def close(self) -> None:
        self.transcript.close()
        self.recording.close()

    def sound(self, said: bytes, played: bytes) -> None:
        """Both sides for as long as they last, in chunks of 20 and reports of 100 ms."""
        chunk, report = pcm.size_of(20), pcm.size_of(100)
        for start in range(0, len(said), report):
            for at in range(start, start + report, chunk):
                self.at += 0.02
                self.tell(on.AudioCaptured(said[at : at + chunk]))
            self.tell(on.AudioPlayed(played[start : start + report], None))


def read(folder: Path) -> tuple[bytes, bytes]:
    with wave.open(str(folder / "conversation.wav"), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 2, 2)
        both = array("h", file.readframes(file.getnframes()))
    return both[0::2].tobytes(), both[1::2].tobytes()


def test_the_user_is_left_the_assistant_right_sample_by_sample(tmp_path: Path) -> None:
    talk = Talk(tmp_path)
    said, played = tone(2000, 300), tone(2000, 700)
    talk.sound(said, played)
    talk.close()
    assert read(talk.recording.folder) == (said, played)


def test_each_conversation_has_a_folder_named_by_its_time(tmp_path: Path) -> None:
    parent = tmp_path / "talks"
    folders = [Talk(parent).recording for _ in range(2)]
    assert [each.folder.name for each in folders] == ["2026-11-25-2031", "2026-11-25-2031-2"]
    for each in folders:
        each.close()


def test_a_folder_that_cannot_be_made_is_told_before_anything_begins(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="Nothing can be saved in"):
        Talk(tmp_path / "file")


def test_words_are_kept_with_their_times_and_cuts(tmp_path: Path) -> None:
    talk = Talk(tmp_path)
    talk.tell(*stories.opening())
    talk.sound(pcm.silence(1000), pcm.silence(1000))
    talk.tell(*stories.question("Where *is* it?"), *stories.answer(), *stories.cut(600))
    talk.close()
    folder = talk.recording.folder
    assert (folder / "transcript.md").read_text() == textwrap.dedent("""\
        # Conversation of 2026-11-25 20:31

        **You** (0:01): Where \\*is\\* it?

        **Assistant** (0:01): Paris. It ~~lies on the Seine.~~ *(interrupted)*
        """)
    lines = [json.loads(line) for line in (folder / "transcript.jsonl").read_text().splitlines()]
    assert [(each["role"], each["start"], each["cut"]) for each in lines] == [
        ("user", 1.0, False),
        ("assistant", 1.0, True),
    ]
    assert lines[1]["unheard"] == "lies on the Seine."


def test_words_that_come_late_still_get_their_place(tmp_path: Path) -> None:
    talk = Talk(tmp_path)
    talk.tell(*stories.opening(), on.InputCommitted("u1"))
    talk.sound(pcm.silence(6000), pcm.silence(6000))
    talk.tell(on.UserTranscribed("u1", "Where?"))
    talk.close()
    assert "**You** (0:00): Where?" in (talk.recording.folder / "transcript.md").read_text()


def test_what_is_said_while_muted_is_not_recorded(tmp_path: Path) -> None:
    talk = Talk(tmp_path)
    said = tone(1000)
    talk.sound(said, pcm.silence(1000))
    talk.tell(do.ShowState("listening", muted=True))
    talk.sound(said, pcm.silence(1000))
    talk.close()
    left, _ = read(talk.recording.folder)
    assert left == said + pcm.silence(1000)


def run(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program of its own that can import what this file does."""
    return subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from typing import cast
from test_saved import Talk, stories, tone
talk = Talk(Path(sys.argv[1]))
talk.tell(*stories.opening(), *stories.question(), *stories.answer(), *stories.heard())
talk.sound(tone(5000, 300), tone(5000, 700))
while (talk.recording.folder / "conversation.wav").stat().st_size < 4_700 * 96:
    time.sleep(0.01)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_loses_less_than_300_ms_of_sound_and_no_settled_word(tmp_path: Path) -> None:
    assert run(PROGRAM, tmp_path).returncode == -9
    (folder,) = tmp_path.iterdir()
    left, right = read(folder)
    assert left == tone(5000, 300)[: len(left)]
    assert right == tone(5000, 700)[: len(right)]
    assert len(left) >= pcm.size_of(4700)
    assert "Paris" in (folder / "transcript.md").read_text()
    lines = (folder / "transcript.jsonl").read_text().splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["Where?", stories.ANSWER]


FULL = """
import resource, signal, sys
from pathlib import Path
from typing import cast
from test_saved import Talk, stories, tone
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_001, 200_001))
told = []
talk = Talk(Path(sys.argv[1]), told.append, None)
for _ in range(50):
    talk.sound(tone(1000, 300), tone(1000, 700))
talk.close()
assert talk.recording.error is told[0] and len(told) == 1, told
print(told[0].message)
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs a limit of file sizes")
def test_a_full_disk_is_told_once_and_what_was_written_stays(tmp_path: Path) -> None:
    ran = run(FULL, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(f"Writing {tmp_path}{os.sep}20")
    (folder,) = tmp_path.iterdir()
    left, right = read(folder)
    assert len(left) == len(right) > pcm.size_of(900)


def test_where_the_folder_takes_nothing_any_more_the_words_are_kept_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "tmp"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    told: list[S2SError] = []
    talk = Talk(tmp_path / "kept", told.append)
    talk.tell(do.CreateUserText("Hello"))
    (tmp_path / "kept").rename(tmp_path / "gone")  # at once, whatever is being written
    for _ in range(30):
        talk.sound(tone(100), tone(100))
    talk.close()
    (rescued,) = elsewhere.iterdir()
    assert "Hello" in (rescued / "transcript.md").read_text()
    assert told[0].hint == f"The whole transcript is in {rescued}."


def test_a_mistake_costs_the_file_it_is_in_and_what_is_saved_is_said(tmp_path: Path) -> None:
    told: list[S2SError] = []
    talk = Talk(tmp_path, told.append)
    recording = talk.recording
    broken = cast(str, 5)  # Markdown cannot be made of it, JSON can
    talk.tell(do.CreateUserText(broken))
    talk.sound(tone(500), tone(500))
    talk.close()
    (error,) = told
    assert isinstance(error, Bug)
    assert recording.kept == f"Saved in {recording.folder}, but not all of transcript.md."
    assert '"text": 5' in (recording.folder / "transcript.jsonl").read_text()
    assert read(recording.folder) == (tone(500), tone(500))


def test_what_was_saved_whole_is_said(tmp_path: Path) -> None:
    recording = Talk(tmp_path).recording
    recording.close()
    assert recording.kept == f"Saved in {recording.folder}."


def test_words_that_are_no_valid_text_are_kept_as_far_as_they_are(tmp_path: Path) -> None:
    talk = Talk(tmp_path)
    talk.tell(do.CreateUserText("caf\udce9"))
    talk.close()
    (line,) = (talk.recording.folder / "transcript.jsonl").read_text().splitlines()
    assert json.loads(line)["text"] == "caf\ufffd"


def test_the_transcript_to_read_ends_with_what_it_cost(tmp_path: Path) -> None:
    talk = Talk(tmp_path)
    talk.tell(do.ShowCost(Decimal("0.01")), do.ShowCost(Decimal("0.5"), ("`x` has none",)))
    talk.close()
    text = (talk.recording.folder / "transcript.md").read_text()
    assert text.splitlines()[-1] == r"*Cost: at least $0.50 (\`x\` has none).*"
