"""Labelling jobs begin with what waits; once, however often and wherever it breaks off."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tandem.live.errors import Conflict
from tandem.review.asking import NotPrepared
from tandem.review.labeling import (
    PATIENCE,
    Backends,
    NoGroundTruth,
    name_of,
    resume,
    start,
    start_all,
)
from tandem.review.manifest import Json, read_lines
from tandem.review.models import Candidate, CandidateStatus, JobStatus, Pick, TaskStatus, Withdrawal
from tandem.review.moves import with_changes
from tests.fakes import START
from tests.review_fakes import MemoryCandidates
from tests.unit.review.labeling_scene import LabelingScene, MortalWorker, candidate


# --- when ----------------------------------------------------------------------------------------
def test_a_job_begins_with_what_waits() -> None:
    scene = LabelingScene(3, workers_per_object=2, days=7)

    job = scene.start()

    assert job.status is JobStatus.OPEN
    assert job.deadline == START + timedelta(days=7)
    assert scene.fates() == dict.fromkeys(["c0", "c1", "c2"], "labeling")
    assert {scene.candidate(name).job for name in scene.fates()} == {job.name}
    tasks = scene.fakes.tasks.of_job(job.name)
    assert {(task.candidate_id, task.wanted, task.status) for task in tasks} == {
        (name, 2, TaskStatus.OPEN) for name in scene.fates()
    }
    assert tasks[0].task_input["question"] == "What about c0?"


def test_the_manifest_lists_what_the_job_is_about() -> None:
    scene = LabelingScene(2)
    job = scene.start()

    assert job.manifest_uri == f"s3://review/jobs/{job.name}/input.manifest"
    lines = list(read_lines(scene.fakes.files.read_uri(job.manifest_uri)))
    assert [line["candidate-id"] for line in lines] == ["c0", "c1"]


def test_too_few_wait_on() -> None:
    scene = LabelingScene(3)

    assert start(scene.world, scene.backends, at_least=4) is None
    assert start(LabelingScene().world, scene.backends) is None
    assert set(scene.fates().values()) == {"waiting"}
    assert scene.fakes.jobs.recent(9) == []


def test_what_was_picked_for_a_reason_comes_first() -> None:
    by_chance = candidate("c0", picks=(Pick.RANDOM,))
    scene = LabelingScene([by_chance, candidate("c1"), candidate("c2")], job_size=2)

    job = scene.start()

    assert job.candidate_ids == ("c1", "c2")
    assert {t.priority for t in scene.fakes.tasks.of_job(job.name)} == {0}
    assert scene.task(scene.start(), "c0").priority == 1


def test_thousands_that_wait_become_jobs_in_one_go() -> None:
    scene = LabelingScene(25, job_size=10)

    jobs = start_all(scene.world, scene.backends)

    assert [len(job.candidate_ids) for job in jobs] == [10, 10, 5]
    assert set(scene.fates().values()) == {"labeling"}


def test_less_than_is_worth_a_job_waits_on() -> None:
    scene = LabelingScene(23, job_size=10, start_at=4)

    jobs = start_all(scene.world, scene.backends, at_least=4)

    assert [len(job.candidate_ids) for job in jobs] == [10, 10]
    assert len([fate for fate in scene.fates().values() if fate == "waiting"]) == 3


def test_a_threshold_above_a_jobs_size_starts_several_jobs_once_it_is_reached() -> None:
    scene = LabelingScene(29, job_size=10)

    assert start_all(scene.world, scene.backends, at_least=30) == []
    scene.fakes.candidates.add(candidate("one-more"))
    jobs = start_all(scene.world, scene.backends, at_least=30)

    assert [len(job.candidate_ids) for job in jobs] == [10, 10, 10]


def test_starting_goes_on_for_two_minutes_at_most() -> None:
    scene = LabelingScene(6, job_size=2)
    ask = scene.functions.pre_function

    def slow(request: Json) -> Json:
        scene.passes(seconds=31)
        return ask(request)

    scene.functions.pre_function = slow

    assert len(start_all(scene.world, scene.backends)) == 2
    assert len(start_all(scene.world, scene.backends)) == 1


def test_an_index_that_lags_behind_hides_nothing_that_waits() -> None:
    scene = LabelingScene(250, job_size=100)
    listed = list(scene.fakes.candidates.of_status(CandidateStatus.WAITING))
    scene.start()
    world = replace(scene.world, candidates=Lagging(scene, listed))

    assert [len(job.candidate_ids) for job in start_all(world, scene.backends)] == [100, 50]


class Lagging(MemoryCandidates):
    """The index shows what it showed some time ago."""

    def __init__(self, scene: LabelingScene, listed: list[Candidate]) -> None:
        super().__init__(scene.fakes.ratings)
        self.documents = scene.fakes.candidates.documents
        self._listed = listed

    def of_status(self, status: CandidateStatus, limit: int | None = None) -> Iterator[Candidate]:
        return iter(self._listed[:limit])


# --- once ----------------------------------------------------------------------------------------
def test_a_second_start_finds_nothing_left() -> None:
    scene = LabelingScene(2)
    scene.start()

    assert start(scene.world, scene.backends) is None
    assert len(scene.fakes.jobs.recent(9)) == 1


def test_a_name_derives_from_the_candidates_as_they_are_and_the_place() -> None:
    one, other = candidate("c1"), candidate("c2")
    name = name_of([one, other], "s3://a")

    assert name == name_of([other, one], "s3://a")
    assert len(name) <= 63
    changed: Candidate = with_changes(one)
    different = {name_of([one], "s3://a"), name_of([changed, other], "s3://a"),
                 name_of([one, other], "s3://b")}  # fmt: skip
    assert len(different | {name}) == 4


def test_a_start_that_meets_a_job_that_is_starting_goes_on_with_it() -> None:
    scene = LabelingScene(2)
    # It dies with the job noted and nothing claimed.
    worker = MortalWorker(scene, calls=4)
    assert not worker.does(start)
    (noted,) = scene.fakes.jobs.recent(9)
    assert set(scene.fates().values()) == {"waiting"}

    job = scene.start()

    assert (job.name, job.status) == (noted.name, JobStatus.OPEN)
    assert len(scene.fakes.jobs.recent(9)) == 1


def test_of_two_starts_at_once_over_the_same_candidates_one_job_comes() -> None:
    scene = LabelingScene(3)
    others: list[object] = []
    scene.fakes.jobs.documents.before_next_replace = [
        lambda: others.append(start(scene.world, scene.backends))
    ]
    scene.fakes.candidates.documents.before_next_replace = [
        lambda: others.append(start(scene.world, scene.backends))
    ]

    job = scene.start()

    assert len(scene.fakes.jobs.recent(9)) == 1
    assert len(others) == 2
    assert scene.job(job).status is JobStatus.OPEN
    assert {task.candidate_id for task in scene.fakes.tasks.of_job(job.name)} == set(scene.fates())


def test_two_jobs_that_want_the_same_share_none() -> None:
    scene = LabelingScene(3)

    def another_comes_between() -> None:
        # Its candidates are the same, and one that came this moment.
        scene.fakes.candidates.add(candidate("c3"))
        scene.start()

    scene.fakes.candidates.documents.before_next_replace = [another_comes_between]

    late = scene.start()

    first = next(job for job in scene.fakes.jobs.recent(9) if job.name != late.name)
    assert {scene.candidate(name).job for name in scene.fates()} == {first.name}
    assert (late.status, late.reason) == (
        JobStatus.FAILED,
        "other jobs have all of its candidates",
    )
    assert scene.announced() == []


def test_a_candidate_that_came_back_makes_another_job() -> None:
    scene = LabelingScene(1)
    first = scene.start()
    scene.nobody_can(first, "c0")
    scene.finish(first)

    again = scene.start()

    assert again.name != first.name
    assert again.status is JobStatus.OPEN


def test_a_candidate_that_a_lead_lets_wait_again_makes_another_job() -> None:
    scene = LabelingScene(1)
    first = scene.start()
    scene.flags(first, "c0")
    scene.finish(first)
    flagged = scene.candidate("c0")
    scene.fakes.candidates.replace(
        flagged, with_changes(flagged, status=CandidateStatus.WAITING, job=None)
    )

    assert scene.start().status is JobStatus.OPEN


def test_the_manifest_that_is_written_is_the_jobs_whatever_comes_back_later() -> None:
    scene = LabelingScene(2)
    documents = scene.fakes.candidates.documents

    def moves(**changes: object) -> None:
        documents.stored["c1"] = with_changes(scene.candidate("c1"), **changes)

    documents.before_next_replace = [
        lambda: moves(status=CandidateStatus.LABELING, job="another-job")
    ]
    pre = scene.functions.pre_function
    poison(scene, "c0")
    with pytest.raises(NotPrepared):
        scene.start()
    (job,) = scene.fakes.jobs.recent(1)
    scene.functions.pre_function = pre
    moves(status=CandidateStatus.WAITING, job=None)

    resume(scene.world, scene.backends, job)

    assert scene.fates() == {"c0": "labeling", "c1": "waiting"}
    assert [task.candidate_id for task in scene.fakes.tasks.of_job(job.name)] == ["c0"]


# --- the functions -------------------------------------------------------------------------------
def test_nobody_is_asked_about_what_was_withdrawn() -> None:
    scene = LabelingScene(2)
    scene.fakes.records.withdraw(Withdrawal(conversation_id="talk-c1", at=START, by="lea"))

    job = scene.start()

    assert [task.candidate_id for task in scene.fakes.tasks.of_job(job.name)] == ["c0"]
    assert "nobody has to" in scene.candidate("c1").returns[0].reason


def test_a_job_that_nobody_has_to_look_at_is_over() -> None:
    scene = LabelingScene(1)
    scene.fakes.records.withdraw(Withdrawal(conversation_id="talk-c0", at=START, by="lea"))

    job = scene.start()

    assert scene.drained() == [job.name]
    assert scene.finish(job) is not None
    scene.settled()


def test_one_that_cannot_be_prepared_keeps_no_other_from_its_reviewers() -> None:
    scene = LabelingScene(3)
    poison(scene, "c1")

    with pytest.raises(NotPrepared, match=r"1 of 3 candidates.*poisoned"):
        scene.start()

    (job,) = scene.fakes.jobs.recent(1)
    assert job.status is JobStatus.STARTING
    assert {t.candidate_id for t in scene.fakes.tasks.of_job(job.name)} == {"c0", "c2"}


def test_what_cannot_be_prepared_for_hours_comes_back_with_why_and_the_rest_is_labelled() -> None:
    scene = LabelingScene(3)
    poison(scene, "c1")
    with pytest.raises(NotPrepared):
        scene.start()
    (job,) = scene.fakes.jobs.recent(1)
    scene.passes(seconds=PATIENCE.total_seconds())

    assert resume(scene.world, scene.backends, job).status is JobStatus.OPEN

    (returned,) = scene.candidate("c1").returns
    assert "could not be prepared: 'poisoned'" in returned.reason
    assert returned.counts


def test_a_function_that_is_gone_counts_against_no_candidate() -> None:
    scene = LabelingScene(2, max_returns=1)
    poison(scene, "c0", "c1")
    with pytest.raises(NotPrepared):
        scene.start()
    (job,) = scene.fakes.jobs.recent(1)
    scene.passes(hours=3)

    resume(scene.world, scene.backends, job)

    assert scene.drained() == [job.name]
    scene.finish(job)
    assert scene.fates() == {"c0": "waiting", "c1": "waiting"}
    assert scene.job(job).status is JobStatus.FAILED
    assert scene.fakes.meter.values("LabelingFailed") == [1]


def poison(scene: LabelingScene, *names: str) -> None:
    ask = scene.functions.pre_function

    def fails(request: Json) -> Json:
        if request["dataObject"]["candidate-id"] in names:
            raise KeyError("poisoned")
        return ask(request)

    scene.functions.pre_function = fails


def test_a_rating_that_is_quicker_than_the_start_ends_the_job_all_the_same() -> None:
    scene = LabelingScene(2)
    ask = scene.functions.pre_function

    def quick(request: Json) -> Json:
        for task in scene.fakes.tasks.documents:
            (job,) = scene.fakes.jobs.recent(1)
            event = scene.rates(job, task.candidate_id)
            # Told too early, nobody can finish it.
            assert event is None or scene.finish(job) is None
        return ask(request)

    scene.functions.pre_function = quick
    job = scene.start()
    for name in scene.fates():
        scene.rates(job, name)

    assert scene.finish(job) is not None
    scene.settled()


# --- Ground Truth --------------------------------------------------------------------------------
def test_a_job_of_ground_truth_has_the_manifest_and_the_template() -> None:
    scene = LabelingScene(2, backend="ground_truth")

    job = scene.start()

    assert job.status is JobStatus.OPEN
    assert [line["candidate-id"] for line in scene.ground_truth.lines(job.name)] == ["c0", "c1"]
    (template,) = [key for key in scene.fakes.files.stored if key.startswith("templates/")]
    assert b"crowd-form" in scene.fakes.files.stored[template]
    assert list(scene.fakes.tasks.documents) == []


def test_without_a_work_team_it_is_said_what_to_do_and_everything_waits_on() -> None:
    scene = LabelingScene(2, backend="ground_truth")

    with pytest.raises(NoGroundTruth, match="deploy with WorkteamArn, or choose the backend queue"):
        start(scene.world, Backends(scene.functions, None))

    assert set(scene.fates().values()) == {"waiting"}
    assert scene.fakes.jobs.recent(1) == []


def test_a_job_that_is_refused_gives_everything_back_with_why_and_alarms() -> None:
    scene = LabelingScene(2, backend="ground_truth", max_returns=1)
    scene.ground_truth.refusal = "workteam/none does not exist"

    job = scene.start()

    assert (job.status, job.labeled, job.returned) == (JobStatus.FAILED, 0, 2)
    assert scene.fates() == {"c0": "waiting", "c1": "waiting"}
    assert "workteam/none does not exist" in scene.candidate("c0").returns[0].reason
    assert not scene.candidate("c0").returns[0].counts
    assert scene.fakes.meter.values("LabelingFailed") == [1]
    (event,) = scene.announced()
    assert (event.status, event.job) == ("failed", job.name)
    scene.settled()


def test_after_a_refusal_no_further_job_is_tried() -> None:
    scene = LabelingScene(6, backend="ground_truth", job_size=2)
    scene.ground_truth.refusal = "no"

    assert len(start_all(scene.world, scene.backends)) == 1


def test_refusals_for_weeks_fill_no_candidate() -> None:
    scene = LabelingScene(1, backend="ground_truth")
    scene.ground_truth.refusal = "no"
    for _ in range(30):
        scene.start()

    assert len(scene.candidate("c0").returns) == 5
    assert scene.candidate("c0").status is CandidateStatus.WAITING
    assert len(scene.fakes.jobs.recent(99)) == 30


def test_a_work_team_that_went_away_while_a_job_began_gives_everything_back() -> None:
    scene = LabelingScene(1, backend="ground_truth")
    scene.ground_truth.failure = ConnectionError("throttled")
    with pytest.raises(ConnectionError):
        scene.start()
    (job,) = scene.fakes.jobs.recent(1)

    resume(scene.world, Backends(scene.functions, None), job)

    assert scene.fates() == {"c0": "waiting"}
    scene.settled()


def test_a_service_that_does_not_answer_is_asked_again() -> None:
    scene = LabelingScene(1, backend="ground_truth")
    scene.ground_truth.failure = ConnectionError("throttled")
    with pytest.raises(ConnectionError):
        scene.start()
    scene.ground_truth.failure = None
    (job,) = scene.fakes.jobs.recent(1)
    assert job.status is JobStatus.STARTING

    assert resume(scene.world, scene.backends, job).status is JobStatus.OPEN


def test_workers_may_be_quicker_than_the_start_in_ground_truth() -> None:
    scene = LabelingScene(1, backend="ground_truth")
    worker = MortalWorker(scene, calls=12)
    calls = 0
    while not scene.ground_truth.jobs:
        calls += 1
        scene = LabelingScene(1, backend="ground_truth")
        worker = MortalWorker(scene, calls)
        worker.does(start)
    assert worker.died
    (job,) = scene.fakes.jobs.recent(1)
    assert job.status is JobStatus.STARTING

    scene.says(job, "c0", 5)
    scene.ground_truth.complete(job.name)
    assert scene.finish(job) is None
    resume(scene.world, scene.backends, job)
    scene.finish(job)

    assert scene.fates() == {"c0": "labeled"}


# --- broken off anywhere -------------------------------------------------------------------------
@pytest.mark.parametrize("backend", ["queue", "ground_truth"])
def test_wherever_a_start_breaks_off_everything_is_labelled_in_the_end(backend: str) -> None:
    calls = 0
    while True:
        scene = LabelingScene(4, backend=backend, start_at=4)
        worker = MortalWorker(scene, calls)
        survived = worker.does(start)
        # The event is delivered again, and the reconciler comes.
        start(scene.world, scene.backends)
        scene.passes(minutes=11)
        scene.reconcile()
        everybody_rates(scene)
        scene.reconcile()

        assert set(scene.fates().values()) == {"labeled"}, calls
        scene.settled()
        if survived:
            break
        calls += 1
    assert calls > 10


@pytest.mark.parametrize("backend", ["queue", "ground_truth"])
def test_wherever_it_breaks_off_while_another_start_works_nothing_is_in_two_jobs(
    backend: str,
) -> None:
    calls = 0
    while True:
        scene = LabelingScene(3, backend=backend, job_size=2)
        worker = MortalWorker(scene, calls)
        scene.fakes.candidates.documents.before_next_replace = [lambda: None, scene.start]
        survived = worker.does(start_all)
        scene.fakes.candidates.documents.before_next_replace = []
        scene.passes(minutes=11)
        scene.reconcile()
        everybody_rates(scene)
        scene.reconcile()

        assert set(scene.fates().values()) == {"labeled"}, calls
        scene.settled()
        if survived:
            break
        calls += 1


def everybody_rates(scene: LabelingScene) -> None:
    for job in scene.fakes.jobs.unfinished():
        for name in job.candidate_ids:
            scene.rates(job, name)
            scene.says(job, name, 4)
        if job.name in scene.ground_truth.jobs:
            scene.ground_truth.complete(job.name)


def test_too_many_who_change_a_candidate_at_once_are_an_error_not_a_loss() -> None:
    scene = LabelingScene(1)

    def somebody_is_faster() -> None:
        found = scene.candidate("c0")
        scene.fakes.candidates.documents.stored["c0"] = with_changes(found)

    scene.fakes.candidates.documents.before_next_replace = [somebody_is_faster] * 20

    with pytest.raises(Conflict, match="c0"):
        scene.start()
    scene.fakes.candidates.documents.before_next_replace = []
    scene.passes(minutes=11)
    scene.reconcile()
    assert scene.fates() == {"c0": "labeling"}
