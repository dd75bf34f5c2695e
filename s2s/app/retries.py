"""Which failures may pass, which end a whole run, and how long to wait. Pure."""

from __future__ import annotations

import errno
from collections.abc import Callable

from s2s.errors import LimitError, NetworkError, RefusedError, ResponseError, S2SError, WriteError

FIRST_WAIT_S, MOST_WAIT_S = 1.0, 60.0
LONGEST_S = 3_600.0  # an endpoint that wants to be left alone for longer means somebody else
_PASS = {"rate_limited", "failed_reply", "unreadable_reply"}
_HOPELESS = {"no_turn"}  # nobody speaks in the recording
_EVERYWHERE = (
    errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENODEV, errno.ESTALE, errno.EMFILE,
)  # fmt: skip


def may_pass(error: S2SError) -> bool:
    """Whether the same may go well when it is tried again."""
    if (error.retry_after_s or 0.0) > LONGEST_S:
        return False
    if isinstance(error, NetworkError):
        return error.code not in _HOPELESS
    return isinstance(error, RefusedError | ResponseError) and error.code in _PASS


def ends_the_run(error: S2SError) -> bool:
    """Whether every other file would fail of it: key, quota, model, money, a full disk."""
    if isinstance(error, RefusedError):
        return error.code != "rate_limited"
    if isinstance(error, LimitError) or error.code == "no_price":
        return True
    cause = error.__cause__
    if isinstance(cause, OSError) and cause.errno in _EVERYWHERE:
        return True
    return isinstance(error, WriteError)


def wait_s(error: S2SError, made: int, chance: Callable[[], float]) -> float:
    """Return how long to wait before the next try, after `made` retries.

    It doubles, and is spread by `chance` (0.0 to 1.0), so that many do not come back at once.
    What the endpoint asks for is kept.
    """
    doubled = min(MOST_WAIT_S, FIRST_WAIT_S * 2.0**made)
    return (error.retry_after_s or 0.0) + doubled * (0.5 + chance() / 2)
