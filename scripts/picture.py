"""Makes docs/talk.svg, the picture of `s2s talk` in README: what a terminal shows of a real run.

    .venv/bin/python scripts/picture.py

A recording asks the offline engine three things, and speaks into its second answer. Needs tmux.
"""

from __future__ import annotations

import io
import shlex
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path

from rich.console import Console
from rich.text import Text

from s2s import pcm
from s2s.local.synthesis import find_synthesiser

ROOT = Path(__file__).parents[1]
COLUMNS, ROWS = 80, 16
# What is said, and the seconds of silence after it; the second answer takes some 4 s to hear.
SAID = (("what time is it", 4.5), ("tell me a joke", 2.6), ("count to ten", 8.0))
LAST_WORDS = "One, two"  # of the last answer: then the picture is taken
# As rich has it, without fonts from a server.
SVG = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>s2s talk: an answer is interrupted, and the next one begins</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_recording(folder / "questions.wav")
        screen = run_in_terminal(folder)
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi("$ s2s talk --offline\n" + screen.rstrip("\n")))
    path = ROOT / "docs" / "talk.svg"
    console.save_svg(str(path), title="s2s talk", code_format=SVG, unique_id="talk")
    print(f"{path} is written.")


def write_recording(path: Path) -> None:
    voice = find_synthesiser()
    with wave.open(str(path), "wb") as file:
        file.setparams((1, pcm.SAMPLE_SIZE, pcm.RATE, 0, "NONE", ""))
        file.writeframes(pcm.silence(1000))
        for words, pause_s in SAID:
            file.writeframes(b"".join(voice.speak(words, "alloy")) + pcm.silence(pause_s * 1000))


def run_in_terminal(folder: Path) -> str:
    """Return what the terminal shows once the last answer sounds, with its colours."""

    def tmux(*arguments: str) -> str:
        command = ["tmux", "-S", str(folder / "socket"), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    talk = [sys.executable, "-m", "s2s", "talk", "--offline"]
    talk += ["--in", "questions.wav", "--out", "heard.wav"]
    shell = f"cd {shlex.quote(str(folder))} && exec {shlex.join(talk)}"
    tmux("-f", "/dev/null", "new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), shell)
    try:
        deadline = time.monotonic() + 60
        while LAST_WORDS not in (screen := tmux("capture-pane", "-p", "-e")):
            if time.monotonic() > deadline:
                raise SystemExit(f"The last answer did not come:\n{screen}")
            time.sleep(0.2)
        return tmux("capture-pane", "-p", "-e")
    finally:
        tmux("kill-server")


if __name__ == "__main__":
    main()
