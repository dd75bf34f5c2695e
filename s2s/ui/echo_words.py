"""What is done about the echo, in a word or two."""

from __future__ import annotations

from s2s.conversation import events as on


def echo_words(judged: on.EchoJudged) -> str:
    """Return what is done about the echo in a word or two."""
    if judged.doing == "cancelling":
        by = "" if judged.reduction_db is None else f", {judged.reduction_db:.0f} dB"
        return f"echo cancelled{by}"
    return {
        "judging": "echo cancelled while it is measured",
        "headphones": "headphones: no echo",
        "platform": "echo cancelled by the system",
        "half-duplex": "half-duplex",
        "off": "echo left as it is",
    }[judged.doing]
