"""What the help says, how mistakes on the command line are told, what Tab completes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes import s2s

from s2s.cli.help import COMMANDS

pytestmark = pytest.mark.program
EVERY = [(name,) for name in COMMANDS] + [("devices", "test"), ("devices", "pick")]


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_help_has_examples_environment_and_exit_statuses(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    said = s2s(*command, "--help", cwd=tmp_path).stdout.decode()
    assert "<bool>" not in said
    assert "<int>" not in said
    for section in ("Examples:", "Environment:", "Exit status:"):
        assert section in said
    assert f"s2s {' '.join(command)}" in said.partition("Examples:")[2]
    assert "129, 130, 143" in said


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_with_the_first_line_of_its_own_help(name: str, tmp_path: Path) -> None:
    own = " ".join(s2s(name, "--help", cwd=tmp_path).stdout.decode().split())
    assert COMMANDS[name][1] in own


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("talk --threshold 7", "--threshold: it must be at most 1."),
        ("talk --turns x", "--turns: 'x' is none of 'server', 'semantic', 'manual'."),
        ("record --seconds x", "--seconds: it needs a number."),
        ("serve --port x", "--port: it needs a whole number."),
        ("send-wav", "IN is missing."),
        ("tlak", "No such command 'tlak'. Did you mean 'talk'?"),
        ("talk --mic", "Option '--mic' requires an argument."),
        ("devices pick x", "There is too much: x."),
    ],
)
def test_a_mistake_on_the_command_line_is_told_in_our_words(
    line: str, told: str, tmp_path: Path
) -> None:
    done = s2s(*line.split(), cwd=tmp_path)
    error, hint = done.stderr.decode().splitlines()
    assert done.returncode == 2
    assert error == f"Error: {told}"
    assert hint.startswith("See s2s")
    assert hint.endswith("--help.")


def test_a_mistake_steers_no_terminal(tmp_path: Path) -> None:
    done = s2s("talk", "--turns", "\x1b[2Jx\n", cwd=tmp_path)
    assert b"\x1b[2J" not in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_nothing_asked_for_is_answered_by_the_help(tmp_path: Path) -> None:
    done = s2s(cwd=tmp_path)
    assert done.returncode == 2
    assert b"Error" not in done.stderr
    assert b"s2s talk --offline" in done.stdout


def completed(line: str, cwd: Path, shell: str = "bash") -> list[str]:
    words = {"COMP_WORDS": f"s2s {line}", "COMP_CWORD": str(len(line.split(" ")))}
    if shell == "zsh":
        words = {"_TYPER_COMPLETE_ARGS": f"s2s {line}"}
    asked = {"_S2S_COMPLETE": f"complete_{shell}", **words}
    return s2s(cwd=cwd, environment=asked).stdout.decode().split("\n")


def test_voices_turns_and_faults_complete(tmp_path: Path) -> None:
    assert "cedar" in completed("talk --voice c", tmp_path)
    assert "semantic" in completed("talk --turns s", tmp_path)
    assert "connect:http=429" in completed("serve --fault connect:", tmp_path)
    assert "output_audio.delta" in completed("serve --fault output_au", tmp_path)
    assert "output_audio.delta:reset" in completed("serve --fault output_audio.delta:r", tmp_path)


def test_devices_complete_from_the_last_list_and_no_sound_card_is_opened(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    (cache / "s2s").mkdir(parents=True)
    names = {"microphone": ["Yeti Pro", "evil\x1b[2J"], "speaker": ["HDMI"]}
    (cache / "s2s" / "devices.json").write_text(json.dumps(names))
    broken = tmp_path / "site"
    broken.mkdir()
    (broken / "pyaudio.py").write_text("raise SystemExit('the sound card was opened')")
    asked = {
        "XDG_CACHE_HOME": str(cache),
        "PYTHONPATH": str(broken),
        "_S2S_COMPLETE": "complete_bash",
        "COMP_WORDS": "s2s talk --mic ",
        "COMP_CWORD": "3",
    }
    given = s2s(cwd=tmp_path, environment=asked).stdout.decode().splitlines()
    assert given == ["Yeti\\ Pro", r"evil\\x1b\[2J", "default"]
