"""What to do about a failure, by its code, in the words of those who gave flags and variables.

The rules know neither: what they raise has a code, and a hint that fits everywhere.
"""

from __future__ import annotations

from s2s.wire.remedies import REMEDIES

_SHOWS = "Run it again; -vv shows every event."

HINTS = {
    **{cause.code: hint for cause, hint in REMEDIES.items()},
    "no_answer": "Check the endpoint, or allow more time with --timeout.",
    "session_refused": "Run with -v for more.",
    "settings_refused": "Check --voice and --instructions; -vv shows what was sent.",
    "endpoint_error": "-vv shows more.",
    "failed_reply": _SHOWS,
    "unreadable_reply": _SHOWS,
    "empty_reply": _SHOWS,
    "silent_reply": "Does the endpoint only write? Then ask for that: --text-only.",
    "no_turn": "Is somebody speaking in it, loud enough? --turns manual sends it as one turn.",
    "time_up": "Allow more time with --max-minutes.",
    "max_cost": "Allow more with --max-cost, or have less read again: --context-limit.",
    "cost_unknown": "Leave --max-cost out; docs/cost.md says what can be counted.",
    "no_price": "State what it costs with --prices FILE (docs/cost.md), or leave --max-cost out.",
    "muted": "Muted: nothing is sent until you press m.",
    "no_talk_key": "Turns end by themselves here; for push-to-talk use --turns manual.",
}
