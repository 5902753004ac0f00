"""Labelling jobs end: every candidate is labelled once, or listed with why not."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from tandem.aws.attributes import MAX_ITEM_BYTES
from tandem.bus_event import BusEvent
from tandem.review.finishing import finish
from tandem.review.labeling import Backends
from tandem.review.manifest import Json, read_lines
from tandem.review.models import (
    Backend,
    CandidateStatus,
    Job,
    JobStatus,
    Rating,
    Reviewer,
    Standing,
    TaskStatus,
)
from tandem.review.moves import with_changes
from tandem.review.policy import Labeling, ReviewPolicy
from tests.review_fakes import RecordingEvents
from tests.unit.review.labeling_scene import LabelingScene, MortalWorker, candidate


def output(scene: LabelingScene, job: Job) -> dict[str, Json]:
    """The output manifest's lines by candidate."""
    uri = scene.job(job).output_uri
    assert uri is not None
    return {line["candidate-id"]: line for line in read_lines(scene.fakes.files.read_uri(uri))}


# --- the review queue ----------------------------------------------------------------------------
def test_ratings_become_labels_and_it_is_announced() -> None:
    scene = LabelingScene(2, workers_per_object=3)
    job = scene.start()
    for by, rating in (("rio", 5), ("rea", 4), ("rob", 1)):
        scene.rates(job, "c0", rating, by)
        scene.rates(job, "c1", 2, by)

    ended = scene.finish(job)

    assert ended is not None
    assert (ended.status, ended.labeled, ended.returned) == (JobStatus.COMPLETED, 2, 0)
    label = scene.candidate("c0").label
    assert label is not None
    assert (label.rating, label.rule, label.raters, label.agreement) == (4, "median", 3, 0.3333)
    assert (label.job, label.at) == (job.name, scene.fakes.clock.now())
    (event,) = scene.announced()
    assert (event.job, event.status, event.labeled) == (job.name, "completed", 2)
    assert event.output_uri == ended.output_uri
    assert scene.fakes.meter.values("LabelsMade") == [2]
    scene.settled()


def test_the_output_manifest_is_the_input_with_its_labels() -> None:
    scene = LabelingScene(2)
    job = scene.start()
    scene.rates(job, "c0", 5)
    scene.nobody_can(job, "c1", "skipped: no idea")
    scene.finish(job)
    assert job.manifest_uri is not None
    given = list(read_lines(scene.fakes.files.read_uri(job.manifest_uri)))

    lines = output(scene, job)

    for line in given:
        assert {key: lines[line["candidate-id"]][key] for key in line} == line
    assert lines["c0"]["relevance"]["rating"] == 5
    assert "relevance" not in lines["c1"]
    assert lines["c1"]["relevance-metadata"]["failure-reason"] == "skipped: no idea"


def test_a_job_is_not_over_while_somebody_may_rate() -> None:
    scene = LabelingScene(2)
    job = scene.start()
    scene.rates(job, "c0")

    assert scene.finish(job) is None
    assert scene.job(job).status is JobStatus.OPEN
    assert finish(scene.world, scene.backends, "no-such-job") is None


def test_at_its_deadline_a_job_ends_with_what_it_has() -> None:
    scene = LabelingScene(3, workers_per_object=2, days=1)
    job = scene.start()
    scene.rates(job, "c0", 5)
    scene.rates(job, "c1", 3, "rio")
    scene.rates(job, "c1", 4, "rea")
    scene.passes(days=1)

    scene.finish(job)

    labels = {name: scene.candidate(name).label for name in scene.fates()}
    assert {name: label and label.raters for name, label in labels.items()} == {
        "c0": 1,
        "c1": 2,
        "c2": None,
    }
    assert scene.candidate("c2").returns[0].reason == "nobody rated it in time"
    scene.settled()


def test_a_rating_at_the_last_moment_counts_or_finds_the_task_closed() -> None:
    scene = LabelingScene(1, workers_per_object=2, days=1)
    job = scene.start()
    scene.rates(job, "c0", 5)
    scene.passes(days=1)
    scene.fakes.tasks.documents.before_next_replace = [lambda: scene.rates(job, "c0", 1, "late")]

    scene.finish(job)

    label = scene.candidate("c0").label
    assert label is not None
    assert (label.rating, label.raters) == (3, 2)
    assert scene.rates(job, "c0", 1, "too late") is None
    scene.settled()


def test_a_rating_that_its_reviewer_took_back_counts_for_nothing() -> None:
    scene = LabelingScene(1, days=1)
    job = scene.start()
    # It is stored, and the task does not say so.
    scene.fakes.ratings.put(
        Rating(candidate_id="c0", job=job.name, reviewer="rio", rating=1, at=job.created_at)
    )
    scene.passes(days=1)

    scene.finish(job)

    assert scene.fates() == {"c0": "waiting"}


def test_ratings_of_an_earlier_job_do_not_count_again() -> None:
    scene = LabelingScene(1, workers_per_object=2)
    scene.fakes.ratings.put(
        Rating(
            candidate_id="c0", job="earlier", reviewer="rio", rating=1,
            at=scene.fakes.clock.now(),
        )
    )  # fmt: skip
    job = scene.start()
    scene.rates(job, "c0", 5, "rio")
    scene.rates(job, "c0", 5, "rea")

    scene.finish(job)

    label = scene.candidate("c0").label
    assert label is not None
    assert (label.rating, label.raters) == (5, 2)


def test_what_is_flagged_waits_for_a_lead_with_the_reason() -> None:
    scene = LabelingScene(2)
    job = scene.start()
    scene.flags(job, "c0", "flagged: gibberish")
    scene.rates(job, "c1")

    scene.finish(job)

    assert scene.candidate("c0").status is CandidateStatus.FLAGGED
    assert scene.candidate("c0").note == "flagged: gibberish"
    assert output(scene, job)["c0"]["relevance"] == {"flagged": True, "note": "flagged: gibberish"}
    assert (scene.job(job).labeled, scene.job(job).returned) == (1, 1)
    scene.settled()


def test_zero_labels_are_a_failure() -> None:
    scene = LabelingScene(2)
    job = scene.start()
    scene.nobody_can(job, "c0")
    scene.nobody_can(job, "c1")

    ended = scene.finish(job)

    assert ended is not None
    assert (ended.status, ended.reason) == (JobStatus.FAILED, "not one candidate was labelled")
    assert scene.fakes.meter.values("LabelingFailed") == [1]
    assert [event.status for event in scene.announced()] == ["failed"]
    scene.settled()


def test_what_comes_back_too_often_is_given_up_with_every_reason() -> None:
    scene = LabelingScene(1, max_returns=2)
    for why in ("skipped: no idea", "skipped: too long"):
        job = scene.start()
        scene.nobody_can(job, "c0", why)
        scene.finish(job)

    assert scene.fates() == {"c0": "given_up"}
    assert [each.reason for each in scene.candidate("c0").returns] == [
        "skipped: no idea",
        "skipped: too long",
    ]
    scene.settled()


def test_where_no_rater_counts_the_candidate_waits_again() -> None:
    scene = LabelingScene(1)
    job = scene.start()
    scene.fakes.reviewers.put(Reviewer(reviewer="rio", standing=Standing.SET_ASIDE, by="lead"))
    scene.rates(job, "c0")

    scene.finish(job)

    assert scene.candidate("c0").returns[0].reason == "no rater of it counts"
    scene.settled()


def test_reviewers_are_judged_before_the_labels_are_announced() -> None:
    scene = LabelingScene(60, workers_per_object=4, job_size=60)
    job = scene.start()
    for number in range(60):
        good = number % 5 + 1
        for by in ("rio", "rea", "rob"):
            scene.rates(job, f"c{number}", good, by)
        scene.rates(job, f"c{number}", 6 - good, "troll")
    seen: list[list[int]] = []

    class Looking(RecordingEvents):
        def publish(self, events: Sequence[BusEvent]) -> None:
            labels = (each.label for each in scene.fakes.candidates.documents)
            seen.append([label.raters for label in labels if label is not None])

    finish(replace(scene.world, bus=Looking()), scene.backends, job.name)

    assert seen == [[3] * 60]


def test_several_batches_go_to_the_function_and_one_label_comes_of_each() -> None:
    scene = LabelingScene(120, job_size=120)
    sizes = []
    post = scene.functions.post_function

    def counting(request: Json) -> list[Json]:
        payload = request["payload"]
        sizes.append(len(json.loads(scene.fakes.files.read_uri(payload["s3Uri"]))))
        return post(request)

    scene.functions.post_function = counting
    job = scene.start()
    for number in range(120):
        scene.rates(job, f"c{number}", number % 5 + 1)

    scene.finish(job)

    assert sizes == [50, 50, 20]
    for number in range(120):
        label = scene.candidate(f"c{number}").label
        assert label is not None
        assert label.rating == number % 5 + 1


def test_a_function_of_ones_own_may_label_as_it_likes() -> None:
    scene = LabelingScene(3)
    scene.functions.post_function = lambda _: [
        {
            "datasetObjectId": "0",
            "consolidatedAnnotation": {"content": {"relevance": {"label": "2 - poor"}}},
        },
        {
            "datasetObjectId": "1",
            "consolidatedAnnotation": {"content": {"relevance": {"rating": "nonsense"}}},
        },
        {"datasetObjectId": "2"},
    ]
    job = scene.start()
    for name in scene.fates():
        scene.rates(job, name)

    scene.finish(job)

    assert scene.fates() == {"c0": "labeled", "c1": "waiting", "c2": "waiting"}
    label = scene.candidate("c0").label
    assert label is not None
    assert label.rating == 2
    assert "no rating" in scene.candidate("c1").returns[0].reason
    scene.settled()


@pytest.mark.parametrize("said", [4, "4", "4 - Relevant"])
def test_a_function_of_ones_own_may_answer_with_a_bare_score(said: object) -> None:
    scene = LabelingScene(1)
    scene.functions.post_function = lambda _: [
        {"datasetObjectId": "0", "consolidatedAnnotation": {"content": {"relevance": said}}}
    ]
    job = scene.start()
    scene.rates(job, "c0")

    scene.finish(job)

    label = scene.candidate("c0").label
    assert label is not None
    assert label.rating == 4


def test_names_in_flags_and_skips_stay_out_of_everything_that_leaves_the_table() -> None:
    scene = LabelingScene(2)
    job = scene.start()
    scene.flags(job, "c0", "skipped: Not mine.\nflagged: My name is Smith")
    scene.nobody_can(job, "c1", "skipped: Her name is Miller")

    scene.finish(job)

    assert scene.candidate("c0").note == "flagged: My name is [name]; skipped: Not mine."
    assert scene.candidate("c1").returns[-1].reason == "skipped: Her name is [name]"
    assert "Smith" not in scene.everything_outside_the_table()
    assert "Miller" not in scene.everything_outside_the_table()


def test_ratings_of_what_somebody_flagged_are_kept_without_names() -> None:
    scene = LabelingScene(1, workers_per_object=2)
    job = scene.start()
    scene.rates(job, "c0", 1, "rio", reason="The name is Smith")
    scene.flags(job, "c0")

    scene.finish(job)

    assert scene.fates() == {"c0": "flagged"}
    assert scene.fakes.ratings.of_candidate("c0")[0].reason == "The name is [name]"


def test_a_function_of_ones_own_that_knows_no_flags_lets_no_words_through() -> None:
    scene = LabelingScene(2)
    scene.functions.post_function = lambda _: []
    job = scene.start()
    scene.flags(job, "c0", "flagged: My name is Smith")
    scene.nobody_can(job, "c1", "skipped: Her name is Miller")

    scene.finish(job)

    assert scene.candidate("c0").note == "its raters say that it cannot be rated"
    assert "skipped it" in scene.candidate("c1").returns[-1].reason


@pytest.mark.parametrize("mark", ["答", "😀", "é", '"'])
def test_however_long_nine_workers_answers_are_none_is_too_much_for_lambda_or_the_table(
    mark: str,
) -> None:
    longest = {
        "question": mark * 8000,
        "answer": mark * 8000,
        "context": [{"author": "customer", "text": mark * 2000}] * 20,
    }
    scene = LabelingScene(
        [candidate(f"c{n}", pair=longest) for n in range(30)], workers_per_object=9
    )
    job = scene.start()
    for name in scene.fates():
        for worker in range(9):
            answer = f"{worker}{mark * 7999}"
            scene.rates(job, name, 3, f"w{worker}", better_answer=answer)
    answers: list[int] = []
    post = scene.functions.post_function

    def measured(request: Json) -> list[Json]:
        answer = post(request)
        answers.append(len(json.dumps(answer)))
        return answer

    scene.functions.post_function = measured

    scene.finish(job)

    assert set(scene.fates().values()) == {"labeled"}
    assert max(answers) < 5_500_000
    assert len(answers) <= 10
    for each in scene.fakes.candidates.documents:
        assert each.label is not None
        assert each.label.better_answers
        assert len(each.model_dump_json().encode()) < MAX_ITEM_BYTES - 10_000
    assert all(
        len(rating.better_answer) == 8000 for rating in scene.fakes.ratings.of_candidate("c0")
    )


def test_a_function_that_fails_loses_no_rating() -> None:
    scene = LabelingScene(1)
    job = scene.start()
    scene.rates(job, "c0", 5)
    post = scene.functions.post_function

    def fails(_: Json) -> list[Json]:
        raise RuntimeError("the function is broken")

    scene.functions.post_function = fails
    with pytest.raises(RuntimeError):
        scene.finish(job)
    assert scene.fates() == {"c0": "labeling"}
    scene.functions.post_function = post

    scene.finish(job)

    assert scene.fates() == {"c0": "labeled"}


# --- Ground Truth --------------------------------------------------------------------------------
def ground_truth(number: int = 2, workers: int = 1, **policy: object) -> LabelingScene:
    return LabelingScene(number, backend="ground_truth", workers_per_object=workers, **policy)


def test_a_job_of_ground_truth_becomes_labels() -> None:
    scene = ground_truth(2, workers=3)
    job = scene.start()
    for worker, rating in (("w1", 5), ("w2", 4), ("w3", 1)):
        scene.says(job, "c0", rating, worker, better_answer="Better." if rating == 1 else "")
    scene.says(job, "c1", 3, "w1")
    assert scene.finish(job) is None
    scene.ground_truth.complete(job.name)

    ended = scene.finish(job)

    assert ended is not None
    assert (ended.backend, ended.status) == (Backend.GROUND_TRUTH, JobStatus.COMPLETED)
    label = scene.candidate("c0").label
    assert label is not None
    assert (label.rating, label.raters, label.better_answers) == (4, 3, ("Better.",))
    scene.settled()


def test_what_workers_did_not_label_comes_back_with_the_services_reason() -> None:
    scene = ground_truth()
    job = scene.start()
    scene.says(job, "c0", 5)
    scene.ground_truth.complete(job.name)

    scene.finish(job)

    assert scene.fates() == {"c0": "labeled", "c1": "waiting"}
    assert scene.candidate("c1").returns[0].reason == "No workers have completed the task in time."
    scene.settled()


def test_what_all_workers_flag_waits_for_a_lead() -> None:
    scene = ground_truth(2, workers=2)
    job = scene.start()
    for worker in ("w1", "w2"):
        scene.says(job, "c0", None, worker, reason="This is no question.")
    scene.says(job, "c1", 4)
    scene.ground_truth.complete(job.name)

    scene.finish(job)

    assert scene.candidate("c0").status is CandidateStatus.FLAGGED
    assert scene.candidate("c0").note == "This is no question."
    scene.settled()


def test_a_flag_without_a_word_says_at_least_that() -> None:
    scene = ground_truth(1)
    job = scene.start()
    scene.says(job, "c0", None)
    scene.ground_truth.complete(job.name)

    scene.finish(job)

    assert scene.candidate("c0").note == "its raters say that it cannot be rated"


def test_a_job_that_fails_half_way_gives_back_what_has_no_label_and_keeps_the_rest() -> None:
    scene = ground_truth()
    job = scene.start()
    scene.says(job, "c0", 5)
    scene.ground_truth.complete(job.name, reason="InternalServerError")
    found = scene.ground_truth.jobs[job.name]
    assert found.output_uri is not None
    key = found.output_uri.removeprefix("s3://review/")
    lines = scene.fakes.files.stored[key].splitlines(keepends=True)
    scene.fakes.files.stored[key] = lines[0] + lines[1][:40]

    ended = scene.finish(job)

    assert ended is not None
    assert (ended.status, ended.reason) == (JobStatus.COMPLETED, "InternalServerError")
    assert scene.fates() == {"c0": "labeled", "c1": "waiting"}
    assert scene.candidate("c1").returns[0].reason == "InternalServerError"
    scene.settled()


@pytest.mark.parametrize("written", [False, True])
def test_a_job_without_an_output_gives_everything_back(written: bool) -> None:
    scene = ground_truth()
    job = scene.start()
    scene.ground_truth.complete(job.name, reason="The role is gone.", without_output=True)
    if written:
        # The service says where the output is, and it is not there.
        scene.ground_truth.jobs[job.name].output_uri = "s3://review/jobs/none.manifest"

    ended = scene.finish(job)

    assert ended is not None
    assert (ended.status, ended.reason) == (JobStatus.FAILED, "The role is gone.")
    assert {each.reason for each in scene.candidate("c0").returns} == {"The role is gone."}
    scene.settled()


def test_a_job_that_the_service_does_not_know_is_given_some_time_to_appear() -> None:
    scene = ground_truth()
    job = scene.start()
    scene.ground_truth.jobs.clear()
    assert scene.finish(job) is None
    scene.passes(hours=1)

    scene.finish(job)

    assert "has no job of this name" in scene.candidate("c0").returns[0].reason
    scene.settled()


def test_a_stack_that_lost_its_work_team_gives_everything_back() -> None:
    scene = ground_truth()
    job = scene.start()

    finish(scene.world, Backends(scene.functions, None), job.name)

    assert "no longer has a work team" in scene.candidate("c0").returns[0].reason
    scene.settled()


# --- both ----------------------------------------------------------------------------------------
@pytest.fixture(params=["queue", "ground_truth"])
def done(request: pytest.FixtureRequest) -> tuple[LabelingScene, Job]:
    """A job whose raters are done: c0 rated, c1 flagged, c2 without a rating."""
    return _done(request.param)


def _done(backend: str) -> tuple[LabelingScene, Job]:
    scene = LabelingScene(3, backend=backend, start_at=100)
    job = scene.start()
    scene.rates(job, "c0", 5, "reviewer-id")
    scene.says(job, "c0", 5, "reviewer-id")
    scene.flags(job, "c1", "no question")
    scene.says(job, "c1", None, "reviewer-id", reason="no question")
    if backend == "queue":
        scene.nobody_can(job, "c2")
    else:
        scene.ground_truth.complete(job.name)
    return scene, job


FATES = {"c0": "labeled", "c1": "flagged", "c2": "waiting"}


def test_a_duplicate_event_changes_nothing(done: tuple[LabelingScene, Job]) -> None:
    scene, job = done
    ended = scene.finish(job)
    before = {each.candidate_id: each for each in scene.fakes.candidates.documents}
    scene.passes(hours=1)

    assert scene.finish(job) == ended
    assert {each.candidate_id: each for each in scene.fakes.candidates.documents} == before
    assert scene.fates() == FATES
    assert len(scene.announced()) == 1


def test_two_at_once_end_the_job_once(done: tuple[LabelingScene, Job]) -> None:
    scene, job = done
    documents = scene.fakes.candidates.documents
    documents.before_next_replace = [lambda: None, lambda: scene.finish(job)]

    ended = scene.finish(job)

    assert ended == scene.job(job)
    assert scene.fates() == FATES
    assert len(scene.candidate("c2").returns) == 1
    assert {event.id for event in scene.announced()} == {f"labeling-completed-{job.name}"}
    scene.settled()


def test_a_lost_event_is_made_up_for(done: tuple[LabelingScene, Job]) -> None:
    scene, job = done

    found = scene.reconcile()

    assert found.finished == [job.name]
    assert scene.fates() == FATES
    scene.settled()


@pytest.mark.parametrize("backend", ["queue", "ground_truth"])
def test_wherever_it_breaks_off_the_end_is_the_same(backend: str) -> None:
    calls = 0
    while True:
        scene, job = _done(backend)
        worker = MortalWorker(scene, calls)
        survived = worker.does(
            lambda world, backends: finish(world, backends, job.name)  # noqa: B023
        )
        scene.passes(minutes=5)
        scene.reconcile()

        assert scene.fates() == FATES, calls
        assert len(scene.candidate("c2").returns) == 1
        assert {event.id for event in scene.announced()} == {f"labeling-completed-{job.name}"}
        scene.settled()
        if survived:
            break
        calls += 1
    assert calls > 10


def test_a_candidate_that_was_withdrawn_meanwhile_stays_away(
    done: tuple[LabelingScene, Job],
) -> None:
    scene, job = done
    scene.fakes.candidates.remove(scene.candidate("c0"))

    scene.finish(job)

    assert scene.fates() == {"c1": "flagged", "c2": "waiting"}
    assert scene.job(job).status is JobStatus.FAILED


def test_what_a_lead_has_discarded_meanwhile_stays_discarded(
    done: tuple[LabelingScene, Job],
) -> None:
    scene, job = done
    found = scene.candidate("c0")
    scene.fakes.candidates.replace(
        found, with_changes(found, status=CandidateStatus.DISCARDED, note="spam")
    )

    scene.finish(job)

    assert scene.fates() == {**FATES, "c0": "discarded"}
    assert scene.candidate("c0").label is None


def test_no_reviewers_id_is_in_what_leaves_the_reviews_table(
    done: tuple[LabelingScene, Job],
) -> None:
    scene, job = done
    scene.finish(job)

    assert "reviewer-id" not in scene.everything_outside_the_table()
    assert [r.reviewer for r in scene.fakes.ratings.of_candidate("c0")] == ["reviewer-id"]


def test_tasks_of_an_ended_job_are_closed() -> None:
    scene = LabelingScene(2, days=1)
    job = scene.start()
    scene.passes(days=1)

    scene.finish(job)

    assert {task.status for task in scene.fakes.tasks.of_job(job.name)} == {TaskStatus.UNLABELED}
    assert scene.fakes.tasks.open(10) == []


def test_a_job_keeps_its_deadline_when_the_policy_changes() -> None:
    scene = LabelingScene([candidate()], days=14)
    job = scene.start()
    scene.fakes.policies.policy = ReviewPolicy(labeling=Labeling(days=1))
    scene.passes(days=2)

    assert scene.finish(job) is None
    assert job.deadline - job.created_at == timedelta(days=14)
