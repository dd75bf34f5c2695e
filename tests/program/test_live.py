"""The live view as a person sees it, in a real terminal: tmux draws it and tells what it shows."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes import children_of

pytestmark = [
    pytest.mark.program,
    pytest.mark.skipif(not shutil.which("tmux"), reason="needs tmux to draw the terminal"),
]
DRIVER = Path(__file__).with_name("live_driver.py")


class Terminal:
    """A shell in a terminal of its own, with a program in it that shows a story."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "tmux"
        self.log = folder / "log"

    def start(self, story: str, columns: int = 80, rows: int = 24, environment: str = "") -> None:
        paths = os.pathsep.join(sys.path)
        program = f"{sys.executable} {DRIVER} {story} {self.log}"
        script = (
            f"export PYTHONPATH={paths} {environment}; unset NO_COLOR; export {environment} X=1;"
            f" echo before; {program}; echo exit $?; stty -a; sleep 600"
        )
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), script
        )

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-S", str(self._socket), *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        return ran.stdout

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def paste(self, text: str) -> None:
        self._tmux("set-buffer", text)
        self._tmux("paste-buffer", "-p")

    def resize(self, columns: int, rows: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    @property
    def shown(self) -> str:
        return self._tmux("capture-pane", "-p")

    @property
    def scrolled(self) -> str:
        return self._tmux("capture-pane", "-p", "-S", "-5000", "-J")

    @property
    def coloured(self) -> str:
        return self._tmux("capture-pane", "-p", "-e")

    @property
    def cursor_is_visible(self) -> bool:
        return self._tmux("display", "-p", "#{cursor_flag}").strip() == "1"

    @property
    def pressed(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def wait(self, until: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + 30
        while not until():
            assert time.monotonic() < deadline, f"no {what}:\n{self.scrolled}"
            time.sleep(0.05)

    def wait_for(self, text: str) -> None:
        self.wait(lambda: text in self.scrolled, text)

    def signal(self, number: int) -> None:
        shell = int(self._tmux("display", "-p", "#{pane_pid}"))
        (driver,) = children_of(shell)
        os.kill(driver, number)

    def assert_restored(self) -> None:
        self.wait_for("exit ")
        self.wait_for("icanon")
        settings = self.scrolled.split("exit ")[1].split()
        assert {"echo", "icanon", "isig"} <= {each.rstrip(";") for each in settings}
        assert self.cursor_is_visible

    def end(self) -> None:
        self._tmux("kill-server")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.end()


def rows(shown: str) -> list[str]:
    return [row.rstrip() for row in shown.splitlines() if row.strip()]


def test_a_conversation_scrolls_by_and_what_is_left_is_the_transcript(terminal: Terminal) -> None:
    terminal.start("talk")
    terminal.wait_for("● hearing you")
    terminal.wait_for("Assistant  Paris. It lies")
    assert re.search(r"You  …\n *Assistant  Paris", terminal.shown), terminal.shown
    terminal.wait_for("Harmless")
    terminal.press("q")
    terminal.assert_restored()
    left = rows(terminal.shown.split("exit ")[0])
    assert left[:3] == [
        "before",
        "      You  What is the capital of France?",
        "Assistant  Paris. It lies on the Seine, has about two million inhabitants, and",
    ]
    text = " ".join(" ".join(left[2:]).split())
    assert re.search(r"Lutetia \S* ?\S* ?\[interrupted; not heard: ", text)
    assert left[-2:] == [
        r"        !  The network is slow\x1b[2J.",
        r"Assistant  Harmless\x1b[2J\x1b]0;title\x07 text.\x1b[31m",
    ]
    assert "mic" not in terminal.scrolled, "the toolbar is gone"


def test_keys_are_handed_over(terminal: Terminal) -> None:
    terminal.start("listening")
    terminal.wait_for("● listening")
    terminal.press("m", "Space", "i", "Escape")
    terminal.wait(lambda: len(terminal.pressed) == 4, "keys")
    assert terminal.pressed == [
        "MutePressed()", "TalkPressed()", "InterruptPressed()", "InterruptPressed()",
    ]  # fmt: skip
    terminal.press("C-d")
    terminal.wait(lambda: terminal.pressed[-1] == "QuitPressed()", "leaving")


def test_keys_are_told_on_demand(terminal: Terminal) -> None:
    terminal.start("listening")
    terminal.wait_for("? keys")
    before = terminal.shown
    assert "interrupt the reply" not in before
    terminal.press("?")
    terminal.wait_for("esc, i  interrupt the reply")
    terminal.press("?")
    terminal.wait(lambda: "interrupt the reply" not in terminal.shown, "hidden keys")
    assert len(rows(terminal.shown)) == len(rows(before))


def test_another_device_is_chosen_from_a_list_while_the_conversation_goes_on(
    terminal: Terminal,
) -> None:
    terminal.start("listening")
    terminal.wait_for("● listening")
    before = rows(terminal.shown)
    terminal.press("d")
    terminal.wait_for("> microphone  the system's own")
    assert "microphone  Yeti\\x1b[2J" in terminal.shown, "a name is data"
    assert "● listening" in terminal.shown
    terminal.press("Down", "Down", "Down", "Up")
    terminal.wait_for("> microphone  Headset 0")
    terminal.press("m", "Enter")  # while it is open, other keys do nothing
    terminal.wait(lambda: len(terminal.pressed) == 2, "a choice")
    assert terminal.pressed[1] == "DeviceChosen(side='microphone', name='Headset 0')"
    terminal.wait(lambda: rows(terminal.shown)[:-1] == before[:-1], "the list is gone")
    terminal.press("d")
    terminal.wait_for("> microphone  the system's own")
    terminal.press("Escape")
    terminal.wait(lambda: "system's own" not in terminal.shown, "it was left")
    terminal.press("Escape")
    terminal.wait(lambda: terminal.pressed[-1] == "InterruptPressed()", "the key as ever")
    assert len(terminal.pressed) == 4


def test_a_list_of_devices_fits_a_small_terminal_and_scrolls(terminal: Terminal) -> None:
    terminal.start("listening", columns=30, rows=12)
    terminal.wait_for("● listening")
    terminal.press("d")
    terminal.wait_for("> microphone")
    for _ in range(43):
        terminal.press("Down")
    terminal.wait_for("> speaker     Headset 19")
    terminal.press("C-c")
    terminal.assert_restored()


def test_a_message_is_typed_while_the_reply_goes_on(terminal: Terminal) -> None:
    terminal.start("endless")
    terminal.wait_for("Assistant  word0")
    terminal.press("t", "quit? ", "不")
    terminal.wait_for("Message  quit? 不")
    assert terminal.cursor_is_visible
    said = terminal.scrolled
    terminal.wait(lambda: len(terminal.scrolled) > len(said) + 200, "more words")
    assert "Message  quit? 不" in terminal.shown
    terminal.press("Enter")
    terminal.wait(lambda: bool(terminal.pressed), "a message")
    assert terminal.pressed == ["TextEntered(text='quit? 不')"]
    terminal.wait(lambda: "Message" not in terminal.shown, "end of typing")


def test_what_is_pasted_into_a_message_stays_on_its_line(terminal: Terminal) -> None:
    terminal.start("listening")
    terminal.wait_for("● listening")
    terminal.press("t", "hello ")
    terminal.paste("line one\nsecond\n")
    terminal.wait_for("Message  hello line one second")
    terminal.press("Enter")
    terminal.wait(lambda: bool(terminal.pressed), "a message")
    assert terminal.pressed == ["TextEntered(text='hello line one second')"]


def test_a_message_that_was_not_meant_is_left(terminal: Terminal) -> None:
    terminal.start("listening")
    terminal.wait_for("● listening")
    terminal.press("Enter", "never mind", "Escape")
    terminal.wait(lambda: "Message" not in terminal.shown, "end of typing")
    terminal.press("m")
    terminal.wait(lambda: terminal.pressed == ["MutePressed()"], "a key that is a key again")


def test_a_reply_longer_than_the_screen_loses_no_word_whatever_becomes_of_the_terminal(
    terminal: Terminal,
) -> None:
    terminal.start("endless", columns=70, rows=10)
    terminal.wait_for(" word60")
    terminal.resize(100, 20)
    terminal.wait_for(" word120")
    terminal.resize(40, 8)
    terminal.wait_for("word180")
    terminal.press("C-c")
    terminal.assert_restored()
    said = re.findall(r"\bword(\d+)", terminal.scrolled.split("[interrupted")[0])
    assert [int(number) for number in said] == list(range(len(said)))
    assert terminal.scrolled.count("mic") == 0, "nothing of the toolbar is left behind"


@pytest.mark.parametrize(("columns", "rows"), [(20, 6), (10, 3), (200, 50)])
def test_any_size_will_do(terminal: Terminal, columns: int, rows: int) -> None:
    terminal.start("talk", columns, rows)
    terminal.wait_for("Harmless")
    terminal.press("C-c")
    terminal.assert_restored()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_as_it_was(terminal: Terminal, number: int) -> None:
    terminal.start("listening")
    terminal.wait_for("● listening")
    terminal.signal(number)
    terminal.assert_restored()
    assert f"exit {128 + number}" in terminal.scrolled


def test_a_bug_leaves_the_terminal_as_it_was(terminal: Terminal) -> None:
    terminal.start("crash")
    terminal.wait_for("RuntimeError: a bug")
    terminal.assert_restored()


def test_without_colour_there_is_none(terminal: Terminal) -> None:
    terminal.start("talk", environment="NO_COLOR=1")
    terminal.wait_for("Assistant  Paris")
    colours = re.findall(r"\x1b\[[0-9;]*?\b(?:3[0-7]|9[0-7])m", terminal.coloured)
    assert not colours


def test_colours_tell_the_speakers_apart(terminal: Terminal) -> None:
    terminal.start("talk")
    terminal.wait_for("Assistant  Paris")
    assert re.search(r"\x1b\[36m(\x1b\[49m)?You", terminal.coloured)
    assert re.search(r"\x1b\[32m(\x1b\[49m)?Assistant", terminal.coloured)
