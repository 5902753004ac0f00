"""What passes the gate that is known to be worse, and what is refused that is known to be better.

Each world has twenty candidates that are planted bad, ten that are better and five that are no
different, as `tests/unit/tuning/planted.py` tells; each goes through evaluation, blind comparison
and verdict, once with a judge and once where there were too few ratings for one, so that people
decide alone. No model is run.
"""

import argparse
import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from statistics import fmean

from tandem.tuning.statistics import lower_bound
from tests.unit.tuning.planted import Judged, PlantedWorld, judge_planted

WORLDS = 20
BAD, GOOD, AT_LEAST = 20, 10, 8
_CONFIDENCE = 0.95
_BAD = frozenset({"hacked", "collapsed", "too long", "repeating", "forgetting"})


def main(worlds: int = WORLDS, *, first_seed: int = 0) -> list[list[Judged]]:
    """What became of every candidate: of each world those with a judge, then those without."""
    seeds = range(first_seed, first_seed + worlds)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return [judged for world in pool.map(_world, seeds) for judged in world]


def _world(seed: int) -> tuple[list[Judged], list[Judged]]:
    world = PlantedWorld(seed)
    planted = [*world.bad(), *world.no_different(), *world.good()]
    with_judge = [judge_planted(world, *each) for each in planted]
    without = [judge_planted(world, *each, with_judge=False) for each in planted]
    return with_judge, without


def table(found: Sequence[Sequence[Judged]]) -> str:
    lines = [
        "| planted | truth: gain, mean (least, most) | passed, with a judge | refused by"
        " | passed, people alone | pairs compared |",
        "|---|---|---|---|---|---|",
    ]
    with_judge, without = found[::2], found[1::2]
    for kind in dict.fromkeys(each.kind for world in with_judge for each in world):
        judged = [each for world in with_judge for each in world if each.kind == kind]
        alone = [each for world in without for each in world if each.kind == kind]
        gains = [each.gain for each in judged]
        by = Counter(each.by[0] for each in judged if each.by)
        compared = [each.chosen for each in judged if each.chosen]
        lines.append(
            f"| {kind} | {fmean(gains):+.2f} ({min(gains):+.2f}, {max(gains):+.2f})"
            f" | {sum(each.passed for each in judged)} of {len(judged)}"
            f" | {', '.join(f'{name} {times}' for name, times in by.most_common())}"
            f" | {sum(each.passed for each in alone)} of {len(alone)}"
            f" | {f'{fmean(compared):.0f}' if compared else '–'} |"
        )
    return "\n".join(
        [*lines, "", *map(_said, ("with a judge", "people alone"), (with_judge, without))]
    )


def _said(how: str, worlds: Sequence[Sequence[Judged]]) -> str:
    bad = sum(each.passed for world in worlds for each in world if each.kind in _BAD)
    planted = BAD * len(worlds)
    passed = [sum(each.passed for each in world if each.kind == "better") for world in worlds]
    good = sum(passed)
    at_most = 1 - lower_bound(planted - bad, planted, _CONFIDENCE)
    return (
        f"{how}: {bad} of {planted} bad ones passed (at most {at_most:.2%} with 95 % confidence);"
        f" {good} of {len(worlds) * GOOD} better ones, {min(passed)} of ten at the least, at least"
        f" {AT_LEAST} in {sum(each >= AT_LEAST for each in passed)} of {len(worlds)} worlds"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=WORLDS)
    parser.add_argument("--first-seed", type=int, default=0)
    options = parser.parse_args()
    print(table(main(options.worlds, first_seed=options.first_seed)))
