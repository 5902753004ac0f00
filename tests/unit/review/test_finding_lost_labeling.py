"""What lost events and dead workers left behind in the review is found, and nothing hangs."""

from datetime import timedelta

import pytest

from tandem.review.asking import NotPrepared
from tandem.review.labeling import Backends, start
from tandem.review.manifest import Json
from tandem.review.models import Article, ArticleStatus, CandidateStatus, Job, JobStatus, Withdrawal
from tandem.review.moves import with_changes
from tandem.review.recovery import AGAIN, HOPELESS, OVERTIME, Found, reconcile
from tests.unit.review.labeling_scene import LabelingScene, MortalWorker

QUIET = {"start_at": 1000}
"""Nothing starts by itself."""


def broken(_: Json) -> Json:
    raise RuntimeError("the function is gone")


def begun(scene: LabelingScene) -> Job:
    """The job of a start that fails."""
    with pytest.raises((NotPrepared, ConnectionError)):
        scene.start()
    (job,) = scene.fakes.jobs.recent(1)
    return job


def test_where_all_is_well_nothing_happens() -> None:
    scene = LabelingScene(2, **QUIET)
    scene.start()
    before = list(scene.fakes.jobs.documents)
    scene.passes(hours=1)

    assert scene.reconcile() == Found()
    assert list(scene.fakes.jobs.documents) == before


def test_a_start_that_is_under_way_is_left_alone() -> None:
    scene = LabelingScene(2, **QUIET)
    scene.functions.pre_function, pre = broken, scene.functions.pre_function
    job = begun(scene)
    scene.functions.pre_function = pre
    scene.passes(minutes=9)
    assert scene.reconcile().resumed == []
    scene.passes(minutes=1)

    assert scene.reconcile().resumed == [job.name]
    assert scene.job(job).status is JobStatus.OPEN


def test_a_job_whose_functions_are_gone_gives_its_candidates_back() -> None:
    scene = LabelingScene(2, **QUIET)
    scene.functions.pre_function = broken
    job = begun(scene)
    scene.passes(minutes=30)
    with pytest.raises(ExceptionGroup):
        scene.reconcile()
    # The leads see why it does not go on.
    assert "the function is gone" in scene.job(job).reason
    scene.passes(hours=2)

    scene.reconcile()
    scene.reconcile()

    assert set(scene.fates().values()) == {"waiting"}
    assert "the function is gone" in scene.candidate("c0").returns[0].reason
    assert scene.fakes.meter.values("LabelingFailed") == [1]
    scene.settled()


def test_a_service_that_takes_no_job_for_hours_gives_its_candidates_back() -> None:
    scene = LabelingScene(2, backend="ground_truth", **QUIET)
    scene.ground_truth.creating_fails = ConnectionError("no such endpoint")
    job = begun(scene)
    scene.passes(hours=2)

    scene.reconcile()

    assert "no such endpoint" in scene.candidate("c0").returns[0].reason
    assert scene.job(job).status is JobStatus.FAILED
    scene.settled()


def test_a_job_that_was_made_although_the_service_said_no_goes_on() -> None:
    scene = LabelingScene(2, backend="ground_truth", **QUIET)
    scene.ground_truth.answer_is_lost = ConnectionError("timed out")
    job = begun(scene)
    scene.passes(hours=3)

    scene.reconcile()

    assert scene.job(job).status is JobStatus.OPEN


def test_where_not_even_that_can_be_asked_the_candidates_come_back_in_the_end() -> None:
    scene = LabelingScene(2, backend="ground_truth", days=1, **QUIET)
    scene.ground_truth.failure = PermissionError("no access")
    with pytest.raises(PermissionError):
        scene.start()
    scene.passes(days=1, hours=3)
    with pytest.raises(ExceptionGroup):
        scene.reconcile()
    assert set(scene.fates().values()) == {"labeling"}
    scene.passes(seconds=HOPELESS.total_seconds())

    (given_up,) = scene.reconcile().given_up

    assert given_up
    assert "could not be started: no access" in scene.candidate("c0").returns[0].reason
    scene.settled()


def test_a_queue_past_its_deadline_is_finished() -> None:
    scene = LabelingScene(2, days=1, **QUIET)
    job = scene.start()
    scene.rates(job, "c0")
    scene.passes(days=1)

    assert scene.reconcile().finished == [job.name]
    assert scene.fates() == {"c0": "labeled", "c1": "waiting"}
    scene.settled()


def test_a_job_of_ground_truth_that_does_not_end_is_stopped() -> None:
    scene = LabelingScene(2, backend="ground_truth", days=1, **QUIET)
    job = scene.start()
    scene.says(job, "c0", 5)
    scene.passes(days=1, minutes=59)
    assert scene.reconcile().stopped == []
    scene.passes(minutes=1)

    assert scene.reconcile().stopped == [job.name]
    scene.reconcile()

    assert scene.fates() == {"c0": "labeled", "c1": "waiting"}
    scene.settled()


def test_one_that_does_not_even_stop_is_given_up() -> None:
    scene = LabelingScene(1, backend="ground_truth", days=1, **QUIET)
    scene.start()
    scene.ground_truth.stops = False
    scene.passes(seconds=(timedelta(days=1) + OVERTIME).total_seconds())
    scene.reconcile()
    assert scene.ground_truth.stopped
    scene.passes(seconds=HOPELESS.total_seconds())

    scene.reconcile()

    assert "did not end" in scene.candidate("c0").returns[0].reason
    scene.settled()


def test_a_job_that_cannot_be_finished_for_days_gives_its_candidates_back() -> None:
    scene = LabelingScene(1, days=1, **QUIET)
    job = scene.start()
    scene.rates(job, "c0")

    def fails(_: Json) -> list[Json]:
        raise RuntimeError("the function is gone")

    scene.functions.post_function = fails
    with pytest.raises(ExceptionGroup):
        scene.reconcile()
    assert "the function is gone" in scene.job(job).reason
    scene.passes(days=5)

    assert scene.reconcile().given_up == [job.name]
    assert "could not be finished: the function is gone" in scene.candidate("c0").returns[0].reason
    # What was said is kept all the same.
    assert [r.rating for r in scene.fakes.ratings.of_candidate("c0")] == [4]
    scene.settled()


def test_what_fails_keeps_nothing_else_from_being_looked_after() -> None:
    scene = LabelingScene(2, job_size=1, days=1, **QUIET)
    first, second = scene.start(), scene.start()
    scene.rates(first, first.candidate_ids[0])
    scene.rates(second, second.candidate_ids[0])
    post = scene.functions.post_function

    def fails_for_the_first(request: Json) -> list[Json]:
        if first.name in request["labelingJobArn"]:
            raise RuntimeError("poisoned")
        return post(request)

    scene.functions.post_function = fails_for_the_first

    with pytest.raises(ExceptionGroup, match="could not be looked after") as raised:
        scene.reconcile()

    assert [str(error) for error in raised.value.exceptions] == ["poisoned"]
    assert scene.job(second).status is JobStatus.COMPLETED


# --- what waits ----------------------------------------------------------------------------------
def test_what_waits_is_started_when_the_event_was_lost() -> None:
    scene = LabelingScene(5, start_at=5)

    (started,) = scene.reconcile().started

    assert scene.fakes.jobs.get(started)
    assert set(scene.fates().values()) == {"labeling"}


def test_fewer_than_is_worth_a_job_are_left_to_the_schedule() -> None:
    scene = LabelingScene(4, start_at=5)

    assert scene.reconcile().started == []


def test_nothing_is_started_while_a_job_starts() -> None:
    scene = LabelingScene(6, start_at=2, job_size=3)
    # It has noted its job, and claimed nothing yet.
    assert not MortalWorker(scene, calls=4).does(start)
    scene.passes(minutes=5)

    assert scene.reconcile().started == []


def test_a_start_that_hangs_keeps_nobody_else_waiting() -> None:
    scene = LabelingScene(6, start_at=2, job_size=3)
    scene.functions.pre_function, pre = broken, scene.functions.pre_function
    begun(scene)

    def broken_for_the_first(request: Json) -> Json:
        mine = request["dataObject"]["candidate-id"] in {"c0", "c1", "c2"}
        return broken(request) if mine else pre(request)

    scene.functions.pre_function = broken_for_the_first
    scene.passes(minutes=11)

    with pytest.raises(ExceptionGroup):
        scene.reconcile()

    assert scene.candidate("c5").job
    assert scene.candidate("c5").job != scene.candidate("c0").job


def test_what_comes_to_nothing_is_tried_once_an_hour() -> None:
    scene = LabelingScene(2, start_at=2, backend="ground_truth")
    scene.ground_truth.refusal = "no such work team"
    tries = 0
    for _ in range(12 * 6):
        tries += len(scene.reconcile().started)
        scene.passes(minutes=5)

    assert tries == 6
    assert timedelta(hours=1) == AGAIN


def test_without_a_work_team_all_else_is_looked_after_and_it_is_said() -> None:
    scene = LabelingScene(2, start_at=2, backend="ground_truth")

    with pytest.raises(ExceptionGroup) as raised:
        reconcile(scene.world, Backends(scene.functions, None), scene.base)

    assert "deploy with WorkteamArn" in str(raised.value.exceptions[0])
    assert set(scene.fates().values()) == {"waiting"}


def test_what_a_slow_start_claims_for_a_job_that_has_ended_is_let_go() -> None:
    scene = LabelingScene(1, **QUIET)
    job = scene.start()
    scene.nobody_can(job, "c0")
    scene.finish(job)
    found = scene.candidate("c0")
    scene.fakes.candidates.replace(
        found, with_changes(found, status=CandidateStatus.LABELING, job=job.name)
    )
    scene.passes(minutes=5)

    scene.reconcile()

    assert scene.fates() == {"c0": "waiting"}
    assert scene.candidate("c0").returns[-1].reason == "the job ended without it"
    scene.settled()


# --- knowledge -----------------------------------------------------------------------------------
def test_a_withdrawal_that_broke_off_is_completed() -> None:
    scene = LabelingScene(2, **QUIET)
    (candidate, *_) = scene.fakes.candidates.of_status(CandidateStatus.WAITING)
    name = candidate.pair.conversation_id
    scene.fakes.records.withdraw(
        Withdrawal(conversation_id=name, at=scene.fakes.clock.now(), by="lea")
    )

    assert scene.reconcile().withdrawn == [name]
    assert scene.fakes.candidates.of_conversation(name) == []
    assert scene.reconcile().withdrawn == []


def test_articles_whose_time_is_over_are_expired() -> None:
    scene = LabelingScene(**QUIET)
    article = published_article(scene)
    scene.passes(days=2)

    found = scene.reconcile()

    assert found.expired == [article]
    assert ArticleStatus.EXPIRED in {a.status for a in scene.fakes.articles.documents}


def published_article(scene: LabelingScene) -> str:
    now = scene.fakes.clock.now()
    article = Article(
        article_id="a1",
        conversation_id="talk",
        question="Why?",
        answer="So.",
        status=ArticleStatus.PUBLISHED,
        answered_by="boris",
        created_at=now,
        approved_by="lea",
        approved_at=now,
        expires_at=now + timedelta(days=1),
        published_revision=0,
    )
    scene.fakes.articles.add(article)
    return article.article_id
