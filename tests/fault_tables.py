"""The results of the fault matrix as tables for docs/faults.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MARK = "<!-- What follows is written by tests/fault_matrix.py --write. -->"


@dataclass(frozen=True)
class Entry:
    """What came of one fault at one stage of one turn."""

    command: str
    turn: int
    stage: str
    deed: str
    status: int | None  # None: it does not end
    heard: int  # answers
    turns: int

    @property
    def shown(self) -> str:
        if (self.status, self.heard) == (0, self.turns):
            return "ok"
        if self.status is None:
            return "hangs"
        return f"{self.status}·{self.heard}"


def write(path: Path, entries: Iterable[Entry]) -> None:
    """Put the tables behind the mark in `path`; what stands before it is left as it is."""
    before, mark, _ = path.read_text("utf-8").partition(MARK)
    if not mark:
        raise ValueError(f"{path} has no line {MARK}")
    path.write_text(f"{before}{MARK}\n\n{tables(list(entries))}", "utf-8")


def tables(entries: Sequence[Entry]) -> str:
    """Return three tables for each command: instead of a session, at an event, by the clock."""
    parts = []
    for command in dict.fromkeys(each.command for each in entries):
        parts.append(f"## `{command}`\n")
        ours = [each for each in entries if each.command == command]
        events = [each for each in ours if "." in each.stage]
        for some in (
            [each for each in ours if each.stage == "connect"],
            events,
            [each for each in ours if each.stage != "connect" and "." not in each.stage],
        ):
            if some:
                parts.append(_table(some))
    return "\n".join(parts)


def _table(entries: Sequence[Entry]) -> str:
    """Return one table; faults of which the same came everywhere share a column."""
    stages = list(dict.fromkeys(each.stage for each in entries))
    found: dict[tuple[str, str], list[Entry]] = {}
    for each in entries:
        found.setdefault((each.stage, each.deed), []).append(each)
    columns: dict[tuple[str, ...], list[str]] = {}
    for deed in dict.fromkeys(each.deed for each in entries):
        column = tuple(_cell(found, stage, deed) for stage in stages)
        columns.setdefault(column, []).append(deed)
    head = ["", *(", ".join(deeds) for deeds in columns.values())]
    rows = [[_short(stage), *cells] for stage, *cells in zip(stages, *columns, strict=True)]
    return "".join(_row(each) for each in (head, ["---"] * len(head), *rows))


def _cell(found: Mapping[tuple[str, str], list[Entry]], stage: str, deed: str) -> str:
    """Return what came of it in each turn; once, if that is the same in all."""
    shown = [each.shown for each in found.get((stage, deed), [])]
    return shown[0] if len(set(shown)) == 1 else " ".join(shown)


def _short(stage: str) -> str:
    """Return a stage as people speak of it."""
    for long in ("response.", "input_audio_buffer.", "conversation."):
        stage = stage.removeprefix(long)
    return stage.replace("item.input_audio_transcription", "transcription")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
