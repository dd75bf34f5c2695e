"""What some options of `talk` choose from."""

from __future__ import annotations

import enum


class Turns(str, enum.Enum):
    server = "server"
    semantic = "semantic"
    manual = "manual"


class Eagerness(str, enum.Enum):
    low = "low"
    medium = "medium"
    high = "high"
    auto = "auto"


class Effort(str, enum.Enum):
    minimal = "minimal"
    low = "low"
    medium = "medium"
    high = "high"
    xhigh = "xhigh"


class Echo(str, enum.Enum):
    auto = "auto"
    cancel = "cancel"
    half_duplex = "half-duplex"
    off = "off"


class BargeIn(str, enum.Enum):
    confirm = "confirm"
    instant = "instant"
    never = "never"


class NoiseReduction(str, enum.Enum):
    near = "near"
    far = "far"
    off = "off"
