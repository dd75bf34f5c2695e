"""Which rule is for which fact: a table in which every fact has its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import PhaseChanged

Handlers = dict[type, Callable[[Any], list[do.Command]]]

IGNORED_BY_AN_EXCHANGE = (
    on.ItemAdded, on.ItemDeleted, on.Ignored, on.SpeechStarted, on.SpeechStopped,
    on.Uploaded, on.SendingStalled, PhaseChanged,  # progress at most
    on.AudioCaptured, on.CaptureEnded, on.MicrophoneDead, on.DeviceLost, on.PartStarted,
    on.PartPlayed, on.AudioPlayed, on.PlayoutUnderrun, on.PlayoutCleared, on.TalkPressed,
    on.MutePressed, on.InterruptPressed, on.TextEntered, on.StopPressed, on.QuitPressed,
    on.PlayoutHeld, on.PlayoutResumed, on.VoiceStarted, on.VoiceStopped, on.EchoJudged,
    on.DeviceBack, on.DeviceStillGone, on.DevicePaused, on.StoodStill, on.DevicesListed,
    on.DevicesAsked, on.DeviceChosen,
    on.SessionExpires, on.NextConnected, on.NextFailed, on.AudioDropped,
)  # fmt: skip
IGNORED_BY_A_CONVERSATION = (
    on.DevicePaused,  # for those who watch
    on.ItemAdded, on.ItemDeleted, on.UserTextReceived, on.Ignored,  # progress at most
    on.PlayoutUnderrun, on.PlayoutHeld, on.PlayoutResumed, PhaseChanged,  # for those who watch
    on.Uploaded, on.UploadEnded, on.UploadStalled, on.UploadFailed,
)  # fmt: skip


def ignore(event: on.Event) -> list[do.Command]:
    """Do nothing about a fact that a table names as of no concern."""
    return []
