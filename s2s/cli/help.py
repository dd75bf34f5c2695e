"""How the commands present themselves: loaded when they are called, helped in the same words."""

from __future__ import annotations

import importlib
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

# Each command: where it is, and its line in `s2s --help`, so that showing that line loads nothing.
COMMANDS = {
    "talk": ("s2s.cli.talk", "Talk with the model: speak, listen, interrupt."),
    "send-wav": (
        "s2s.cli.send_wav",
        "Send a recording to the model and write down its spoken reply.",
    ),
    "record": (
        "s2s.cli.record",
        "Record the microphone until Ctrl-C, q or Enter, or as the options say.",
    ),
    "devices": (
        "s2s.cli.devices",
        "List microphones and speakers, and how each would be opened.",
    ),
    "serve": ("s2s.cli.serve", "Serve the Realtime API on 127.0.0.1, and print the URL."),
}

STATUSES = {
    0: "done",
    1: "some have failed",
    2: "a wrong option or setting, no key, a file that cannot be read or created",
    3: "the endpoint refuses: key, quota, model",
    4: "sound: no device, or nothing but zeros",
    5: "the network, or no answer for --timeout",
    6: "the reply failed, is incomplete or empty",
    7: "--max-cost is reached",
    8: "writing failed half way",
}
_ENVIRONMENT = (
    "OPENAI_API_KEY, WS_URL, MODEL, and what stands in brackets above;",
    "a .env file may hold them too (.env.example, docs/settings.md)",
)


def epilog(examples: tuple[str, ...], *statuses: int, **told: str) -> str:
    """Return what stands below a command's options: examples, environment, exit statuses.

    `told` says in other words what a status means here, as `s0="…"`.
    """
    meanings = {**STATUSES, **{int(name[1:]): text for name, text in told.items()}}
    blocks = [
        ("Examples:", examples),
        ("Environment:", _ENVIRONMENT),
        (
            "Exit status:",
            (
                *(f"{status}  {meanings[status]}" for status in statuses),
                "129, 130, 143  ended by a closed terminal, Ctrl-C, SIGTERM",
            ),
        ),
    ]
    # Behind a backspace the library keeps the ends of lines.
    shown = ("\n".join(("\b", name, *(f"  {line}" for line in lines))) for name, lines in blocks)
    return "\n\n".join(block.replace("[", r"\[") for block in shown)


class Command(TyperCommand):
    """A command whose flags are shown as flags, not as `<bool>`."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _without_types(super().get_params(ctx))


class Group(TyperGroup):
    """The same for a command with commands of its own."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _without_types(super().get_params(ctx))


class LazyGroup(Group):
    """Knows the commands by name and loads the one that is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] in COMMANDS:
            self.commands[args[0]] = _loaded(args[0])
        return super().resolve_command(ctx, args)


def _without_types(params: list[Any]) -> list[Any]:
    for param in params:
        if getattr(param, "is_flag", False) or getattr(param, "count", False):
            param.metavar, param.show_default = param.metavar or "", False
    return params


def _loaded(name: str) -> Any:
    module = importlib.import_module(COMMANDS[name][0])
    command = typer.main.get_command(module.app)
    command.name = name
    return command
