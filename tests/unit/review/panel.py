"""A panel of simulated reviewers who rate items whose true quality is known."""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from tandem.review.models import Rating
from tests.fakes import START

type Kind = Literal["honest", "random", "inverted"]


@dataclass(frozen=True)
class Panel:
    """`truth` by item, `kinds` by reviewer, and what they said."""

    truth: dict[str, float]
    kinds: dict[str, Kind]
    ratings: list[Rating]

    def of_kind(self, *kinds: Kind) -> set[str]:
        return {name for name, kind in self.kinds.items() if kind in kinds}


def rated(
    item: str, reviewer: str, rating: int, minutes: float = 0, better_answer: str = ""
) -> Rating:
    return Rating(
        candidate_id=item,
        job="j1",
        reviewer=reviewer,
        rating=rating,
        better_answer=better_answer,
        at=START + timedelta(minutes=minutes),
    )


def panel(
    seed: int,
    *,
    items: int = 600,
    reviewers: int = 20,
    per_item: int = 3,
    bad: float = 0.1,
    good_answers: float = 0.0,
) -> Panel:
    """One tenth rates at random and one tenth inverted, at least one each; everybody else says the
    truth with noise (sigma 0.7) and a bias of their own (up to half a point). Of `good_answers` the
    truth is 5; the others are anything."""
    dice = random.Random(seed)
    names = [f"r{n:02d}" for n in range(reviewers)]
    number = max(1, round(reviewers * bad)) if bad else 0
    kinds: dict[str, Kind] = dict.fromkeys(names, "honest")
    shuffled = dice.sample(names, len(names))
    kinds |= dict.fromkeys(shuffled[:number], "random")
    kinds |= dict.fromkeys(shuffled[number : 2 * number], "inverted")
    bias = {name: dice.uniform(-0.5, 0.5) for name in names}
    truth = {
        f"c{n:04d}": 5.0 if good_answers and dice.random() < good_answers else dice.uniform(1, 5)
        for n in range(items)
    }
    ratings = []
    for minute, (item, value) in enumerate(truth.items()):
        for name in dice.sample(names, per_item):
            seen = value + bias[name] + dice.gauss(0, 0.7)
            said = {"honest": seen, "inverted": 6 - seen, "random": dice.uniform(0.5, 5.5)}
            score = min(5, max(1, round(said[kinds[name]])))
            ratings.append(rated(item, name, score, minute))
    return Panel(truth, kinds, ratings)
