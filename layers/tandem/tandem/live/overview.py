"""What happened in a period, in figures, for a lead: how many customers needed a person, why, how
long they waited for one, and how they rated it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field

from tandem.live.errors import InvalidMessage
from tandem.live.facts import ConversationFact, EscalationFact, Fact, RatingFact
from tandem.live.models import Frozen, Trigger
from tandem.live.ports import Facts

LONGEST = timedelta(days=31)
MOST_FACTS = 150_000
"""A third of a processor, which is what the function has, counts so many in half of its time."""
_HOUR = timedelta(hours=1)
_STARS = range(1, 6)


class Spread(Frozen):
    """How long something took, in seconds, rounded to tenths."""

    count: int
    median: float
    p95: float
    """Linear between order statistics: type 7 of Hyndman and Fan, “Sample Quantiles in Statistical
    Packages”, The American Statistician 50 (1996), which is numpy's default."""

    @classmethod
    def of(cls, seconds: Iterable[float]) -> "Spread | None":
        """None of nothing."""
        known = list(seconds)
        if not known:
            return None
        twentieths = quantiles(known, n=20, method="inclusive")
        return cls(count=len(known), median=round(twentieths[9], 1), p95=round(twentieths[18], 1))


class ReasonCount(Frozen):
    """How often a person was called by one trigger."""

    trigger: Trigger
    count: int


class HourCounts(Frozen):
    """What began in one hour (UTC), as far as that lies in the period."""

    start: datetime
    conversations: int
    escalations: int


class RatingFigures(Frozen):
    """What customers gave in the period; of several ratings of the same, the last."""

    stars: tuple[int, int, int, int, int]
    """How many conversations were given one star, two, … five."""
    average: float | None
    """Of the stars; null without any."""
    thumbs_up: int
    thumbs_down: int


class Overview(Frozen):
    """What happened from `from` to before `to`, as far as it is known now."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: Annotated[datetime, Field(serialization_alias="from")]
    to: datetime
    conversations: int
    """Begun in the period."""
    with_person: int
    """Of these conversations, those for which a person was called within the period."""
    share: float | None
    """`with_person` of `conversations`, 0..1; null without conversations."""
    escalations: int
    """Requested in the period, also in conversations begun before it."""
    reasons: tuple[ReasonCount, ...]
    """Of these escalations; the most frequent first."""
    claimed: int
    """Of these escalations, those that an expert has claimed and not given back to the queue."""
    expired: int
    """Of these escalations, those to which nobody came."""
    open: int
    """Of these escalations, those that have not ended: the customer waits, or talks with an expert
    (then it is `claimed`, too)."""
    claim_seconds: Spread | None
    """From request to claim; null without a claim."""
    resolve_seconds: Spread | None
    """From claim to end; null where none has ended."""
    hours: tuple[HourCounts, ...]
    """Every whole hour in UTC that touches the period, in order. Which of them make a day depends
    on the reader's time zone: whoever shows days adds them up."""
    ratings: RatingFigures


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to before `end`, in UTC.

    Raises `InvalidMessage` if there is nothing between them, or more than `LONGEST`.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise InvalidMessage("“to” must be after “from”.")
        if self.end - self.start > LONGEST:
            raise InvalidMessage(
                f"From “from” to “to” are more than {LONGEST.days} days: ask for less at a time."
            )

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        """The period of a query string, `from` and `to` in ISO 8601 with a time zone.

        Raises `InvalidMessage`.
        """
        return cls(_moment(query, "from"), _moment(query, "to"))

    @property
    def first_hour(self) -> datetime:
        return self.start.replace(minute=0, second=0, microsecond=0)

    @property
    def hours(self) -> list[datetime]:
        """When the whole hours that touch it begin; at most 745."""
        count = -((self.first_hour - self.end) // _HOUR)
        return [self.first_hour + n * _HOUR for n in range(count)]


def overview(facts: Facts, period: Period) -> Overview:
    """The figures of a period, as far as they are known now. Raises `InvalidMessage`."""
    return summarize(facts.between(period.start, period.end), period)


def summarize(facts: Iterable[Fact], period: Period) -> Overview:
    """The figures of a period's facts; these are looked at one by one, and not kept.

    Raises `InvalidMessage` if there are more than `MOST_FACTS`.
    """
    tally = _Tally(period)
    for count, fact in enumerate(facts, 1):
        if count > MOST_FACTS:
            raise InvalidMessage(
                f"From “from” to “to” more than {MOST_FACTS:,} conversations, calls for a person "
                "and ratings came together: ask for less at a time."
            )
        tally.add(fact)
    return tally.overview()


class _Tally:
    """The facts seen until now."""

    def __init__(self, period: Period) -> None:
        self._period = period
        self._begun: set[str] = set()
        self._called_for: set[str] = set()
        self._triggers: Counter[Trigger] = Counter()
        self._fates: Counter[Literal["claimed", "expired", "open"]] = Counter()
        self._claim_seconds: list[float] = []
        self._resolve_seconds: list[float] = []
        self._conversations: Counter[int] = Counter()
        self._escalations: Counter[int] = Counter()
        self._stars: Counter[int] = Counter()
        self._thumbs: Counter[Literal["up", "down"]] = Counter()

    def add(self, fact: Fact) -> None:
        match fact:
            case ConversationFact():
                self._begun.add(fact.conversation_id)
                self._conversations[self._hour(fact.at)] += 1
            case EscalationFact():
                self._called_for.add(fact.conversation_id)
                self._triggers[fact.trigger] += 1
                self._escalations[self._hour(fact.at)] += 1
                self._add_fate(fact)
            case RatingFact():
                if fact.stars is not None:
                    self._stars[fact.stars] += 1
                if fact.thumb is not None:
                    self._thumbs[fact.thumb] += 1

    def _add_fate(self, fact: EscalationFact) -> None:
        self._fates["expired"] += fact.expired
        self._fates["open"] += fact.open
        if fact.claimed_at is None:
            return
        self._fates["claimed"] += 1
        self._claim_seconds.append(_seconds(fact.at, fact.claimed_at))
        if fact.ended_at is not None:
            self._resolve_seconds.append(_seconds(fact.claimed_at, fact.ended_at))

    def _hour(self, at: datetime) -> int:
        return (at - self._period.first_hour) // _HOUR

    def overview(self) -> Overview:
        with_person = len(self._begun & self._called_for)
        by_frequency = sorted(self._triggers.items(), key=lambda pair: (-pair[1], pair[0].value))
        return Overview(
            from_=self._period.start,
            to=self._period.end,
            conversations=len(self._begun),
            with_person=with_person,
            share=with_person / len(self._begun) if self._begun else None,
            escalations=self._triggers.total(),
            reasons=tuple(ReasonCount(trigger=t, count=count) for t, count in by_frequency),
            claimed=self._fates["claimed"],
            expired=self._fates["expired"],
            open=self._fates["open"],
            claim_seconds=Spread.of(self._claim_seconds),
            resolve_seconds=Spread.of(self._resolve_seconds),
            hours=tuple(
                HourCounts(
                    start=start,
                    conversations=self._conversations[index],
                    escalations=self._escalations[index],
                )
                for index, start in enumerate(self._period.hours)
            ),
            ratings=self._ratings(),
        )

    def _ratings(self) -> RatingFigures:
        one, two, three, four, five = (self._stars[stars] for stars in _STARS)
        given = self._stars.total()
        whole = sum(stars * count for stars, count in self._stars.items())
        return RatingFigures(
            stars=(one, two, three, four, five),
            average=whole / given if given else None,
            thumbs_up=self._thumbs["up"],
            thumbs_down=self._thumbs["down"],
        )


def _seconds(start: datetime, end: datetime) -> float:
    # Two functions' clocks may differ by a little.
    return max(0.0, (end - start).total_seconds())


def _moment(query: Mapping[str, str], name: str) -> datetime:
    how = f"Write “{name}” in ISO 8601 with a time zone, such as 2026-11-23T09:00:00Z"
    written = query.get(name)
    if not written:
        raise InvalidMessage(f"“{name}” is missing. {how}.")
    try:
        moment = datetime.fromisoformat(written)
        if moment.tzinfo is None:
            raise InvalidMessage(f"“{name}” has no time zone. {how}.")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidMessage(
            f"“{name}” is no time. {how} (in an address, “+” is written as “%2B”)."
        ) from error
