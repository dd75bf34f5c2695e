"""What is done about the speaker's sound in the microphone, in words."""

from __future__ import annotations

from s2s.conversation import events as on

# For a toolbar that is wide, for one that is narrow, and as a line.
_WORDS = {
    "judging": ("listening for echo", "echo?", "Listening for an echo"),
    "cancelling": ("echo cancelled", "echo", "The echo is cancelled"),
    "headphones": ("headphones", "headphones", "Headphones: there is no echo to cancel"),
    "platform": ("system cancels echo", "echo: system", "The system cancels the echo"),
    "half-duplex": (
        "half-duplex",
        "half-duplex",
        "Half-duplex: nothing is sent while the assistant speaks",
    ),
    "missing": ("echo not cancelled", "echo: off", "The echo is not cancelled"),
    "off": ("echo not cancelled", "echo: off", "The echo is not cancelled"),
}


def in_toolbar(judged: on.EchoJudged, *, narrow: bool) -> str:
    """Return `echo cancelled, 38 dB`, or `echo -38 dB` where there is little room."""
    wide, short, _ = _WORDS[judged.doing]
    if judged.doing != "cancelling" or judged.reduction_db is None:
        return short if narrow else wide
    return f"{short} -{judged.reduction_db:.0f} dB" if narrow else f"{wide}{_reduction(judged)}"


def as_line(judged: on.EchoJudged) -> str:
    """Return the same as a sentence."""
    told = _reduction(judged) if judged.doing == "cancelling" else ""
    return f"{_WORDS[judged.doing][2]}{told}."


def _reduction(judged: on.EchoJudged) -> str:
    return "" if judged.reduction_db is None else f", {judged.reduction_db:.0f} dB"
