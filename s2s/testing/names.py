"""The names of events, so that a misspelt one is refused instead of never being found."""

from __future__ import annotations

import difflib

# What the official models let a client send, and what the API names in its list of client events.
CLIENT_EVENTS = frozenset(
    {
        "session.update",
        "session.close",
        "transcription_session.update",
        "session.input_audio_buffer.append",
        "input_audio_buffer.append",
        "input_audio_buffer.commit",
        "input_audio_buffer.clear",
        "output_audio_buffer.clear",
        "conversation.item.create",
        "conversation.item.retrieve",
        "conversation.item.truncate",
        "conversation.item.delete",
        "response.create",
        "response.cancel",
    }
)
_OWN_NAMES = ("session.", "conversation.", "input_audio_buffer.", "rate_limits.", "error")


def server_events() -> frozenset[str]:
    """Return the events this endpoint sends."""
    from s2s.local.event_names import EVENTS

    return frozenset(each if each.startswith(_OWN_NAMES) else f"response.{each}" for each in EVENTS)


def problem_with(name: str, sender: str) -> str:
    """Return what is wrong with the name of an event of a client or the server; "" if nothing."""
    sent = server_events()
    ours, theirs = (CLIENT_EVENTS, sent) if sender == "client" else (sent, CLIENT_EVENTS)
    if not name or name in ours:
        return ""
    who = "a client sends" if sender == "client" else "the server sends"
    if name in theirs:
        other = (
            "the server sends it: ask sent()"
            if sender == "client"
            else ("clients send it: ask received()")
        )
        return f"'{name}' is no event that {who}; {other}."
    if f"response.{name}" in ours:
        likely = [f"response.{name}"]
    else:
        likely = difflib.get_close_matches(name, sorted(ours), 1, 0.6)
    hint = f"did you mean '{likely[0]}'?" if likely else f"there are {', '.join(sorted(ours))}."
    return f"'{name}' is no event that {who}; {hint}"
