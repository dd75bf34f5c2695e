"""Batches against the endpoint on this machine: every file is accounted for, once."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from batches import Watched, asked, questions, remembering, sent
from fakes import endpoint, read_wav, tone, write_wav

from s2s.app.batch.lists import expectation
from s2s.app.batch.sending import send_many
from s2s.conversation import events as on
from s2s.errors import NetworkError, RefusedError, UsageError, WriteError
from s2s.local.engines import Turn
from s2s.local.script import script_from

SPOKEN = {"turns": [{"match": "", "tone": "440/0.2s"}]}


def wavs(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if not path.name.startswith("s2s-"))


def manifest(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "s2s-manifest.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_each_recording_gets_its_own_reply(tmp_path: Path) -> None:
    q = questions(tmp_path / "q", 12)
    with endpoint() as url:
        summary, watch = sent(asked(url, q, output=str(tmp_path / "out"), jobs=4))
    assert (summary.exit_status, summary.done, summary.left) == (0, 12, 0)
    for number in range(12):
        assert read_wav(tmp_path / f"out/q{number:02}.wav") == tone(110 + 10 * number)
    assert wavs(tmp_path / "out") == wavs(q)
    assert summary.usage.total_tokens == sum(
        each.reply.usage.total_tokens for each in watch.outcomes.values()
    )


# --- connections


def test_a_connection_carries_many_files_and_none_is_heard_in_anothers_context(
    tmp_path: Path,
) -> None:
    turns: list[Turn] = []
    connections: list[int] = []
    with endpoint(served=remembering(turns, connections)) as url:
        out = str(tmp_path / "out")
        summary, _ = sent(asked(url, questions(tmp_path / "q", 9), output=out, jobs=2))
    assert summary.done == 9
    assert len(connections) == 2
    assert [turn.history for turn in turns] == [()] * 9
    assert sorted(len(turn.pcm) for turn in turns) == [
        len(tone(110 + 10 * number)) for number in range(9)
    ]


def test_as_turns_of_one_conversation_each_is_heard_in_the_context_of_all_before_it(
    tmp_path: Path,
) -> None:
    turns: list[Turn] = []
    connections: list[int] = []
    with endpoint(served=remembering(turns, connections)) as url:
        options = asked(
            url, questions(tmp_path / "q", 4), output=str(tmp_path / "out"), one_conversation=True
        )
        summary, _ = sent(options)
        assert summary.done == 4
        again, _ = sent(options)
    assert len(connections) == 1
    assert [len(turn.history) for turn in turns] == [0, 2, 4, 6]
    sizes = [len(turn.pcm) for turn in turns]
    assert sizes == sorted(sizes), "in order"
    assert (again.done, again.skipped) == (0, 4)


def test_a_conversation_of_which_one_turn_has_changed_is_held_again_as_a_whole(
    tmp_path: Path,
) -> None:
    turns: list[Turn] = []
    q = questions(tmp_path / "q", 3)
    with endpoint(served=remembering(turns)) as url:
        options = asked(url, q, output=str(tmp_path / "out"), one_conversation=True)
        sent(options)
        write_wav(q / "q02.wav", tone(500))
        summary, _ = sent(options)
    assert summary.done == 3
    assert [len(turn.history) for turn in turns] == [0, 2, 4, 0, 2, 4]


def test_after_a_turn_that_failed_no_other_is_sent(tmp_path: Path) -> None:
    fails = {"turns": [{"tone": "440/0.2s"}, {"fail": {"status": "incomplete"}}]}
    with endpoint(fails) as url:
        summary, watch = sent(
            asked(url, questions(tmp_path / "q", 4), output=str(tmp_path / "out"),
                  one_conversation=True)
        )  # fmt: skip
    assert summary.exit_status == 1
    assert watch.codes() == {
        "q01.wav": "incomplete", "q02.wav": "conversation_broken", "q03.wav": "conversation_broken",
    }  # fmt: skip


def test_an_endpoint_that_does_not_say_what_it_deleted_gets_a_connection_for_each_file(
    tmp_path: Path,
) -> None:
    connections: list[int] = []
    silent = {"at": "conversation.item.deleted", "do": "drop", "share": 1.0}
    faults = script_from({"faults": [silent]}).faults
    with endpoint(served=replace(remembering([], connections), faults=faults)) as url:
        summary, _ = sent(
            asked(url, questions(tmp_path / "q", 3), output=str(tmp_path / "out"), jobs=1)
        )
    assert summary.done == 3
    assert len(connections) == 3


# --- going on


def test_a_second_run_sends_nothing_that_is_done_and_says_so(tmp_path: Path) -> None:
    turns: list[Turn] = []
    with endpoint(served=remembering(turns)) as url:
        options = asked(url, questions(tmp_path / "q", 5), output=str(tmp_path / "out"))
        sent(options)
        summary, watch = sent(options)
    assert len(turns) == 5
    assert (summary.done, summary.skipped, summary.exit_status) == (0, 5, 0)
    assert watch.known == 5
    assert watch.outcomes[str(tmp_path / "q/q00.wav")].reply.text.startswith("about")


@pytest.mark.parametrize(
    "change",
    ["input", "output", "flipped", "gone", "setting", "redo"],
)
def test_what_has_changed_is_done_again_and_nothing_else(change: str, tmp_path: Path) -> None:
    turns: list[Turn] = []
    q, out = questions(tmp_path / "q", 3), tmp_path / "out"
    with endpoint(served=remembering(turns)) as url:
        options = asked(url, q, output=str(out))
        sent(options)
        turns.clear()
        if change == "input":
            write_wav(q / "q01.wav", tone(120, 500))
        elif change == "output":
            (out / "q01.wav").write_bytes(b"RIFF")
        elif change == "flipped":
            held = bytearray((out / "q01.wav").read_bytes())
            held[100] ^= 1
            (out / "q01.wav").write_bytes(held)
        elif change == "gone":
            (out / "q01.wav").unlink()
        elif change == "setting":
            sources = options.settings
            assert not hasattr(sources, "endpoint")
            from s2s.config import Sources

            flags = {"WS_URL": url, "S2S_VOICE": "cedar"}
            options = asked(url, q, output=str(out))
            options = type(options)(Sources(flags, {}), options.inputs, output=options.output)
        else:
            options = asked(url, q, output=str(out), redo=True)
        summary, _watch = sent(options)
    assert summary.exit_status == 0
    expected = 3 if change in ("setting", "redo") else 1
    assert len(turns) == expected
    assert read_wav(out / "q01.wav") == read_wav(q / "q01.wav")


def test_what_stands_there_already_is_left_alone_unless_that_is_wanted(tmp_path: Path) -> None:
    q, out = questions(tmp_path / "q", 2), tmp_path / "out"
    out.mkdir()
    (out / "q00.wav").write_bytes(b"precious")
    turns: list[Turn] = []
    with endpoint(served=remembering(turns)) as url:
        summary, watch = sent(asked(url, q, output=str(out)))
        assert len(turns) == 1, "what cannot be kept is not asked for"
        assert watch.codes() == {"q00.wav": "output_exists"}
        assert (summary.exit_status, summary.done) == (1, 1)
        assert (out / "q00.wav").read_bytes() == b"precious"
        skipping, _ = sent(asked(url, q, output=str(out), skip_existing=True))
        assert (skipping.exit_status, skipping.skipped) == (0, 2)
        forced, _ = sent(asked(url, q, output=str(out), force=True))
    assert (forced.exit_status, forced.done, forced.skipped) == (0, 1, 1)
    assert read_wav(out / "q00.wav") == tone(110)


def test_a_reply_that_got_its_name_before_it_was_written_down_is_sent_again(
    tmp_path: Path,
) -> None:
    """What a kill leaves between the two."""
    q, out = questions(tmp_path / "q", 1), tmp_path / "out"
    with endpoint() as url:
        sent(asked(url, q, output=str(out)))
        path = out / "s2s-manifest.jsonl"
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:-1]) + lines[-1][:40])
        summary, _ = sent(asked(url, q, output=str(out)))
    assert (summary.done, summary.failed) == (1, 0)


def test_the_line_comes_last_and_says_what_was_sent_and_what_came(tmp_path: Path) -> None:
    q, out = questions(tmp_path / "q", 1), tmp_path / "out"
    with endpoint(SPOKEN) as url:
        sent(asked(url, q, output=str(out)))
    settings, begun, done = manifest(out)
    assert settings["voice"] == "marin"
    assert begun == {"output": "q00.wav", "state": "begun"}
    assert done["settings"] == settings["settings"]
    assert done["reply"]["size"] == (out / "q00.wav").stat().st_size
    assert done["input"]["size"] == (q / "q00.wav").stat().st_size
    assert done["tokens"]["output"] > 0


# --- failures


def test_a_file_that_cannot_be_read_costs_itself_alone(tmp_path: Path) -> None:
    q = questions(tmp_path / "q", 3)
    (q / "text.wav").write_text("no sound")
    (q / "empty.flac").touch()
    write_wav(q / "short.wav", tone(20))
    write_wav(q / "zeros.wav", bytes(24_000))
    with endpoint() as url:
        summary, watch = sent(asked(url, q, output=str(tmp_path / "out")))
    assert (summary.exit_status, summary.done, summary.failed) == (1, 3, 4)
    assert watch.codes() == {"text.wav": "unreadable", "empty.flac": "unreadable",
                             "short.wav": "too_short", "zeros.wav": "only_zeros"}  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "code"),
    [({"at": "connect", "http": 429, "retry_after": 0.1}, "rate_limited"),
     ({"at": "connect", "http": 503}, "unavailable"),
     ({"at": "connect", "do": "reset"}, "dropped"),
     ({"at": "output_audio.delta", "do": "reset"}, "dropped"),
     ({"at": "session.updated", "do": "close"}, "dropped")],
    ids=str,
)  # fmt: skip
def test_what_passes_is_tried_again(fault: dict[str, Any], code: str, tmp_path: Path) -> None:
    with endpoint({**SPOKEN, "faults": [{**fault, "connection": 1}]}) as url:
        summary, watch = sent(
            asked(url, questions(tmp_path / "q", 2), output=str(tmp_path / "out"), jobs=1)
        )
    assert (summary.exit_status, summary.done) == (0, 2)
    assert watch.retried == [code]
    assert wavs(tmp_path / "out") == ["q00.wav", "q01.wav"], "nothing of the first try is left"
    assert next(iter(watch.outcomes.values())).tries == 2


def test_a_rate_limit_within_a_session_is_waited_for_without_sending_again(tmp_path: Path) -> None:
    limited = {"status": "failed", "code": "rate_limit_exceeded", "message": "try again in 50ms"}
    with endpoint({"turns": [{"fail": limited}, {"match": "", "tone": "440/0.2s"}]}) as url:
        summary, watch = sent(
            asked(url, questions(tmp_path / "q", 1), output=str(tmp_path / "out"))
        )
    assert (summary.done, watch.retried) == (1, [])


def test_what_does_not_pass_has_failed_after_its_retries(tmp_path: Path) -> None:
    with endpoint({**SPOKEN, "faults": [{"at": "output_audio.delta", "do": "reset"}]}) as url:
        summary, watch = sent(
            asked(url, questions(tmp_path / "q", 2), output=str(tmp_path / "out"), retries=1)
        )
    assert (summary.exit_status, summary.failed) == (1, 2)
    assert {each.tries for each in watch.outcomes.values()} == {2}
    assert set(watch.codes().values()) == {"dropped"}


def test_whoever_is_ended_keeps_what_came_of_a_reply_and_the_next_run_sends_it_again(
    tmp_path: Path,
) -> None:
    q, out, watch = questions(tmp_path / "q", 1), tmp_path / "out", Watched()
    stalls = {"at": "output_audio.done", "do": "stall 60s", "connection": 1}
    with endpoint({"turns": [{"match": "", "tone": "440/0.5s"}], "faults": [stalls]}) as url:

        def run(work: Any, on_interrupt: Any = None) -> Any:
            return asyncio.run(ended(work))

        async def ended(work: Any) -> None:
            sending = asyncio.create_task(work)
            heard = 0

            def observe(at: float, event: object) -> None:
                nonlocal heard
                heard += len(event.pcm) if isinstance(event, on.AudioReceived) else 0
                if heard == 24_000:
                    sending.cancel()

            watch.observes = (observe,)
            with pytest.raises(asyncio.CancelledError):
                await sending

        send_many(asked(url, q, output=str(out)), watch, run)
        kept = read_wav(out / "q00.partial.wav")
        assert len(kept) == 24_000
        assert [path.name for path in out.glob("*.wav")] == ["q00.partial.wav"]
        summary, _ = sent(asked(url, q, output=str(out)))
    assert (summary.done, read_wav(out / "q00.wav")) == (1, kept)


@pytest.mark.parametrize(
    ("fault", "code"),
    [({"at": "connect", "http": 401}, "no_key"), ({"at": "connect", "http": 404}, "not_found"),
     ({"at": "connect", "error": "insufficient_quota"}, "quota"),
     ({"at": "created", "error": "insufficient_quota"}, "quota")],
    ids=str,
)  # fmt: skip
def test_a_refusal_stops_all_at_once_and_keeps_what_is_done(
    fault: dict[str, Any], code: str, tmp_path: Path
) -> None:
    faults = [{**fault, "connection": 2}]
    q, out = questions(tmp_path / "q", 30), tmp_path / "out"
    with endpoint({**SPOKEN, "faults": faults}) as url:
        first, _ = sent(asked(url, q / "q00.wav", q / "q01.wav", output=str(out), jobs=1))
        summary, _ = sent(asked(url, q / "q00.wav", q, output=str(out / "2"), jobs=3))
    assert first.done == 2
    assert isinstance(summary.stopped, RefusedError)
    assert summary.exit_status == 3
    assert summary.left > 0
    assert (out / "q00.wav").exists()


def test_an_endpoint_that_was_never_there_is_not_asked_for_every_file(tmp_path: Path) -> None:
    with endpoint(SPOKEN) as url:
        pass
    summary, watch = sent(
        asked(url, questions(tmp_path / "q", 40), output=str(tmp_path / "out"), retries=0)
    )
    assert isinstance(summary.stopped, NetworkError)
    assert summary.exit_status == 5
    assert len(watch.outcomes) < 40


def test_a_folder_that_cannot_be_written_ends_the_run_with_8(tmp_path: Path) -> None:
    q, out = questions(tmp_path / "q", 5), tmp_path / "out"
    (out / "q00.wav.part").mkdir(parents=True)
    with endpoint(SPOKEN) as url:
        summary, watch = sent(asked(url, q, output=str(out), jobs=1))
    assert watch.codes() == {"q00.wav": "output"}, "in the way of one"
    assert summary.done == 4


def test_a_full_disk_ends_the_run_with_8(tmp_path: Path) -> None:
    import resource

    q, out = questions(tmp_path / "q", 5), tmp_path / "out"
    with endpoint({"turns": [{"match": "", "tone": "440/3s"}]}) as url:
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
        try:
            summary, _ = sent(asked(url, q, output=str(out)))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert isinstance(summary.stopped, WriteError)
    assert summary.exit_status == 8
    assert [name for name in wavs(out) if not name.endswith((".part", ".partial.wav"))] == []


def test_the_list_of_failures_can_be_named_and_means_the_same_replies(tmp_path: Path) -> None:
    q, out = questions(tmp_path / "q", 2), tmp_path / "out"
    (q / "deep").mkdir()
    (q / "deep/bad.wav").write_text("no sound")
    with endpoint(SPOKEN) as url:
        summary, _ = sent(asked(url, q, output=str(out)))
        assert summary.failed_list == out / "s2s-failed.txt"
        write_wav(q / "deep/bad.wav", tone(300))
        again, watch = sent(asked(url, f"@{out}/s2s-failed.txt", output=str(out)))
    assert list(watch.outcomes) == [str(q / "deep/bad.wav")]
    assert again.done == 1
    assert (out / "deep/bad.wav").exists()
    assert not (out / "s2s-failed.txt").exists(), "none has failed"


def test_names_that_no_line_holds_are_listed_with_nuls(tmp_path: Path) -> None:
    bad = tmp_path / "q" / "two\nlines\t.wav"
    bad.parent.mkdir()
    bad.write_text("no sound")
    with endpoint(SPOKEN) as url:
        summary, _ = sent(asked(url, bad, bad.parent, output=str(tmp_path / "out")))
    assert summary.failed_list
    assert summary.failed_list.read_bytes().split(b"\0")[0] == os.fsencode(bad)


# --- expectations


def test_a_reply_that_is_not_as_expected_fails_without_being_sent_again(tmp_path: Path) -> None:
    turns: list[Turn] = []
    q, out = questions(tmp_path / "q", 3), tmp_path / "out"
    with endpoint(served=remembering(turns)) as url:
        options = asked(url, q, output=str(out), expect=expectation(f"ABOUT {len(tone(120))}", "x"))
        summary, watch = sent(options)
        assert watch.codes() == {"q00.wav": "unexpected_reply", "q02.wav": "unexpected_reply"}
        assert (summary.exit_status, len(turns)) == (1, 3)
        again, watch = sent(options)
    assert len(turns) == 3, "a miss is done"
    assert (again.exit_status, again.failed, again.skipped) == (1, 2, 1)
    assert wavs(out) == wavs(q)


def test_a_list_says_what_is_expected_of_each(tmp_path: Path) -> None:
    q = questions(tmp_path / "q", 2)
    words = [f"about {len(tone(110))}", "something else"]
    lines = [f"{q}/q{n:02}.wav\t{said}" for n, said in enumerate(words)]
    (tmp_path / "list").write_text("\n".join(lines))
    with endpoint(served=remembering([])) as url:
        _, watch = sent(asked(url, f"@{tmp_path}/list", output=str(tmp_path / "out")))
    assert watch.codes() == {"q01.wav": "unexpected_reply"}


def test_a_reply_that_begins_too_late_fails(tmp_path: Path) -> None:
    slow = {"turns": [{"tone": "440/0.2s", "first_audio_ms": 300}]}
    with endpoint(slow) as url:
        _summary, watch = sent(
            asked(url, questions(tmp_path / "q", 1), output=str(tmp_path / "out"),
                  max_first_audio_ms=100.0)
        )  # fmt: skip
    assert watch.codes() == {"q00.wav": "late_reply"}
    (outcome,) = watch.outcomes.values()
    assert outcome.first_audio_ms
    assert outcome.first_audio_ms >= 300


# --- other ways


def test_written_replies_are_texts(tmp_path: Path) -> None:
    with endpoint({"turns": [{"match": "", "text": "Sunny."}]}) as url:
        options = asked(
            url, questions(tmp_path / "q", 2), output=str(tmp_path / "out"), text_only=True
        )
        summary, _ = sent(options)
        again, _ = sent(options)
    assert summary.exit_status == 0
    assert (tmp_path / "out/q00.txt").read_text() == "Sunny.\n"
    assert again.skipped == 2


def test_in_memory_nothing_is_written_anywhere(tmp_path: Path) -> None:
    q = questions(tmp_path / "q", 2)
    with endpoint() as url:
        _, watch = sent(asked(url, q, in_memory=True))
    assert watch.outcomes[str(q / "q00.wav")].reply.audio == tone(110)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["q", "q00.wav", "q01.wav"]


def test_a_long_recording_and_a_long_reply_pass_through(tmp_path: Path) -> None:
    (tmp_path / "q").mkdir()
    write_wav(tmp_path / "q/long.wav", tone(30_000))
    with endpoint() as url:
        summary, _ = sent(asked(url, tmp_path / "q", output=str(tmp_path / "out")))
    assert summary.done == 1
    assert read_wav(tmp_path / "out/long.wav") == tone(30_000)


def test_nothing_is_sent_where_two_replies_would_meet(tmp_path: Path) -> None:
    turns: list[Turn] = []
    one, other = questions(tmp_path / "a", 2), questions(tmp_path / "b", 2)
    with (
        endpoint(served=remembering(turns)) as url,
        pytest.raises(UsageError, match="both be answered"),
    ):
        sent(asked(url, one, other, output=str(tmp_path / "out")))
    assert turns == []
    assert not (tmp_path / "out").exists()


def test_what_is_named_twice_is_sent_and_told_of_once(tmp_path: Path) -> None:
    with endpoint(SPOKEN) as url:
        q = questions(tmp_path / "q", 2)
        options = asked(url, q, q / "q00.wav", output=str(tmp_path / "out"))
        summary, _ = sent(options, Watched())
    assert summary.total == summary.done == 2


def test_at_the_pace_of_speech_the_endpoint_finds_the_end_of_the_turn(tmp_path: Path) -> None:
    turns: list[Turn] = []
    (tmp_path / "q").mkdir()
    write_wav(tmp_path / "q/a.wav", bytes(9_600) + tone(600) + bytes(4_800))
    with endpoint(served=remembering(turns)) as url:
        options = asked(url, tmp_path / "q", output=str(tmp_path / "out"), realtime=True)
        summary, watch = sent(options)
        again, _ = sent(asked(url, tmp_path / "q", output=str(tmp_path / "out")))
    assert (summary.exit_status, summary.done) == (0, 1), watch.codes()
    (outcome,) = watch.outcomes.values()
    assert len(turns) == 2, "at another pace it is another question"
    assert again.done == 1
    assert turns[0].pcm.strip(b"\0") != b""
    assert outcome.reply.text == f"about {len(turns[0].pcm)}"
    assert outcome.reply.user_text == f"{len(turns[0].pcm)} bytes"
    assert outcome.first_audio_ms is not None
    assert outcome.input_seconds == pytest.approx(0.9)
    assert outcome.output_seconds == pytest.approx(len(turns[0].pcm) / 48_000)


def test_a_recording_in_which_nobody_speaks_is_not_sent_again(tmp_path: Path) -> None:
    (tmp_path / "q").mkdir()
    write_wav(tmp_path / "q/a.wav", tone(200, level=0.01))
    with endpoint() as url:
        options = asked(url, tmp_path / "q", output=str(tmp_path / "out"), realtime=True)
        _, watch = sent(options)
    assert watch.codes() == {"a.wav": "no_turn"}
    assert watch.retried == []
