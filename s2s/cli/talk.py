"""`s2s talk`: a live conversation, both ways at once."""

from __future__ import annotations

import typer

from s2s.cli import money, options
from s2s.cli import talk_options as asked
from s2s.cli.choices import TurnsChoice
from s2s.cli.help import Command, epilog
from s2s.destination import standard
from s2s.errors import UsageError

EPILOG = epilog(
    (
        "s2s talk --offline",
        "s2s talk --voice cedar --instructions 'Answer in one sentence.' --save talks",
        "s2s talk --echo half-duplex --max-minutes 10",
        "s2s talk --max-cost 0.50 --context-limit 8000:0.5",
        "s2s talk --in question.wav --out heard.wav",
    ),
    *(0, 2, 3, 4, 5, 6, 7, 8),
    s0="you left, or the recording or the time was over",
    s6="the last response failed or was empty (with --in)",
)
app = typer.Typer(add_completion=False)


@app.command("talk", cls=Command, epilog=EPILOG)
def talk(
    mic: options.Mic = None,
    speaker: options.Speaker = None,
    echo: asked.EchoOf = None,
    half_duplex: asked.HalfDuplex = False,
    noise_reduction: asked.Noise = None,
    turns: asked.TurnsBy = TurnsChoice.server,
    threshold: asked.Threshold = None,
    silence_ms: asked.SilenceMs = None,
    prefix_ms: asked.PrefixMs = None,
    idle_timeout: asked.IdleTimeout = None,
    eagerness: asked.Eager = None,
    barge_in: asked.WhatSpeechDoes = None,
    confirm_ms: asked.ConfirmMs = None,
    backchannels: asked.Backchannels = None,
    voice: options.Voice = None,
    instructions: options.Instructions = None,
    speed: asked.Speed = None,
    effort: asked.Thinking = None,
    greet: asked.Greet = False,
    text_only: options.TextOnly = False,
    transcribe: options.Transcribe = None,
    language: options.Language = None,
    reconnect: asked.Reconnect = None,
    max_minutes: asked.MaxMinutes = None,
    max_cost: money.MaxCost = None,
    context_limit: money.ContextLimitOption = None,
    prices: money.Prices = None,
    save: asked.Save = None,
    save_raw: asked.SaveRaw = False,
    given: asked.Given = None,
    raw: asked.Raw = None,
    out: asked.Out = None,
    force: asked.Force = False,
    url: options.Url = None,
    model: options.Model = None,
    offline: options.Offline = False,
    timeout: options.Timeout = None,
    allow_plain_ws: options.AllowPlain = False,
    env_file: options.EnvFile = None,
    plain: asked.Plain = False,
    events: asked.Events = None,
    quiet: options.Quiet = False,
    log_file: options.LogFile = None,
    verbose: options.Verbose = 0,
) -> None:
    """Talk with the model: speak, listen, interrupt."""
    from s2s.app.options import TalkOptions
    from s2s.cli.inputs import raw_format, seconds_or_off
    from s2s.cli.sources import read
    from s2s.cli.talking import TalkView, run_talk

    if offline and url:
        raise UsageError("--offline and --url name two endpoints.", "Drop one of them.")
    if raw and not given:
        raise UsageError("--raw says how to read --in, and there is no --in.", "Add --in -.")
    if save_raw and not save:
        raise UsageError("--save-raw keeps a file beside --save, and there is none.", "Add --save.")
    if save_raw:
        _check_raw("--half-duplex" if half_duplex else echo and f"--echo {echo.value}", given)
    if out and text_only:
        raise UsageError("Written replies have no audio for --out.", "Drop --out or --text-only.")
    out, events = out and standard(out), events and standard(events)
    flags = {
        "WS_URL": url,
        "MODEL": model,
        "S2S_VOICE": voice,
        "S2S_INSTRUCTIONS": instructions,
        "S2S_TRANSCRIBE": transcribe,
        "S2S_LANGUAGE": language,
        "S2S_TIMEOUT": timeout,
        "S2S_MIC": mic,
        "S2S_SPEAKER": speaker,
        "S2S_LOG_FILE": log_file,
        "S2S_ENV_FILE": env_file,
        "S2S_PRICES": prices,
    }
    view = TalkView(
        save=save,
        save_raw=save_raw,
        events=events,
        beside=out != "-" and events != "-",
        offline=offline,
        plain=plain or bool(verbose),
        quiet=quiet,
    )
    outputs = {"--out": out, "--events": events}
    wanted = TalkOptions(
        settings=read(flags, env_file, verbose, view.warn, outputs, given),
        turns=turns.value,
        threshold=threshold,
        silence_ms=silence_ms,
        prefix_ms=prefix_ms,
        idle_timeout_s=idle_timeout,
        eagerness=eagerness.value if eagerness else None,
        barge_in=barge_in.value if barge_in else None,
        confirm_ms=confirm_ms,
        backchannels=tuple((backchannels or "").split(",")),
        speed=speed,
        effort=effort.value if effort else None,
        noise_reduction=noise_reduction.value if noise_reduction else None,
        greet=greet,
        half_duplex=half_duplex,
        echo=echo.value if echo else None,
        reconnect_s=seconds_or_off("--reconnect", reconnect),
        max_minutes=max_minutes,
        max_cost=max_cost,
        context_limit=money.context_limit(context_limit),
        recording=given,
        raw=raw_format(raw),
        out=out,
        force=force,
        offline=offline,
        allow_plain=allow_plain_ws,
        text_only=text_only,
    )
    run_talk(wanted, view)


def _check_raw(echo: str | None, recording: str | None) -> None:
    """Refuse to keep the same sound twice."""
    if recording and echo is None:
        echo = "--in"
    if echo in ("--half-duplex", "--echo half-duplex", "--echo off", "--in"):
        raise UsageError(
            f"--save-raw keeps what is heard before its echo is cancelled; with {echo} none is.",
            "Drop --save-raw: --save keeps what is heard.",
        )
