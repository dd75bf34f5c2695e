"""How much of the processor another program has used (Linux)."""

from __future__ import annotations

import time


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a program, of all its threads, to the nanosecond.

    What `/proc/PID/stat` says is sampled by a clock of 4 or 10 ms: a program that wakes as often
    is seen each time or never. The clock's number is what `clock_getcpuclockid` makes of `pid`.
    """
    return time.clock_gettime(~pid << 3 | 2)
