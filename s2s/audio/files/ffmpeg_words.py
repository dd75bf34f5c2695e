"""What ffmpeg says, in our words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from s2s.audio.files.signatures import Kind
from s2s.errors import UsageError

_COMPLAINT = re.compile(r"(\[[^]]* @ [^]]*\] )*\[(error|fatal|panic)\]")

# What it says -> what that means, as "NAME MEANS." and the remedy
_MEANINGS: list[tuple[str, str, str]] = [
    (
        r"moov atom not found",
        "is cut short: its table of contents, which stands at the end, is missing",
        "Copy it again from where it was recorded.",
    ),
    (
        r"matches no streams|does not contain any stream",
        "holds no sound",
        "Give a recording, or a video with sound.",
    ),
    (
        r"Unknown input format|Unknown decoder|[Dd]ecoder .*not found|Decoding requested, but no"
        r"|Could not find codec|codec none|Unsupported codec|Protocol not found",
        "cannot be decoded: this ffmpeg does not know its format",
        "Install a complete ffmpeg, or convert it to WAV elsewhere.",
    ),
    (r"drms|encrypt|DRM", "is protected against copying", "Give a recording of your own."),
    (
        r"Permission denied|Operation not permitted",
        "may not be read by ffmpeg, which seems to be confined (a snap, for instance)",
        "Copy it to your home folder, or pipe it in.",
    ),
    (r"[Nn]ot on whitelist", "refers to something outside of it", "Give the recording itself."),
]


def complains(told: Iterable[str]) -> bool:
    """Tell whether there is more than warnings among its lines, which begin with their level."""
    return any(_COMPLAINT.match(line) for line in told)


def refusal(told: Iterable[str], name: str, kind: Kind) -> UsageError:
    """Return what is to be said of a file of which it decoded nothing."""
    # What it describes holds tags as well, which are the file's to choose.
    words = "\n".join(line for line in told if "Stream #" in line or not line.startswith("[info]"))
    if not re.search(r"Stream #.*Audio", words) and re.search(r"Stream #.*Video", words):
        return UsageError(
            f"{name} is a video without sound.", "Give a recording, or a video with sound."
        )
    for pattern, meaning, remedy in _MEANINGS:
        if re.search(pattern, words):
            return UsageError(f"{name} {meaning}.", remedy)
    return UsageError(
        f"{name} begins as {kind.name} does, and nothing in it can be decoded: it is damaged or "
        "cut short.",
        "Make a new copy of the original; -v shows what ffmpeg says.",
    )
