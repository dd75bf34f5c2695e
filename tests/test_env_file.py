"""A setting is written into a `.env` file, and nothing else of the file changes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from s2s.config.env_file import parse, with_setting, write_settings
from s2s.errors import S2SError, UsageError

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
OTHER_LINES = st.sampled_from(
    [
        "OPENAI_API_KEY=sk-123",
        "# S2S_MIC=a comment, not a setting",
        "",
        "   ",
        "export WS_URL='wss://host/v1'  # ours",
        'MODEL="two words"',
        "S2S_MICROPHONE=another name",
        "S2S_INSTRUCTIONS='two\nlines'",
        "S2S_VOICE = marin\t",
        "S2S_LANGUAGE= # empty",
        "this line is no setting",
        "ÄÖ=ü",
    ]
)


@given(NAMES, st.lists(OTHER_LINES), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
def test_any_name_reads_back_and_every_other_line_stays(
    tmp_path_factory: pytest.TempPathFactory,
    device: str,
    lines: list[str],
    newline: str,
    bom: bool,
    ends: bool,
) -> None:
    path = tmp_path_factory.mktemp("settings") / ".env"
    before = newline.join(lines) + (newline if ends else "")
    path.write_bytes(before.encode("utf-8-sig" if bom else "utf-8"))
    whole = path.read_bytes()
    write_settings(path, {"S2S_MIC": device})
    after = path.read_bytes()
    assert after.startswith(whole)
    assert dotenv_values(path, interpolate=False, encoding="utf-8-sig")["S2S_MIC"] == device


@given(NAMES, NAMES, st.lists(OTHER_LINES), st.lists(OTHER_LINES), st.sampled_from(["\n", "\r\n"]))
def test_a_value_changes_in_its_place(
    old: str, new: str, above: list[str], below: list[str], newline: str
) -> None:
    head, tail = "".join(line + newline for line in above), newline.join(["", *below])
    line = with_setting("", "S2S_MIC", old).removesuffix("\n")
    written = with_setting("", "S2S_MIC", new).removesuffix("\n")
    assert with_setting(head + line + tail, "S2S_MIC", new) == head + written + tail


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("export S2S_MIC=old\n", "export S2S_MIC='new'\n"),
        ("S2S_MIC = old # the good one\r\n", "S2S_MIC = 'new' # the good one\r\n"),
        ("S2S_MIC=\n", "S2S_MIC='new'\n"),
        ("S2S_MIC= # none yet\n", "S2S_MIC= 'new' # none yet\n"),
        ("S2S_MIC='old'# close\n", "S2S_MIC='new' # close\n"),
        ("S2S_MIC=a#b\n", "S2S_MIC='new'\n"),
        ("S2S_MIC\n", "S2S_MIC='new'\n"),
        ("'S2S_MIC'=\"it's\"", "'S2S_MIC'='new'"),
        ("A=1\n\n\nS2S_MIC='two\nlines'\n\nB=2\n", "A=1\n\n\nS2S_MIC='new'\n\nB=2\n"),
        ("A=1\rS2S_MIC=old\rB=2", "A=1\rS2S_MIC='new'\rB=2"),
    ],
)
def test_what_stands_beside_the_value_stays(before: str, after: str) -> None:
    assert with_setting(before, "S2S_MIC", "new") == after


def test_of_two_lines_the_one_that_counts_is_changed() -> None:
    before = "S2S_MIC=first\nS2S_MIC=second\n"
    assert with_setting(before, "S2S_MIC", "new") == "S2S_MIC=first\nS2S_MIC='new'\n"


def test_an_open_quotation_mark_would_swallow_the_new_line_and_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("MODEL='never closed\n")
    with pytest.raises(UsageError, match="quotation mark"):
        write_settings(path, {"S2S_MIC": "it's"})
    assert path.read_text() == "MODEL='never closed\n"


def test_a_new_file_is_made_with_its_folder_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "config" / "s2s" / ".env"
    write_settings(path, {"S2S_MIC": "Yeti", "S2S_SPEAKER": "Sonos"})
    assert path.read_text() == "S2S_MIC='Yeti'\nS2S_SPEAKER='Sonos'\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_mode_stays_and_a_symlink_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles", tmp_path / ".env"
    real.write_text("MODEL=x\n")
    real.chmod(0o644)
    link.symlink_to("dotfiles")
    write_settings(link, {"S2S_MIC": "Yeti"})
    assert link.is_symlink()
    assert real.read_text() == "MODEL=x\nS2S_MIC='Yeti'\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o644
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env", "dotfiles"]


def test_what_is_written_already_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    write_settings(path, {"S2S_MIC": "Yeti"})
    before = path.stat().st_ino
    write_settings(path, {"S2S_MIC": "Yeti"})
    assert path.stat().st_ino == before


def test_a_file_that_is_no_text_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"A=\xff\xfe\n")
    with pytest.raises(UsageError, match="not UTF-8"):
        write_settings(path, {"S2S_MIC": "Yeti"})
    assert path.read_bytes() == b"A=\xff\xfe\n"


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "s2s").write_text("a file where the folder should be")
    with pytest.raises(S2SError, match="cannot be"):
        write_settings(tmp_path / "s2s" / ".env", {"S2S_MIC": "Yeti"})


@pytest.mark.skipif(os.name == "nt", reason="bash reads the file")
@pytest.mark.parametrize("device", ["Blue Yeti", "HDA: ALC295 (hw:0,0)", "$5 #1 `mic`"])
def test_a_shell_reads_the_same(tmp_path: Path, device: str) -> None:
    import subprocess

    write_settings(tmp_path / ".env", {"S2S_MIC": device})
    told = subprocess.run(
        ["bash", "-c", '. ./.env; printf %s "$S2S_MIC"'],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout == device


@pytest.mark.parametrize("device", ["Mic ${HOME}", "it's ${HOME}", "a\\${b}'c"])
def test_a_name_that_looks_like_a_variable_stays_a_name(tmp_path: Path, device: str) -> None:
    write_settings(tmp_path / ".env", {"S2S_MIC": device})
    (line,) = parse((tmp_path / ".env").read_text())
    assert (line.value, line.literal) == (device, True)


@pytest.mark.skipif(os.name == "nt", reason="there are no such pipes")
def test_a_pipe_is_never_written_nor_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".env")
    with pytest.raises(UsageError, match="no plain file"):
        write_settings(tmp_path / ".env", {"S2S_MIC": "Yeti"})


def test_a_link_is_left_alone_where_it_may_be_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "bashrc").write_text("MODEL=x\n")
    (tmp_path / ".env").symlink_to("bashrc")
    with pytest.raises(UsageError, match="no plain file"):
        write_settings(tmp_path / ".env", {"S2S_MIC": "Yeti"}, follow=False)
    assert (tmp_path / "bashrc").read_text() == "MODEL=x\n"


def test_lines_have_the_numbers_that_an_editor_gives_them() -> None:
    text = "\n# one\nA=1\n\n\nB='two\nlines'\r\n\r\nC\nnot a setting\n"
    told = [(line.number, line.name, line.value) for line in parse(text)]
    assert told == [(3, "A", "1"), (6, "B", "two\nlines"), (9, "C", ""), (10, None, "")]
