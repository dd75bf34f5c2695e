"""What a reply is called: the name of its recording, with an ending that is its own. Pure."""

from __future__ import annotations

import hashlib
import os

LONGEST = 255  # bytes of a name, on nearly every file system
BESIDE = ".reply"  # q.reply.wav beside q.wav
PARTIAL = ".part"  # what is still being written
MANIFEST, FAILED = "s2s-manifest.jsonl", "s2s-failed.txt"
_LEADING = ("", ".", "/")
OURS = frozenset({MANIFEST, FAILED})


def reply_name(name: str, *, written: bool = False, beside: bool = False) -> str:
    """Return the name of the reply to `name`: `q.wav` for `q.wav`, `q.mp3.wav` for `q.mp3`.

    A `written` reply ends with `.txt`; one that lies `beside` its recording is marked.
    """
    root, ending = os.path.splitext(name)
    is_wav = ending.lower() == ".wav"
    root = root if is_wav else name
    if beside:
        root += BESIDE
    elif is_wav and not written:
        return name
    return root + (".txt" if written else ".wav")


def marked(path: str, mark: str) -> str:
    """Return `path` with `mark` behind it; its name is another one if that would be too long."""
    folder, name = os.path.split(path)
    if len(os.fsencode(name + mark)) > LONGEST:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()
    return os.path.join(folder, name + mark)


def is_reply(name: str) -> bool:
    """Whether a file that lies beside recordings is a reply, or what is left of one."""
    root, ending = os.path.splitext(name)
    ours = root.endswith((BESIDE, f"{BESIDE}.partial")) and ending.lower() in (".wav", ".txt")
    return ours or ending == PARTIAL or ".partial" in os.path.splitext(root)[1]


def below(path: str) -> str:
    """Return a relative path as a name below a folder: no `.`, no `..`, nothing absolute."""
    is_plain = path[:1] not in _LEADING and not path.endswith("/") and os.sep == "/"
    if is_plain and "/." not in path and "//" not in path:  # nearly all of them
        return path
    parts = os.path.normpath(path).replace(os.sep, "/").split("/")
    return "/".join(each for each in parts if each not in ("", ".", ".."))
