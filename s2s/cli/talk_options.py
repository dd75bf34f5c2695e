"""The options of `talk` alone; what several commands share is in `options`."""

from __future__ import annotations

from typing import Annotated

import typer

from s2s.cli import options
from s2s.cli.choices import (
    BargeInChoice,
    EagernessChoice,
    EchoChoice,
    EffortChoice,
    NoiseReductionChoice,
    TurnsChoice,
)

TURNS = "Turns"
RECORDINGS = "Files and pipes"

EchoOf = Annotated[
    EchoChoice | None,
    typer.Option(
        "--echo",
        rich_help_panel=options.SOUND,
        help="What the microphone hears of the speaker: auto finds out and cancels it if need be, "
        "cancel, half-duplex (nothing is sent while the assistant speaks, you interrupt by key), "
        "off. auto unless set.",
    ),
]
HalfDuplex = Annotated[
    bool,
    typer.Option(
        "--half-duplex",
        rich_help_panel=options.SOUND,
        help="The same as --echo half-duplex.",
    ),
]
WhatSpeechDoes = Annotated[
    BargeInChoice | None,
    typer.Option(
        "--barge-in",
        rich_help_panel=TURNS,
        help="What speech over a reply does. confirm: holds it, and interrupts if it goes on or "
        "says something. instant: interrupts. never: nothing, only keys do. Unless set: confirm "
        "where the speaker is kept out of the microphone, else instant.",
    ),
]
ConfirmMs = Annotated[
    int | None,
    typer.Option(
        "--confirm-ms",
        metavar="MS",
        min=100,
        max=5_000,
        rich_help_panel=TURNS,
        help="How long speech must last to interrupt, with confirm; 400 unless set.",
    ),
]
Backchannels = Annotated[
    str | None,
    typer.Option(
        "--backchannels",
        metavar="WORDS",
        rich_help_panel=TURNS,
        help="Words that interrupt nobody with confirm, beside the known ones: 'cheers, go on'.",
    ),
]
Noise = Annotated[
    NoiseReductionChoice | None,
    typer.Option(
        "--noise-reduction",
        rich_help_panel=options.SOUND,
        help="By the endpoint: near for a headset, far for a laptop's microphone.",
    ),
]
TurnsBy = Annotated[
    TurnsChoice,
    typer.Option(
        "--turns",
        rich_help_panel=TURNS,
        help="Who ends your turn: the server by a pause, the server by what you say, or you "
        "with the space bar.",
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        min=0,
        max=1,
        rich_help_panel=TURNS,
        help="How sure of speech the server must be; 0.5 unless set.",
    ),
]
SilenceMs = Annotated[
    int | None,
    typer.Option(
        "--silence-ms",
        min=0,
        max=60_000,
        rich_help_panel=TURNS,
        help="The pause that ends a turn; 500 unless set.",
    ),
]
PrefixMs = Annotated[
    int | None,
    typer.Option(
        "--prefix-ms",
        min=0,
        max=60_000,
        rich_help_panel=TURNS,
        help="Sound from before speech was noticed; 300 unless set.",
    ),
]
IdleTimeout = Annotated[
    float | None,
    typer.Option(
        "--idle-timeout",
        metavar="SECONDS",
        min=1,
        rich_help_panel=TURNS,
        help="Silence after which the assistant speaks by itself.",
    ),
]
Eager = Annotated[
    EagernessChoice | None,
    typer.Option(
        "--eagerness",
        rich_help_panel=TURNS,
        help="How soon a semantic turn is taken for over.",
    ),
]
Speed = Annotated[
    float | None,
    typer.Option(
        "--speed",
        min=0.25,
        max=1.5,
        rich_help_panel=options.REPLY,
        help="How fast the assistant speaks, 0.25 to 1.5.",
    ),
]
Thinking = Annotated[
    EffortChoice | None,
    typer.Option(
        "--effort",
        rich_help_panel=options.REPLY,
        help="How long a reasoning model may think.",
    ),
]
Greet = Annotated[
    bool,
    typer.Option("--greet", rich_help_panel=options.REPLY, help="Let the assistant speak first."),
]
Reconnect = Annotated[
    str | None,
    typer.Option(
        "--reconnect",
        metavar="SECONDS|off",
        rich_help_panel=options.ENDPOINT,
        help="How long to try to connect again after the connection was lost; 300 unless set, "
        "off with --in.",
    ),
]
MaxMinutes = Annotated[
    float | None,
    typer.Option(
        "--max-minutes",
        metavar="MINUTES",
        min=0.01,
        help="End after so long; an answer under way is heard, for a minute at most.",
    ),
]
Save = Annotated[
    str | None,
    typer.Option(
        "--save",
        metavar="DIR",
        parser=options.path,
        help="Keep the conversation as it was heard: a stereo WAV and the transcript, "
        "in a folder of its own below DIR.",
    ),
]
SaveRaw = Annotated[
    bool,
    typer.Option(
        "--save-raw",
        help="Keep beside it what the microphone heard before the echo was cancelled.",
    ),
]
Given = Annotated[
    str | None,
    typer.Option(
        "--in",
        metavar="FILE|-",
        parser=options.path,
        rich_help_panel=RECORDINGS,
        help="A recording, or a pipe, instead of the microphone.",
    ),
]
Raw = Annotated[
    str | None,
    typer.Option(
        "--raw",
        metavar="RATE[:CHANNELS]",
        rich_help_panel=RECORDINGS,
        help="What --in reads is headerless 16-bit PCM of this rate.",
    ),
]
Out = Annotated[
    str | None,
    typer.Option(
        "--out",
        metavar="FILE|-",
        parser=options.path,
        rich_help_panel=RECORDINGS,
        help="A WAV file, or a pipe, instead of the speaker.",
    ),
]
Force = Annotated[
    bool,
    typer.Option("--force", "-f", rich_help_panel=RECORDINGS, help="Overwrite --out if it exists."),
]
Plain = Annotated[
    bool,
    typer.Option(
        "--plain",
        rich_help_panel=options.OUTPUT,
        help="One line for each happening, no toolbar, no control characters.",
    ),
]
Events = Annotated[
    str | None,
    typer.Option(
        "--events",
        metavar="FILE|-",
        parser=options.path,
        rich_help_panel=options.OUTPUT,
        help="Everything that happens as JSON lines (docs/events.md).",
    ),
]
