"""Which conversations each part of the benchmark holds, and what is asked of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import parts
import sounds
from parts import Heard, Over, Said
from room import Room
from table import Table, median, quantile

Do = Callable[..., Any]  # submits work to another process, returns a Future
Show = Callable[[Table], None]
Part = Callable[[Do, list[Room], int], Show]

FIRSTS = 6  # conversations in each room
NOBODY = Room("no echo at all", delay_ms=80, echo_db=-200)


def echoes(room: Room) -> bool:
    return room.echo_db > -40


# --- nobody speaks


def alone(do: Do, rooms: list[Room], count: int) -> Show:
    return _alone(do, rooms, count, "", f"{count} replies of 10 s in each room, nobody speaks")


def jumps(do: Do, rooms: list[Room], count: int) -> Show:
    titles = {
        "reopened": "the speaker is opened again before each, 2 or 3 buffers at once",
        "late": "the speaker is 5 to 40 ms late before each",
        "shifted": "the sound itself is 5 to 40 ms earlier or later, unseen",
        "refilled": "the speaker is opened again with 2 to 6 buffers, and sounds that much later",
    }
    shown = [
        _alone(do, rooms, count, kind, f"{count} replies; {title}")
        for kind, title in titles.items()
    ]

    def show(table: Table) -> None:
        for each in shown:
            each(table)

    return show


def _alone(do: Do, rooms: list[Room], count: int, jumping: str, title: str) -> Show:
    held = [do(parts.alone, replace(room, seed=n), count, jumping) for n, room in enumerate(rooms)]

    def show(table: Table) -> None:
        table.title(title)
        heard: list[Heard] = [each.result() for each in held]
        firsts = 0
        for each, room in zip(heard, rooms, strict=True):
            cuts = [n for n, reply in enumerate(each.replies, 1) if reply.cut]
            holds = [(n, round(ms)) for n, r in enumerate(each.replies, 1) for ms in r.holds]
            minutes = sum(r.ends_ms - r.begins_ms for r in each.replies) / 60_000
            firsts += bool(cuts[:1] == [1])
            later = len([n for n in cuts if n > 1])
            known = next(
                (f"{what} at {at:.0f} ms" for at, what, *_ in each.judged[1:]), "no verdict"
            )
            about = f"{each.room}: false holds a minute ({known}; {_few(holds)})"
            table.at_most(about, len(holds) / minutes, 0.5)
            told = f"{each.room}: replies cut" + (f" (number {_few(cuts)})" if cuts else "")
            table.line(told, f"{len(cuts)} of {len(each.replies)}", "none after the first",
                       holds=not later and (not jumping or not cuts))  # fmt: skip
            assert echoes(room) or len(each.replies) == count
        if not jumping:
            table.at_most("rooms in which the first reply is cut", firsts, 1)

    return show


def firsts(do: Do, rooms: list[Room], count: int) -> Show:
    held = [
        [do(parts.alone, replace(room, seed=100 * (n + 1) + m), 1) for m in range(FIRSTS)]
        for n, room in enumerate(rooms)
    ]

    def show(table: Table) -> None:
        table.title(f"The first reply of {FIRSTS} conversations in each room, nobody speaks")
        cuts = total = 0
        for room, conversations in zip(rooms, held, strict=True):
            heard: list[Heard] = [each.result() for each in conversations]
            replies = [each.replies[0] for each in heard]
            holds = [[round(ms) for ms in each.holds] for each in replies]
            known = [round(at) for each in heard for at, what, *_ in each.judged[1:2]]
            wrong = [
                each.judged[-1][1] for each in heard
                if each.judged[-1][1] != ("cancelling" if echoes(room) else "headphones")
            ]  # fmt: skip
            cut = sum(each.cut for each in replies)
            cuts, total = cuts + cut, total + len(replies)
            table.line(f"{room.name}: cut; held at {_few([h for h in holds if h])} ms", f"{cut}")
            table.line(f"{room.name}: judged after, ms {known}; otherwise {wrong}", f"{len(known)}")
        table.at_most("first replies cut, of all, per cent", 100 * cuts / total, 12.5, "%")

    return show


def _few(values: list[Any]) -> str:
    shown = ", ".join(map(str, values[:4]))
    return shown + (" …" if len(values) > 4 else "") if values else "-"


# --- the user speaks over it

LEVELS = (
    # of the echo; noticed, understood, later than without echo at most
    (-20.0, 97.0, 80.0, 100.0),
    (-10.0, 97.0, 70.0, 100.0),
    (0.0, 85.0, 45.0, 120.0),
)


def over(do: Do, rooms: list[Room], count: int) -> Show:
    plain = do(parts.phrases, NOBODY, "platform")
    loud = [
        do(parts.phrases, Room(f"echo at {db:g} dB", delay_ms=80, echo_db=db), "auto")
        for db, *_ in LEVELS
    ]
    leaks = [Room(f"headphones, {db} dB", delay_ms=60, echo_db=db) for db in (-50, -90)]
    headphones = [(do(parts.phrases, r, "auto"), do(parts.phrases, r, "platform")) for r in leaks]

    def show(table: Table) -> None:
        table.title("44 phrases over replies, by slt, awb and kal16")
        bare: Over = plain.result()
        soon = median(_holds(bare.said))
        table.line("no echo, no canceller: noticed", f"{_noticed(bare.said):.1f} %")
        table.line("    first sample to hold, median", f"{soon:.0f} ms")
        _table_guesses(table, bare)
        table.line("    understood, and sure", f"{_understood(bare.said):.1f} %")
        for (_, noticed, understood, later), future in zip(LEVELS, loud, strict=True):
            one: Over = future.result()
            table.at_least(f"{one.room}: noticed", _noticed(one.said), noticed, "%")
            table.at_most("    later than without echo, median", median(_holds(one.said)) - soon,
                          later, "ms")  # fmt: skip
            _table_guesses(table, one)
            table.at_least("    understood, and sure", _understood(one.said), understood, "%")
        for automatic, without in headphones:
            table_headphones(table, automatic.result(), without.result())

    return show


def table_headphones(table: Table, automatic: Over, without: Over) -> None:
    """Compare `auto` with no canceller at all."""
    bare, soon = without.said, median(_holds(without.said))
    table.line(f"{without.room}, no canceller: noticed", f"{_noticed(bare):.1f} %")
    _table_guesses(table, without)
    table.line("    understood, and sure", f"{_understood(bare):.1f} %")
    table.at_least(f"{automatic.room}, auto: noticed", _noticed(automatic.said),
                   _noticed(bare) - 5, "%")  # fmt: skip
    table.at_most(
        "    later than without, median", median(_holds(automatic.said)) - soon, 100, "ms"
    )
    _table_guesses(table, automatic)
    table.at_least(
        "    understood, and sure", _understood(automatic.said), _understood(bare) - 5, "%"
    )


def _table_guesses(table: Table, over: Over) -> None:
    """Tell how often the best guess was right, whether the engine would answer by it or not."""
    guessed = 100 * sum(each.guessed for each in over.said) / len(over.said)
    table.line("    understood, best guess", f"{guessed:.1f} %")


def first(do: Do, rooms: list[Room], count: int) -> Show:
    settings = [
        (Room("headphones, -50 dB", delay_ms=60, echo_db=-50), -20.0),
        (Room("headphones, -90 dB", delay_ms=60, echo_db=-90), -20.0),
        (Room("headphones, -90 dB, quiet talker", delay_ms=60, echo_db=-90), -34.0),
        (Room("headphones, -90 dB, noise", delay_ms=60, echo_db=-90, noise_dbfs=-50), -20.0),
        (Room("headphones, -50 dB, noise, quiet", delay_ms=60, echo_db=-50, noise_dbfs=-55), -30.0),
    ]
    held = [
        tuple(
            do(_first_second, replace(room, seed=10 * n), echo, near)
            for echo in ("auto", "platform")
        )
        for n, (room, near) in enumerate(settings)
    ]

    def show(table: Table) -> None:
        table.title("auto: 44 phrases in the first second of 44 conversations")
        for automatic, without in held:
            table_headphones(table, automatic.result(), without.result())

    return show


def _first_second(room: Room, echo: Any, near_dbfs: float) -> Over:
    return parts.phrases(room, echo, first_second=True, near_dbfs=near_dbfs)


def _holds(said: list[Said]) -> list[float]:
    return [each.held for each in said if each.held is not None]


def _noticed(said: list[Said]) -> float:
    return 100 * len(_holds(said)) / len(said)


def _understood(said: list[Said]) -> float:
    return 100 * sum(each.understood for each in said) / len(said)


# --- short and long


def short(do: Do, rooms: list[Room], count: int) -> Show:
    held = _dealt(do, parts.short, rooms, sounds.short_sounds())

    def show(table: Table) -> None:
        overs: list[Over] = [each.result() for each in held]
        said = [each for over in overs for each in over.said]
        table.title(f"{len(said)} coughs, slams and uh-huhs of 100 to 350 ms over replies")
        cut = [f"{each.what} {each.ms:.0f} ms" for each in said if each.cut is not None]
        scale = len(said) / 100
        table.at_most(f"interrupt ({_few(cut)})", len(cut), 5 * scale)
        table.line("    held for a while", f"{len(_holds(said))}")
        flaws = sorted({each.flaw for each in said if each.flaw})
        whole = sum(each.exact for each in said if each.cut is None)
        left = len(said) - len(cut)
        table.line(f"replies whole to the sample ({_few(flaws)})", f"{whole} of {left}", "all",
                   holds=whole == left)  # fmt: skip
        amiss = [each.room for each in overs if not each.history]
        table.line(f"histories as if nothing had been said ({_few(amiss)})",
                   f"{len(overs) - len(amiss)} of {len(overs)}", "all",
                   holds=not amiss)  # fmt: skip
        steepest = max(each.steepest for each in overs)
        table.at_most("steepest step at a hold, of the steepest in a reply", steepest, 1.0)

    return show


def commands(do: Do, rooms: list[Room], count: int) -> Show:
    held = _dealt(do, parts.commands, rooms, sounds.commands())

    def show(table: Table) -> None:
        said = [each for future in held for each in future.result().said]
        table.title(f'{len(said)} commands of one word ("stop", "no", "wait") over replies')
        missed = [f"{each.what} {each.ms:.0f} ms" for each in said if each.cut is None]
        scale = len(said) / 50
        table.at_least(f"stop it (not: {_few(missed)})", len(said) - len(missed), 45 * scale)
        cuts = [each.cut for each in said if each.cut is not None]
        table.line("    first sample to the cut, median", f"{median(cuts):.0f} ms")

    return show


def long(do: Do, rooms: list[Room], count: int) -> Show:
    held = _dealt(do, parts.interruptions, rooms, sounds.interruptions())

    def show(table: Table) -> None:
        overs: list[Over] = [each.result() for each in held]
        said = [each for over in overs for each in over.said]
        table.title(f"{len(said)} interruptions of 600 ms and more, in all rooms")
        cuts = [each.cut for each in said if each.cut is not None]
        scale = len(said) / 100
        for over in overs:
            cut = median([each.cut for each in over.said if each.cut is not None])
            table.line(
                f"{over.room}: first sample to hold, to cut, median",
                f"{median(_holds(over.said)):.0f}, {cut:.0f} ms",
            )
        table.at_least("cut", len(cuts), 98 * scale)
        table.at_most("first sample to hold, median", median(_holds(said)), 250, "ms")
        table.at_most("    90th percentile", quantile(_holds(said), 0.9), 400, "ms")
        table.at_most("first sample to the cut, median", median(cuts), 570, "ms")
        table.at_most("    95th percentile", quantile(cuts, 0.95), 700, "ms")
        wrong = sum(not (each.exact and each.told) for each in said)
        table.at_most("truncations that differ from what the speaker took", wrong, 0)

    return show


def _dealt(do: Do, work: Callable[..., Over], rooms: list[Room], todo: list[Any]) -> list[Any]:
    return [
        do(work, replace(room, seed=200 + n), todo[n :: len(rooms)]) for n, room in enumerate(rooms)
    ]


PARTS: dict[str, Part] = {
    "alone": alone,
    "firsts": firsts,
    "jumps": jumps,
    "over": over,
    "first": first,
    "short": short,
    "commands": commands,
    "long": long,
}
