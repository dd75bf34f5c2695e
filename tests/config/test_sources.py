"""Where settings are looked for, and where one is written back to."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from s2s.config import Origin, SettingsFile, Sources, read_sources, user_env_path
from s2s.config.search import upwards
from s2s.errors import UsageError

NEAR, OWN = Path("near/.env"), Path("own/.env")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory with a folder `work/deep` in it, which is the working directory."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "config"))
    for name in ("MODEL", "S2S_MIC", "WS_URL", "OPENAI_API_KEY", "S2S_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "home" / "work" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "home" / "work" / "deep")
    return tmp_path / "home"


def own_file(text: str) -> Path:
    user_env_path().parent.mkdir(parents=True, exist_ok=True)
    user_env_path().write_text(text)
    return user_env_path()


def model() -> str | None:
    given = read_sources({}, {}).find("MODEL")
    return given.text if given else None


def test_a_setting_is_written_to_the_file_its_value_came_from() -> None:
    near = SettingsFile(NEAR, Origin.FOUND_FILE, {"S2S_MIC": "yeti"})
    own = SettingsFile(OWN, Origin.OWN_FILE, {"S2S_MIC": "usb", "S2S_SPEAKER": "sonos"})
    sources = Sources(files=(near, own), own_file=OWN)
    assert sources.home_of("S2S_MIC") == NEAR
    assert sources.home_of("S2S_SPEAKER") == OWN
    assert not sources.is_users(NEAR)
    assert sources.is_users(OWN)


def test_one_that_no_file_has_goes_to_the_users_own() -> None:
    near = SettingsFile(NEAR, Origin.FOUND_FILE, {})
    sources = Sources(environment={"S2S_MIC": "usb"}, files=(near,), own_file=OWN)
    assert sources.home_of("S2S_MIC") == OWN


def test_the_users_own_file_need_not_be_there(home: Path) -> None:
    assert not user_env_path().exists()
    assert read_sources({}, {}).home_of("S2S_MIC") == user_env_path()


def test_a_file_that_was_asked_for_is_the_only_home(home: Path) -> None:
    mine = home / "my.env"
    mine.write_text("MODEL=x\n")
    assert read_sources({}, {}, str(mine)).home_of("S2S_MIC") == mine


def test_a_named_settings_file_is_the_only_one(home: Path) -> None:
    own_file("MODEL=own\n")
    (home / "work" / ".env").write_text("MODEL=project\n")
    (home / "mine").write_text("WS_URL=localhost:1\n")
    (file,) = read_sources({}, {}, str(home / "mine")).files
    assert file.values == {"WS_URL": "localhost:1"}
    with pytest.raises(UsageError, match="no file"):
        read_sources({}, {}, str(home / "absent"))


def test_the_home_directory_has_its_short_name(home: Path) -> None:
    (home / "choices").write_text("MODEL=x\n")
    given = read_sources({}, {}, "~/choices").find("MODEL")
    assert given
    assert given.text == "x"
    with pytest.raises(UsageError, match="~nobody-of-this-name/choices"):
        read_sources({}, {}, "~nobody-of-this-name/choices")


def test_the_search_goes_upwards_to_the_home_directory_and_no_further(home: Path) -> None:
    (home.parent / ".env").write_text("MODEL=above\n")
    assert model() is None
    (home / ".env").write_text("MODEL=home\n")
    assert model() == "home"
    (home / "work" / ".env").write_text("MODEL=work\n")
    assert model() == "work"


def test_outside_of_the_home_directory_the_search_goes_on_to_the_top(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home.parent / "elsewhere" / "deep").mkdir(parents=True)
    monkeypatch.chdir(home.parent / "elsewhere" / "deep")
    (home.parent / ".env").write_text("MODEL=above\n")
    assert model() == "above"


def test_the_search_ends_where_another_file_system_begins(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted = Path("/dev/shm")
    if not os.access(mounted, os.W_OK) or mounted.stat().st_dev == mounted.parent.stat().st_dev:
        pytest.skip("/dev/shm is no file system of its own")
    with tempfile.TemporaryDirectory(dir=mounted) as folder:
        monkeypatch.chdir(folder)
        assert list(upwards()) == [Path(folder), mounted]
        monkeypatch.chdir("/")


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_a_link_and_a_pipe_are_read_and_never_written(kind: str, home: Path) -> None:
    found = home / "work" / "deep" / ".env"
    if kind == "link":
        (home / "real").write_text("S2S_MIC=yeti\n")
        found.symlink_to(home / "real")
    else:
        os.mkfifo(found)
        threading.Thread(target=found.write_text, args=("S2S_MIC=yeti\n",), daemon=True).start()
    sources = read_sources({}, {})
    given = sources.find("S2S_MIC")
    assert given
    assert given.text == "yeti"
    assert sources.home_of("S2S_MIC") == user_env_path()


def test_reading_settings_leaves_the_environment_as_it_is(home: Path) -> None:
    (home / ".env").write_text("HTTPS_PROXY=http://evil\nSSL_CERT_FILE=x\nMODEL=m\n")
    before = dict(os.environ)
    assert model() == "m"
    assert dict(os.environ) == before


def test_the_users_own_file_stays_the_users_where_it_is_also_found(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = own_file("S2S_LOG_FILE=log\n")
    monkeypatch.chdir(own.parent)
    sources = read_sources({}, {})
    (file,) = sources.files
    assert (file.origin, file.values) == (Origin.OWN_FILE, {"S2S_LOG_FILE": "log"})
    assert sources.warnings == ()


def test_a_working_directory_that_was_removed_has_no_settings(home: Path) -> None:
    own_file("MODEL=own\n")
    (home / "work" / "deep").rmdir()
    assert model() == "own"


def test_a_setting_that_nobody_listed_cannot_be_asked_for() -> None:
    with pytest.raises(AssertionError, match="S2S_NEW"):
        Sources(environment={"S2S_NEW": "x"}).find("S2S_NEW")


def a_folder(path: Path) -> None:
    path.mkdir()


def a_dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


def a_link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("made", [a_folder, a_dangling_link, a_link_to_a_device])
def test_what_is_no_file_is_no_settings_file(made: Callable[[Path], None], home: Path) -> None:
    made(home / "work" / "deep" / ".env")
    (home / ".env").write_text("MODEL=home\n")
    sources = read_sources({}, {})
    assert sources.warnings == ()
    assert model() == "home"
    assert sources.home_of("S2S_MIC") == user_env_path()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"MODEL=caf\xe9\n", "not UTF-8"), (b"MODEL=x\n" * 10_000, "larger than 64 KiB")],
)
def test_a_found_file_that_is_no_settings_file_is_told_of_and_passed_over(
    content: bytes, reason: str, home: Path
) -> None:
    (home / "work" / "deep" / ".env").write_bytes(content)
    (home / ".env").write_text("MODEL=home\n")
    (warning,) = read_sources({}, {}).warnings
    assert reason in warning
    assert model() == "home"
    with pytest.raises(UsageError, match=reason):
        read_sources({}, {}, ".env")


def test_what_is_said_of_a_file_in_an_odd_folder_stays_on_its_line(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = home / "work\x1b[2J\nError: no"
    odd.mkdir()
    monkeypatch.chdir(odd)
    (odd / ".env").write_text("S2S_LOG_FILE=x\nMODEL=m\nno setting\nA\x1b=1\n")
    sources = read_sources({}, {})
    given = sources.find("MODEL")
    assert given
    told = (given.source, *sources.warnings, *sources.passed_over, *sources.looked_at)
    assert len(told) == 6
    assert all(line.isprintable() for line in told)
    (odd / ".env").chmod(0o666)
    (warning,) = read_sources({}, {}).warnings
    assert warning.isprintable()


def test_a_user_without_a_home_has_no_file_of_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(number: int) -> object:
        raise KeyError(number)  # as in a container that is run with `--user 1234`

    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    sources = read_sources({}, {})
    assert sources.looked_at[-1].endswith("(not there)")
    assert not sources.files
