"""Every fault that `s2s serve` knows, at every stage of a conversation: does what must hold, hold?

    python tests/fault_matrix.py [--turns 5] [--jobs N] [--write docs/faults.md]

For each command, each fault and each event of the endpoint in each turn, one whole conversation
is held, both sides in this process and in a time of their own (`faulty`). What must hold is in
`fault_rules`. A conversation in which something does not is printed, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from fault_rules import answers_heard, broken_rules
from fault_tables import Entry, write
from faulty import BY_KEY, QUESTION_MS, SEND, TALK, Case, Outcome, held, question_at

Json = dict[str, Any]

DEEDS: dict[str, Json] = {  # at an event
    "silence": {"do": "silence"},
    "dead": {"do": "dead"},
    "reset": {"do": "reset"},
    "close 1011": {"do": "close", "code": 1011},
    "close 1000": {"do": "close", "code": 1000},
    "stall 0.5 s": {"do": "stall 0.5s"},
    "stall 2 s": {"do": "stall 2s"},
    "duplicate": {"do": "duplicate"},
    "drop": {"do": "drop"},
    "reorder": {"do": "reorder"},
    "malformed": {"do": "malformed"},
    "binary": {"do": "binary"},
    "unknown": {"do": "unknown"},
    "wrong_base64": {"do": "wrong_base64"},  # audio only
    "server_error": {"error": "server_error"},
    "session_expired": {"error": "session_expired"},
    "rate_limit_exceeded": {"error": "rate_limit_exceeded"},
    "invalid_api_key": {"error": "invalid_api_key"},
}
_ANYWHERE = ("silence", "dead", "reset", "close 1011", "close 1000", "server_error",
             "session_expired", "rate_limit_exceeded", "invalid_api_key")  # fmt: skip
ANYWHERE = {name: DEEDS[name] for name in _ANYWHERE}  # by the clock, and instead of a session
REFUSALS = {f"HTTP {status}": {"http": status} for status in (302, 401, 403, 404, 429, 500, 503)}
AUDIO = "response.output_audio.delta"


@dataclass(frozen=True)
class Stage:
    """A moment at which a fault may strike; turn 0 is before the first."""

    turn: int
    name: str
    at: Json  # as in a fault


@dataclass(frozen=True)
class Cell:
    stage: Stage
    deed: str
    case: Case


@dataclass(frozen=True)
class Result:
    cell: Cell
    status: int | None  # None: it does not end
    heard: int  # answers
    told: str
    broken: tuple[str, ...]


def stages_of(sent: Iterable[Json]) -> Iterator[Stage]:
    """Return every moment of a conversation in which the endpoint sent these events.

    Of an answer's audio there are the first piece, the middle one and the last.
    """
    counts: Counter[str] = Counter()
    turn, answered = 0, True
    found: dict[tuple[int, str], list[int]] = {}
    for event in sent:
        kind = event["type"]
        counts[kind] += 1
        if kind.startswith("input_audio_buffer.") and answered:
            turn, answered = turn + 1, False
        answered = answered or kind == "response.done"
        role = event.get("item", {}).get("role")
        name = f"{kind} ({role})" if kind.startswith("conversation.item.") and role else kind
        found.setdefault((turn, name), []).append(counts[kind])
    for (turn, name), numbers in found.items():
        kind = name.partition(" ")[0]
        several = {"first": numbers[0], "middle": numbers[len(numbers) // 2], "last": numbers[-1]}
        if kind == AUDIO:
            for which, number in several.items():
                yield Stage(turn, f"{name} ({which})", {"at": f"{kind}#{number}"})
        elif turn == 0:
            for index, number in enumerate(numbers, 1):
                shown = f"{name} ({index})" if len(numbers) > 1 else name
                yield Stage(turn, shown, {"at": f"{kind}#{number}"})
        else:
            yield Stage(turn, name, {"at": f"{kind}#{numbers[0]}"})


def moments(case: Case) -> Iterator[Stage]:
    """Return the moments at which a fault strikes by the clock."""
    for turn in range(1, case.turns + 1):
        asked = question_at(case, turn)
        answer = asked + QUESTION_MS / 1000 + 0.4  # of 600 ms, sent within 300 ms
        yield Stage(turn, "while you speak", {"after_s": asked + QUESTION_MS / 2000})
        yield Stage(turn, "while the answer sounds", {"after_s": answer})
        if turn < case.turns:
            yield Stage(turn, "between two turns", {"after_s": asked + case.every_s - 0.5})


@cache
def without_fault(whole: Case) -> Outcome:
    """Return what comes of a command when nothing goes wrong."""
    return held(whole)


def cells(whole: Case) -> Iterator[Cell]:
    """Return every fault at every stage of a command."""
    smooth = without_fault(whole)
    wrong = broken_rules(whole, smooth)
    assert not wrong, f"something is wrong without any fault: {wrong}"
    faults = {**ANYWHERE, **REFUSALS}
    yield from _struck(whole, [Stage(0, "connect", {"at": "connect"})], faults)
    yield from _struck(whole, stages_of(smooth.sent), DEEDS)
    if whole.command != SEND:
        yield from _struck(whole, moments(whole), ANYWHERE)


def _struck(whole: Case, stages: Iterable[Stage], deeds: dict[str, Json]) -> Iterator[Cell]:
    for stage in stages:
        for deed, fault in deeds.items():
            if deed != "wrong_base64" or AUDIO in stage.name:
                yield Cell(stage, deed, replace(whole, fault={**stage.at, **fault}))


def try_out(cell: Cell) -> Result:
    """Hold one conversation; return what came of it."""
    outcome = held(cell.case)
    broken = tuple(broken_rules(cell.case, outcome))
    if outcome.wire == without_fault(replace(cell.case, fault=None)).wire:
        broken += ("the fault has not struck",)
    status = None if outcome.hung else outcome.status
    return Result(cell, status, answers_heard(outcome), outcome.told, broken)


def _tell(result: Result) -> None:
    """Print a conversation that breaks a rule."""
    if result.broken:
        case = result.cell.case
        again = ", reconnecting" if case.reconnect else ""
        print(f"{case.command}{again}, turn {result.cell.stage.turn}: {case.fault}")
        print("".join(f"    {problem}\n" for problem in result.broken), end="")
        print(
            f"    (status {result.status}, {result.heard} of {case.turns} answers: {result.told})"
        )
        sys.stdout.flush()


def _entry(result: Result) -> Entry:
    stage, case = result.cell.stage, result.cell.case
    outcome = (result.status, result.heard, case.turns)
    command = f"{case.command} --reconnect 60" if case.reconnect else case.command
    return Entry(command, stage.turn, stage.name, result.cell.deed, *outcome)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into FILE")
    wanted = parser.parse_args()
    began = time.monotonic()
    wholes = [
        *(Case(command, wanted.turns) for command in (TALK, BY_KEY)),
        *(Case(command, wanted.turns, reconnect=True) for command in (TALK, BY_KEY)),
        Case(SEND, 1),
    ]
    todo = [cell for whole in wholes for cell in cells(whole)]
    results = []
    gc.freeze()  # what is imported by now need not be looked through again in each conversation
    with ProcessPoolExecutor(wanted.jobs, get_context("fork")) as pool:
        for result in pool.map(try_out, todo, chunksize=8):
            results.append(result)
            _tell(result)
    failed = [each for each in results if each.broken]
    took = time.monotonic() - began
    print(f"{len(results)} conversations, {len(failed)} of them break a rule ({took:.0f} s)")
    if wanted.write:
        write(wanted.write, map(_entry, results))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
