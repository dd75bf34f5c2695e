"""Where a setting is written back to."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2s.config import Sources, read_sources, user_env_path

NEAR, OWN = Path("near/.env"), Path("own/.env")


def test_a_setting_is_written_to_the_file_its_value_came_from() -> None:
    files = ((NEAR, {"S2S_MIC": "yeti"}), (OWN, {"S2S_MIC": "usb", "S2S_SPEAKER": "sonos"}))
    sources = Sources(files=files, own_file=OWN)
    assert sources.home_of("S2S_MIC") == NEAR
    assert sources.home_of("S2S_SPEAKER") == OWN


def test_one_that_no_file_has_goes_to_the_users_own() -> None:
    sources = Sources(environment={"S2S_MIC": "usb"}, files=((NEAR, {}),), own_file=OWN)
    assert sources.home_of("S2S_MIC") == OWN


def test_the_users_own_file_need_not_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert not user_env_path().exists()
    assert read_sources({}, {}).home_of("S2S_MIC") == user_env_path()


def test_a_file_that_was_asked_for_is_the_only_home(tmp_path: Path) -> None:
    mine = tmp_path / "my.env"
    mine.write_text("MODEL=x\n")
    assert read_sources({}, {}, str(mine)).home_of("S2S_MIC") == mine
