"""Where each reply goes, and that no two go to one place."""

from __future__ import annotations

import os
import sys
import unicodedata
from array import array

from s2s.app.batch.inputs import Inputs
from s2s.app.batch.naming import FAILED, MANIFEST, OURS, below, reply_name
from s2s.errors import UsageError
from s2s.printable import printable

_FOLDS = sys.platform in ("darwin", "win32")  # where `A.wav` and `a.wav` are one file


class Plan:
    """The recordings, and the reply that each of them brings."""

    def __init__(self, inputs: Inputs, output: str | None, *, written: bool = False) -> None:
        """`output`: the folder of all replies; None: each lies beside its recording.

        `written`: the replies are text.
        """
        self.inputs, self.output = inputs, output
        self.folder = output if output is not None else inputs.common_folder()
        self._written = written
        self.repeated: frozenset[int] = frozenset()  # named twice

    def __len__(self) -> int:
        return len(self.inputs) - len(self.repeated)

    def reply(self, index: int) -> str:
        """Return where the reply goes."""
        if self.output is None:
            path = self.inputs.paths[index]
            name = self.inputs.names.get(index)
            return self._beside(path, name)
        name = self._name(index)
        return name if self.output in ("", ".") else os.path.join(self.output, name)

    def key(self, index: int) -> str:
        """Return the reply's name in the manifest, which stands in `folder`."""
        if self.output is None:
            found = os.path.abspath(self.reply(index))
            return found[len(self.folder.rstrip(os.sep)) + 1 :].replace(os.sep, "/")
        return self._name(index)

    @property
    def manifest(self) -> str:
        """Where it is written down what is done."""
        return os.path.join(self.folder, MANIFEST)

    @property
    def failed(self) -> str:
        """Where the recordings that failed are listed."""
        return os.path.join(self.folder, FAILED)

    def check(self) -> None:
        """Raise `UsageError` if two replies meet, or one would spoil a recording.

        What is named twice is sent once.
        """
        replies, folders = array("q"), {""}
        for index in range(len(self.inputs)):
            place = self._place(index)
            replies.append(hash(place))
            folder = place.rpartition("/")[0]
            while folder not in folders:
                folders.add(folder)
                folder = folder.rpartition("/")[0]
        self._find_meeting(replies)
        places = set(replies)
        self._find_spoilt(places)
        for taken in (*folders, *OURS):
            if hash(_folded(taken)) in places:
                raise UsageError(
                    f"A reply would be called {printable(taken)}, which is needed for others.",
                    "Send that recording alone.",
                )

    def _name(self, index: int) -> str:
        return reply_name(self.inputs.name(index), written=self._written)

    def _beside(self, path: str, name: str | None) -> str:
        if name:
            return os.path.join(self.folder, below(name))
        return reply_name(path, written=self._written, beside=True)

    def _place(self, index: int) -> str:
        return _folded(self.key(index))

    def _find_meeting(self, replies: array[int]) -> None:
        import numpy as np

        # Nearly always all of them differ, and nothing is kept but their numbers.
        order = np.argsort(np.frombuffer(replies, np.int64), kind="stable")
        found = np.frombuffer(replies, np.int64)[order]
        repeated: set[int] = set()
        for at in np.flatnonzero(found[1:] == found[:-1]):
            first, second = int(order[at]), int(order[at + 1])
            if self._place(first) != self._place(second):
                continue
            one, other = self.inputs.paths[first], self.inputs.paths[second]
            if os.path.realpath(one) != os.path.realpath(other):
                raise UsageError(
                    f"{printable(one)} and {printable(other)} would both be answered in "
                    f"{printable(self.reply(first))}.",
                    "Send them in two runs, each with a folder of its own (-o).",
                )
            repeated.add(second)
        self.repeated = frozenset(repeated)

    def _find_spoilt(self, places: set[int]) -> None:
        """Find a recording that is where a reply would go."""
        if not os.path.isdir(self.folder):
            return  # there is nothing in it
        real, here = _Real(), os.getcwd()
        inside = os.path.realpath(self.folder).rstrip(os.sep) + os.sep
        for path in self.inputs.paths:
            folder, name = os.path.split(path)
            at = f"{real.of(os.path.normpath(os.path.join(here, folder)))}{os.sep}{name}"
            if at.startswith(inside):
                key = at[len(inside) :].replace(os.sep, "/")
                if hash(_folded(key)) in places:
                    raise UsageError(
                        f"A reply would take the place of the recording {printable(path)}.",
                        "Name another folder with -o.",
                    )


def _folded(key: str) -> str:
    return unicodedata.normalize("NFC", key).casefold() if _FOLDS else key


class _Real:
    """Real paths of folders; of those that share their beginning that is looked at once."""

    def __init__(self) -> None:
        self._known = {"": "", os.sep: os.sep}

    def of(self, folder: str) -> str:
        """Return the real path of a folder given from the root on."""
        if folder not in self._known:
            parent, name = os.path.split(folder)
            path = os.path.join(self.of(parent), name) if parent != folder else folder
            self._known[folder] = os.path.realpath(path) if os.path.islink(path) else path
        return self._known[folder]
