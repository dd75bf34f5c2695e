"""How a session ends that has lasted as long as it may. Pure."""

from __future__ import annotations

from s2s.local.faults import Action, refuse

SESSION_S = 3600.0  # the API's longest session
_CLOSE = 1001


def expired(after_s: float) -> list[Action]:
    """Return what OpenAI does to a session that has lasted `after_s`."""
    lasted = f"{after_s / 60:g} minutes" if after_s >= 60 else f"{after_s:g} seconds"
    message = f"Your session hit the maximum duration of {lasted}."
    return refuse("session_expired", message, _CLOSE)
