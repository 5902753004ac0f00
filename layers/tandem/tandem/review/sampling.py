"""Which pairs become candidates, by the policy, and who a pair is.

All that a person was called for, all thumbs-down and all below a confidence, and a random share of
the rest. The draw is a digest of the seed and the pair, so it comes out the same whenever, wherever
and in whatever order transcripts are read, and each pair is drawn on its own: whether an object is
worth reading cannot be said by its key. Only of more than the policy's number of a day, the first
of each stratum stay (`tandem.review.budget`).
"""

import hashlib
import json
from collections.abc import Iterator

from tandem.live.languages import base_of
from tandem.review.models import Pair, Pick
from tandem.review.policy import Sampling
from tandem.review.talks import RawPair

UNKNOWN = "unknown"
"""In a stratum, for what is not known of a pair."""
_RANGE = 2**64


class Sampler:
    """The policy's decisions. Cheap ones come first: most pairs are left out before anything is
    done for them."""

    def __init__(self, sampling: Sampling) -> None:
        self.policy = sampling
        self.version = sampling.digest
        self._highest_share = max(sampling.random_share, *sampling.share_of.values(), 0.0)

    def may_pick(self, pair: RawPair) -> bool:
        """False for what no stratum's share would draw, and nothing else picks."""
        return (
            pair.label is not None
            or any(self._reasons(pair))
            or chance(self.policy.seed, pair) < self._highest_share
        )

    def picks(self, pair: RawPair, stratum: str) -> tuple[Pick, ...]:
        """Why it is picked; empty if it is not."""
        reasons = tuple(self._reasons(pair))
        if reasons:
            return reasons
        share = self.policy.share_of.get(stratum, self.policy.random_share)
        return (Pick.RANDOM,) if chance(self.policy.seed, pair) < share else ()

    def stratum(self, pair: Pair, topic: str) -> str:
        """Its values of the policy's strata, joined by `|`. A language counts without its
        region."""
        values = {
            "language": base_of(pair.language),
            "channel": pair.channel,
            "model": pair.model_id or UNKNOWN,
            "topic": topic,
        }
        return "|".join(values[name] for name in self.policy.strata)

    def _reasons(self, pair: RawPair) -> Iterator[Pick]:
        policy = self.policy
        if policy.escalated and pair.escalated:
            yield Pick.ESCALATED
        if policy.thumbs_down and pair.thumbs_down:
            yield Pick.THUMBS_DOWN
        if (
            policy.below_confidence is not None
            and pair.confidence is not None
            and pair.confidence < policy.below_confidence
        ):
            yield Pick.LOW_CONFIDENCE


def chance(seed: str, pair: RawPair) -> float:
    """The pair's own number of [0, 1): evenly spread over pairs, and always the same for one."""
    drawn = _digest(seed, pair.question, pair.answer, pair.model_id)
    return int.from_bytes(drawn[:8]) / _RANGE


def candidate_id(pair: Pair) -> str:
    """Who a pair is: its question, answer and model, without personal data; how the texts are
    spaced does not matter."""
    question, answer = (" ".join(text.split()) for text in (pair.question, pair.answer))
    return f"p-{_digest(question, answer, pair.model_id).hex()[:32]}"


def _digest(*parts: str | None) -> bytes:
    return hashlib.sha256(json.dumps(parts).encode()).digest()
