"""A version is made once, is whole, and is announced, whatever happens between."""

import pytest

from tandem.review.dataset import DatasetChangesTooFast, build, register_model
from tandem.review.dataset_rows import Kind, Split
from tandem.review.events import CandidateRegistered, DatasetBuilt
from tandem.review.models import Backend, CandidateStatus, ContextTurn, DatasetVersion, Job
from tests.fakes import START
from tests.review_fakes import ReviewFakes
from tests.unit.review.dataset_scene import (
    Steps,
    all_rows,
    assert_whole,
    build_and,
    built,
    correct,
    die,
    fakes_with,
    folder,
    label,
    labels,
    manifest,
    ratings,
    stepped,
    steps_of,
    withdraw,
)

HOUR = 3600


def prepared() -> ReviewFakes:
    fakes = fakes_with()
    labels(fakes, range(30))
    correct(fakes, 1)
    return fakes


STEPS = steps_of(prepared())
each_step = pytest.mark.parametrize("step", range(len(STEPS)))


def conversations(fakes: ReviewFakes, dataset: DatasetVersion) -> set[str]:
    """Of all that could be in it, those that the records name."""
    names = {f"talk-{number}" for number in range(100)} | {f"desk-{n}" for n in range(10)}
    return {name for name in names if dataset.version in fakes.records.datasets_of(name)}


def assert_announced_once_each(fakes: ReviewFakes) -> None:
    announced = {event.id: event for event in fakes.bus.of(DatasetBuilt)}
    assert {event.dataset_version for event in announced.values()} == {
        dataset.version for dataset in fakes.records.datasets()
    }
    assert len(announced) == len(fakes.records.datasets())


def test_a_dataset_is_recorded_whole_and_announced() -> None:
    fakes = prepared()

    dataset = built(fakes)

    assert_whole(fakes, dataset)
    assert fakes.records.datasets() == [dataset]
    assert dataset.uri == "s3://review/datasets/v000001/"
    assert dataset.counts["ratings"] == 30
    assert dataset.conversations == 31 == len(conversations(fakes, dataset))
    (event,) = fakes.bus.of(DatasetBuilt)
    assert event.id == "dataset-built-1"
    assert (event.dataset_version, event.uri) == (1, dataset.uri)
    assert event.counts == dataset.counts
    assert fakes.meter.values("DatasetsBuilt") == [1]


def test_the_same_inputs_make_no_second_version() -> None:
    fakes = prepared()
    first = built(fakes)
    fakes.clock.advance(24 * HOUR)

    again = build(fakes.world)

    assert not again.is_new
    assert again.dataset == first
    assert again.reason == "nothing has changed since version 1"
    assert len(fakes.bus.published) == 1


def test_the_same_inputs_give_the_same_bytes() -> None:
    one, other = prepared(), prepared()

    first, second = built(one), built(other)

    assert folder(one, first) == folder(other, second)


def test_the_order_in_which_things_came_in_does_not_matter() -> None:
    one, other = fakes_with(), fakes_with()
    labels(one, range(30))
    labels(other, reversed(range(30)))

    assert folder(one, built(one)) == folder(other, built(other))


def test_fewer_labels_than_the_policy_wants_make_none() -> None:
    fakes = fakes_with(minimum_labels=30)
    labels(fakes, range(29))
    correct(fakes, 1)

    result = build(fakes.world)

    assert result.dataset is None
    assert result.reason == "29 labels, and a dataset is built from 30 on"
    assert fakes.files.stored == {}
    assert fakes.bus.published == []


def test_what_is_new_makes_a_second_version_and_leaves_the_first_as_it_is() -> None:
    fakes = prepared()
    first = built(fakes)
    before = folder(fakes, first)
    # Of these topics the hash draws none for the test.
    for number in range(5):
        label(fakes, 100 + number, topic=next(iter(_train_topics(fakes, first))))

    second = built(fakes)

    assert second.version == 2
    assert_whole(fakes, second)
    assert folder(fakes, first) == before
    said = manifest(fakes, second)
    assert said.previous == 1
    assert said.changes[Kind.RATINGS].added == 5
    assert said.changes[Kind.RATINGS].removed == 0
    assert_announced_once_each(fakes)


def _train_topics(fakes: ReviewFakes, dataset: DatasetVersion) -> list[str]:
    return sorted({row.topic for row in all_rows(fakes, dataset)[Split.TRAIN]})


def test_a_label_that_a_lead_changes_is_a_change() -> None:
    fakes = prepared()
    first = built(fakes)
    topic = _train_topics(fakes, first)[0]
    (candidate,) = (c for c in fakes.candidates.documents if c.topic == topic)
    assert candidate.label is not None
    decided = candidate.label.model_copy(update={"rating": 1.0, "rule": "adjudicated"})
    after = candidate.model_copy(update={"label": decided, "revision": candidate.revision + 1})
    fakes.candidates.replace(candidate, after)

    second = built(fakes)

    assert manifest(fakes, second).changes[Kind.RATINGS].changed == 1
    (row,) = (row for row in ratings(fakes, second) if row.topic == topic)
    assert (row.reward, row.source) == (1.0, "lead")


def test_labels_that_the_index_does_not_have_yet_are_found_by_their_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fakes = prepared()
    job = Job(
        name="j1", backend=Backend.QUEUE, candidate_ids=("c00003", "c00029", "gone"),
        workers_per_object=2, created_at=START, deadline=START,
    )  # fmt: skip
    fakes.jobs.add(job)
    behind = list(fakes.candidates.of_status(CandidateStatus.LABELED))[:-3]
    monkeypatch.setattr(fakes.candidates, "of_status", lambda status: iter(behind))

    result = build(fakes.world, "j1")

    assert result.dataset is not None
    assert len(ratings(fakes, result.dataset)) == 28


def test_the_index_may_name_what_is_no_longer_labelled(monkeypatch: pytest.MonkeyPatch) -> None:
    fakes = prepared()
    stale = list(fakes.candidates.of_status(CandidateStatus.LABELED))
    discarded = stale[0].model_copy(
        update={"status": CandidateStatus.DISCARDED, "revision": stale[0].revision + 1}
    )
    fakes.candidates.replace(stale[0], discarded)
    fakes.candidates.remove(stale[1])
    monkeypatch.setattr(fakes.candidates, "of_status", lambda status: iter(stale))

    assert len(ratings(fakes, built(fakes))) == 28


# --- builds that break off -----------------------------------------------------------------------
@each_step
def test_a_build_that_broke_off_is_made_good_by_the_next(step: int) -> None:
    fakes = prepared()
    assert build_and(fakes, step, die) is None
    for dataset in fakes.records.datasets():
        assert_whole(fakes, dataset)
    fakes.clock.advance(60)

    build(fakes.world)

    (dataset,) = fakes.records.datasets()
    assert dataset.version == 1
    assert_whole(fakes, dataset)
    assert len(conversations(fakes, dataset)) == 31
    assert_announced_once_each(fakes)


@each_step
def test_what_came_in_after_a_build_broke_off_is_in_the_next(step: int) -> None:
    fakes = prepared()
    assert build_and(fakes, step, die) is None
    labels(fakes, range(30, 60))
    fakes.clock.advance(24 * HOUR)

    build(fakes.world)

    newest, *older = fakes.records.datasets()
    for dataset in (newest, *older):
        assert_whole(fakes, dataset)
    assert newest.counts["ratings"] > 30
    assert_announced_once_each(fakes)


@pytest.mark.parametrize(("minutes", "version"), [(1, 1), (45, 2), (24 * 60, 2)])
def test_a_folder_is_gone_on_with_for_half_an_hour_and_left_alone_then(
    minutes: int, version: int
) -> None:
    fakes = prepared()
    assert build_and(fakes, STEPS.index("datasets/v000001/manifest.json"), die) is None
    fakes.clock.advance(minutes * 60)

    dataset = built(fakes)

    assert dataset.version == version
    assert_whole(fakes, dataset)


def test_what_a_build_left_behind_is_cleared_away_a_day_later() -> None:
    fakes = prepared()
    assert build_and(fakes, STEPS.index("datasets/v000001/manifest.json"), die) is None
    withdraw(fakes, "talk-1")
    fakes.clock.advance(24 * HOUR)
    left = [key for key in fakes.files.stored if key.startswith("datasets/v000001/")]
    assert len(left) > 5

    dataset = built(fakes)

    assert dataset.version == 2
    assert not [key for key in fakes.files.stored if key.startswith("datasets/v000001/")]
    fakes.clock.advance(24 * HOUR)
    assert build(fakes.world).dataset == dataset


# --- two at once ---------------------------------------------------------------------------------
@each_step
def test_of_two_builds_with_the_same_labels_one_version_comes(step: int) -> None:
    fakes = prepared()
    other = []

    result = build_and(fakes, step, lambda: other.append(build(fakes.world).dataset))

    assert result is not None
    (dataset,) = fakes.records.datasets()
    assert [result.dataset, *other] == [dataset, dataset]
    assert_whole(fakes, dataset)
    assert_announced_once_each(fakes)
    assert fakes.meter.values("DatasetsBuilt") == [1]


def test_of_two_builds_of_one_version_the_manifest_that_was_recorded_stays() -> None:
    fakes = prepared()

    def another() -> None:
        withdraw(fakes, "of-no-row")
        built(fakes)

    build_and(fakes, STEPS.index("datasets/v000001/manifest.json"), another)

    (dataset,) = fakes.records.datasets()
    assert manifest(fakes, dataset).withdrawals == 1
    assert b"1 conversation withdrawn so far" in folder(fakes, dataset)["README.md"]


@each_step
def test_two_builds_with_different_labels_never_mix(step: int) -> None:
    fakes = prepared()

    def another() -> None:
        labels(fakes, range(30, 60))
        built(fakes)

    result = build_and(fakes, step, another)

    assert result is not None
    for dataset in fakes.records.datasets():
        assert_whole(fakes, dataset)
    newest = fakes.records.datasets()[0]
    assert newest.counts["ratings"] > 30
    assert_announced_once_each(fakes)
    assert not build(fakes.world).is_new


# --- withdrawals ---------------------------------------------------------------------------------
def texts(fakes: ReviewFakes, dataset: DatasetVersion) -> str:
    return b"".join(folder(fakes, dataset).values()).decode()


@each_step
def test_what_is_withdrawn_during_a_build_is_not_in_it_or_the_records_say_so(step: int) -> None:
    fakes = prepared()

    result = build_and(fakes, step, lambda: withdraw(fakes, "talk-7"))

    assert result is not None
    assert result.dataset is not None
    assert_whole(fakes, result.dataset)
    holds = '"Question 7?"' in texts(fakes, result.dataset)
    assert holds <= (result.dataset.version in fakes.records.datasets_of("talk-7"))
    # After the last look, only: the manifest, the record and what comes after it.
    assert not holds or step >= STEPS.index("datasets/v000001/manifest.json")
    assert '"Question 7?"' not in texts(fakes, build(fakes.world).dataset or result.dataset)


def test_a_withdrawn_conversation_is_in_no_later_version_in_whatever_split() -> None:
    fakes = prepared()
    first = built(fakes)
    gone = [f"talk-{number}" for number in range(0, 30, 3)] + ["desk-1"]
    withdraw(fakes, *gone)

    second = built(fakes)

    later = texts(fakes, second)
    assert all(f'"Question {number}?"' not in later for number in range(0, 30, 3))
    assert "Hard question" not in later
    assert second.counts["ratings"] == 20
    assert manifest(fakes, second).withdrawals == 11
    assert fakes.records.datasets_of("talk-3") == [1]
    assert fakes.records.datasets_of("talk-4") == [1, 2]
    assert '"Question 3?"' in texts(fakes, first)


SECRET = "the hamster of the third floor"


def test_a_pair_stays_as_long_as_one_of_its_conversations_without_what_was_said_before() -> None:
    fakes = prepared()
    context = (ContextTurn(author="customer", text=SECRET),)
    label(fakes, 50, conversations=("talk-50", "talk-51"), context=context)
    withdraw(fakes, "talk-50")

    first = built(fakes)

    assert '"Question 50?"' in texts(fakes, first)
    assert SECRET not in texts(fakes, first)
    assert fakes.records.datasets_of("talk-50") == []
    assert fakes.records.datasets_of("talk-51") == [1]
    withdraw(fakes, "talk-51")
    assert '"Question 50?"' not in texts(fakes, built(fakes))


def test_a_version_says_which_labels_it_holds_and_where() -> None:
    fakes = prepared()
    label(fakes, 50, topic="t", question="Same?", answer="So.", conversations=("talk-50", "x"))
    label(fakes, 51, topic="t", question="same?", answer="so.")

    dataset = built(fakes)

    (split,) = (
        s for s, found in all_rows(fakes, dataset).items() if "t" in {r.topic for r in found}
    )
    held = fakes.records.labels_of("talk-51")[1]
    assert held["c00051"] == split
    assert "c00050" in fakes.records.labels_of("talk-50")[1]
    assert "c00050" in fakes.records.labels_of("x")[1]
    assert fakes.records.labels_of("desk-1") == {1: {}}


def test_what_waits_for_the_next_test_is_among_no_versions_labels() -> None:
    fakes = prepared()
    first = built(fakes)
    topic = all_rows(fakes, first)[Split.TEST][0].topic
    label(fakes, 60, topic=topic, conversations=("talk-1",))
    label(fakes, 61, topic=_train_topics(fakes, first)[0], conversations=("talk-1",))

    second = built(fakes)

    assert "c00061" in fakes.records.labels_of("talk-1")[second.version]
    assert "c00060" not in fakes.records.labels_of("talk-1")[second.version]


def test_versions_whose_files_were_deleted_are_not_missed() -> None:
    fakes = prepared()
    first = built(fakes)
    labels(fakes, range(30, 60))
    second = built(fakes)
    for path in folder(fakes, second):
        fakes.files.delete(f"datasets/v000002/{path}")
    assert not build(fakes.world).is_new
    labels(fakes, range(60, 90))

    third = built(fakes)

    assert third.version == 3
    assert manifest(fakes, third).previous == first.version
    assert len(fakes.bus.of(DatasetBuilt)) == 3


# --- models --------------------------------------------------------------------------------------
def test_a_registered_model_is_known_by_its_dataset() -> None:
    fakes = fakes_with()
    event = CandidateRegistered(id="e1", time=START, model_id="arn:m/1", dataset_version=3)

    for _ in range(2):
        register_model(fakes.world, event)

    (model,) = fakes.records.models_of(3)
    assert (model.model_id, model.at) == ("arn:m/1", START)


def test_a_build_that_is_disturbed_each_time_says_so_and_the_next_succeeds() -> None:
    fakes = prepared()
    numbers = iter(range(30))

    def withdraw_one(_: int, name: str) -> None:
        if name.endswith("README.md"):
            withdraw(fakes, f"talk-{next(numbers)}")

    with pytest.raises(DatasetChangesTooFast, match="10 times"):
        build(stepped(fakes, Steps(withdraw_one)))

    assert fakes.records.datasets() == []
    assert built(fakes).counts["ratings"] == 20
