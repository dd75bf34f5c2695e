"""What happens in a conversation, as `s2s.aio.talk` tells it to programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Connected:
    """The endpoint has opened a session."""

    model: str
    """The model that answers."""


@dataclass(frozen=True, slots=True)
class UserStartedSpeaking:
    """The endpoint hears the user speak."""


@dataclass(frozen=True, slots=True)
class UserStoppedSpeaking:
    """The endpoint takes the user's turn for over."""


@dataclass(frozen=True, slots=True)
class UserSaid:
    """What the user has said, written down."""

    text: str
    """The words; "" if there were none."""


@dataclass(frozen=True, slots=True)
class UserWrote:
    """A text was sent in the user's name: `conversation.say`."""

    text: str
    """The text."""


@dataclass(frozen=True, slots=True)
class AssistantStartedSpeaking:
    """The first sound of a reply has reached the speaker."""


@dataclass(frozen=True, slots=True)
class AssistantText:
    """A piece of what the assistant says or writes, as it comes."""

    text: str
    """The piece."""


@dataclass(frozen=True, slots=True)
class AssistantSaid:
    """A reply has come to its end; it may sound for a while yet."""

    text: str
    """All of its words."""
    status: str
    """completed, cancelled, incomplete, or failed."""


@dataclass(frozen=True, slots=True)
class AssistantStoppedSpeaking:
    """A piece of a reply was heard to its end."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A reply was cut short, by the user's voice or by `conversation.interrupt`."""

    heard_ms: int
    """How much of it was heard, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something is amiss, and no reason to end."""

    message: str
    """What it is, as a sentence."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The conversation is over; nothing follows."""

    reason: str
    """The sentence of the error it ended with; "" if there was none."""


Event: TypeAlias = (
    Connected
    | UserStartedSpeaking
    | UserStoppedSpeaking
    | UserSaid
    | UserWrote
    | AssistantStartedSpeaking
    | AssistantText
    | AssistantSaid
    | AssistantStoppedSpeaking
    | Interrupted
    | Warned
    | Ended
)
