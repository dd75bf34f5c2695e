"""The recordings that have failed, as a list that can be named again: `@s2s-failed.txt`."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from s2s.app.batch.lists import as_line
from s2s.app.batch.outcome import BatchSummary
from s2s.app.batch.plan import Plan


def write_failed(plan: Plan, summary: BatchSummary, *, whole: bool = False) -> Path | None:
    """Write the list, or remove that of an earlier run if none has failed. Raises OSError.

    `whole`: the recordings are turns of one conversation; if one has failed all are listed, since
    the others alone would be another conversation. A name that no line can hold makes it a list of
    names that end with NULs, for `-0`.
    """
    path = Path(plan.failed)
    if not summary.failures:
        with suppress(FileNotFoundError):
            path.unlink()
        return None
    indexes = sorted(index for index, _, _ in summary.failures)
    if whole:
        indexes = [each for each in range(len(plan.inputs)) if each not in plan.repeated]
    lines = [plan.inputs.line(index) for index in indexes]
    content = b"".join(os.fsencode(as_line(each)) + b"\n" for each in lines)
    if any(set("\t\n\r") & set(line.path + line.name) for line in lines):
        content = b"".join(os.fsencode(each.path) + b"\0" for each in lines)
    new = path.with_name(f"{path.name}.part")
    new.write_bytes(content)
    new.replace(path)
    return path
