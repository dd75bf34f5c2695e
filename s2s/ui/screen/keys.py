"""The keys of the live view: what each does, and how it is told."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Protocol

from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from s2s.conversation import events as on
from s2s.printable import printable
from s2s.ui.screen.chooser import DeviceChooser
from s2s.ui.screen.wrapping import Row

_HELP = (
    ("m", "mute"),
    ("space", "begin or end your turn, with --turns manual"),
    ("esc, i", "interrupt the reply"),
    ("d", "choose another microphone or speaker"),
    ("t, enter", "type a message: enter sends it, esc leaves"),
    ("ctrl-c", "interrupt the reply, or leave"),
    ("q, ctrl-d", "quit"),
    ("?", "hide this"),
)


class KeyTarget(Protocol):
    """What the keys act on."""

    def press(self, pressed: on.Event) -> None: ...

    def toggle_help(self) -> None: ...

    def begin_typing(self, text: str = "") -> None: ...

    def end_typing(self) -> None: ...

    @property
    def typed(self) -> str: ...


def bindings(view: KeyTarget, typing: Condition, chooser: DeviceChooser) -> KeyBindings:
    """Return the keys; while a message is being typed, most of them are letters.

    While a device is being chosen, some are the list's.
    """
    keys = KeyBindings()
    free = ~typing & ~chooser.add_keys(keys, typing)
    pressed: list[tuple[tuple[str, ...], on.Event]] = [
        (("m", "M"), on.MutePressed()),
        ((" ",), on.TalkPressed()),
        (("i", "I", "escape"), on.InterruptPressed()),
        (("q", "Q", "c-d"), on.QuitPressed()),
        (("d", "D"), on.DevicesAsked()),
    ]
    for names, fact in pressed:
        for name in names:
            keys.add(name, filter=free, eager=True)(_pressing(view, fact))
    keys.add("c-c")(_pressing(view, on.StopPressed()))

    @keys.add("?", filter=free)
    def _(event: KeyPressEvent) -> None:
        view.toggle_help()

    @keys.add("t", filter=free)
    @keys.add("T", filter=free)
    @keys.add("enter", filter=free)
    def _(event: KeyPressEvent) -> None:
        view.begin_typing()

    @keys.add(Keys.BracketedPaste, filter=~typing)
    def _(event: KeyPressEvent) -> None:
        view.begin_typing(event.data)

    @keys.add(Keys.BracketedPaste, filter=typing)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text(" ".join(map(printable, event.data.splitlines())))

    @keys.add("escape", filter=typing)
    def _(event: KeyPressEvent) -> None:
        view.end_typing()

    @keys.add("c-d", filter=typing & Condition(lambda: not view.typed))
    def _(event: KeyPressEvent) -> None:
        view.press(on.QuitPressed())

    @keys.add("c-z")
    def _(event: KeyPressEvent) -> None:
        event.app.suspend_to_background()

    return keys


def help_rows(phrases: Sequence[str], width: int) -> list[Row]:
    """Return the keys and what they do; `phrases` are all that the endpoint understands."""
    told = list(_HELP)
    rows = textwrap.wrap(", ".join(phrases), max(20, width - 13), break_long_words=False)
    told += [("you say" if row is rows[0] else "", row) for row in rows]
    return [
        *([("class:key", f" {key:>9}"), ("class:quiet", f"  {what}")] for key, what in told),
        [],
    ]


def _pressing(view: KeyTarget, fact: on.Event) -> Callable[[KeyPressEvent], None]:
    def handle(event: KeyPressEvent) -> None:
        view.press(fact)

    return handle
