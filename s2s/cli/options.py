"""Options that several commands share, spelled once; a help text ends with its setting's name."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from s2s.cli import completion


def path(text: str) -> str:
    """Parse the name of a file: `~` is the home directory also after `--option=`, where a shell
    leaves it. (`Path.expanduser` raises an error for a user who is not there.)
    """
    return os.path.expanduser(text)  # noqa: PTH111


ENDPOINT = "The endpoint"
REPLY = "The reply"
SOUND = "The sound"
OUTPUT = "What is shown"

FLAG_NAMES = {
    "WS_URL": "--url",
    "MODEL": "--model",
    "S2S_VOICE": "--voice",
    "S2S_INSTRUCTIONS": "--instructions",
    "S2S_TRANSCRIBE": "--transcribe",
    "S2S_LANGUAGE": "--language",
    "S2S_TIMEOUT": "--timeout",
    "S2S_MIC": "--mic",
    "S2S_SPEAKER": "--speaker",
    "S2S_PRICES": "--prices",
}

Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        rich_help_panel=ENDPOINT,
        help="Where to connect: a host, https://…/v1, an Azure resource, a complete URL. (WS_URL)",
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME",
        rich_help_panel=ENDPOINT,
        help="The model, where the URL names none; gpt-realtime-2.1 unless set. (MODEL)",
    ),
]
Offline = Annotated[
    bool,
    typer.Option(
        "--offline",
        rich_help_panel=ENDPOINT,
        help="Talk to an endpoint on this machine: no key, no network, no language model.",
    ),
]
Timeout = Annotated[
    str | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        rich_help_panel=ENDPOINT,
        help="How long the endpoint may be silent while we wait; 30 unless set. (S2S_TIMEOUT)",
    ),
]
AllowPlain = Annotated[
    bool,
    typer.Option(
        "--allow-plain-ws",
        rich_help_panel=ENDPOINT,
        help="Allow unencrypted ws:// to another machine.",
    ),
]
EnvFile = Annotated[
    str | None,
    typer.Option(
        "--env-file",
        metavar="FILE",
        parser=path,
        rich_help_panel=ENDPOINT,
        help="Read settings from this file, not from the nearest .env. (S2S_ENV_FILE)",
    ),
]
Voice = Annotated[
    str | None,
    typer.Option(
        "--voice",
        autocompletion=completion.voices,
        metavar="NAME",
        rich_help_panel=REPLY,
        help="The assistant's voice; marin unless set. (S2S_VOICE)",
    ),
]
Instructions = Annotated[
    str | None,
    typer.Option(
        "--instructions",
        metavar="TEXT|@FILE",
        rich_help_panel=REPLY,
        help="How the assistant should behave. (S2S_INSTRUCTIONS)",
    ),
]
TextOnly = Annotated[
    bool,
    typer.Option(
        "--text-only",
        rich_help_panel=REPLY,
        help="Ask for a written reply, without audio. (S2S_TEXT_ONLY)",
    ),
]
Transcribe = Annotated[
    str | None,
    typer.Option(
        "--transcribe",
        autocompletion=completion.transcribers,
        metavar="MODEL|off",
        rich_help_panel=REPLY,
        help="The model that writes down your words; the best that is there unless set. "
        "(S2S_TRANSCRIBE)",
    ),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--language",
        metavar="CODE",
        rich_help_panel=REPLY,
        help="The language you speak, such as en or de, as a hint. (S2S_LANGUAGE)",
    ),
]
Mic = Annotated[
    str | None,
    typer.Option(
        "--mic",
        autocompletion=completion.microphones,
        metavar="DEVICE",
        rich_help_panel=SOUND,
        help="The microphone: index, name or part of it; several with commas between: the first "
        "that is there. The system's own unless set. (S2S_MIC)",
    ),
]
Speaker = Annotated[
    str | None,
    typer.Option(
        "--speaker",
        autocompletion=completion.speakers,
        metavar="DEVICE",
        rich_help_panel=SOUND,
        help="The speaker, named like the microphone. (S2S_SPEAKER)",
    ),
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", rich_help_panel=OUTPUT, help="Nothing on standard error but errors."
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        rich_help_panel=OUTPUT,
        help="One JSON object on standard output instead of the transcript (docs/json.md).",
    ),
]
LogFile = Annotated[
    str | None,
    typer.Option(
        "--log-file",
        metavar="FILE",
        parser=path,
        rich_help_panel=OUTPUT,
        help="Append everything that happens to this file; never a key. (S2S_LOG_FILE)",
    ),
]
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        rich_help_panel=OUTPUT,
        help="Log to standard error: -v connection and responses, -vv every event.",
    ),
]
