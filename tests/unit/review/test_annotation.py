"""The two annotation functions: what reviewers see, and what becomes of what they say."""

import json
from typing import Any

import pytest

from tandem.review.annotation import (
    BadRequest,
    WorkersAnswer,
    answer_content,
    post_annotation,
    pre_annotation,
    read_answer,
    task_input,
)
from tandem.review.manifest import Json, UnreadableLabel, input_line
from tandem.review.models import Candidate, ContextTurn, Job, Reviewer, Standing, Withdrawal
from tandem.review.policy import Labeling, RatingLabel, ReviewPolicy
from tests.fakes import START
from tests.review_fakes import FakeRedactor
from tests.unit.review.labeling_scene import LabelingScene, candidate, post_request

POLICY = ReviewPolicy()


# --- before --------------------------------------------------------------------------------------
def asked(scene: LabelingScene, data_object: object) -> Json:
    """The pre-annotation function, as Ground Truth calls it."""
    return pre_annotation(
        scene.world,
        {
            "version": "2018-10-16",
            "labelingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:labeling-job/j",
            "dataObject": data_object,
        },
    )


def test_a_reviewer_sees_question_and_answer_apart_and_what_is_asked() -> None:
    turn = ContextTurn(author="customer", text="Hello")
    line = input_line(candidate(pair={"context": (turn,)}))

    said = asked(LabelingScene(), line)

    assert said["isHumanAnnotationRequired"] is True
    assert said["taskInput"] == {
        "question": "What about c1?",
        "answer": "That is c1.",
        "context": [{"author": "customer", "text": "Hello"}],
        "instructions": POLICY.labeling.instructions,
        "labels": [
            "1 - Not relevant",
            "2 - Slightly relevant",
            "3 - Somewhat relevant",
            "4 - Relevant",
            "5 - Highly relevant",
        ],
        "examples": [example.model_dump() for example in POLICY.labeling.examples],
        "reason_up_to": 2,
    }


def test_a_reviewer_does_not_see_which_model_answered_nor_why_it_was_picked_nor_ratings() -> None:
    secret = candidate(
        "secret-id",
        policy_version="secret-policy",
        topic="secret-topic",
        pair={"question": "What?", "answer": "That."},
    )
    line = {
        **input_line(secret),
        "picks": ["secret-pick"],
        "relevance": {"rating": "secret-rating"},
        "context": [{"author": "assistant", "text": "Hi", "model_id": "secret-model"}],
    }

    assert "secret" not in json.dumps(asked(LabelingScene(), line))


def test_nobody_has_to_look_at_what_a_customer_has_withdrawn() -> None:
    scene = LabelingScene()
    scene.fakes.records.withdraw(Withdrawal(conversation_id="talk-c1", at=START, by="lea"))

    assert asked(scene, input_line(candidate("c1")))["isHumanAnnotationRequired"] is False
    assert asked(scene, input_line(candidate("c2")))["isHumanAnnotationRequired"] is True


def test_of_a_line_with_a_source_only_it_is_the_question() -> None:
    shown = asked(LabelingScene(), {"source": "What is it?, It is this."})["taskInput"]

    assert (shown["question"], shown["answer"]) == ("What is it?, It is this.", "")


@pytest.mark.parametrize(
    ("referred", "shown"),
    [
        (b"What is it?", ("What is it?", "")),
        (b'{"prompt": "What is it?", "response": "This."}', ("What is it?", "This.")),
        (b'["What is it?"]', ('["What is it?"]', "")),
    ],
)
def test_what_a_line_refers_to_is_read(referred: bytes, shown: tuple[str, str]) -> None:
    scene = LabelingScene()
    scene.fakes.files.elsewhere["s3://mine/1.txt"] = referred

    seen = asked(scene, {"source-ref": "s3://mine/1.txt"})["taskInput"]

    assert (seen["question"], seen["answer"]) == shown


@pytest.mark.parametrize("uri", ["s3://mine/gone.txt", "https://example.com/1.txt"])
def test_what_cannot_be_read_is_named(uri: str) -> None:
    with pytest.raises(BadRequest, match=uri):
        asked(LabelingScene(), {"source-ref": uri})


@pytest.mark.parametrize("data_object", [None, "text", ["source"]])
def test_a_request_without_an_object_says_what_is_missing(data_object: object) -> None:
    with pytest.raises(BadRequest, match="dataObject"):
        asked(LabelingScene(), data_object)


def test_a_line_of_100_kb_and_odd_values_are_taken() -> None:
    shown = task_input(
        {"source": 5, "prompt": None, "response": "x" * 90_000, "context": [1, {"text": []}]},
        POLICY,
    )

    assert shown["question"] == ""
    assert len(shown["answer"]) == 90_000
    assert shown["context"] == [{"author": "", "text": ""}]


# --- what one worker said ------------------------------------------------------------------------
@pytest.mark.parametrize("rating", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("label", ["Relevant", "5 stars", "- 3 -", "ja"])
def test_what_the_template_makes_of_a_rating_is_read_as_that_rating(
    rating: int, label: str
) -> None:
    labels = tuple(RatingLabel(rating=n, label=label) for n in range(1, 6))
    content = answer_content(rating, "so", "better", Labeling(labels=labels))

    assert read_answer(json.dumps(content)) == WorkersAnswer(rating, "so", "better")


@pytest.mark.parametrize(
    "flagged", [True, {"flagged": True}, {"on": True}], ids=["plain", "by value", "by default"]
)
def test_a_flag_counts_whatever_else_is_chosen(flagged: object) -> None:
    said = read_answer({"relevance": {"label": "5"}, "flagged": flagged, "reason": "gibberish"})

    assert said == WorkersAnswer(None, "gibberish", "")


@pytest.mark.parametrize(
    "content",
    [None, "", "{", "[1]", [], {}, {"relevance": {"label": "x"}}, "[" * 100_000, {"reason": "4"}],
)
def test_an_answer_that_cannot_be_read_is_none(content: object) -> None:
    with pytest.raises(UnreadableLabel):
        read_answer(content)


def test_what_a_worker_writes_is_bounded() -> None:
    said = read_answer({"relevance": 4, "reason": "r" * 5000, "better_answer": "b" * 9000})

    assert (len(said.reason), len(said.better_answer)) == (1000, 8000)


@pytest.mark.parametrize("ratings", [(1, 2, 3, 4), (1, 2, 3, 4, 4), (5, 4, 3, 2, 1)])
def test_a_policy_names_each_rating_once_and_in_order(ratings: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"labels"):
        Labeling.model_validate({"labels": [{"rating": n, "label": f"l{n}"} for n in ratings]})


# --- after ---------------------------------------------------------------------------------------
class Consolidation(LabelingScene):
    """A job of Ground Truth that has begun; workers have spoken."""

    def __init__(self, *candidates: Candidate, workers: int = 3) -> None:
        given = candidates or (candidate("c0"), candidate("c1"))
        super().__init__(given, backend="ground_truth", workers_per_object=workers)
        self.begun: Job = self.start()
        self.lines = self.ground_truth.lines(self.begun.name)

    def number(self, name: str) -> int:
        return next(n for n, line in enumerate(self.lines) if line["candidate-id"] == name)

    def object(self, name: str, *annotations: Json, **changes: Any) -> Json:
        number = self.number(name)
        return {
            "datasetObjectId": str(number),
            "dataObject": {"content": self.lines[number]["source"]},
            "annotations": list(annotations),
            **changes,
        }

    def labels(self, *objects: Any) -> dict[str, Json]:
        """What the function answers, by candidate."""
        said = self.consolidates(*objects)
        for each in said:
            assert set(each) == {"datasetObjectId", "consolidatedAnnotation"}
            assert set(each["consolidatedAnnotation"]) == {"content"}
        return {
            self.lines[int(each["datasetObjectId"])]["candidate-id"]: each[
                "consolidatedAnnotation"
            ]["content"]["relevance"]
            for each in said
        }

    def consolidates(self, *objects: Any) -> list[Json]:
        uri = self.fakes.files.write("jobs/request.json", json.dumps(objects).encode(), "")
        return post_annotation(self.world, FakeRedactor(), post_request(self.begun, uri))


def says(worker: str, rating: int | None, reason: str = "", better_answer: str = "") -> Json:
    content = answer_content(rating, reason, better_answer, POLICY.labeling)
    return {"workerId": worker, "annotationData": {"content": json.dumps(content)}}


def test_several_ratings_become_one_label() -> None:
    scene = Consolidation()

    labels = scene.labels(
        scene.object("c0", says("w1", 5), says("w2", 4), says("w3", 1)),
        scene.object("c1", says("w1", 2)),
    )

    assert labels == {
        "c0": {
            "rating": 4.0,
            "rule": "median",
            "raters": 3,
            "agreement": 0.3333,
            "better_answers": [],
        },
        "c1": {
            "rating": 2.0,
            "rule": "median",
            "raters": 1,
            "agreement": None,
            "better_answers": [],
        },
    }


def test_ratings_are_kept_with_who_gave_them_and_labels_name_nobody() -> None:
    scene = Consolidation()
    said = scene.labels(
        scene.object("c0", says("worker-one", 5, "good"), says("worker-two", 3, "", "Better."))
    )

    kept = scene.fakes.ratings.of_candidate("c0")
    assert {(r.reviewer, r.rating, r.reason, r.better_answer) for r in kept} == {
        ("worker-one", 5, "good", ""),
        ("worker-two", 3, "", "Better."),
    }
    assert said["c0"]["better_answers"] == ["Better."]
    assert "worker" not in json.dumps(said)


def test_personal_data_in_what_workers_write_is_out_before_it_is_kept() -> None:
    scene = Consolidation()
    said = scene.labels(
        scene.object("c0", says("w1", 2, "ask anna@example.com", "Mail bob@example.com instead"))
    )

    (kept,) = scene.fakes.ratings.of_candidate("c0")
    assert (kept.reason, kept.better_answer) == ("ask [email]", "Mail [email] instead")
    assert said["c0"]["better_answers"] == ["Mail [email] instead"]


def test_a_name_that_a_text_about_an_answer_introduces_is_out_of_what_reviewers_write() -> None:
    first = candidate("c0")
    pair = first.pair.model_copy(update={"question": "My name is Xiomara , how many?"})
    scene = Consolidation(first.model_copy(update={"pair": pair}), candidate("c1"))

    said = scene.labels(
        scene.object("c0", says("w1", 2, "Her name is Brandt too", "Two, Xiomara. Brandt: one."))
    )

    assert said["c0"]["better_answers"] == ["Two, [name]. [name]: one."]


def test_all_that_a_batch_says_is_redacted_at_once() -> None:
    calls: list[list[str]] = []

    class Counting(FakeRedactor):
        def redact(self, texts: Any, names: Any = (), beside: Any = ()) -> list[str]:
            calls.append(list(texts))
            return super().redact(texts, names, beside)

    scene = Consolidation()
    objects = [
        scene.object("c0", says("w1", 1, "same"), says("w2", 1, "same", "b")),
        scene.object("c1", says("w1", 4)),
    ]
    uri = scene.fakes.files.write("jobs/request.json", json.dumps(objects).encode(), "")
    post_annotation(scene.world, Counting(), post_request(scene.begun, uri))

    assert calls == [["same", "b"]]


def test_where_nobody_rates_a_flag_takes_the_labels_place() -> None:
    scene = Consolidation()

    labels = scene.labels(
        scene.object("c0", says("w1", None, "no question"), says("w2", None, "by a@b.example")),
        scene.object("c1", says("w1", None, "no question"), says("w2", 3)),
    )

    assert labels["c0"] == {"flagged": True, "note": "no question; by [email]"}
    # Somebody could rate it.
    assert labels["c1"]["rating"] == 3
    assert [r.candidate_id for r in scene.fakes.ratings.of_reviewer("w1", 10)] == []


def test_an_answer_that_cannot_be_read_costs_the_object_no_other() -> None:
    scene = Consolidation()
    unreadable: list[Any] = [
        {"workerId": "w1", "annotationData": {"content": "{broken"}},
        {"workerId": "w2", "annotationData": {"content": '{"relevance": {"label": "none"}}'}},
        {"workerId": "w3", "annotationData": {}},
        {"workerId": "w4"},
        {"annotationData": {"content": '{"relevance": 5}'}},
        {"workerId": "w5", "annotationData": {"s3Uri": "s3://gone/1.json"}},
        "nothing",
        None,
    ]

    labels = scene.labels(
        scene.object("c0", *unreadable, says("w9", 4)), scene.object("c1", *unreadable)
    )

    assert {name: label["raters"] for name, label in labels.items()} == {"c0": 1}


def test_answers_and_objects_may_lie_in_files() -> None:
    scene = Consolidation()
    content = json.dumps(answer_content(4, "", "", POLICY.labeling)).encode()
    scene.fakes.files.elsewhere["s3://review-jobs/answer.json"] = content
    annotation = {"workerId": "w1", "annotationData": {"s3Uri": "s3://review-jobs/answer.json"}}

    labels = scene.labels(
        scene.object("c1", annotation, dataObject={"s3Uri": "s3://review-jobs/object.txt"})
    )

    assert labels["c1"]["rating"] == 4


def test_who_answers_twice_counts_once_with_the_last() -> None:
    scene = Consolidation()

    labels = scene.labels(scene.object("c0", says("w1", 1), says("w1", 5)))

    assert (labels["c0"]["rating"], labels["c0"]["raters"]) == (5, 1)
    assert [r.rating for r in scene.fakes.ratings.of_candidate("c0")] == [5]


def test_the_same_request_twice_changes_nothing() -> None:
    scene = Consolidation()
    asked_for = scene.object("c0", says("w1", 4, "so"))
    first = scene.consolidates(asked_for)
    kept = scene.fakes.ratings.of_candidate("c0")
    scene.passes(minutes=5)

    assert scene.consolidates(asked_for) == first
    assert scene.fakes.ratings.of_candidate("c0") == kept


def aside(*names: str) -> list[Reviewer]:
    return [Reviewer(reviewer=name, standing=Standing.SET_ASIDE) for name in names]


def test_who_is_set_aside_does_not_count_and_is_kept_all_the_same() -> None:
    scene = Consolidation()
    scene.fakes.reviewers.stored = {r.reviewer: r for r in aside("w1")}

    labels = scene.labels(scene.object("c0", says("w1", 1, "", "Bad."), says("w2", 5)))

    assert (labels["c0"]["rating"], labels["c0"]["raters"]) == (5, 1)
    assert labels["c0"]["better_answers"] == []
    assert len(scene.fakes.ratings.of_candidate("c0")) == 2


def test_where_all_are_set_aside_there_is_no_label_and_no_flag() -> None:
    scene = Consolidation()
    scene.fakes.reviewers.stored = {r.reviewer: r for r in aside("w1", "w2")}

    assert (
        scene.labels(
            scene.object("c0", says("w1", 1), says("w2", 5)),
            scene.object("c1", says("w1", None, "spam")),
        )
        == {}
    )


def test_what_was_withdrawn_meanwhile_is_not_brought_back_by_its_ratings() -> None:
    scene = Consolidation()
    scene.fakes.candidates.remove(scene.candidate("c0"))

    labels = scene.labels(scene.object("c0", says("w1", 4)), scene.object("c1", says("w1", 5)))

    assert list(labels) == ["c1"]
    assert scene.fakes.ratings.of_candidate("c0") == []


def test_candidates_with_the_same_question_are_told_apart_by_their_number() -> None:
    twins = [candidate(n, pair={"question": "Why?", "answer": f"By {n}."}) for n in ("c0", "c1")]
    scene = Consolidation(*twins)

    labels = scene.labels(
        scene.object("c1", says("w1", 5)),
        scene.object("c0", says("w1", 1)),
    )

    assert {name: label["rating"] for name, label in labels.items()} == {"c0": 1, "c1": 5}


def test_an_object_that_is_no_candidate_of_the_job_is_left_out_and_the_rest_goes_on() -> None:
    scene = Consolidation()
    strangers: list[Any] = [
        scene.object("c0", says("w1", 1), datasetObjectId="77", dataObject={"content": "What?"}),
        scene.object("c0", says("w1", 1), datasetObjectId="²", dataObject={"content": "What?"}),
        scene.object("c0", says("w1", 1), datasetObjectId="0", dataObject={"content": "Other"}),
        {"annotations": []},
        "nothing",
    ]

    labels = scene.labels(*strangers, scene.object("c1", says("w1", 5)))

    assert list(labels) == ["c1"]


def test_a_number_of_another_counting_is_found_by_its_text() -> None:
    scene = Consolidation()
    said = scene.consolidates(scene.object("c1", says("w1", 5), datasetObjectId="90"))

    assert [each["datasetObjectId"] for each in said] == ["90"]
    assert [r.candidate_id for r in scene.fakes.ratings.of_reviewer("w1", 5)] == ["c1"]


def test_a_request_says_what_it_lacks() -> None:
    scene = Consolidation()
    request = post_request(scene.begun, "s3://review/jobs/none.json")

    for lacking in ("payload", "labelAttributeName", "labelingJobArn"):
        broken = {key: value for key, value in request.items() if key != lacking}
        with pytest.raises(BadRequest, match=lacking):
            post_annotation(scene.world, FakeRedactor(), broken)
    with pytest.raises(BadRequest, match="cannot be read"):
        post_annotation(scene.world, FakeRedactor(), request)
    with pytest.raises(BadRequest, match="no labelling job of this stack"):
        post_annotation(
            scene.world,
            FakeRedactor(),
            {**request, "labelingJobArn": "arn:aws:sagemaker:::labeling-job/theirs"},
        )
    uri = scene.fakes.files.write("jobs/odd.json", b'{"not": "a list"}', "")
    with pytest.raises(BadRequest, match="no list"):
        post_annotation(scene.world, FakeRedactor(), post_request(scene.begun, uri))
