"""What a batch came to: an object for each file, the summary, the failures (docs/batch.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s2s.conversation.bill import dollars
from s2s.errors import S2SError
from s2s.printable import printable
from s2s.ui.reports.cost import cost_as_json, cost_in_short
from s2s.version import __version__

if TYPE_CHECKING:
    from decimal import Decimal

    from s2s.app.batch.dry_run import Rehearsal
    from s2s.app.batch.outcome import BatchSummary, FileOutcome
    from s2s.app.outcome import Usage

SCHEMA = 1
SHOWN_FAILURES = 20  # the list has all of them


def file_as_json(outcome: FileOutcome) -> dict[str, Any]:
    """Return the object for a file."""
    reply = outcome.reply
    return {
        "schema": SCHEMA,
        "type": "file",
        "path": outcome.input,
        "output": outcome.place if outcome.is_whole else None,
        "status": outcome.status,
        "error": _error(outcome.error),
        "why": outcome.why,
        "tries": outcome.tries,
        "seconds": round(outcome.seconds, 3),
        "input": {"seconds": round(outcome.input_seconds, 3)},
        "reply": {
            "seconds": round(outcome.output_seconds, 3),
            "first_audio_ms": outcome.first_audio_ms,
        },
        "transcripts": {"user": reply.user_text, "assistant": reply.text},
        "usage": _usage(reply.usage),
        "cost": _dollars(outcome.cost),
        "model": reply.model,
        "warnings": list(reply.warnings),
    }


def summary_as_json(summary: BatchSummary, error: S2SError | None = None) -> dict[str, Any]:
    """Return the object at the end; `error` is what has ended the run."""
    ended = error or summary.stopped
    return {
        "schema": SCHEMA,
        "type": "summary",
        "s2s": __version__,
        "exit_status": ended.exit_status if ended else summary.exit_status,
        "error": _error(ended),
        "total": summary.total,
        "done": summary.done,
        "skipped": summary.skipped,
        "failed": summary.failed,
        "left": summary.left,
        "unread": summary.unread,
        "codes": dict(sorted(summary.codes.items())),
        "seconds": round(summary.seconds, 3),
        "usage": _usage(summary.usage),
        "cost": _dollars(summary.cost),
        "cost_details": {
            name: value for name, value in cost_as_json(summary.spent).items() if name != "cost"
        },
        "failed_list": str(summary.failed_list) if summary.failed_list else None,
    }


def outcome_line(outcome: FileOutcome) -> str:
    """Return one line about a file, for a person."""
    name = printable(outcome.input)
    if outcome.error:
        again = f" ({outcome.tries} tries)" if outcome.tries > 1 else ""
        return f"{name}: failed{again}: {outcome.error.message}"
    if outcome.status == "skipped":
        return f"{name}: not sent, {outcome.why}"
    reason = f", again: {outcome.why}" if outcome.why else ""
    came = f"{outcome.output_seconds:.1f} s of audio" if outcome.output_seconds else "text"
    where = f" {printable(outcome.place)}" if outcome.place else ""
    return f"{name}: {came} in {outcome.seconds:.1f} s ->{where}{reason}"


def plan_as_json(outcome: FileOutcome) -> dict[str, Any]:
    """Return the object for a file that would be sent, or not."""
    return {
        "schema": SCHEMA,
        "type": "plan",
        "path": outcome.input,
        "output": outcome.place,
        "status": {"done": "would_send"}.get(outcome.status, outcome.status),
        "error": _error(outcome.error),
        "why": outcome.why,
        "input": {"seconds": round(outcome.input_seconds, 3) or None},
    }


def plan_line(outcome: FileOutcome) -> str:
    """Return one line about a file that would be sent, or not."""
    if outcome.status != "done":
        return outcome_line(outcome)
    reason = f", again: {outcome.why}" if outcome.why else ""
    length = f" ({outcome.input_seconds:.1f} s)" if outcome.input_seconds else ""
    shown = printable(outcome.place or "")
    return f"{printable(outcome.input)}{length} would go to {shown}{reason}"


def plan_summary_as_json(told: Rehearsal, error: S2SError | None) -> dict[str, Any]:
    """Return the object at the end of what would be done."""
    return {
        **summary_as_json(told, error),
        "type": "plan_summary",
        "input": {
            "seconds": round(told.input_seconds, 3),
            "files_of_unknown_length": told.unknown,
            "tokens": told.input_tokens,
            "cost": _dollars(told.sound_cost),
        },
    }


def plan_summary_line(told: Rehearsal) -> str:
    """Return one line about what would be done."""
    unknown = f" and {told.unknown:,} files that do not say how long" if told.unknown else ""
    parts = [
        f"Would send {told.done:,} of {told.total:,} files",
        f"{told.input_seconds / 60:.1f} min of audio{unknown}",
        f"about {told.input_tokens:,} tokens",
        "what they cost is not known"
        if told.sound_cost is None
        else f"{dollars(told.sound_cost)}, and the replies come to that",
    ]
    if told.skipped:
        parts.append(f"{told.skipped:,} are done")
    if told.failed:
        parts.append(f"{told.failed:,} cannot be sent")
    return "; ".join(parts) + "."


def failure_lines(summary: BatchSummary, paths: list[str]) -> list[str]:
    """Return the failures, each with its reason, and where all of them are listed."""
    lines = list(summary.unread[:SHOWN_FAILURES])
    if (more := len(summary.unread) - SHOWN_FAILURES) > 0:
        lines.append(f"and {more:,} more that cannot be read")
    if not summary.failures:
        return lines
    lines.append(f"{summary.failed} failed:")
    for index, code, message in summary.failures[:SHOWN_FAILURES]:
        lines.append(f"  {printable(paths[index])}: {message} [{code}]")
    if (more := summary.failed - SHOWN_FAILURES) > 0:
        lines.append(f"  and {more:,} more")
    if summary.failed_list:
        name = printable(str(summary.failed_list))
        lines.append(f"To send these again, name the list of them: @{name}")
    return lines


def summary_line(summary: BatchSummary) -> str:
    """Return one line about all of it."""
    sent = summary.done
    parts = [f"{summary.total:,} files: {summary.done:,} sent"]
    if summary.skipped:
        parts.append(f"{summary.skipped:,} were done before")
    if summary.failed:
        parts.append(f"{summary.failed:,} failed")
    if summary.left:
        parts.append(f"{summary.left:,} left")
    told = ", ".join(parts)
    rate = f", {sent / summary.seconds:.1f} files/s" if sent and summary.seconds else ""
    used = summary.usage
    tokens = f"; {used.input_tokens:,} + {used.output_tokens:,} tokens" if used.total_tokens else ""
    cost = f"; {cost_in_short(summary.spent)}" if used.total_tokens or summary.spent.known else ""
    return f"{told} ({duration(summary.seconds)}{rate}{tokens}{cost})"


def duration(seconds: float) -> str:
    """Return a time as a person reads it."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _error(error: S2SError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "exit_status": error.exit_status,
    }


def _dollars(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _usage(used: Usage) -> dict[str, int]:
    return {
        "input": used.input_tokens,
        "output": used.output_tokens,
        "total": used.total_tokens,
    }
