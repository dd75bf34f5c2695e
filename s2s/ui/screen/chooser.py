"""Another microphone or speaker, chosen from a list below the conversation, which goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prompt_toolkit.filters import Condition, Filter
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from s2s.conversation import events as on
from s2s.printable import printable
from s2s.ui.screen.wrapping import Row

_MOST = 8  # rows of the list at a time
_SIDE_CELLS = 12
_SYSTEMS_OWN = {"default": "the system's own"}


class DeviceChooser:
    """Open from `offer` until a device is chosen or the list is left; posts what is chosen."""

    def __init__(self, post: Callable[[on.Event], None], redraw: Callable[[], None]) -> None:
        self._post, self._redraw = post, redraw
        self._devices: Sequence[tuple[on.Side, str]] = ()
        self._at = 0

    def offer(self, devices: Sequence[tuple[on.Side, str]]) -> None:
        """Show a list, the first of it marked."""
        self._devices, self._at = devices, 0
        self._redraw()

    def rows(self, width: int) -> list[Row]:
        """Return what is shown of the list: nothing when it is not open."""
        if not self._devices:
            return []
        first = max(0, min(self._at - _MOST // 2, len(self._devices) - _MOST))
        rows: list[Row] = [
            [("class:quiet", "  Up and down to move, enter to choose, esc to leave")]
        ]
        for index, (side, name) in enumerate(self._devices[first : first + _MOST], first):
            label = printable(_SYSTEMS_OWN.get(name, name))[: max(1, width - _SIDE_CELLS - 5)]
            mark = ">" if index == self._at else " "
            style = "class:key" if index == self._at else ""
            rows.append([(style, f"  {mark} {side:{_SIDE_CELLS}}{label}")])
        return [*rows, []]

    def add_keys(self, keys: KeyBindings, typing: Filter) -> Filter:
        """Add the keys of the list; return whether it has them."""
        choosing = Condition(lambda: bool(self._devices)) & ~typing

        def moving(step: int) -> Callable[[KeyPressEvent], None]:
            def move(event: KeyPressEvent) -> None:
                self._at = max(0, min(len(self._devices) - 1, self._at + step))
                self._redraw()

            return move

        for step, names in ((-1, ("up", "k")), (1, ("down", "j"))):
            for name in names:
                keys.add(name, filter=choosing)(moving(step))

        @keys.add("enter", filter=choosing)
        def _(event: KeyPressEvent) -> None:
            side, name = self._devices[self._at]
            self._close()
            self._post(on.DeviceChosen(side, name))

        @keys.add("escape", filter=choosing)
        @keys.add("q", filter=choosing)
        @keys.add("d", filter=choosing)
        def _(event: KeyPressEvent) -> None:
            self._close()

        return choosing

    def _close(self) -> None:
        self._devices = ()
        self._redraw()
