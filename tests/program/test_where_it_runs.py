"""The place a command is started in: a folder that is gone, names as long as they may be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fakes import clean_environment, endpoint, s2s, tone, write_wav

pytestmark = pytest.mark.program
TOO_LONG = "n" * 300  # bytes; a file system takes 255


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "question.wav", tone(1500))


def from_nowhere(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder that is removed before it begins."""
    gone = folder / "gone"
    gone.mkdir()
    command = [sys.executable, "-m", "s2s", *map(str, arguments)]
    return subprocess.run(
        ["sh", "-c", 'rmdir "$PWD" && exec "$@"', "sh", *command],
        cwd=gone,
        env=clean_environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_folder_that_is_gone_is_not_needed_by_who_names_whole_paths(
    question: Path, tmp_path: Path
) -> None:
    with endpoint() as url:
        done = from_nowhere(
            tmp_path, "send-wav", question, "--url", url, "-o", tmp_path / "answer.wav"
        )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "answer.wav").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("send-wav", "question.wav", "--offline"),
        ("send-wav", "question.wav", "--offline", "--log-file", "x.log"),
        ("talk", "--offline", "--in", "question.wav", "--out", "heard.wav"),
        ("devices", "--env-file", "settings"),
        ("record", "take.wav"),
        ("serve", "--script", "script.yaml"),
    ],
)
def test_a_relative_path_in_a_folder_that_is_gone_is_said_to_be_that(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    done = from_nowhere(tmp_path, *arguments)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.endswith("The working directory has been removed: change to another (cd).\n")


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("send-wav", "question.wav", "--offline", "-o", f"{TOO_LONG}.wav"), {}),
        (("send-wav", TOO_LONG, "--offline"), {}),
        (("send-wav", "question.wav", "--offline", "--instructions", f"@{TOO_LONG}"), {}),
        (("send-wav", "question.wav", "--offline", "--log-file", TOO_LONG), {}),
        (("talk", "--in", "question.wav", "--offline", "--out", f"{'n' * 251}.wav"), {}),
        (("record", TOO_LONG), {}),
        (("record", f"{TOO_LONG}.wav"), {}),
        (("devices", "--env-file", TOO_LONG), {}),
        (("devices",), {"S2S_ENV_FILE": TOO_LONG}),
        (("devices",), {"ALSA_CONFIG_PATH": f"/{TOO_LONG}"}),
        (("devices",), {"XDG_RUNTIME_DIR": f"/{TOO_LONG}"}),
        (("serve", "--script", TOO_LONG), {}),
        (("serve", "--tls-cert", TOO_LONG, "--tls-key", TOO_LONG), {}),
    ],
)
def test_a_name_that_is_too_long_is_a_sentence(
    arguments: tuple[str, ...], environment: dict[str, str], question: Path, tmp_path: Path
) -> None:
    done = s2s(*arguments, cwd=tmp_path, environment=environment)
    told = done.stderr.decode()
    assert "Traceback" not in told
    assert "Error: " in told
    assert done.returncode in (2, 4), told  # 4: a sound server that cannot be there
