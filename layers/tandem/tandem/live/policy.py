"""The policy: one typed document that decides when a person is called, and by what rules.

It is read from a parameter that can be changed without a deploy. An empty document means the
defaults below. Unknown keys are an error, so that a misspelled switch is noticed.
"""

from datetime import date, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, StringConstraints, field_validator, model_validator

from tandem.live.models import Frozen, Trigger

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Switch(Frozen):
    """A trigger of the gate that is on or off."""

    enabled: bool = True


class SentimentTrigger(Switch):
    threshold: Annotated[float, Field(ge=-1, le=1)] = -0.5
    """A person is called when the sentiment is at or below this (-1 furious … 1 delighted)."""


class GroundingTrigger(Switch):
    minimum_score: Annotated[float, Field(ge=0, le=1)] | None = None
    """Passages with a lower score are not shown to the model; with none left, a person is called.
    None: what the deployment says of its knowledge base (`MinimumPassageScore`), as scores mean
    something else in each."""


class RepetitionTrigger(Switch):
    similarity: Annotated[float, Field(gt=0, le=1)] = 0.85
    """Share of common words (Dice coefficient) from which two questions count as the same."""
    times: Annotated[int, Field(ge=2)] = 2
    """A person is called when the same question is asked for the n-th time."""


class WordTrigger(Switch):
    words: tuple[str, ...] = ()
    """Words or phrases, compared without regard to case, as whole words."""


class ThumbsTrigger(Switch):
    count: Annotated[int, Field(ge=1)] = 2


class PredictionTrigger(Switch):
    """Needs a reward model beside the answering model; without one it does nothing. Nothing of an
    answer is shown before it is judged."""

    enabled: bool = False
    rating: Annotated[float, Field(gt=1, le=5)] = 2.5
    """Answers that people would rate below this are low."""
    chance: Annotated[float, Field(gt=0, le=1)] = 0.7
    """A person is called when the chance that people would rate the answer so low is at least
    this."""


class Triggers(Frozen):
    negative_sentiment: SentimentTrigger = SentimentTrigger()
    wants_person: Switch = Switch()
    no_grounding: GroundingTrigger = GroundingTrigger()
    repeated_question: RepetitionTrigger = RepetitionTrigger()
    guardrail: Switch = Switch()
    listed_word: WordTrigger = WordTrigger()
    model_failure: Switch = Switch()
    thumbs_down: ThumbsTrigger = ThumbsTrigger()
    predicted_low: PredictionTrigger = PredictionTrigger()

    def enabled(self, trigger: Trigger) -> bool:
        switch = getattr(self, trigger.value, None)
        return switch is None or bool(switch.enabled)


class Interval(Frozen):
    """Opening hours of a day, `start` included, `end` excluded; `24:00` is written as `00:00`."""

    start: time
    end: time

    @model_validator(mode="after")
    def _ordered(self) -> "Interval":
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError("opening hours are in the time zone of the working hours: no offset")
        if self.end != time(0) and self.start >= self.end:
            raise ValueError(f"opening hours must end after they start: {self.start}-{self.end}")
        return self


class WorkingHours(Frozen):
    """When a tier's people are there. A day may have several intervals (a lunch break is a gap)."""

    timezone: str = "UTC"
    days: dict[Weekday, tuple[Interval, ...]]
    holidays: tuple[date, ...] = ()
    """ISO dates (`2026-12-25`) on which nobody is there."""

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"unknown time zone {name!r}: use an IANA name") from error
        return name


class Tier(Frozen):
    """One rung of the ladder: who is called, and how long they have to claim."""

    name: str
    topic: Literal["experts", "leads"] = "experts"
    claim_within_seconds: Annotated[int, Field(ge=1, le=86_400)] = 300
    hours: WorkingHours | None = None
    """None: always there."""


class Answering(Frozen):
    max_passages: Annotated[int, Field(ge=1, le=20)] = 5
    max_tokens: Annotated[int, Field(ge=16, le=8192)] = 600
    history_tokens: Annotated[int, Field(ge=0, le=100_000)] = 1500
    """Bound on the history given to the model, at four characters a token."""
    temperature: Annotated[float, Field(ge=0, le=1)] = 0.0
    best_of: Annotated[int, Field(ge=1, le=8)] = 1
    """So many drafts of each answer are made at the same time, and the one that people would rate
    best goes out. Needs a reward model beside the answering model; without one, there is one draft.
    With more than one, nothing of an answer is shown before all are judged."""
    draft_temperature: Annotated[float, Field(gt=0, le=1)] = 0.7
    """Of the drafts after the first, which is made at `temperature`."""
    instructions: str = ""
    """Added to the system prompt: tone, product, what not to talk about."""
    lease_seconds: Annotated[int, Field(ge=1, le=900)] = 45
    """How long a turn may take before it counts as lost. Must exceed the function's timeout."""
    max_attempts: Annotated[int, Field(ge=1, le=10)] = 3
    """How often a lost turn is tried before a person is called."""


class Presence(Frozen):
    heartbeat_seconds: Annotated[int, Field(ge=1, le=86_400)] = 120
    """An expert who shows no sign of life for so long gives the conversation back to the queue.
    Browsers let a hidden tab do something only once a minute: less than 90 is for other desks than
    Tandem's own page."""
    resolve_within_seconds: Annotated[int, Field(ge=2, le=604_800)] = 28_800

    @model_validator(mode="after")
    def _heartbeat_is_shorter(self) -> "Presence":
        if self.heartbeat_seconds >= self.resolve_within_seconds:
            raise ValueError("heartbeat_seconds must be less than resolve_within_seconds")
        return self


class Limits(Frozen):
    max_message_chars: Annotated[int, Field(ge=1, le=30_000)] = 4000
    idle_minutes: Annotated[float, Field(gt=0, le=43_200)] = 60
    token_minutes: Annotated[int, Field(ge=1, le=1440)] = 240
    guest_conversations_per_minute: Annotated[int, Field(ge=1)] = 20
    """By network address."""


Suggestion = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Chat(Frozen):
    """What the customer's chat says before anybody has written, by language (ISO 639-1, or a tag
    such as `de-AT`). What is not given here has a default in English, some in further languages."""

    title: dict[str, Annotated[str, StringConstraints(min_length=1, max_length=100)]] = {}
    greeting: dict[str, Annotated[str, StringConstraints(min_length=1, max_length=1000)]] = {}
    suggestions: dict[str, Annotated[tuple[Suggestion, ...], Field(max_length=6)]] = {}
    """Questions to begin with: `{"en": ["…", "…"]}`."""


class CannedReply(Frozen):
    """A text that experts often write, under a title by which they find it."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    text: Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class Desk(Frozen):
    canned_replies: Annotated[tuple[CannedReply, ...], Field(max_length=50)] = ()


class Policy(Frozen):
    """The whole policy document."""

    version: Literal["1"] = "1"
    triggers: Triggers = Triggers()
    answering: Answering = Answering()
    ladder: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=5)] = (
        Tier(name="primary", topic="experts"),
        Tier(name="lead", topic="leads"),
    )
    presence: Presence = Presence()
    limits: Limits = Limits()
    texts: dict[str, dict[str, str]] = {}
    """Own wording of status lines: `{"person_coming": {"en": "…", "de": "…"}}`."""
    mail_messages: Annotated[int, Field(ge=0, le=20)] = 6
    """How many of the last messages the experts' e-mail carries, redacted."""
    chat: Chat = Chat()
    desk: Desk = Desk()
