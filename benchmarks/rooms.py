"""Does `s2s talk` answer itself, and is the user heard over it? In rooms that are computed.

    python benchmarks/rooms.py [--only NAME …] [--rooms NAME …] [--replies 20] [--jobs 2]
    python benchmarks/rooms.py --card        on a virtual sound card: what only that can show

Rules, loop, chain, canceller, detector and playout are those of the program, the endpoint is the
local one in this process, with silero at its default threshold. Speech is flite's and espeak-ng's.
Everything is deterministic, and faster than real time. One table; what misses its bar is marked,
and then the exit status is 1.

    alone      replies of ten seconds, and nobody speaks: false interruptions and false holds
    firsts     the first reply of many conversations, the same
    jumps      the same as `alone`, with the speaker reopened or late between replies
    over       the user speaks over the reply: noticed, how soon, understood; with headphones too
    first      `auto` and headphones: the user speaks in the first second of the first reply
    short      coughs, "uh-huh"s and slams: does the reply stay whole, the history as it was
    commands   "stop", "no", "wait"
    long       interruptions of 600 ms and more: how soon they cut, and what the endpoint is told

With --card: from the endpoint's word to silence at the speaker; from the microphone to the wire,
processor and memory, with a canceller and without, by turns; ten replies beside two busy loops.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tests"), str(HERE / "echo")]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    from measured import PARTS
    from room import HEADPHONES, ROOMS
    from table import Table

    names = [each.name for each in (*ROOMS, *HEADPHONES)]
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--rooms", nargs="+", choices=names, default=names, metavar="NAME")
    parser.add_argument("--replies", type=int, default=20, help="of `alone`, in each room")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--card", action="store_true", help="on a virtual sound card instead")
    wanted = parser.parse_args()
    begun = time.monotonic()
    table = Table()
    if wanted.card:
        from card import measure

        measure(table)
    else:
        rooms = [each for each in (*ROOMS, *HEADPHONES) if each.name in wanted.rooms]
        with ProcessPoolExecutor(wanted.jobs) as pool:

            def do(work, *given) -> Future:  # type: ignore[no-untyped-def,type-arg]
                return pool.submit(work, *given)

            parts = [PARTS[name](do, rooms, wanted.replies) for name in wanted.only]
            for part in parts:  # all are under way by now
                part(table)
    took = time.monotonic() - begun
    print(f"\n{took / 60:.1f} minutes, {table.missed} bars missed")
    sys.exit(1 if table.missed else 0)


if __name__ == "__main__":
    main()
