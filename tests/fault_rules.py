"""What must hold of a conversation, whatever goes wrong on its connection.

These are rules, not results that were once seen: each is read off the fault and off what the
endpoint did send.
"""

from __future__ import annotations

import re
from typing import Any

from faulty import (
    ANSWER_MS,
    DELTA_MS,
    SEND,
    TIMEOUT_S,
    Case,
    Outcome,
    answer_words,
    length_s,
    question_words,
)

from s2s.conversation import events as on

LATEST_S = 12.0  # after the last question: three timeouts, 5 s for a transcript, the answer, 2 s
SLACK_MS = 20  # the blocks in which sound is measured
REPORT_MS = 100  # between two reports of the speaker: what a recording may lack at its end
REFUSALS = {"invalid_api_key"}
HANGUPS = {"silence", "dead", "reset", "close"}
MISSING = re.compile(r"asked|answer|repl(y|ies)|response", re.IGNORECASE)
LOST = re.compile(r"connection|limited|session|settings|endpoint|refused|ws://", re.IGNORECASE)


def broken_rules(case: Case, outcome: Outcome) -> list[str]:
    """Return what does not hold, a sentence each."""
    return [
        *_it_ends(case, outcome),
        *_the_status_is_true(case, outcome),
        *_what_came_is_heard(case, outcome),
        *_what_is_kept_is_whole(case, outcome),
        *[f"left behind: {each}" for each in outcome.left],
    ]


def answers_heard(outcome: Outcome) -> int:
    """Return how many answers were heard, each as far as the endpoint did send it."""
    both = zip(outcome.heard_ms, outcome.arrived_ms, strict=True)
    return sum(came > 0 and heard >= came - SLACK_MS for heard, came in both)


def _it_ends(case: Case, outcome: Outcome) -> list[str]:
    if outcome.hung:
        return ["it does not end"]
    late_s = outcome.ended_s - length_s(case)
    if late_s > LATEST_S:
        return [f"it ends {late_s:.1f} s after the last question"]
    return []


def _the_status_is_true(case: Case, outcome: Outcome) -> list[str]:
    if outcome.hung:
        return []
    if outcome.traceback:
        return [f"a traceback: {outcome.traceback.strip().splitlines()[-1]}"]
    heard, status = answers_heard(outcome), outcome.status
    broken = []
    if status == 0 and heard < case.turns:
        broken.append(f"status 0, and {heard} of {case.turns} answers were heard")
    if is_harmless(case.fault) and (status or min(outcome.heard_ms) < ANSWER_MS - SLACK_MS):
        broken.append(f"status {status}, heard {outcome.heard_ms} ms, and no harm was done")
    allowed = statuses(case.fault)
    if case.reconnect and not is_fatal(case.fault):
        allowed = {0, 6} & allowed | {0}
        if heard < case.turns:
            broken.append(f"{heard} of {case.turns} answers were heard, and it reconnects")
        words = [question_words(turn) for turn in range(1, case.turns + 1)]
        if [each for each in outcome.asked if each] != words and not is_lossy(case.fault):
            broken.append(f"the questions in the transcript are {outcome.asked}")
    if status not in allowed:
        broken.append(f"status {status} where {sorted(allowed)} may be: {outcome.told}")
    if outcome.error:
        message = outcome.error.message
        names = LOST if ends_the_session(case.fault) else MISSING
        if not message.endswith(".") or not outcome.error.hint.endswith((".", "?")):
            broken.append(f"no sentence, or no remedy: {outcome.told}")
        elif case.fault and "session" not in str(case.fault) and not names.search(message):
            broken.append(f"what is missing is not named: {outcome.told}")
    unread = any(isinstance(each, on.MessageUnreadable) for each in outcome.received)
    if unread and "Unreadable" not in outcome.out + outcome.err:
        broken.append("what could not be read is not told of")
    return broken


def is_fatal(fault: dict[str, Any] | None) -> bool:
    """Whether another connection would be of no use, or nothing stood yet that was lost."""
    fault = fault or {}
    return fault.get("error") in REFUSALS or fault.get("http", 500) < 500


def is_lossy(fault: dict[str, Any] | None) -> bool:
    """Whether what the endpoint has said is lost, and nothing else goes wrong."""
    return (fault or {}).get("do") in ("drop", "malformed", "wrong_base64", "reorder")


def is_harmless(fault: dict[str, Any] | None) -> bool:
    """Whether all that was to come does come, in its order and in time."""
    deed = "" if fault is None else str(fault.get("do", "?"))
    if deed.startswith("stall"):
        return float(deed.removeprefix("stall").removesuffix("s")) < TIMEOUT_S
    return deed in ("", "binary", "unknown", "duplicate")


def ends_the_session(fault: dict[str, Any] | None) -> bool:
    """Whether nothing more comes after the fault."""
    fault = fault or {}
    return fault.get("do") in HANGUPS - {"silence"} or "error" in fault or "http" in fault


def statuses(fault: dict[str, Any] | None) -> set[int]:
    """Return the exit statuses that tell of such a fault; 0 only if it came too late to harm."""
    if fault is None:
        return {0}
    if "http" in fault:
        return {5} if fault["http"] >= 500 else {3}
    if "error" in fault:
        if fault["error"] in REFUSALS:
            return {0, 3}
        if fault["error"] == "session_expired":
            return {0, 5}
        early = str(fault.get("at")).startswith(("connect", "session."))
        return {0, 3, 5, 6} if early else {0, 5, 6}
    if fault["do"] in HANGUPS:
        return {0, 5}
    return {0, 5, 6}


def _what_came_is_heard(case: Case, outcome: Outcome) -> list[str]:
    broken = []
    for turn, (heard, came) in enumerate(zip(outcome.heard_ms, outcome.arrived_ms, strict=True), 1):
        if abs(heard - came) > SLACK_MS:
            broken.append(f"of answer {turn} {came} ms came, and {heard} ms were heard")
        if came > ANSWER_MS + DELTA_MS:
            broken.append(f"answer {turn} came twice")
    return broken


def _what_is_kept_is_whole(case: Case, outcome: Outcome) -> list[str]:
    broken = list(outcome.files)
    if case.command == SEND:
        return broken
    if outcome.saved_ms != outcome.heard_ms:
        broken.append(f"heard {outcome.heard_ms} ms, saved {outcome.saved_ms} ms")
    if outcome.saved_captured_ms < outcome.captured_ms - REPORT_MS:
        broken.append(f"said {outcome.captured_ms} ms, saved {outcome.saved_captured_ms} ms")
    for turn, heard in enumerate(outcome.heard_ms, 1):
        words = answer_words(turn)
        came = any(words in str(each) for each in outcome.received)
        if heard and came and words not in outcome.words:
            broken.append(f"the words of answer {turn} are not in the transcript")
    return broken
