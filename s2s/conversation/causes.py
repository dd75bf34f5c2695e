"""Why the endpoint refuses something, whatever it writes for it: the codec knows those words."""

from __future__ import annotations

from enum import Enum, auto


class Cause(Enum):
    """What an endpoint's complaint is about, as far as it matters to the rules."""

    @property
    def code(self) -> str:
        """The code of an error that is raised because of it."""
        return self.name.lower()

    UNKNOWN = auto()
    """Anything else."""
    KEY = auto()
    """The key is wrong."""
    PERMISSION = auto()
    """The key may not do this."""
    QUOTA = auto()
    """The account's quota is used up."""
    CREDIT = auto()
    """The account's credit is used up."""
    BILLING = auto()
    """The account's own spending limit is reached."""
    ACCOUNT = auto()
    """The account is closed."""
    NO_MODEL = auto()
    """No model was named."""
    WRONG_MODEL = auto()
    """The model is none for live speech."""
    UNKNOWN_MODEL = auto()
    """There is no such model, or not for this key."""
    UNLOADED_MODEL = auto()
    """The endpoint cannot load the model."""
    OLD_API = auto()
    """What was asked for is the API's retired shape."""
    REFUSED = auto()
    """The session is refused, and no more is said."""
    EXPIRED = auto()
    """The session has lasted as long as it may."""
    SERVER = auto()
    """Something is broken on the endpoint's side."""
    RATE_LIMIT = auto()
    """Too much for now; later it works."""
    BUSY = auto()
    """Another response is under way."""
    TOO_SHORT = auto()
    """What was committed holds too little sound."""
    CROSSED = auto()
    """Two things crossed on the wire; it means nothing."""
    INTERRUPTED = auto()
    """A response was cancelled because of the user."""
