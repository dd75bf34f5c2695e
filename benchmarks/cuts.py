"""Cuts of the network at random moments of a conversation: is every turn answered, and how soon?

    python benchmarks/cuts.py [--cuts 50] [--seed 1] [--jobs N]

Conversations of ten questions, each with a cut at a random moment around it. Both sides are the
program's own, and between them is a proxy of this file on loopback; they live in a time that
passes only when nothing is left to do, so the figures do not depend on the machine. A cut is one of

    reset      the connection is reset; another can be made at once
    silence    nothing comes or goes over it any more; another can be made at once
    half-open  what the endpoint says does not come any more; another can be made at once
    refused    the connection is reset, and no other can be made for 0 to 20 s
    tunnel     nothing comes or goes over any connection for 5 to 20 s

The figures are from the network's return to the moment at which one can talk again, which for
"silence" and "half-open" is from the cut: it has to be noticed first. The exit status is 1 if a
turn is not answered once, if something else is heard than came, or a figure is over its limit.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import random
import statistics
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from faulty import ANSWER_MS, DELTA_MS, TALK, Case, Outcome, held, question_at, question_words

from s2s.conversation.phases import Phase

TURNS = 10  # of a conversation
EVERY_S = 32.0  # a question: after the longest outage it is answered before the next one
AROUND_S = (-1.0, 5.0)  # a question: when a cut strikes
LASTS_S = {"refused": (0.0, 20.0), "tunnel": (5.0, 20.0)}  # others: another can be made at once
AT_ONCE_S = 0.001  # may be before the moment for which a cut was set
SILENT_MS = 20  # the blocks in which sound is measured
KINDS = ("reset", "silence", "half-open", "refused", "tunnel")
LIMITS_S = {"silence": 8.0, "half-open": 8.0}  # from the cut; others: 5 s from the return


@dataclass(frozen=True)
class Cut:
    """What happens to the network, when, and for how long."""

    kind: str
    at_s: float
    lasts_s: float

    @property
    def over_s(self) -> float:
        return self.at_s + self.lasts_s


@dataclass
class Network:
    """A proxy on loopback whose connections can be cut."""

    cuts: list[Cut]
    refuses: bool = False
    silent: bool = False
    _pairs: list[_Pair] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @contextlib.asynccontextmanager
    async def before(self, url: str) -> AsyncIterator[str]:
        """Lie before the server with this URL; give the one that leads through here."""
        self._port = urlsplit(url).port
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        cutting = asyncio.create_task(self._cut_all())
        here = server.sockets[0].getsockname()[1]
        try:
            yield url.replace(f":{self._port}/", f":{here}/")
        finally:
            cutting.cancel()
            server.close()
            for pair in self._pairs:
                pair.reset()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(cutting, *self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.transport.abort()
            return
        there, to_server = await asyncio.open_connection("127.0.0.1", self._port)
        pair = _Pair(writer, to_server)
        self._pairs.append(pair)
        for work in (
            self._pass(pair, reader, to_server, up=True),
            self._pass(pair, there, writer, up=False),
        ):
            task = asyncio.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(
        self, pair: _Pair, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, up: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                if self.silent:
                    pair.dead_up = pair.dead_down = True  # what was lost cannot go on
                if (pair.dead_up if up else pair.dead_down) or pair.gone:
                    continue
                sink.write(data)
                await sink.drain()
        if not (pair.dead_up or pair.dead_down):
            sink.close()

    async def _cut_all(self) -> None:
        loop = asyncio.get_running_loop()
        for cut in self.cuts:
            await asyncio.sleep(max(0.0, cut.at_s - loop.time()))
            live = [pair for pair in self._pairs if not pair.gone]
            if cut.kind in ("reset", "refused"):
                for pair in live:
                    pair.reset()
            elif cut.kind in ("silence", "half-open"):
                for pair in live:
                    pair.dead_down = True
                    pair.dead_up = cut.kind == "silence"
            self.refuses, self.silent = cut.kind == "refused", cut.kind == "tunnel"
            await asyncio.sleep(cut.lasts_s)
            self.refuses = self.silent = False


@dataclass
class _Pair:
    """A connection of the client and the one of ours to the server."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    dead_up: bool = False
    dead_down: bool = False
    gone: bool = False

    def reset(self) -> None:
        self.gone = True
        self.client.transport.abort()
        self.server.transport.abort()


@dataclass
class Result:
    """What came of the cuts of one conversation."""

    wrong: list[str]
    back_s: list[tuple[str, float]]  # of each kind, where there was another session
    sessions: int


def cuts_of(case: Case, chance: random.Random, count: int) -> list[Cut]:
    """Draw the cuts of a conversation, one for each of its first questions."""
    cuts = []
    for turn in range(1, count + 1):
        kind = KINDS[chance.randrange(len(KINDS))]
        shortest_s, longest_s = LASTS_S.get(kind, (0.0, 0.0))
        lasts_s = chance.uniform(shortest_s, longest_s)
        at_s = max(0.1, question_at(case, turn) + chance.uniform(*AROUND_S))
        cuts.append(Cut(kind, at_s, lasts_s))
    return cuts


def try_out(job: tuple[int, int]) -> Result:
    """Hold one conversation."""
    seed, count = job
    case = Case(TALK, TURNS, reconnect=True, timeout_s=30.0, pause_s=EVERY_S)
    cuts = cuts_of(case, random.Random(seed), count)
    outcome = held(case, Network(cuts).before)
    found = _wrong(case, outcome)
    told = ", ".join(f"{cut.kind} at {cut.at_s:.2f} s for {cut.lasts_s:.1f} s" for cut in cuts)
    wrong = [f"seed {seed}: {each} ({told})" for each in found]
    sessions = sum(each["type"] == "session.created" for each in outcome.sent)
    return Result(wrong, list(_back(cuts, outcome)), sessions)


def _wrong(case: Case, outcome: Outcome) -> list[str]:
    wrong = [f"left behind: {each}" for each in outcome.left] + list(outcome.files)
    if outcome.status or outcome.hung:
        wrong.append(f"status {outcome.status}: {outcome.told} {outcome.traceback}")
    for turn, (heard, came) in enumerate(zip(outcome.heard_ms, outcome.arrived_ms, strict=True), 1):
        if not heard:
            wrong.append(f"question {turn} is not answered")
        if came > ANSWER_MS + DELTA_MS:
            wrong.append(f"question {turn} is answered twice")
        if abs(heard - came) > SILENT_MS:
            wrong.append(f"of answer {turn} {came} ms came, and {heard} ms were heard")
    words = [question_words(turn) for turn in range(1, case.turns + 1)]
    if outcome.asked != words:
        wrong.append(f"the questions in the transcript are {outcome.asked}")
    heard_lines = [(role, text) for role, text in outcome.lines if text][: len(outcome.history)]
    if [(role, text.strip()) for role, text in outcome.history] != heard_lines:
        wrong.append(f"the history is {outcome.history}, and {heard_lines} was heard")
    return wrong


def _back(cuts: list[Cut], outcome: Outcome) -> list[tuple[str, float]]:
    """Return how long after the network's return one could talk again."""
    found = []
    for cut, after in zip(cuts, [*cuts[1:], None], strict=True):
        until = after.at_s if after else outcome.ended_s
        talking = [
            at
            for at, phase in outcome.phases
            if phase == Phase.TALKING and cut.at_s <= at + AT_ONCE_S < until
        ]
        if talking:
            found.append((cut.kind, max(0.0, talking[-1] - cut.over_s)))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cuts", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    wanted = parser.parse_args()
    jobs = [
        (wanted.seed * 1000 + n, min(TURNS, wanted.cuts - n)) for n in range(0, wanted.cuts, TURNS)
    ]
    gc.freeze()
    with ProcessPoolExecutor(wanted.jobs, get_context("fork")) as pool:
        results = list(pool.map(try_out, jobs))
    back: dict[str, list[float]] = defaultdict(list)
    for result in results:
        for kind, took_s in result.back_s:
            back[kind].append(took_s)
    wrong = [each for result in results for each in result.wrong]
    print(f"{wanted.cuts} cuts, {sum(each.sessions for each in results)} sessions")
    print(f"{'':10} {'n':>3} {'median':>7} {'p95':>7} {'worst':>7}   s until one can talk again")
    for kind in KINDS:
        if seconds := sorted(back[kind]):
            p95 = seconds[min(len(seconds) - 1, int(0.95 * len(seconds)))]
            print(
                f"{kind:10} {len(seconds):3} {statistics.median(seconds):7.2f} {p95:7.2f}"
                f" {seconds[-1]:7.2f}"
            )
            if p95 > LIMITS_S.get(kind, 5.0):
                wrong.append(f"{kind}: {p95:.2f} s is too long")
    print("\n".join(wrong) or "every turn answered once, history as heard")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
