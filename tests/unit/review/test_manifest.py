"""Manifests: what goes into a labelling job, and what comes out of whatever wrote it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.review import manifest
from tandem.review.manifest import (
    UnreadableLabel,
    input_line,
    job_name,
    outcomes,
    output_line,
    read_consolidated,
    read_label,
    read_lines,
    read_output,
    write_lines,
)
from tandem.review.models import ContextTurn
from tests.fakes import START
from tests.unit.review.labeling_scene import candidate


def body(*lines: object) -> bytes:
    return "\n".join(json.dumps(line) for line in lines).encode()


# --- what goes in --------------------------------------------------------------------------------
def test_a_line_says_what_its_label_will_be_of() -> None:
    assert input_line(candidate("c1")) == {
        "source": "What about c1?",
        "prompt": "What about c1?",
        "response": "That is c1.",
        "context": [],
        "candidate-id": "c1",
        "conversation-id": "talk-c1",
        "turn-id": "t2",
        "policy-version": "p1",
        "model-id": "secret-model",
    }


def test_a_line_is_one_line_whatever_stands_in_it() -> None:
    hostile = "a\u2028b\u2029c\u0085d\ne\r\nf\x0bg\x0ch\x1ci"
    written = write_lines([input_line(candidate(pair={"question": hostile}))])

    assert len(written.decode().splitlines()) == 1
    assert next(read_lines(written))["prompt"] == hostile


@given(st.text(max_size=200))
def test_every_text_comes_back_as_it_was(text: str) -> None:
    written = write_lines([{"prompt": text}, {"prompt": "next"}])

    assert [line["prompt"] for line in read_lines(written)] == [text, "next"]


@pytest.mark.parametrize("letter", ["x", "ß", "中", "🤖", '"', "\x01"])
def test_a_line_is_never_larger_than_the_function_is_handed(letter: str) -> None:
    turns = tuple(ContextTurn(author="customer", text=letter * 8000) for _ in range(20))
    long = candidate(
        pair={"question": letter * 8000, "answer": letter * 8000, "context": turns},
    )

    line = input_line(long)

    assert len(write_lines([line])) <= manifest.MOST_BYTES
    # Nothing of what is rated is left out.
    assert (line["prompt"], line["response"]) == (long.pair.question, long.pair.answer)


def test_of_a_long_talk_the_newest_turns_are_kept() -> None:
    turns = tuple(ContextTurn(author="customer", text=f"{n} " + "x" * 7900) for n in range(20))

    kept = input_line(candidate(pair={"context": turns}))["context"]

    assert kept
    assert kept == [turn.model_dump() for turn in turns[-len(kept) :]]


def test_a_manifest_that_is_none_is_refused_with_the_number_of_the_line() -> None:
    with pytest.raises(ValueError, match="line 2 of the manifest is not JSON"):
        list(read_lines(b'{"source": "a"}\n{"source": '))
    with pytest.raises(ValueError, match="line 1 of the manifest is not a JSON object"):
        list(read_lines(b"[1]"))


def test_empty_lines_and_a_byte_order_mark_are_passed_over() -> None:
    assert list(read_lines(b'\xef\xbb\xbf{"source": "a"}\r\n\r\n{"source": "b"}\r\n')) == [
        {"source": "a"},
        {"source": "b"},
    ]


# --- what comes out ------------------------------------------------------------------------------
def test_what_went_in_comes_out_unchanged_beside_its_label() -> None:
    line = input_line(candidate())
    label = {"rating": 4.0, "rule": "median", "raters": 2, "agreement": 0.75, "better_answers": []}

    written = output_line(line, "relevance", label, job="tandem-1", at=START)

    assert {key: written[key] for key in line} == line
    assert written["relevance"] == label
    assert written["relevance-metadata"] == {
        "type": "groundtruth/custom",
        "job-name": "tandem-1",
        "human-annotated": "yes",
        "creation-date": "2026-11-23T09:00:00+0000",
    }
    (read,) = read_output(write_lines([written]), "relevance")
    assert read.label == {**label, "better_answers": ()}


def test_what_has_no_label_says_why() -> None:
    written = output_line(
        {"candidate-id": "c1"}, "relevance", None, job="j", at=START, reason="nobody came"
    )
    (read,) = read_output(write_lines([written]), "relevance")

    assert (read.label, read.reason) == (None, "nobody came")


@pytest.mark.parametrize(
    "value",
    [
        5,
        5.0,
        "5",
        "5.0",
        "5 - Highly Relevant",
        "5 – sehr relevant",
        "5: great",
        {"label": "5 - Highly Relevant"},
        {"rating": 5},
        {"relevance": {"label": "5 - Highly Relevant"}},
        {"relevance.label": "5 - Highly Relevant", "reason": "so"},
        {"relevance": "5 - Highly Relevant", "reason": "4"},
        '{"relevance": {"label": "5 - Highly Relevant"}}',
        {"content": '{"label": "5"}'},
        {"score": 5},
        [{"annotationData": {"content": '{"relevance": {"label": "5 - Highly Relevant"}}'}}],
        [{"workerId": "w1", "annotationData": {"content": '{"relevance": {"label": "5"}}'}}],
        [{"answerContent": {"relevance": {"label": "5"}}, "workerId": "w1"}],
        ["5 - Highly Relevant"],
    ],
)
def test_the_same_label_is_read_however_it_is_written(value: object) -> None:
    label = read_label(value, "relevance")

    assert label["rating"] == 5
    assert label["raters"] == 1


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, 6, -1, 5.1, float("nan"), float("inf"), "", "six", "55", "0 - none",
        "relevant (5)", [], {}, {"label": None}, {"reason": "5 stars"}, "{broken", [[]], [None],
        "[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_label_is_refused_not_guessed(value: object) -> None:
    with pytest.raises(UnreadableLabel):
        read_label(value, "relevance")


def test_several_answers_without_consolidation_are_their_median_and_nobodys() -> None:
    answers = [
        {"workerId": f"w{n}", "annotationData": {"content": json.dumps({"relevance": rating})}}
        for n, rating in enumerate([5, 4, 1])
    ]

    label = read_label(answers, "relevance")

    assert (label["rating"], label["raters"]) == (4, 3)
    assert "w1" not in json.dumps(label)


@pytest.mark.parametrize(
    ("beside", "read"),
    [
        ({"raters": 3}, {"raters": 3}),
        ({"raters": "many"}, {"raters": 1}),
        ({"raters": float("inf")}, {"raters": 1}),
        ({"raters": 0}, {"raters": 1}),
        ({"agreement": 0.5}, {"agreement": 0.5}),
        ({"agreement": 7}, {"agreement": None}),
        ({"rule": "debiased_mean"}, {"rule": "debiased_mean"}),
        ({"rule": "by dice"}, {"rule": "median"}),
        ({"rule": ["median"]}, {"rule": "median"}),
        ({"better_answers": ["a", 1, " ", "b"]}, {"better_answers": ("a", "b")}),
        ({"better_answers": "a"}, {"better_answers": ()}),
    ],
)
def test_what_stands_beside_a_label_is_taken_only_where_it_makes_sense(
    beside: dict[str, Any], read: dict[str, Any]
) -> None:
    label = read_label({"rating": 4, **beside}, "relevance")

    assert label["rating"] == 4
    assert {key: label[key] for key in read} == read


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        ({"job-name": "labeling-job/tandem-1"}, "tandem-1"),
        ({"job-name": "tandem-1"}, "tandem-1"),
        ({"job_name": "tandem-1"}, "tandem-1"),
        ({}, None),
    ],
)
def test_a_job_is_named_with_a_hyphen_or_an_underscore(
    metadata: dict[str, str], name: str | None
) -> None:
    assert job_name(metadata) == name


ARTICLES_LINE = {
    "source": "What is Amazon SageMaker?, It is a service to build, train and deploy models.",
    "relevance": {"label": "5 - Highly Relevant"},
    "relevance-metadata": {
        "class-name": "5 - Highly Relevant",
        "job-name": "labeling-job/hitl-relevance",
        "confidence": 0,
        "type": "groundtruth/text-classification",
        "human-annotated": "yes",
        "creation-date": "2023-06-01T12:00:00.000000",
    },
}
"""One row for each worker, question and answer in one `source`."""


def test_a_line_of_one_worker_with_question_and_answer_in_one_is_read() -> None:
    (line,) = read_output(body(ARTICLES_LINE), "relevance")

    assert line.candidate_id is None
    assert line.label is not None
    assert line.label["rating"] == 5
    metadata: Any = ARTICLES_LINE["relevance-metadata"]
    assert job_name(metadata) == "hitl-relevance"


def test_rows_of_several_workers_for_one_candidate_become_one_label() -> None:
    rows = [
        {**ARTICLES_LINE, "candidate-id": "c1", "relevance": {"label": f"{rating} - x"}}
        for rating in (5, 1, 4)
    ]

    (found,) = outcomes(body(*rows), "relevance").values()

    assert found.label is not None
    assert (found.label["rating"], found.label["raters"]) == (4, 3)


def test_a_line_that_is_none_costs_no_other() -> None:
    lines = (
        b'{"candidate-id": "c1", "relevance": 4}\n{broken\n{"candidate-id": "c2", "relevance": 2}'
    )

    found = outcomes(lines, "relevance")

    assert {name: line.label and line.label["rating"] for name, line in found.items()} == {
        "c1": 4,
        "c2": 2,
    }


@pytest.mark.parametrize("output", [b"", b"\xff\xfe\x00", b"null", b"[" * 100_000, b"{}" * 3])
def test_an_output_that_is_none_has_no_labels(output: bytes) -> None:
    assert outcomes(output, "relevance") == {}


def test_a_flag_is_no_label_and_says_why() -> None:
    flagged = {"candidate-id": "c1", "relevance": manifest.flag("not a question")}

    (found,) = outcomes(body(flagged), "relevance").values()

    assert (found.label, found.flagged, found.reason) == (None, True, "not a question")


def test_a_failure_is_read_under_each_of_its_names() -> None:
    for name in ("failure-reason", "failure_reason", "FailureReason"):
        line = {"candidate-id": "c1", "relevance-metadata": {name: "expired"}}
        (found,) = outcomes(body(line), "relevance").values()
        assert (found.label, found.reason) == (None, "expired")


def test_a_label_of_another_attribute_is_none_of_ours() -> None:
    (found,) = outcomes(body({"candidate-id": "c1", "tone": 5}), "relevance").values()

    assert found.label is None


def test_of_what_a_function_answers_only_what_can_be_read_is_taken() -> None:
    good = {"rating": 4}
    answer: list[Any] = [
        {"datasetObjectId": "0", "consolidatedAnnotation": {"content": {"relevance": good}}},
        {
            "datasetObjectId": 1,
            "consolidatedAnnotation": {"content": json.dumps({"relevance": good})},
        },
        {"datasetObjectId": "x", "consolidatedAnnotation": {"content": {"relevance": good}}},
        {"datasetObjectId": "2", "consolidatedAnnotation": {"content": {"tone": good}}},
        {"datasetObjectId": "3", "consolidatedAnnotation": {"content": "{broken"}},
        {"datasetObjectId": "4"},
        None,
        "nothing",
    ]

    assert read_consolidated(answer, "relevance") == {0: good, 1: good}
