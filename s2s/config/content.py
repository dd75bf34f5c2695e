"""What a settings file says: the values of our settings, and what is to be told of the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from s2s.config.env_file import EnvLine, parse
from s2s.config.reading import UnfitError
from s2s.config.trust import SETTINGS, Origin, is_users, remedy, why_not_from_found
from s2s.printable import printable

_MOST = 2**20  # characters in all values: `${A}${A}` doubles with every line
_MOST_NAMES = 100  # `${…}` in one value; each that is left open is searched to the end
_GAP = re.compile(r"[^\S\r\n]{1000}")  # the parser takes the square of its length
_MEANT = re.compile(rf"(?:export\s+)?['\"]?({'|'.join(SETTINGS)})\b")


@dataclass(slots=True)
class Content:
    """The values of our settings, by name; no empty ones."""

    values: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    """The lines that say nothing to us; never a value, which may be a key."""


def content_of(text: str, path: Path, origin: Origin, environment: Mapping[str, str]) -> Content:
    """Return what `text`, the content of `path`, says.

    `${NAME}` and `${NAME:-default}` are filled in from the lines above; in a file of the user's
    from the environment too. Raises `UnfitError` for what is only there to keep us busy.
    """
    if _GAP.search(text):
        raise UnfitError("a line of it has a thousand blanks in a row")
    content, every = Content(), dict[str, str]()
    ours: dict[str, tuple[EnvLine, list[str]]] = {}
    around = environment if is_users(origin) else {}
    left = _MOST
    for line in parse(text):
        if line.name is None:
            _tell_of_mistake(content, path, line)
            continue
        unknown: list[str] = []
        every[line.name] = (
            line.value if line.literal else _filled(line, every, around, unknown, left)
        )
        left -= len(every[line.name])
        if line.name in SETTINGS:
            ours[line.name] = (line, unknown)  # of two lines the last one counts
        else:
            where = f"{printable(str(path))}, line {line.number}"
            content.passed_over.append(f"{where}: {printable(line.name)} is no setting of ours")
    for name, (line, unknown) in ours.items():
        _take(content, path, origin, line, unknown, every[name])
    return content


def _take(
    content: Content, path: Path, origin: Origin, line: EnvLine, unknown: list[str], value: str
) -> None:
    assert line.name
    where = f"{printable(str(path))}, line {line.number}: "
    if unknown and not is_users(origin):
        missing = ", ".join(printable(f"${{{name}}}") for name in unknown)
        content.warnings.append(
            f"{where}{missing} in {line.name} is left empty: a .env that was found is filled in "
            f"from its own lines alone. If it is yours: {remedy(path)}"
        )
    why = None if is_users(origin) else why_not_from_found(line.name, value)
    if value and why:
        content.warnings.append(
            f"{where}{why}, and is not taken from a .env that was found. "
            f"If it is yours: {remedy(path)}"
        )
    elif value:
        content.values[line.name] = value


def _filled(
    line: EnvLine,
    above: Mapping[str, str],
    around: Mapping[str, str],
    unknown: list[str],
    most: int,
) -> str:
    """Return the value with every `${…}` filled in; what is `unknown` is left empty."""
    from dotenv.variables import Literal, Variable, parse_variables

    if line.value.count("${") > _MOST_NAMES:
        raise UnfitError(f"line {line.number} fills in more than {_MOST_NAMES} names")
    text = ""
    for atom in parse_variables(line.value):
        if isinstance(atom, Variable):
            value = above.get(atom.name) or around.get(atom.name) or atom.default
            if value is None:
                unknown.append(atom.name)
            text += value or ""
        elif isinstance(atom, Literal):
            text += atom.value
        if len(text) > most:
            raise UnfitError("its values fill each other in without end")
    return text


def _tell_of_mistake(content: Content, path: Path, line: EnvLine) -> None:
    where = f"{printable(str(path))}, line {line.number}"
    if meant := _MEANT.match(line.text):
        content.warnings.append(f"{where}: {meant[1]} is not set: this is not NAME=VALUE.")
    else:
        content.passed_over.append(f"{where} is not NAME=VALUE")
