"""What a failing test shows of the wire: what each side sent last, in the order it went."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from s2s import pcm
from s2s.printable import printable

if TYPE_CHECKING:
    from s2s.testing.wire import WireEvent

Json = dict[str, Any]
LAST = 15  # lines of each side
WIDTH = 160  # characters of an event
_SOUND = {"input_audio_buffer.append": "audio", "response.output_audio.delta": "delta"}


def last_of(events: Sequence[WireEvent]) -> str:
    """Return the newest lines of each side. Audio is told in seconds, a run of it as one line."""
    lines = list(_lines(events))
    shown: set[int] = set()
    for side in ("client", "server"):
        shown.update([n for n, (sender, _) in enumerate(lines) if sender == side][-LAST:])
    told = [lines[n][1] for n in sorted(shown)]
    if len(told) < len(lines):
        told.insert(0, f"… {len(lines) - len(told)} lines before these and between them")
    return "\n".join(told) or "Nobody has connected."


def _lines(events: Sequence[WireEvent]) -> Iterator[tuple[str, str]]:
    """Give (sender, line)."""
    run: list[WireEvent] = []
    for each in events:
        if run and (not _is_sound(each) or _key(each) != _key(run[0])):
            yield run[0].sender, _line(run)
            run = []
        run.append(each)
        if not _is_sound(each):
            yield each.sender, _line(run)
            run = []
    if run:
        yield run[0].sender, _line(run)


def _is_sound(each: WireEvent) -> bool:
    return each.event.get("type") in _SOUND


def _key(each: WireEvent) -> tuple[Any, ...]:
    return each.connection, each.sender, each.event.get("type")


def _line(run: Sequence[WireEvent]) -> str:
    connection, sender, event = run[0]
    kind = event.get("type")
    rest = {key: value for key, value in event.items() if key not in ("type", "event_id")}
    if _is_sound(run[0]):
        seconds = sum(_seconds(each.event.get(_SOUND[str(kind)])) for each in run)
        told = f"{seconds:.2f} s of audio" + (f" in {len(run)} events" if len(run) > 1 else "")
    else:
        told = json.dumps(_without_audio(rest), ensure_ascii=False) if rest else ""
    told = told if len(told) <= WIDTH else f"{told[:WIDTH]}…"
    arrow = "->" if sender == "client" else "<-"
    return printable(f"{connection} {sender} {arrow} {kind or 'no event'} {told}".rstrip())


def _without_audio(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: f"{_seconds(each):.2f} s of audio"
            if key == "audio" and isinstance(each, str)
            else _without_audio(each)
            for key, each in value.items()
        }
    return [_without_audio(each) for each in value] if isinstance(value, list) else value


def _seconds(coded: Any) -> float:
    """Return how long base64 audio lasts."""
    size = len(coded) * 3 // 4 - coded.count("=", -2) if isinstance(coded, str) else 0
    return pcm.seconds(size)
