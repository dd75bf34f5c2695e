"""What a batch costs, and a limit to that: what is under way is counted, and sent to its end."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from batches import asked, questions, sent
from fakes import endpoint
from hypothesis import given
from hypothesis import strategies as st

import s2s
from s2s.app.batch.dry_run import rehearse
from s2s.app.batch.options import BatchOptions
from s2s.app.batch.spent import Spent, UnderWay
from s2s.app.batch.watching import BatchWatch
from s2s.config import Sources
from s2s.conversation.bill import ShowCost
from s2s.conversation.prices import Money, Price, Prices, Rates
from s2s.errors import LimitError, UsageError
from s2s.ui.reports.batch_report import file_as_json, summary_as_json, summary_line

SPOKEN: dict[str, Any] = {"turns": [{"tone": "440/1000ms"}]}  # 20 tokens of sound: a cent
CENT = Decimal("0.01")
TABLE = {
    "s2s-script": {"text": {"input": 0, "output": 0}, "audio": {"input": 0, "output": 500}},
    "gpt-transcribe": {"per_minute": 0},
}


@pytest.fixture
def prices(tmp_path: Path) -> str:
    stated = {"models": {**TABLE, "gpt-realtime-2.1": TABLE["s2s-script"]}}
    (tmp_path / "prices.json").write_text(json.dumps(stated))
    return str(tmp_path / "prices.json")


def priced(url: str, prices: str, folder: Path, **more: Any) -> BatchOptions:
    q = questions(folder / "q", more.pop("count", 6))
    sources = Sources({"WS_URL": url, "S2S_TIMEOUT": "60", "S2S_PRICES": prices}, {})
    return BatchOptions(sources, (str(q),), output=str(folder / "out"), **more)


def test_what_it_has_cost_is_told_of_each_file_and_of_all(tmp_path: Path, prices: str) -> None:
    with endpoint(SPOKEN) as url:
        options = priced(url, prices, tmp_path)
        summary, watch = sent(options)
        again, seen = sent(options)
    assert summary.cost == 6 * CENT
    assert {each.cost for each in watch.outcomes.values()} == {CENT}
    assert again.cost == 0, "this run has sent nothing"
    assert {each.cost for each in seen.outcomes.values()} == {CENT}, "the manifest remembers"


def test_without_a_price_the_cost_is_unknown_and_nothing_is_made_up(tmp_path: Path) -> None:
    with endpoint(SPOKEN) as url:
        q = questions(tmp_path / "q", 2)
        summary, watch = sent(asked(url, q, output=str(tmp_path / "out")))
    assert summary.cost is None
    assert {each.cost for each in watch.outcomes.values()} == {None}


@pytest.mark.parametrize("jobs", [1, 4])
def test_a_limit_ends_the_run_before_a_file_that_could_pass_it(
    tmp_path: Path, prices: str, jobs: int
) -> None:
    with endpoint(SPOKEN) as url:
        options = priced(url, prices, tmp_path, jobs=jobs, max_cost=Decimal("0.035"))
        summary, watch = sent(options)
        assert isinstance(summary.stopped, LimitError)
        assert (summary.exit_status, summary.stopped.code) == (7, "max_cost")
        assert (summary.done, summary.failed, summary.left) == (3, 0, 3)
        assert summary.cost == 3 * CENT
        assert "$0.0300 of $0.0350 is spent." in watch.warnings
        rest, _ = sent(options)
    assert (rest.done, rest.skipped, rest.exit_status) == (3, 3, 0), "a run of its own"


def test_what_failed_tries_have_cost_is_counted(tmp_path: Path, prices: str) -> None:
    """The first reply is lost half way: nobody says what that has cost."""
    lost = {"at": "response.output_audio.delta", "do": "close", "connection": 1}
    with endpoint({**SPOKEN, "faults": [lost]}) as url:
        options = priced(url, prices, tmp_path, count=3, jobs=1, max_cost=Decimal("0.10"))
        summary, watch = sent(options)
    assert summary.done == 3
    assert watch.retried
    assert summary.cost is None
    assert summary.spent.known == 3 * CENT


def test_money_is_a_limit_to_a_program_too(
    tmp_path: Path, prices: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    q, out = questions(tmp_path / "q", 5), tmp_path / "out"
    came: list[s2s.FileOutcome] = []
    monkeypatch.setenv("S2S_PRICES", prices)
    with endpoint(SPOKEN) as url:
        monkeypatch.setenv("WS_URL", url)
        settings = s2s.Settings.load()
        outcomes = s2s.send_many(q, output=out, jobs=1, settings=settings, max_cost=0.025)
        with pytest.raises(LimitError):
            came.extend(outcomes)
    assert [each.status for each in came] == ["done", "done"]
    with pytest.raises(ValueError, match="max_cost"):
        s2s.send_many(q, offline=True, max_cost=-1)


def test_a_model_without_a_price_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with endpoint(SPOKEN) as url:
        q = questions(tmp_path / "q", 2)
        sources = Sources({"WS_URL": url, "MODEL": "mine"}, {})
        options = BatchOptions(sources, (str(q),), max_cost=CENT, output=str(tmp_path / "out"))
        with pytest.raises(UsageError, match="mine has no price"):
            sent(options)
        with pytest.raises(UsageError, match="mine has no price"):
            rehearse(options, BatchWatch())
    assert not (tmp_path / "out").exists()


def test_an_endpoint_that_runs_a_model_without_a_price_ends_the_run(tmp_path: Path) -> None:
    with endpoint(SPOKEN) as url:
        q = questions(tmp_path / "q", 4)
        sources = Sources({"WS_URL": url, "S2S_TRANSCRIBE": "off"}, {})
        options = BatchOptions(sources, (str(q),), max_cost=CENT, output=str(tmp_path / "out"))
        summary, _ = sent(options)
    assert summary.stopped and summary.stopped.code == "no_price"
    assert (summary.exit_status, summary.done) == (2, 0)


def test_a_rehearsal_tells_what_the_sound_costs(tmp_path: Path) -> None:
    q = questions(tmp_path / "q", 3)  # 0.36 s of sound
    options = asked("ws://127.0.0.1:1", q, output=str(tmp_path / "out"))
    told = rehearse(options, BatchWatch())
    assert told.sound_cost == Decimal(str(told.input_seconds)) * 10 * 32 / 1_000_000


# --- the rule alone

FREE = Rates(Decimal(0), Decimal(0), Decimal(0))


def limited(most: str, a_million: str = "0") -> Spent:
    price = Price(text=FREE, audio=Rates(input=Decimal(a_million), output=Decimal(1)))
    return Spent(Money(Prices({"m": price}), "m", Decimal(most)))


@given(
    costs=st.lists(st.decimals("0", "1", places=2), max_size=30),
    most=st.decimals("0.01", "5", places=2),
    jobs=st.integers(1, 8),
    data=st.data(),
)
def test_no_file_begins_that_would_pass_the_limit_by_its_guess(
    costs: list[Decimal], most: Decimal, jobs: int, data: st.DataObject
) -> None:
    spent, waiting = limited(str(most)), list(costs)
    under_way: list[tuple[UnderWay, Decimal]] = []
    ended: list[Decimal] = []
    while waiting or under_way:
        guess = spent.guess(1.0)
        over = spent.limit(guess) is not None
        may = bool(waiting) and len(under_way) < jobs and not over and not spent.must_wait(guess)
        if may and (not under_way or data.draw(st.booleans())):
            held = sum((each.guess for each, _ in under_way), Decimal(0))
            assert sum(ended) + held + max(ended, default=Decimal(0)) <= most
            assert ended or not under_way, "the first is sent alone"
            under_way.append((spent.begin(guess), waiting.pop()))
        elif under_way:
            each, cost = under_way.pop(data.draw(st.integers(0, len(under_way) - 1)))
            spent.ended(each, ShowCost(cost), answered=True)
            ended.append(cost)
        else:
            assert over, "only the limit keeps a file from beginning when nothing is under way"
            break
    assert spent.cost.known == sum(ended)


def test_a_long_recording_is_taken_to_cost_at_least_what_its_sound_does() -> None:
    spent = limited("1", "1000")  # a cent a second
    assert spent.guess(30.0) == Decimal("0.3")
    assert spent.limit(spent.guess(101.0)) is not None


def test_what_was_cut_off_counts_as_the_guess() -> None:
    spent = limited("0.25")
    spent.ended(spent.begin(Decimal(0)), ShowCost(Decimal("0.1")), answered=True)
    cut: UnderWay = spent.begin(spent.guess(1.0))
    spent.ended(cut, ShowCost(Decimal(0), ("a response was cut off",)), answered=False)
    assert spent.limit(spent.guess(1.0)) is not None
    assert spent.cost == ShowCost(Decimal("0.1"), ("a response was cut off",))


def test_the_manifest_and_the_objects_for_programs_tell_the_cost(
    tmp_path: Path, prices: str
) -> None:
    with endpoint(SPOKEN) as url:
        options = priced(url, prices, tmp_path, count=1)
        summary, watch = sent(options)
    lines = (tmp_path / "out/s2s-manifest.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["cost"] == 0.01
    (outcome,) = watch.outcomes.values()
    assert file_as_json(outcome)["cost"] == 0.01
    told = summary_as_json(summary)
    assert (told["cost"], told["cost_details"]) == (0.01, {"known": 0.01, "unpriced": []})
    assert "; $0.0100)" in summary_line(summary)
