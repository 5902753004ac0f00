"""Of twenty candidates that are planted bad none passes the gate, of ten that are better at least
eight do; `benchmarks/gate.py` does the same with many more worlds."""

import pytest

from tandem.tuning.models import VersionStatus
from tests.unit.tuning.planted import (
    PlantedWorld,
    compared_by_people,
    judge_planted,
    planted_scene,
)

type Candidate = tuple[str, dict[str, str]]


@pytest.fixture(scope="module")
def world() -> PlantedWorld:
    return PlantedWorld(100)


@pytest.fixture(scope="module")
def bad(world: PlantedWorld) -> list[Candidate]:
    return list(world.bad())


@pytest.fixture(scope="module")
def good(world: PlantedWorld) -> list[Candidate]:
    return list(world.good())


@pytest.mark.parametrize("with_judge", [True, False])
def test_of_twenty_bad_ones_none_passes(
    world: PlantedWorld, bad: list[Candidate], with_judge: bool
) -> None:
    judged = [judge_planted(world, *each, with_judge=with_judge) for each in bad]

    assert len(judged) == 20
    assert all(each.gain < 0 for each in judged), "they are planted as bad ones"
    assert [each for each in judged if each.passed] == []


@pytest.mark.parametrize("with_judge", [True, False])
def test_of_ten_better_ones_at_least_eight_pass(
    world: PlantedWorld, good: list[Candidate], with_judge: bool
) -> None:
    judged = [judge_planted(world, *each, with_judge=with_judge) for each in good]

    assert len(judged) == 10
    assert all(each.gain > 0.3 for each in judged), "they are planted as better ones"
    assert sum(each.passed for each in judged) >= 8


def test_what_was_made_for_the_judge_is_refused_by_people(
    world: PlantedWorld, bad: list[Candidate]
) -> None:
    hacked = [judge_planted(world, *each) for each in bad if each[0] == "hacked"]

    assert [each.by for each in hacked] == [("comparison",)] * 4


@pytest.mark.parametrize("kind", ["hacked", "better"])
def test_people_at_the_page_decide_the_same_way(
    world: PlantedWorld, bad: list[Candidate], good: list[Candidate], kind: str
) -> None:
    answers = [answers for name, answers in [*bad, *good] if name == kind][-1]
    scene = planted_scene(world, answers)
    scene.evaluates()

    version = compared_by_people(world, scene)

    wanted = VersionStatus.PASSED if kind == "better" else VersionStatus.REFUSED
    assert version.status is wanted
    assert version.comparison is not None
    assert version.comparison.done < 140
