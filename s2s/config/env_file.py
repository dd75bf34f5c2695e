"""What the text of a `.env` file says, and writing a setting into it, every other byte left alone.

python-dotenv's parser says which line holds a setting, and whether what is written reads back. Its
own `set_key` would turn every CR LF into LF, and drop the byte order mark, blank lines, `export`,
the comment beside the value, and a symlink.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from s2s.errors import UsageError, WriteError
from s2s.printable import printable

_BOM = b"\xef\xbb\xbf"
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"})
_SETTING = r"""
    (?P<name>  \s* (?:export[^\S\r\n]+)? (?:'{name}'|{name}) [^\S\r\n]* )
    (?P<equals>  =[^\S\r\n]* )?
    (?P<value>  '(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*" | [^\r\n]*? )
    (?P<rest>  [^\S\r\n]* (?:(?<=[\s'"])\#[^\r\n]*)? (?:\r\n|\n|\r|\Z) )
"""
_LITERAL = re.compile(r"\s*(?:export[^\S\r\n]+)?(?:'[^']+'|[^=\#\s]+)[^\S\r\n]*=[^\S\r\n]*'")


@dataclass(frozen=True, slots=True)
class EnvLine:
    """What one line says; a value in quotes may take several."""

    number: int
    name: str | None
    """None: this is not NAME=VALUE."""
    value: str
    literal: bool
    """In single quotes, where `${…}` stands for itself as it does in a shell."""
    text: str


def parse(text: str) -> Iterator[EnvLine]:
    """Give every line that is neither empty nor a comment."""
    from dotenv.parser import parse_stream

    for line in parse_stream(io.StringIO(text, newline=None)):  # CR LF becomes LF, as in any text
        written = line.original.string
        if not (line.key or line.error):
            continue
        above = written[: len(written) - len(written.lstrip())].count("\n")
        literal = bool(_LITERAL.match(written))
        number = line.original.line + above
        yield EnvLine(number, line.key, line.value or "", literal, written.strip())


def write_settings(path: Path, values: Mapping[str, str], *, follow: bool = True) -> None:
    """Set `values` in the file at once or not at all; a new file is for its owner alone.

    Of a link, what it leads to is written; without `follow` none is. Raises `UsageError` if the
    file cannot be read, changed or created, `WriteError` if writing failed half way.
    """
    target = path.resolve() if follow else path
    try:
        status = target.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(
                f"{printable(str(path))} is no plain file, and is not written.",
                "Name another with --env-file, or set it in the environment: "
                + " ".join(f"{name}={printable(value)!r}" for name, value in values.items()),
            )
        before = target.read_bytes()
    except FileNotFoundError:
        before, status = b"", None
    except OSError as exc:
        raise UsageError(
            f"{printable(str(path))} cannot be read: {exc.strerror}.", "Mend it or remove it."
        ) from exc
    bom = _BOM if before.startswith(_BOM) else b""
    try:
        text = before[len(bom) :].decode()
        for name, value in values.items():
            text = with_setting(text, name, value)
        after = bom + text.encode()
    except ValueError as exc:
        why = "it is not UTF-8 text" if isinstance(exc, UnicodeDecodeError) else str(exc)
        raise UsageError(
            f"{printable(str(path))} cannot be changed: {why}.",
            "Mend it, or write it there yourself.",
        ) from exc
    if after != before:
        _replace(target, after, status)


def with_setting(text: str, name: str, value: str) -> str:
    """Return the text of a `.env` file with `name` set to `value`, and all else as it was.

    Raises `ValueError` if that cannot be read back.
    """
    literal = "${" in value
    expected = {**_read(text), name: (value, literal)}
    for spelled in _spellings(value):
        changed = _set(text, name, spelled)
        if _read(changed) == expected:
            return changed
    raise ValueError(f"{name} would not read back, perhaps for a quotation mark that is left open")


def _set(text: str, name: str, spelled: str) -> str:
    from dotenv.parser import parse_stream

    lines = list(parse_stream(io.StringIO(text, newline="")))
    at = max((index for index, line in enumerate(lines) if line.key == name), default=None)
    if at is None:
        newline = match[0] if (match := re.search(r"\r\n|\n|\r", text)) else "\n"
        gap = newline if text and text[-1] not in "\r\n" else ""
        return f"{text}{gap}{name}={spelled}{newline}"
    before, after = (
        "".join(line.original.string for line in some) for some in (lines[:at], lines[at + 1 :])
    )
    pattern = re.compile(_SETTING.format(name=re.escape(name)), re.VERBOSE | re.DOTALL)
    found = pattern.fullmatch(lines[at].original.string)
    if not found:
        raise ValueError(f"the line of {name} cannot be understood")
    space = " " if found["rest"].startswith("#") else ""
    return f"{before}{found['name']}{found['equals'] or '='}{spelled}{space}{found['rest']}{after}"


def _spellings(value: str) -> Iterator[str]:
    """Ways to write a value; the first ones mean the same to a shell."""
    if value.isprintable():
        yield f"'{value}'"
    if "${" in value:  # only in single quotes does that stand for itself
        escaped = value.replace("\\", r"\\").replace("'", r"\'")
        yield f"'{escaped}'"
    yield f'"{value.translate(_ESCAPES)}"'
    yield value  # older python-dotenv misreads a backslash that stands before the closing mark


def _read(text: str) -> dict[str, tuple[str, bool]]:
    """Return the value of each name, and whether a `${…}` in it stands for itself."""
    return {
        line.name: (line.value, line.literal and "${" in line.value)
        for line in parse(text)
        if line.name
    }


def _replace(target: Path, content: bytes, status: os.stat_result | None) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=".env-", dir=target.parent)
    except OSError as exc:
        raise UsageError(
            f"{printable(str(target))} cannot be written: {exc.strerror}.",
            "Check the permissions of its folder.",
        ) from exc
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if status:
            Path(name).chmod(stat.S_IMODE(status.st_mode))
            with contextlib.suppress(OSError, AttributeError):  # not ours to give away, or Windows
                os.chown(name, status.st_uid, status.st_gid)
        Path(name).replace(target)
    except BaseException as exc:
        Path(name).unlink(missing_ok=True)
        if isinstance(exc, OSError):
            raise WriteError(
                f"{printable(str(target))} cannot be written: {exc.strerror}."
            ) from exc
        raise
