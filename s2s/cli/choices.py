"""What some options of `talk` choose from."""

from __future__ import annotations

import enum


class TurnsChoice(str, enum.Enum):
    server = "server"
    semantic = "semantic"
    manual = "manual"


class EagernessChoice(str, enum.Enum):
    low = "low"
    medium = "medium"
    high = "high"
    auto = "auto"


class EffortChoice(str, enum.Enum):
    minimal = "minimal"
    low = "low"
    medium = "medium"
    high = "high"
    xhigh = "xhigh"


class EchoChoice(str, enum.Enum):
    auto = "auto"
    cancel = "cancel"
    half_duplex = "half-duplex"
    off = "off"


class BargeInChoice(str, enum.Enum):
    confirm = "confirm"
    instant = "instant"
    never = "never"


class NoiseReductionChoice(str, enum.Enum):
    near = "near"
    far = "far"
    off = "off"
