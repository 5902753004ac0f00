"""How many random candidates a day has, and that no stratum goes without."""

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.review.budget import MOST_STRATA, Budget
from tandem.review.policy import Sampling
from tests.review_fakes import ReviewFakes
from tests.unit.review.intake_scene import Bucket, chat, lines

_A_DAY = 24 * 60 * 60


def taken(fakes: ReviewFakes, strata: Iterable[str], per_day: int) -> Counter[str]:
    """What of pairs of these strata, in this order, today takes."""
    budget = Budget(fakes.world, per_day)
    return Counter(stratum for stratum in strata if budget.takes(stratum))


def test_a_stratum_alone_has_the_whole_number() -> None:
    assert taken(ReviewFakes(), ["en"] * 1000, 100) == {"en": 100}


def test_a_number_of_nothing_is_nothing() -> None:
    assert taken(ReviewFakes(), ["en", "de"], 0) == {}


def test_strata_that_come_up_together_have_equal_parts() -> None:
    found = taken(ReviewFakes(), ["en", "en", "en", "de"] * 1000, 100)

    assert found["de"] == 50
    assert 50 <= found["en"] <= 51


def test_a_stratum_that_comes_up_when_the_number_is_reached_does_not_go_without() -> None:
    found = taken(ReviewFakes(), ["en"] * 1000 + ["de"] * 1000 + ["fr"] * 1000, 120)

    assert found == {"en": 120, "de": 20, "fr": 10}


def test_the_day_after_all_that_came_up_have_equal_parts_whoever_comes_first() -> None:
    fakes = ReviewFakes()
    taken(fakes, ["en"] * 1000 + ["de"] * 1000, 100)
    fakes.clock.advance(_A_DAY)

    assert taken(fakes, ["en"] * 1000 + ["de"] * 1000, 100) == {"en": 50, "de": 50}


def test_what_did_not_come_up_the_day_before_takes_no_part_away() -> None:
    fakes = ReviewFakes()
    taken(fakes, ["en", "de"], 100)
    for _ in range(2):
        fakes.clock.advance(_A_DAY)
        found = taken(fakes, ["en"] * 1000, 100)

    assert found == {"en": 100}


def test_several_who_count_at_once_share_one_number() -> None:
    fakes = ReviewFakes()
    found = sum((taken(fakes, ["en"] * 30, 100) for _ in range(5)), Counter())

    assert found == {"en": 100}


def test_more_strata_than_can_have_a_part_share_the_last() -> None:
    fakes = ReviewFakes()
    found = taken(fakes, [f"topic-{n}" for n in range(5 * MOST_STRATA)] * 3, 10_000)

    day = fakes.clock.now().date().isoformat()
    assert len(fakes.candidates.random_of(day)) == MOST_STRATA + 1
    assert sum(found.values()) <= 10_000
    assert len(found) > MOST_STRATA


def test_who_has_used_up_its_part_is_not_counted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    fakes = ReviewFakes()
    asked: list[str] = []
    count = fakes.candidates.random_today

    def noted(day: str, stratum: str, most: int) -> bool:
        asked.append(stratum)
        return count(day, stratum, most)

    monkeypatch.setattr(fakes.candidates, "random_today", noted)
    taken(fakes, ["en"] * 10_000, 100)

    assert len(asked) == 101


@given(
    st.lists(st.sampled_from("abcdefgh"), max_size=12),
    st.integers(1, 200),
    st.lists(st.sampled_from("abcdefgh"), max_size=4),
)
def test_whatever_comes_first_no_stratum_goes_without_and_the_number_holds(
    blocks: list[str], per_day: int, before: list[str]
) -> None:
    """Each block is more than a day takes."""
    fakes = ReviewFakes()
    taken(fakes, before, per_day)
    fakes.clock.advance(_A_DAY)
    found = taken(fakes, (name for name in blocks for _ in range(per_day + 1)), per_day)

    assert sum(found.values()) <= 1.5 * per_day
    strata = len({*blocks, *before})
    for name in set(blocks):
        assert found[name] >= per_day // (strata * (strata + 1))
    fakes.clock.advance(_A_DAY)
    again = taken(fakes, (name for name in blocks for _ in range(per_day + 1)), per_day)
    assert sum(again.values()) <= per_day


# --- at the bucket -------------------------------------------------------------------------------
def spoken(language: str, number: int) -> bytes:
    chats = (chat(f"{language} {n}?", "So.") for n in range(number))
    return lines(*({**each, "language": language} for each in chats))


def drawn(keys: Iterable[str], objects: dict[str, bytes], per_day: int) -> set[str]:
    bucket = Bucket(Sampling(random_share=0.5, random_per_day=per_day))
    for key in keys:
        bucket.gets(key, objects[key])
    return set(bucket.questions)


OBJECTS = {f"imports/{name}.jsonl": spoken(name, 60) for name in ("de", "en", "es", "fr")}


def test_of_objects_of_other_languages_each_is_drawn_from_in_any_order() -> None:
    for keys in (list(OBJECTS), list(OBJECTS)[::-1]):
        languages = Counter(question[:2] for question in drawn(keys, OBJECTS, 40))

        assert min(languages[name] for name in ("de", "en", "es", "fr")) >= 2
        assert sum(languages.values()) <= 60


@given(st.permutations(list(OBJECTS)))
def test_below_the_number_the_same_are_drawn_in_any_order(order: list[str]) -> None:
    assert drawn(order, OBJECTS, 240) == _IN_ORDER


_IN_ORDER = drawn(OBJECTS, OBJECTS, 1_000_000)
