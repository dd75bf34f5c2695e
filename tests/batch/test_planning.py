"""What is sent, and where each reply goes: no two in one place, none outside of the folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fakes import tone, write_wav
from hypothesis import assume, given
from hypothesis import strategies as st

from s2s.app.batch.inputs import Inputs, gather, is_many
from s2s.app.batch.lists import ListLine
from s2s.app.batch.naming import below, is_reply, reply_name
from s2s.app.batch.plan import Plan
from s2s.errors import UsageError


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def wav(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        write_wav(Path(name), tone(10))


def gathered(*named: str, output: str | None = "out", null: bool = False) -> Inputs:
    return gather(named, null_separated=null, output=output, warn=lambda _: None)


def planned(*named: str, output: str | None = "out", written: bool = False) -> dict[str, str]:
    inputs = gathered(*named, output=output)
    plan = Plan(inputs, output, written=written)
    plan.check()
    return {
        path: plan.reply(index)
        for index, path in enumerate(inputs.paths)
        if index not in plan.repeated
    }


def list_of(*paths: str, text: str | None = None) -> str:
    Path("list.txt").write_bytes(os.fsencode(text or "\n".join(paths) + "\n"))
    return "@list.txt"


# --- names


@pytest.mark.parametrize(
    ("name", "reply"),
    [("q.wav", "q.wav"), ("Q.WAV", "Q.WAV"), ("q.mp3", "q.mp3.wav"), ("q", "q.wav"),
     ("a/q.tar.flac", "a/q.tar.flac.wav"), (".wav", ".wav.wav")],
)  # fmt: skip
def test_a_reply_is_called_like_its_recording_and_ends_with_wav(name: str, reply: str) -> None:
    assert reply_name(name) == reply


def test_a_written_reply_is_a_text_and_one_beside_its_recording_is_marked() -> None:
    assert reply_name("q.wav", written=True) == "q.txt"
    assert reply_name("q.mp3", written=True) == "q.mp3.txt"
    assert reply_name("q.wav", beside=True) == "q.reply.wav"
    assert reply_name("q.mp3", beside=True) == "q.mp3.reply.wav"


@given(st.lists(st.sampled_from(["..", ".", "a", "b.wav", "", "..x"]), min_size=1))
def test_no_name_leads_out_of_the_folder(parts: list[str]) -> None:
    name = below("/".join(parts))
    assert not name.startswith("/")
    assert ".." not in name.split("/")


@pytest.mark.parametrize(
    "name",
    ["q.reply.wav", "q.mp3.reply.wav", "q.reply.partial.wav", "q.partial.wav", "q.partial-2.wav",
     "q.wav.part", "q.reply.txt"],
)  # fmt: skip
def test_replies_and_what_is_left_of_them_are_known_by_their_names(name: str) -> None:
    assert is_reply(name)
    assert not is_reply("reply.wav")


# --- inputs


def test_one_recording_is_no_batch(here: Path) -> None:
    wav("q.wav", "@q.wav")
    assert not is_many(("q.wav",))
    assert not is_many(("-",))
    assert not is_many(("./@q.wav",))
    assert is_many(("@q.wav",))
    assert is_many((".",))
    assert is_many(("q.wav", "r.wav"))


def test_below_a_folder_each_keeps_its_path(here: Path) -> None:
    wav("calls/a.wav", "calls/deep/er/b.wav")
    assert planned("calls/") == {
        "calls/a.wav": "out/a.wav",
        "calls/deep/er/b.wav": "out/deep/er/b.wav",
    }


def test_what_is_named_alone_keeps_its_path_as_it_is_written(here: Path) -> None:
    wav("a.wav", "deep/b.wav")
    assert planned("./a.wav", "deep/b.wav", "../x/../c.mp3") == {
        "./a.wav": "out/a.wav",
        "deep/b.wav": "out/deep/b.wav",
        "../x/../c.mp3": "out/c.mp3.wav",
    }


def test_paths_from_the_root_on_lie_below_the_folder_that_they_share(here: Path) -> None:
    assert planned("/data/x/a.wav", "/data/y/b.wav") == {
        "/data/x/a.wav": "out/x/a.wav",
        "/data/y/b.wav": "out/y/b.wav",
    }
    assert planned("/data/x/a.wav", "rel/b.wav")["/data/x/a.wav"] == "out/a.wav"


def test_content_tells_a_recording_where_the_ending_does_not(here: Path) -> None:
    wav("calls/greeting", "calls/odd.dat")
    Path("calls/notes.md").write_text("# no sound")
    Path("calls/data.bin").write_bytes(bytes(range(256)) * 4)
    assert set(planned("calls")) == {"calls/greeting", "calls/odd.dat"}


def test_what_ends_like_a_recording_is_taken_for_one_so_that_its_failure_is_told(
    here: Path,
) -> None:
    Path("calls").mkdir()
    Path("calls/broken.wav").write_text("no sound")
    assert set(planned("calls")) == {"calls/broken.wav"}


def test_hidden_files_links_to_folders_and_the_outputs_are_passed_over(here: Path) -> None:
    wav("calls/a.wav", "calls/.hidden.wav", "calls/.git/b.wav", "calls/out/a.wav")
    Path("calls/loop").symlink_to(".", target_is_directory=True)
    assert set(planned("calls", output="calls/out")) == {"calls/a.wav"}


def test_replies_among_recordings_are_refused_as_the_place_of_all_replies(here: Path) -> None:
    wav("calls/a.wav")
    with pytest.raises(UsageError, match="among the recordings"):
        planned("calls", output="calls/../calls")


def test_without_a_folder_each_reply_lies_beside_and_is_no_question(here: Path) -> None:
    wav("q.wav", "q.reply.wav", "d/r.wav", "d/r.reply.wav", "d/r.reply.partial.wav")
    assert planned("q.wav", "q.reply.wav", "d", output=None) == {
        "q.wav": "q.reply.wav",
        "d/r.wav": "d/r.reply.wav",
    }
    assert gathered("q.wav", "q.reply.wav", output=None).left_out == 1
    with pytest.raises(UsageError, match="Nothing but replies"):
        planned("q.reply.wav", "q.reply.wav", output=None)


# --- lists


def test_a_list_has_a_line_for_each_and_columns_for_what_is_expected(here: Path) -> None:
    inputs = gathered(list_of(text="a.wav\tsunny|warm\n\nb c.wav\r\nd/e.wav\t\tnamed/f.wav\n"))
    assert inputs.paths == ["a.wav", "b c.wav", "d/e.wav"]
    assert inputs.expected == {0: "sunny|warm"}
    assert [inputs.name(each) for each in range(3)] == ["a.wav", "b c.wav", "named/f.wav"]


def test_names_with_newlines_end_with_nuls(here: Path) -> None:
    inputs = gathered(list_of(text="a\nb.wav\0c\td.wav\0"), null=True)
    assert inputs.paths == ["a\nb.wav", "c\td.wav"]
    with pytest.raises(UsageError, match="holds NULs"):
        gathered("@list.txt")
    with pytest.raises(UsageError, match="holds no NUL"):
        gathered(list_of("a.wav", "b.wav"), null=True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a.wav\t(\n", "no regular expression"),
        ("a\tb\tc\td\n", "ListLine 1"),
        ("\n\n", "No recording"),
    ],
)
def test_a_list_that_makes_no_sense_is_told_of(text: str, told: str, here: Path) -> None:
    with pytest.raises(UsageError, match=told):
        gathered(list_of(text=text))


def test_a_list_that_is_not_there_says_how_a_file_is_named(here: Path) -> None:
    with pytest.raises(UsageError) as raised:
        gathered("@q.wav")
    assert "./@name" in raised.value.hint


def test_standard_input_is_one_thing(here: Path) -> None:
    for named in (("-", "a.wav"), ("-", "@-"), ("@-", "@-")):
        with pytest.raises(UsageError):
            gathered(*named)


FOLDERS = st.sampled_from(["a", "b", "/r/a", "/r/s/b", "../c"])
FILES = st.sampled_from(["q.wav", "q.mp3", "z"])


@given(st.lists(st.tuples(FOLDERS, FILES), min_size=1, unique=True))
def test_a_line_that_is_written_down_means_the_same_again(parts: list[tuple[str, str]]) -> None:
    inputs = Inputs()
    inputs.add_folder("a", ["a/in/folder.wav"])
    for folder, name in parts:
        inputs.add(ListLine(f"{folder}/{name}"))
    inputs.settle()
    for index in range(len(inputs)):
        alone = Inputs()
        alone.add(inputs.line(index))
        alone.settle()
        assert alone.name(0) == inputs.name(index)


# --- what meets


def test_two_that_would_meet_are_refused(here: Path) -> None:
    wav("x/a.wav", "y/a.wav", "q.mp3", "q.mp3.wav")
    for named in (("x", "y"), ("q.mp3", "q.mp3.wav"), ("/r/a.wav", "a.wav"), ("a.wav", "../a.wav")):
        with pytest.raises(UsageError, match="would both be answered"):
            planned(*named)


def test_what_is_named_twice_is_sent_once(here: Path) -> None:
    wav("d/a.wav")
    assert planned("d/a.wav", "./d/a.wav", "d/../d/a.wav", "d/a.wav") == {"d/a.wav": "out/d/a.wav"}


def test_a_reply_takes_the_place_of_no_recording(here: Path) -> None:
    wav("a.wav", "out/b.wav", "b.wav")
    with pytest.raises(UsageError, match="take the place"):
        planned("a.wav", "b.wav", output=".")
    with pytest.raises(UsageError, match="take the place"):
        planned("b.wav", "out/b.wav")
    Path("also").symlink_to("out", target_is_directory=True)
    with pytest.raises(UsageError, match="take the place"):
        planned("b.wav", "out/b.wav", output="also")


def test_a_reply_is_in_the_way_of_no_folder_and_of_no_file_of_ours(here: Path) -> None:
    with pytest.raises(UsageError, match="needed for others"):
        planned("a.wav", "a.wav/b.wav")
    with pytest.raises(UsageError, match="needed for others"):
        planned("s2s-failed.wav", "b.wav", written=True)


PATHS = st.lists(
    st.builds("/".join, st.lists(st.sampled_from(["a", "b", "..", "a.wav", "q.mp3", "q.mp3.wav"]),
                                 min_size=1, max_size=4)), min_size=1, max_size=6)  # fmt: skip


@given(PATHS)
def test_no_two_recordings_are_answered_in_one_place(paths: list[str]) -> None:
    assume(all(below(path) for path in paths))
    inputs = Inputs()
    for path in paths:
        inputs.add(ListLine(path))
    inputs.settle()
    plan = Plan(inputs, "out")
    try:
        plan.check()
    except UsageError:
        return
    kept = [each for each in range(len(paths)) if each not in plan.repeated]
    replies = [os.path.normpath(plan.reply(each)) for each in kept]
    assert len(set(replies)) == len(replies)
    assert all(reply.startswith("out/") for reply in replies)
    folders = {os.path.dirname(reply) for reply in replies}
    assert not folders & set(replies)
