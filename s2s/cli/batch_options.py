"""The options of `send-wav` for many recordings."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

MANY = "Many recordings"


class Pace(str, enum.Enum):
    burst = "burst"
    realtime = "realtime"


Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        min=1,
        max=1000,
        rich_help_panel=MANY,
        help="How many are sent at once; 8 unless set.",
    ),
]
Retries = Annotated[
    int | None,
    typer.Option(
        "--retries",
        metavar="N",
        min=0,
        max=1000,
        rich_help_panel=MANY,
        help="How often a recording is sent again after a lost connection, a busy endpoint, a rate "
        "limit; 3 unless set, for a single one 0.",
    ),
]
OneConversation = Annotated[
    bool,
    typer.Option(
        "--one-conversation",
        rich_help_panel=MANY,
        help="The recordings are the turns of one conversation, in order.",
    ),
]
NullSeparated = Annotated[
    bool,
    typer.Option(
        "--null",
        "-0",
        rich_help_panel=MANY,
        help="The names in an @LIST end with a NUL, as `find -print0` writes them.",
    ),
]
Redo = Annotated[
    bool,
    typer.Option("--redo", rich_help_panel=MANY, help="Send again what an earlier run has done."),
]
SkipExisting = Annotated[
    bool,
    typer.Option(
        "--skip-existing",
        rich_help_panel=MANY,
        help="Take every recording for done that has an output, whoever made it.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        "-n",
        rich_help_panel=MANY,
        help="Say what would be sent, and send nothing.",
    ),
]
Expect = Annotated[
    str | None,
    typer.Option(
        "--expect",
        metavar="REGEX",
        rich_help_panel=MANY,
        help="Fail a recording whose reply does not hold this, in any case of letters.",
    ),
]
MaxFirstAudio = Annotated[
    float | None,
    typer.Option(
        "--max-first-audio",
        metavar="MS",
        min=1,
        rich_help_panel=MANY,
        help="Fail a recording whose reply takes longer to begin.",
    ),
]
PaceOption = Annotated[
    Pace,
    typer.Option(
        "--pace",
        rich_help_panel=MANY,
        help="burst: as fast as the network takes it. realtime: as it was spoken, and the endpoint "
        "finds the end of the turn.",
    ),
]
