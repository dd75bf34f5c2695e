"""What is to be sent: files, folders and lists become recordings, each with its place below."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from s2s.app.batch.folders import recordings_in
from s2s.app.batch.lists import ListLine, read_list
from s2s.app.batch.naming import below, is_reply
from s2s.errors import UsageError
from s2s.printable import printable

LIST = "@"
_AS_WRITTEN, _COMMON = 0, 1


class Inputs:
    """Recordings in the order in which they were named.

    Of each nothing is kept but its path and a number: there may be very many.
    """

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.expected: dict[int, str] = {}  # what a list says that a reply must hold
        self.names: dict[int, str] = {}  # what a list says that a reply is called
        self.unread: list[str] = []  # what might hold recordings, and cannot be read: sentences
        self.left_out = 0  # replies that were named beside their recordings
        self._folders = ["", ""]  # as written, below the common folder, and those that were named
        self._below = array("i")

    def __len__(self) -> int:
        return len(self.paths)

    def name(self, index: int) -> str:
        """Return the name of a recording below the folder of all outputs."""
        if given := self.names.get(index):
            return below(given)
        path, folder = self.paths[index], self._below[index]
        if folder == _AS_WRITTEN:
            return below(path)
        if folder == _COMMON:
            path = os.path.normpath(path)
        return below(path[len(self._folders[folder]) :])

    def line(self, index: int) -> ListLine:
        """Return the line of a list that means this recording, and its reply, again."""
        path = self.paths[index]
        name = self.name(index)
        same = self.names.get(index) or (not os.path.isabs(path) and below(path) == name)
        stated = self.names.get(index, "") if same else name
        return ListLine(path, self.expected.get(index, ""), stated)

    def add(self, line: ListLine, *, folder: int = _AS_WRITTEN) -> None:
        """Add one recording."""
        if folder == _AS_WRITTEN and os.path.isabs(line.path):
            folder = _COMMON
        if line.expect:
            self.expected[len(self.paths)] = line.expect
        if line.name:
            self.names[len(self.paths)] = line.name
        self.paths.append(line.path)
        self._below.append(folder)

    def add_folder(self, folder: str, paths: Iterable[str]) -> None:
        """Add the recordings of a folder, each named as it lies below it."""
        self._folders.append(folder)
        for path in paths:
            self.add(ListLine(path), folder=len(self._folders) - 1)

    def settle(self) -> None:
        """All were added: find the folder that those have in common that were named from `/` on."""
        alone = {
            os.path.dirname(os.path.normpath(path))
            for path, folder in zip(self.paths, self._below, strict=True)
            if folder == _COMMON
        }
        self._folders[_COMMON] = os.path.commonpath(alone) if alone else ""

    def common_folder(self) -> str:
        """Return the longest folder that all recordings lie in."""
        found = {os.path.dirname(os.path.abspath(path)) for path in self.paths}
        return os.path.commonpath(found)


def is_many(inputs: tuple[str, ...]) -> bool:
    """Whether more is named than one recording."""
    if len(inputs) != 1:
        return True
    return inputs[0].startswith(LIST) or os.path.isdir(inputs[0])


def gather(
    named: tuple[str, ...],
    *,
    null_separated: bool,
    output: str | None,
    warn: Callable[[str], None],
) -> Inputs:
    """Return the recordings that are named, with what folders and lists hold. Raises `UsageError`.

    Without `output` replies lie beside their recordings, and are taken for none themselves.
    """
    inputs = Inputs()
    if named.count("-") + named.count("@-") > 1:
        raise UsageError("Standard input is named more than once.", "Name it once.")
    if "-" in named and len(named) > 1:
        raise UsageError(
            "- is one recording from standard input, and cannot be sent again.",
            "Send it alone, or save it first.",
        )
    for each in named:
        if each.startswith(LIST):
            lines = read_list(each[1:], null_separated=null_separated)
            _add_lines(inputs, lines, output, warn)
        elif os.path.isdir(each):
            _add_folder(inputs, each, output, warn)
        elif output is None and is_reply(each):
            inputs.left_out += 1
        else:
            inputs.add(ListLine(each))
    inputs.settle()
    for problem in inputs.unread:
        warn(problem)
    if not inputs.paths:
        what = "Nothing but replies is named" if inputs.left_out else "No recording is named"
        raise UsageError(
            f"{what}: {', '.join(map(printable, named[:3]))}.", "Name recordings, or a folder."
        )
    return inputs


def _add_lines(
    inputs: Inputs, lines: Iterator[ListLine], output: str | None, warn: Callable[[str], None]
) -> None:
    for line in lines:
        if line.path.endswith(("/", os.sep)):
            _add_folder(inputs, line.path, output, warn)
        elif output is None and not line.name and is_reply(line.path):
            inputs.left_out += 1
        else:
            inputs.add(line)


def _add_folder(
    inputs: Inputs, folder: str, output: str | None, warn: Callable[[str], None]
) -> None:
    out = os.path.realpath(output) if output else None
    if out and out == os.path.realpath(folder):
        raise UsageError(
            f"The replies would lie among the recordings of {printable(folder)}.",
            "Name another folder with -o, or leave it out: each reply then lies beside its "
            "recording.",
        )
    before = len(inputs)
    inputs.add_folder(folder, recordings_in(folder, out, inputs.unread.append))
    if len(inputs) == before:
        warn(f"There is no recording in {printable(str(Path(folder)))}.")
