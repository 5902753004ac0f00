"""The tuning module's policy: when a training starts, what a candidate proves, how it goes live.

A document of its own, read from a parameter that can be changed without a deploy. An empty document
means the defaults below; unknown keys are an error.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from tandem.live.models import Frozen

Share = Annotated[float, Field(ge=0, le=1)]
Method = Literal["auto", "reward-model", "rl", "offline-ppo", "dpo", "sft", "blog-ppo"]
Hours = Annotated[float, Field(gt=0, le=120)]


class Training(Frozen):
    """When a training starts by itself, and with what."""

    automatic: bool = True
    """Off: only a lead starts one."""
    minimum_ratings: Annotated[int, Field(ge=30)] = 50
    """Rated answers for training. Fewer than 30 teach nothing that would be true elsewhere."""
    minimum_new: Annotated[int, Field(ge=1)] = 50
    """Rated answers that are new or changed since the last training."""
    method: Method = "auto"
    hyperparameters: Annotated[
        dict[str, Annotated[str, StringConstraints(max_length=2500)]], Field(max_length=90)
    ] = {}
    """Of the trainer, beyond `method`; see docs/tuning.md."""
    instance_type: Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9.-]+$")] = "ml.g5.2xlarge"
    volume_gb: Annotated[int, Field(ge=10, le=16_384)] = 100
    most_hours: Hours = 6
    """After which a training is stopped."""
    spot: bool = True
    """Spare capacity, at a fraction of the price; it may be interrupted, and goes on."""
    spot_wait_hours: Annotated[float, Field(ge=0, le=120)] = 12
    """How long to wait for it at most, beyond `most_hours`."""


class Comparing(Frozen):
    """The blind comparison by reviewers."""

    enabled: bool = True
    """Off: what the judge predicts decides alone. A judge can be fooled; people less so."""
    detect_win_rate: Annotated[float, Field(gt=0.5, lt=1)] = 0.65
    """Share of pairs that a candidate worth having wins, of those that are not the same."""
    power: Annotated[float, Field(ge=0.5, lt=1)] = 0.8
    """The chance to see it."""
    most_pairs: Annotated[int, Field(ge=1, le=2000)] = 300
    hold_seconds: Annotated[int, Field(ge=1, le=86_400)] = 300
    """How long a pair is locked for a reviewer."""


class Gate(Frozen):
    """What a candidate has to prove before a lead may approve it."""

    confidence: Annotated[float, Field(ge=0.5, lt=1)] = 0.95
    """Of the bootstrap's and the comparison's lower bounds, one-sided."""
    minimum_prompts: Annotated[int, Field(ge=1)] = 20
    """Questions in the frozen test; with fewer nothing can be proven."""
    minimum_topics: Annotated[int, Field(ge=1)] = 5
    """Topics that they are of: whole topics are drawn for the judge's bound, and of fewer nearly
    every draw is the same."""
    most_prompts: Annotated[int, Field(ge=1, le=2000)] = 200
    """Of the test that are asked of the live model: each costs an answer."""
    most_kl: Annotated[float, Field(gt=0)] = 5.0
    """Nats per answer, from the base."""
    shortest: Annotated[float, Field(gt=0, le=1)] = 0.5
    longest: Annotated[float, Field(ge=1)] = 2.0
    """Mean length of its answers, as a multiple of the live model's."""
    most_repetition: Share = 0.05
    """Share of repeated word triples, beyond the live model's."""
    most_refusals: Share = 0.05
    """Share of answers that are none (refusals, empty), beyond the live model's."""
    most_for_several: Share = 0.1
    """Share of answers that several questions get alike, beyond the live model's."""
    most_lost: Share = 0.15
    """Share of questions at whose answers the judge sees it fall by a whole point or more: what was
    forgotten does not show in the mean of all."""
    comparing: Comparing = Comparing()


class TrialPolicy(Frozen):
    """What share of conversations a candidate answers first, and what ends it."""

    share: Annotated[float, Field(ge=0, le=1)] = 0.1
    """0: no trial; an approved candidate is live at once."""
    minimum_conversations: Annotated[int, Field(ge=1)] = 100
    """Of the candidate, before a trial can end well."""
    false_alarm: Annotated[float, Field(gt=0, le=0.5)] = 0.05
    """Most chance that a candidate that is no worse is rolled back."""
    worse_by: Annotated[float, Field(gt=1, le=10)] = 1.5
    """Ratio of bad conversations that must not go unnoticed: a trial ends well only when so much
    worse is ruled out, with the same chance of error."""
    most_days: Annotated[int, Field(ge=1, le=365)] = 30
    """After which a lead has to decide."""
    ends_by_itself: bool = True
    """Off: a lead makes a candidate live; rolling back happens by itself in any case."""


class HostingPolicy(Frozen):
    """Where trained weights are served."""

    on: Literal["endpoint", "bedrock"] = "endpoint"
    """`bedrock`: custom model import, for architectures that it takes."""
    instance_type: Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9.-]+$")] = "ml.g5.xlarge"
    instance_count: Annotated[int, Field(ge=1, le=50)] = 2
    """A canary is at most half of them: 1 means all at once."""
    canary_minutes: Annotated[int, Field(ge=1, le=60)] = 10
    keep_previous_hours: Annotated[float, Field(ge=0, le=8760)] = 72
    """How long the endpoint of the model before stays, so that a rollback takes no time."""
    provider: str | None = None
    """`bedrock`: of the base's architecture (`meta`, `mistral`)."""
    base_model_id: str | None = None

    @model_validator(mode="after")
    def _told(self) -> Self:
        if self.on == "bedrock" and not self.provider:
            raise ValueError("hosting on bedrock: give the provider of the base, such as meta")
        return self


class TuningPolicy(Frozen):
    """The whole document."""

    version: Literal["1"] = "1"
    training: Training = Training()
    gate: Gate = Gate()
    trial: TrialPolicy = TrialPolicy()
    hosting: HostingPolicy = HostingPolicy()
