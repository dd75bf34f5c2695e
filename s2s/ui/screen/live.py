"""The view for a terminal: the conversation scrolls by, below it what is being said, and a toolbar.

What is settled is printed and belongs to the terminal: its scrollback is the transcript. Only the
few rows below are drawn anew, a few times a second and only where something has changed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import TextIO

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.input import create_input
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    FormattedTextControl,
    HSplit,
    Layout,
    VSplit,
    Window,
)
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import DEFAULT_ATTRS, Style

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.transcript.items import Line
from s2s.conversation.transcript.transcript import Transcript
from s2s.ui.lines import one_line
from s2s.ui.screen.chooser import DeviceChooser
from s2s.ui.screen.keys import bindings, help_rows
from s2s.ui.screen.paragraphs import paragraph, signs, warning
from s2s.ui.screen.status import Status
from s2s.ui.screen.steady import SteadyOutput
from s2s.ui.screen.wrapping import Row

TICK_S = 0.2  # between two looks at what has changed
_ESCAPE_S = 0.1  # until an escape is the key and not the beginning of another
_OFTEN = (on.AudioCaptured, do.SendAudio)  # dozens a second, for the meter only
_ROWS_BELOW = 2  # for what is typed, and the toolbar
_PROMPT_CELLS = 11
_DIM = "dim" if hasattr(DEFAULT_ATTRS, "dim") else ""  # not in every release we allow

_STYLE = Style.from_dict(
    {
        "you": "bold ansicyan",
        "assistant": "bold ansigreen",
        "warning": "bold ansiyellow",
        "quiet": _DIM,
        "state": "bold",
        "meter": "ansigreen",
        "listening": "ansigreen",
        "hearing": "ansicyan",
        "thinking": "ansiyellow",
        "speaking": "ansimagenta",
        "muted": "ansired",
        "key": "bold",
    }
)


class LiveView:
    """Observes a conversation and posts what the user presses; `run` shows it until `close`.

    It wants standard input and `out` to be a terminal, and both for itself.
    """

    def __init__(
        self,
        post: Callable[[on.Event], None],
        out: TextIO,
        transcript: Transcript,
        speaker_ms: float = 0.0,
        phrases: Sequence[str] = (),
    ) -> None:
        """`phrases` are all that the endpoint understands, where they can be told."""
        self._post = post
        self._phrases = phrases
        ascii_only = "utf" not in (out.encoding or "").lower()
        self._status = Status(speaker_ms, ascii_only=ascii_only)
        self._transcript, self._lines = transcript, transcript.reader()
        self._unprinted: list[Row] = []
        self._seen: object = None
        self._changed, self._glance = True, self._status.glance
        self._item_id, self._signs = "", 0  # what of the line being heard is printed already
        self._over = False
        self._helping = self._typing = False
        self._output = SteadyOutput(out)
        no_colour = bool(os.environ.get("NO_COLOR"))
        self._depth = ColorDepth.DEPTH_1_BIT if no_colour else ColorDepth.DEPTH_4_BIT
        self._message = Buffer(multiline=False, accept_handler=self._send)
        self._chooser = DeviceChooser(post, self._redraw_lower)
        self._app = self._application()

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Note what happens; it is shown at the next tick, a change of state at once."""
        self._status.observe(at, happening)
        if isinstance(happening, _OFTEN) or _is_silence(happening):
            return
        self._changed = True
        if isinstance(happening, do.Warn):
            self.warn(happening.message)
        elif isinstance(happening, on.DevicesListed):
            self._chooser.offer(happening.devices)
        elif isinstance(happening, do.ShowState) and self._app.is_running:
            self._app.invalidate()

    def warn(self, message: str) -> None:
        """Show a warning in its place among what is said."""
        self._take_settled()
        self._unprinted += warning(message, self._width)

    async def run(self) -> None:
        """Show the conversation until `close`; however this ends, the terminal is as before."""
        ticker = asyncio.create_task(self._tick())
        ticker.add_done_callback(self._end_with)
        try:
            with contextlib.suppress(EOFError):  # the terminal has gone
                if not self._over:
                    await self._app.run_async(handle_sigint=False, set_exception_handler=False)
        finally:
            ticker.cancel()
            if not self._over:
                self._post(on.QuitPressed())  # nobody can see what goes on
            self._print_settled()

    def close(self) -> None:
        """Let `run` return; what has been settled by the end is printed then."""
        self._over = True
        if self._app.is_running and not self._app.is_done:
            self._app.exit()

    def _end_with(self, ticker: asyncio.Task[None]) -> None:
        """Let a bug in what is shown end the view, and not freeze it."""
        bug = None if ticker.cancelled() else ticker.exception()
        if bug and self._app.is_running and not self._app.is_done:
            self._app.exit(exception=bug)

    # --- what is printed for good

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._status.tick()
            if not self._changed and self._status.glance == self._glance:
                continue
            self._changed, self._glance = False, self._status.glance
            self._print_settled()
            seen = (self._status.row(self._width), self._transcript.open())
            if seen != self._seen:
                self._seen = seen
                self._app.invalidate()

    def _take_settled(self) -> None:
        """Take the lines that are settled, and the rows that are full of one being heard."""
        for line in self._lines.settled():
            if line.role != "call":  # a warning has told of it
                self._unprinted += paragraph(line, self._width, printed=self._printed_of(line))
        for line in self._lines.late():
            self._unprinted += paragraph(line, self._width)
        first = next(iter(self._transcript.open()), None)
        if first and first.role == "assistant" and not first.cut:
            self._item_id, self._signs = first.item_id, self._printed_of(first)
            full = self._open_rows(first)[:-1]
            self._signs += sum(map(signs, full))
            self._unprinted += full

    def _printed_of(self, line: Line) -> int:
        return self._signs if line.item_id == self._item_id else 0

    def _open_rows(self, line: Line) -> list[Row]:
        return paragraph(line, self._width, is_open=True, printed=self._printed_of(line))

    def _print_settled(self) -> None:
        self._take_settled()
        if self._unprinted:
            rows, self._unprinted = self._unprinted, []
            self._print(rows)

    def _print(self, rows: list[Row]) -> None:
        """Put rows above those that are drawn: the terminal sees one write, not three."""
        text = FormattedText([each for row in rows for each in (*row, ("", "\n"))])
        drawn = self._app.is_running and not self._app.is_done
        with self._output.held():
            if drawn:
                self._app.renderer.erase()
            print_formatted_text(self._output, text, _STYLE, color_depth=self._depth)
        if drawn:
            self._app.invalidate()
        else:
            self._output.flush()

    # --- what is drawn anew

    def _application(self) -> Application[None]:
        typing = Condition(lambda: self._typing)
        self._above = Window(
            FormattedTextControl(self._open_text, focusable=True, show_cursor=False),
            dont_extend_height=True,
        )
        prompt = FormattedTextControl([("class:you", "  Message"), ("", "  ")])
        self._input = Window(BufferControl(self._message), height=1)
        message = VSplit([Window(prompt, width=_PROMPT_CELLS, height=1), self._input])
        toolbar = Window(FormattedTextControl(self._toolbar_text), height=1)
        rows = HSplit([self._above, ConditionalContainer(message, typing), toolbar])
        app: Application[None] = Application(
            Layout(rows, focused_element=self._above),
            key_bindings=bindings(self, typing, self._chooser),
            style=_STYLE,
            color_depth=self._depth,
            output=self._output,
            input=create_input(sys.stdin),
            erase_when_done=True,
        )
        app.ttimeoutlen = app.timeoutlen = _ESCAPE_S
        app.terminal_size_polling_interval = None  # a signal tells of it
        return app

    @property
    def _width(self) -> int:
        return self._output.get_size().columns

    def _open_text(self) -> FormattedText:
        """Return what is being said, of what does not fit the end, and the keys if asked for."""
        rows: list[Row] = []
        for line in self._transcript.open():
            rows += self._open_rows(line)
        below: list[Row] = [[], *self._help(), *self._chooser.rows(self._width)]
        most = max(0, self._output.get_size().rows - len(below) - _ROWS_BELOW)
        shown = [*(rows[-most:] if most else []), *below]
        return FormattedText([each for row in shown for each in (*row, ("", "\n"))][:-1])

    def _help(self) -> list[Row]:
        return help_rows(self._phrases, self._width) if self._helping else []

    def _toolbar_text(self) -> FormattedText:
        return FormattedText(self._status.row(self._width))

    # --- what the keys do

    def press(self, pressed: on.Event) -> None:
        """Hand a key over to the rules."""
        self._post(pressed)

    def toggle_help(self) -> None:
        """Show the keys, or hide them."""
        self._helping = not self._helping
        self._redraw_lower()

    def begin_typing(self, text: str = "") -> None:
        """Open the line for a message."""
        self._typing = True
        self._message.text = one_line(text)
        self._message.cursor_position = len(self._message.text)
        self._app.layout.focus(self._input)

    def end_typing(self) -> None:
        """Close the line; what was typed is gone."""
        self._typing = False
        self._message.reset()
        self._app.layout.focus(self._above)
        self._redraw_lower()

    @property
    def typed(self) -> str:
        """Return what is being typed."""
        return self._message.text

    def _send(self, buffer: Buffer) -> bool:
        if buffer.text.strip():
            self._post(on.TextEntered(buffer.text.strip()))
        self.end_typing()
        return False

    def _redraw_lower(self) -> None:
        """Draw from nothing: rows that were taken away leave no empty ones behind."""
        with self._output.held():
            self._app.renderer.erase()
        self._app.invalidate()


def _is_silence(happening: on.Event | do.Command) -> bool:
    """Whether the speaker tells, ten times a second, that nothing sounds."""
    return isinstance(happening, on.AudioPlayed) and happening.heard is None
