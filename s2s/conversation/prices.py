"""What a model's tokens cost, and what a response or a transcription has cost by that.

Money is `Decimal`, in US dollars: sums of it are exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from s2s.conversation.usage import Tokens, Usage

_MILLION = 1_000_000
_TOKENS_A_MINUTE = 600  # of a user's sound: one for 100 ms (OpenAI's guide to costs)
_SNAPSHOT = re.compile(r"-20\d\d-\d\d-\d\d$")


@dataclass(frozen=True, slots=True)
class Rates:
    """What tokens of one kind cost, in dollars a million; None: that is not known."""

    input: Decimal | None = None
    """That the model reads."""
    cached: Decimal | None = None
    """That it reads again; None: as much as `input`."""
    output: Decimal | None = None
    """That it says or writes."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one model costs."""

    text: Rates = Rates()
    audio: Rates = Rates()
    image: Rates = Rates()
    per_minute: Decimal | None = None
    """Dollars a minute of sound, where that is what is paid."""

    def of_response(self, usage: Usage) -> Decimal | None:
        """Return what a response has cost; None: something in it has no price."""
        return _sum([*self._given(usage.input), *self._made(usage.output)])

    def of_transcription(self, usage: Usage) -> Decimal | None:
        """Return what a transcription has cost; None: it has no price.

        Where a minute has the price and tokens are told, 600 of them are a minute.
        """
        if self.per_minute is None:
            if usage.seconds:
                return None
            written = Tokens(usage.output.total, text=usage.output.total)
            return _sum([*self._given(usage.input), *self._made(written)])
        tokens = Decimal(usage.input.audio or usage.input.total)
        minutes = Decimal(str(usage.seconds)) / 60 if usage.seconds else tokens / _TOKENS_A_MINUTE
        return minutes * self.per_minute

    def _given(self, tokens: Tokens) -> Iterator[tuple[int, Decimal | None]]:
        """Give counts of tokens, and what a million of them costs; cached ones are of the others.

        What an endpoint calls cached without saying of which kind is taken from the cheapest.
        """
        yield _of_no_kind(tokens), None
        told = tokens.cached_text + tokens.cached_audio + tokens.cached_image
        rest = max(0, tokens.cached - told)
        for rates, count, cached in (
            (self.text, tokens.text, tokens.cached_text),
            (self.image, tokens.image, tokens.cached_image),
            (self.audio, tokens.audio, tokens.cached_audio),
        ):
            known = min(cached, count)
            guessed = min(rest, count - known)
            rest -= guessed
            again = known + guessed
            yield count - again, rates.input
            yield again, rates.input if rates.cached is None else rates.cached

    def _made(self, tokens: Tokens) -> Iterator[tuple[int, Decimal | None]]:
        yield _of_no_kind(tokens), None
        yield tokens.text, self.text.output
        yield tokens.audio, self.audio.output
        yield tokens.image, self.image.output


def _of_no_kind(tokens: Tokens) -> int:
    return max(0, tokens.total - tokens.text - tokens.audio - tokens.image)


def _sum(counts: list[tuple[int, Decimal | None]]) -> Decimal | None:
    whole = Decimal(0)
    for count, rate in counts:
        if count and rate is None:
            return None
        whole += count * (rate or Decimal(0)) / _MILLION
    return whole


_NOTHING = Rates(Decimal(0), Decimal(0), Decimal(0))
FREE = Price(_NOTHING, _NOTHING, _NOTHING, Decimal(0))


@dataclass(frozen=True, slots=True)
class Prices:
    """What models cost, by name; a dated snapshot costs what its model costs."""

    listed: Mapping[str, Price] = field(default_factory=dict)
    """Those we know of."""
    own: Mapping[str, Price] = field(default_factory=dict)
    """Those the user has stated: they come first."""
    date: str = ""
    """The day that `listed` is of."""
    free: bool = False
    """Whatever it is called, it costs nothing: it runs on this machine."""

    def of(self, model: str, asked: str = "") -> Price | None:
        """Return the price of `model`, which the endpoint says it runs; None: it has none.

        What the user has stated may be for the name that was `asked` for, of a deployment, say.
        """
        if self.free:
            return FREE
        return _found(self.own, asked) or _found(self.own, model) or _found(self.listed, model)


def _found(prices: Mapping[str, Price], name: str) -> Price | None:
    return prices.get(name) or prices.get(_SNAPSHOT.sub("", name))


@dataclass(frozen=True, slots=True)
class Money:
    """What it costs to talk with an endpoint, and how much may be spent."""

    prices: Prices
    model: str
    """The model that is asked for; the endpoint may say that it runs another."""
    most: Decimal | None = None
    """Dollars; None: whatever it takes."""
    before: Decimal = Decimal(0)
    """Dollars that were spent before the session began."""
    unpriced_before: tuple[str, ...] = ()
    """What is not in that, and why."""

    def of_sound(self, seconds: float) -> Decimal | None:
        """Return about what it costs that the model hears so much; None: it has no price."""
        price = self.prices.of(self.model, self.model)
        if price is None or price.audio.input is None:
            return None
        tokens = Decimal(str(seconds)) * _TOKENS_A_MINUTE / 60
        return tokens * price.audio.input / _MILLION

    def unpriced(self, transcribers: tuple[str, ...]) -> list[str]:
        """Return those of the models, the session's and `transcribers`, that have no price."""
        models = (self.model, *transcribers)
        return [model for model in models if self.prices.of(model, model) is None]
