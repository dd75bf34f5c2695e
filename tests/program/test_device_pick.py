"""`s2s devices pick` with arrow keys on a terminal, and by name without one."""

from __future__ import annotations

import os
import signal
import stat
import threading
from pathlib import Path

import pytest
from dotenv import dotenv_values
from fakes import s2s, tone, write_wav
from pseudo_terminal import PseudoTerminal
from virtual_audio import SoundCard

pytestmark = [pytest.mark.program, pytest.mark.usefixtures("sound_card")]

UP, DOWN, ENTER, ESCAPE, CTRL_C = "\x1b[A", "\x1b[B", "\r", "\x1b", "\x03"


def own_file(home: Path) -> Path:
    return home / "config" / "s2s" / ".env"


def pick(*arguments: str, cwd: Path) -> PseudoTerminal:
    terminal = PseudoTerminal("devices", "pick", *arguments, cwd=cwd)
    terminal.wait_for("Enter to choose")
    return terminal


def test_arrow_keys_choose_and_the_choice_is_written(tmp_path: Path) -> None:
    with pick(cwd=tmp_path) as terminal:
        terminal.press(DOWN)
        terminal.wait_for("> pulse")
        terminal.press(ENTER)
        terminal.wait_for("Speaker  ↑ ↓")
        terminal.press(ENTER)
        assert terminal.leave() == 0
        assert terminal.restored
        terminal.wait_for("S2S_MIC=pulse is written to")
    assert own_file(tmp_path).read_text() == "S2S_MIC='pulse'\nS2S_SPEAKER='default'\n"


def test_the_list_begins_with_what_is_set_and_does_not_run_over_its_ends(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# mine\nS2S_MIC=pul # the good one\n")
    with pick(cwd=tmp_path) as terminal:
        terminal.wait_for("> pulse")
        terminal.forget()
        terminal.press(UP * 5)
        terminal.wait_for("> the system's own (now default)")
        terminal.forget()
        terminal.press(DOWN * 9)
        terminal.wait_for("> default")
        terminal.press(ENTER)
        terminal.wait_for("Speaker  ↑ ↓")
        terminal.press(ENTER)
        assert terminal.leave() == 0
    written = (tmp_path / ".env").read_text()
    assert written == "# mine\nS2S_MIC='default' # the good one\n"
    assert own_file(tmp_path).read_text() == "S2S_SPEAKER='default'\n"


def test_the_level_of_the_highlighted_microphone_moves(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    voice = write_wav(tmp_path / "voice.wav", tone(1000, level=0.5))
    with pick(cwd=tmp_path) as terminal:
        terminal.wait_for("Only zeros so far")
        sound_card.say(voice)
        terminal.wait_for("█")
        terminal.wait_for("Say something: the level should move.")
        terminal.forget()
        terminal.press(DOWN)  # another stream is opened, the one before closed
        terminal.wait_for("Only zeros so far")
        assert "█" not in terminal.shown
        sound_card.say(voice)
        terminal.wait_for("█")
        terminal.press(ESCAPE)
        assert terminal.leave() == 0


@pytest.mark.parametrize(("key", "status"), [(ESCAPE, 0), ("q", 0), (CTRL_C, -signal.SIGINT)])
def test_leaving_writes_nothing_and_restores_the_terminal(
    tmp_path: Path, key: str, status: int
) -> None:
    with pick(cwd=tmp_path) as terminal:
        terminal.press(key)
        assert terminal.leave() == status
        assert terminal.restored
    assert not own_file(tmp_path).exists()


def test_leaving_at_the_speaker_writes_no_microphone_either(tmp_path: Path) -> None:
    with pick(cwd=tmp_path) as terminal:
        terminal.press(ENTER)
        terminal.wait_for("Speaker  ↑ ↓")
        terminal.press(ESCAPE)
        assert terminal.leave() == 0
        terminal.wait_for("Nothing was changed.")
    assert not own_file(tmp_path).exists()


def test_sigterm_restores_the_terminal(tmp_path: Path) -> None:
    with pick(cwd=tmp_path) as terminal:
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.leave() == -signal.SIGTERM
        assert terminal.restored
    assert not own_file(tmp_path).exists()


def test_a_lost_microphone_is_told_and_the_list_stays(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    with pick(cwd=tmp_path) as terminal:
        terminal.wait_for("Only zeros so far")
        sound_card.signal_server(signal.SIGKILL)
        terminal.wait_for("The microphone is lost: default has stopped.")
        terminal.press("q")
        assert terminal.leave() == 0
        assert terminal.restored


def test_a_small_terminal_shows_the_line_that_is_highlighted(tmp_path: Path) -> None:
    with PseudoTerminal("devices", "pick", cwd=tmp_path, rows=4, columns=40) as terminal:
        terminal.wait_for("> the system's own")
        assert "default  " not in terminal.shown
        terminal.press(DOWN * 2)
        terminal.wait_for("default  ")
        terminal.press("q")
        assert terminal.leave() == 0


def test_names_are_written_without_a_terminal_not_indexes(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    before = "\ufeff# settings\r\n\r\nexport S2S_SPEAKER=old  # loud\r\nMODEL='x y'\r\nS2S_MIC=old"
    env.write_bytes(before.encode())
    done = s2s("devices", "pick", "--mic", "0", "--speaker", "PUL", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    after = before.replace("SPEAKER=old", "SPEAKER='pulse'").replace("MIC=old", "MIC='pulse'")
    assert env.read_bytes() == after.encode()
    assert dotenv_values(env, encoding="utf-8-sig")["S2S_MIC"] == "pulse"
    assert not own_file(tmp_path).exists()


def test_one_of_them_may_be_named_alone(tmp_path: Path) -> None:
    done = s2s("devices", "pick", "--mic", "nothing,pulse", cwd=tmp_path)
    assert done.returncode == 0
    assert own_file(tmp_path).read_text() == "S2S_MIC='pulse'\n"


def test_a_name_that_nobody_has_changes_nothing(tmp_path: Path) -> None:
    done = s2s("devices", "pick", "--mic", "pulse", "--speaker", "gramophone", cwd=tmp_path)
    assert done.returncode == 2
    assert b"No speaker is called 'gramophone'" in done.stderr
    assert not own_file(tmp_path).exists()


def test_without_a_terminal_and_names_the_way_is_told(tmp_path: Path) -> None:
    done = s2s("devices", "pick", cwd=tmp_path)
    assert done.returncode == 2
    assert b"s2s devices pick --mic NAME --speaker NAME" in done.stderr


def test_a_value_in_the_environment_will_hide_the_choice_and_that_is_told(tmp_path: Path) -> None:
    environment = {"S2S_MIC": "default"}
    done = s2s("devices", "pick", "--mic", "pulse", cwd=tmp_path, environment=environment)
    assert done.returncode == 0
    assert b"S2S_MIC=default in the environment wins over the file" in done.stderr


def test_a_found_link_is_read_and_the_choice_goes_to_the_users_own_file(tmp_path: Path) -> None:
    (tmp_path / ".bashrc").write_text("S2S_MIC=default\n")
    (tmp_path / ".env").symlink_to(".bashrc")
    done = s2s("devices", "pick", "--mic", "pulse", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / ".env").is_symlink()
    assert (tmp_path / ".bashrc").read_text() == "S2S_MIC=default\n"
    assert own_file(tmp_path).read_text() == "S2S_MIC='pulse'\n"
    assert f"S2S_MIC=default in {tmp_path / '.env'} wins over the file" in done.stderr.decode()


def test_a_link_of_the_users_own_stays_one_and_is_written(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").write_text("S2S_MIC=default\n")
    own_file(tmp_path).parent.mkdir(parents=True)
    own_file(tmp_path).symlink_to(tmp_path / "dotfiles")
    done = s2s("devices", "pick", "--mic", "pulse", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert own_file(tmp_path).is_symlink()
    assert (tmp_path / "dotfiles").read_text() == "S2S_MIC='pulse'\n"


@pytest.mark.parametrize("options", [[], ["--env-file", ".env"]])
def test_a_pipe_is_read_and_never_written(options: list[str], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".env")

    def fill() -> None:
        with (tmp_path / ".env").open("w") as pipe:
            pipe.write("S2S_MIC=default\n")

    writer = threading.Thread(target=fill, daemon=True)
    writer.start()
    done = s2s("devices", "pick", "--mic", "pulse", *options, cwd=tmp_path)
    writer.join(60)
    assert done.returncode == 0, done.stderr
    assert stat.S_ISFIFO((tmp_path / ".env").stat().st_mode)
    assert own_file(tmp_path).read_text() == "S2S_MIC='pulse'\n"
    assert b"S2S_MIC=default in " in done.stderr


def test_the_file_that_was_asked_for_is_the_one_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "my.env").write_text("MODEL=x\n")
    done = s2s("devices", "pick", "--mic", "pulse", "--env-file", "my.env", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "my.env").read_text() == "MODEL=x\nS2S_MIC='pulse'\n"
