"""Choosing from a list with the arrow keys, while the level of the highlighted microphone moves."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from s2s.audio.devices.choice import Device
from s2s.audio.devices.protocols import Side
from s2s.audio.level.meter import decibels
from s2s.errors import Stopped
from s2s.printable import printable
from s2s.ui.screen.level_line import bar, colour

if TYPE_CHECKING:
    from prompt_toolkit.application import Application
    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.key_binding import KeyPressEvent

    from s2s.audio.devices.preview import Previewed

_LONGEST_NAME = 44  # letters; the meter wants room beside it
_METER = 24  # cells
_REDRAWN_S = 0.05  # at the earliest after the last time
_ESCAPE_S = 0.05  # after Esc, until it is clear that no arrow key has begun with it
_AROUND = 3  # lines above and below the list


class Choice(NamedTuple):
    """One line of the list."""

    label: str
    device: Device
    setting: str  # what is written if it is chosen


class Picker:
    """One list: arrows move, Enter chooses, Esc or q leaves with None, Ctrl-C raises `Stopped`."""

    def __init__(self, side: Side, choices: Sequence[Choice], first: int) -> None:
        self._title = side.capitalize()
        self._choices = choices
        self._at = first
        self._heard: Previewed | None = None
        self._moved: Callable[[Device], Previewed] | None = None
        self._application: Application[Choice | None] | None = None

    def invalidate(self) -> None:
        """Draw again, soon; from any thread."""
        if self._application:
            self._application.invalidate()

    async def choose(self, listen_to: Callable[[Device], Previewed] | None = None) -> Choice | None:
        """Let the user choose; `listen_to` starts the meter of a device and returns at once."""
        self._moved = listen_to
        self._move_to(self._at)
        self._application = self._built()
        self._application.ttimeoutlen = _ESCAPE_S
        return await self._application.run_async(handle_sigint=False)

    def _built(self) -> Application[Choice | None]:
        from prompt_toolkit.application import Application
        from prompt_toolkit.data_structures import Point
        from prompt_toolkit.key_binding import KeyBindings
        from prompt_toolkit.layout import FormattedTextControl, HSplit, Layout, Window

        keys = KeyBindings()

        @keys.add("up")
        @keys.add("k")
        def _(event: KeyPressEvent) -> None:
            self._move_to(self._at - 1)

        @keys.add("down")
        @keys.add("j")
        def _(event: KeyPressEvent) -> None:
            self._move_to(self._at + 1)

        @keys.add("home")
        def _(event: KeyPressEvent) -> None:
            self._move_to(0)

        @keys.add("end")
        def _(event: KeyPressEvent) -> None:
            self._move_to(len(self._choices) - 1)

        @keys.add("enter")
        def _(event: KeyPressEvent) -> None:
            event.app.exit(result=self._choices[self._at])

        @keys.add("escape", eager=True)
        @keys.add("q")
        def _(event: KeyPressEvent) -> None:
            event.app.exit(result=None)

        @keys.add("c-c")
        def _(event: KeyPressEvent) -> None:
            event.app.exit(exception=Stopped(signal.SIGINT))

        choices = FormattedTextControl(
            self._lines,
            focusable=True,
            show_cursor=False,
            get_cursor_position=lambda: Point(0, self._at),  # kept in sight
        )
        room = max(1, shutil.get_terminal_size().lines - _AROUND)
        height = min(len(self._choices), room)
        return Application(
            Layout(
                HSplit(
                    [
                        Window(FormattedTextControl(self._heading), height=1),
                        Window(choices, height=height, wrap_lines=False),
                        Window(FormattedTextControl(self._footing), height=1),
                    ]
                )
            ),
            key_bindings=keys,
            erase_when_done=True,
            min_redraw_interval=_REDRAWN_S,
        )

    def _move_to(self, at: int) -> None:
        self._at = max(0, min(len(self._choices) - 1, at))
        if self._moved and (not self._heard or self._heard.device != self._device):
            self._heard = self._moved(self._device)

    @property
    def _device(self) -> Device:
        return self._choices[self._at].device

    def _heading(self) -> StyleAndTextTuples:
        return [("bold", self._title), ("", "  ↑ ↓ to move, Enter to choose, Esc to leave")]

    def _lines(self) -> StyleAndTextTuples:
        from prompt_toolkit.utils import get_cwidth

        labels = [printable(choice.label)[:_LONGEST_NAME] for choice in self._choices]
        widest = max(map(get_cwidth, labels))
        lines: StyleAndTextTuples = []
        for index, label in enumerate(labels):
            here = index == self._at
            padded = label + " " * (widest - get_cwidth(label))
            lines.append(("reverse" if here else "", f"{'>' if here else ' '} {padded} "))
            lines += self._level() if here else []
            lines.append(("", "\n"))
        return lines[:-1]

    def _level(self) -> StyleAndTextTuples:
        if not self._heard or self._heard.error:
            return []
        if not self._heard.meter:
            return [("", " opening…")]
        meter = self._heard.meter
        style = f"ansi{colour(meter.peak)}"
        return [
            (style, f" {bar(meter.level, _METER)}"),
            ("", f" {round(decibels(meter.peak)):4} dBFS"),
        ]

    def _footing(self) -> StyleAndTextTuples:
        if not self._heard:
            return []
        if self._heard.error:
            return [("ansired", printable(self._heard.error.message))]
        if self._heard.meter and self._heard.only_zeros:
            return [("ansiyellow", "Only zeros so far: muted?")]
        return [("", "Say something: the level should move.")]
