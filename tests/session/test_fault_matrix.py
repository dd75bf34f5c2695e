"""A quick selection of the fault matrix, and that its rules notice what they are there for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from fault_matrix import DEEDS, Cell, cells, try_out
from fault_rules import broken_rules, is_fatal
from faulty import BY_KEY, SEND, TALK, Case, Outcome, answer_words
from virtual_time import VirtualTimeLoop, run_in_virtual_time

from s2s.errors import NetworkError, S2SError, UsageError
from s2s.local.script import script_from

TURNS = 5
EACH = 29  # one of so many: the rest is for the whole matrix
STAGES = [
    (TALK, 0, "connect"),
    (TALK, 1, "input_audio_buffer.speech_started"),
    (TALK, 1, "input_audio_buffer.speech_stopped"),
    (TALK, 3, "response.created"),
    (TALK, 1, "response.output_audio.delta (middle)"),
    (BY_KEY, 5, "input_audio_buffer.committed"),
    (BY_KEY, 1, "response.done"),
    (BY_KEY, 1, "while the answer sounds"),
    (SEND, 0, "session.created"),
    (SEND, 1, "response.output_audio.delta (last)"),
]


def chosen() -> list[Cell]:
    wholes = (Case(TALK, TURNS), Case(BY_KEY, TURNS), Case(SEND, 1))
    every = [cell for whole in wholes for cell in cells(whole)]
    found = [
        each for each in every if (each.case.command, each.stage.turn, each.stage.name) in STAGES
    ]
    assert len({(each.case.command, each.stage.turn, each.stage.name) for each in found}) == len(
        STAGES
    )
    return found


def reconnecting() -> list[Cell]:
    """Return some of the faults from which there is a way back, at all stages."""
    wholes = (Case(TALK, TURNS, reconnect=True), Case(BY_KEY, TURNS, reconnect=True))
    every = [cell for whole in wholes for cell in cells(whole)]
    assert len(every) > 4000
    return [each for each in every if not is_fatal(each.case.fault)][::EACH]


def name_of(cell: Cell) -> str:
    return f"{cell.case.command}, turn {cell.stage.turn}, {cell.stage.name}: {cell.deed}"


@pytest.mark.parametrize("cell", chosen(), ids=name_of)
def test_whatever_fails_the_conversation_ends_as_documented(cell: Cell) -> None:
    assert try_out(cell).broken == ()


@pytest.mark.parametrize("cell", reconnecting(), ids=name_of)
def test_whatever_fails_all_five_turns_are_answered_over_another_connection(cell: Cell) -> None:
    assert try_out(cell).broken == ()


def test_the_matrix_has_every_fault_that_the_endpoint_knows() -> None:
    with pytest.raises(UsageError, match="is none of") as refused:
        script_from({"faults": [{"at": "error", "do": "nothing of the kind"}]})
    known = str(refused.value).partition("is none of ")[2].rstrip(".").split(", ")
    tried = {str(each.get("do", "")).partition(" ")[0] for each in DEEDS.values()}
    assert set(known) <= tried


# --- the rules notice


def smooth() -> Outcome:
    """What comes of one question when nothing goes wrong."""
    return Outcome(
        ended_s=2.0,
        captured_ms=300,
        arrived_ms=[600],
        heard_ms=[600],
        saved_ms=[600],
        saved_captured_ms=300,
        words=answer_words(1),
    )


def change(**what: object) -> Callable[[Outcome], None]:
    def make(outcome: Outcome) -> None:
        for name, value in what.items():
            setattr(outcome, name, value)

    return make


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (change(hung=True), "does not end"),
        (change(ended_s=40.0), "after the last question"),
        (change(status=1, traceback="ValueError: no"), "a traceback"),
        (change(arrived_ms=[0], heard_ms=[0], saved_ms=[0]), "0 of 1 answers"),
        (change(heard_ms=[400], saved_ms=[400]), "600 ms came, and 400 ms were heard"),
        (change(arrived_ms=[1200], heard_ms=[1200], saved_ms=[1200]), "came twice"),
        (change(saved_ms=[500]), "saved"),
        (change(saved_captured_ms=0), "said 300 ms"),
        (change(files=["out.wav is not as long as its header says"]), "as long as"),
        (change(left=["thread recording"]), "left behind: thread recording"),
        (change(status=4, error=S2SError("No sound.", "Turn it on.")), "may be"),
        (change(status=5, error=NetworkError("No answer came", "Try again.")), "no sentence"),
        (change(status=5, error=NetworkError("It is over.", "Try again.")), "is not named"),
    ],
    ids=str,
)
def test_a_rule_that_is_broken_is_named(wrong: Callable[[Outcome], None], told: str) -> None:
    case = Case(TALK, 1, {"at": "response.created", "do": "drop"})
    outcome = smooth()
    assert broken_rules(case, outcome) == []
    wrong(outcome)
    assert any(told in each for each in broken_rules(case, outcome))


def test_what_does_no_harm_may_cost_nothing() -> None:
    outcome = smooth()
    change(status=5, error=NetworkError("No answer came.", "Try again."))(outcome)
    (broken,) = broken_rules(Case(TALK, 1, {"at": "response.created", "do": "binary"}), outcome)
    assert "no harm was done" in broken


# --- the time they pass in


def test_an_hour_passes_at_once_and_in_order() -> None:
    async def wait(loop: VirtualTimeLoop) -> list[float]:
        async def at(seconds: float) -> float:
            await asyncio.sleep(seconds)
            moment: float = loop.time()
            return moment

        return list(await asyncio.gather(at(3600), at(0.5), at(60)))

    assert run_in_virtual_time(wait) == [3600, 0.5, 60]


def test_no_time_passes_while_a_thread_has_something_to_hand_over() -> None:
    async def wait(loop: VirtualTimeLoop) -> bool:
        worked: list[bool] = []
        work = loop.run_in_executor(None, worked.append, True)
        await asyncio.wait([work], timeout=0.001)
        await asyncio.to_thread(lambda: None)
        return bool(worked)

    assert run_in_virtual_time(wait)
