"""Conversations of other chatbots: which formats are read, and what of them."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.review import chat_formats
from tandem.review.chat_formats import MOST_MESSAGES, talks
from tandem.review.models import Pair
from tandem.review.talks import RawPair, Redacted, Talk, Unreadable
from tests.review_fakes import FakeRedactor
from tests.unit.review.archived import Archived, pairs

QUESTION, ANSWER = "How do I reset my password?", "Choose “Forgotten?” on the first page."
USER = {"role": "user", "content": QUESTION}
ASSISTANT = {"role": "assistant", "content": ANSWER}


def read(value: object) -> Talk:
    (talk,) = talks(value)
    assert isinstance(talk, Talk), talk
    return talk


def refused(value: object) -> str:
    (found,) = talks(value)
    assert isinstance(found, Unreadable), found
    return str(found)


def pair_of(value: object) -> RawPair:
    (pair,) = read(value).pairs
    return pair


def kept(value: object) -> Pair:
    (pair,) = pairs(read(value))
    return pair


# --- lists of messages -----------------------------------------------------------------------
@pytest.mark.parametrize(
    "value",
    [
        [USER, ASSISTANT],
        {"messages": [USER, ASSISTANT]},
        {"messages": [{"role": "system", "content": "Be kind."}, USER, ASSISTANT]},
        {"messages": [{"role": "User", "content": QUESTION}, {"role": "AI", "content": ANSWER}]},
        # parts, as OpenAI has them
        [
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": "data:"}},
                    {"type": "text", "text": QUESTION},
                ],
            },
            ASSISTANT,
        ],
        [
            {"role": "user", "content": [{"type": "input_text", "text": QUESTION}]},
            {"role": "assistant", "content": [{"type": "output_text", "text": ANSWER}]},
        ],
        # calls of tools
        [
            USER,
            {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
            {"role": "tool", "content": "42", "tool_call_id": "1"},
            ASSISTANT,
        ],
        # Bedrock's Converse
        {
            "messages": [
                {"role": "user", "content": [{"text": QUESTION}]},
                {"role": "assistant", "content": [{"text": ANSWER}, {"toolUse": {"name": "x"}}]},
            ]
        },
        # ShareGPT
        {
            "conversations": [
                {"from": "human", "value": QUESTION},
                {"from": "gpt", "value": ANSWER},
            ]
        },
        [{"from": "human", "value": QUESTION}, {"from": "gpt", "value": ANSWER}],
        # manifests of labelling jobs
        {"source": f"{QUESTION}, {ANSWER}"},
        {"source": "whatever", "prompt": QUESTION, "response": ANSWER},
    ],
)
def test_the_usual_formats_are_told_by_their_shape(value: object) -> None:
    pair = pair_of(value)

    assert (pair.question, pair.answer) == (QUESTION, ANSWER)
    assert not pair.escalated
    assert not pair.thumbs_down
    assert pair.label is None


def test_tandems_own_transcripts_are_read_among_them() -> None:
    scene = Archived()
    scene.asks("How many endpoints?")

    assert read(scene.document).conversation_id == scene.conversation_id


def test_questions_answers_and_context_are_those_of_the_order() -> None:
    talk = read(
        [
            {"role": "assistant", "content": "Hello!"},
            {"role": "user", "content": "Hi."},
            USER,
            ASSISTANT,
            {"role": "assistant", "content": "It takes a minute."},
            {"role": "expert", "content": "Or call us."},
            {"role": "user", "content": "Thanks!"},
        ]
    )
    (pair,) = pairs(talk)

    assert pair.question == f"Hi.\n{QUESTION}"
    assert pair.answer == f"{ANSWER}\nIt takes a minute."
    assert [turn.text for turn in pair.context] == ["Hello!"]
    assert [said.author for said in talk.said][-2:] == ["expert", "customer"]


def test_what_an_expert_answered_is_no_question_of_the_assistants_next_answer() -> None:
    talk = read([USER, {"role": "expert", "content": "Call us."}, ASSISTANT, USER, ASSISTANT])

    assert [(pair.question, pair.begins) for pair in talk.pairs] == [(QUESTION, 3)]


def test_what_is_known_of_a_conversation_stands_beside_the_messages_or_in_metadata() -> None:
    talk = read(
        {
            "id": "talk-7",
            "metadata": {"language": "de-AT", "channel": "web", "model": "theirs-2", "x": [1]},
            "messages": [USER, ASSISTANT],
        }
    )
    (pair,) = pairs(talk)

    assert pair.conversation_id == "talk-7"
    assert (pair.language, pair.channel, pair.model_id) == ("de-AT", "web", "theirs-2")


def test_what_is_not_known_is_not_made_up() -> None:
    pair = kept([USER, ASSISTANT])

    assert (pair.language, pair.channel) == ("und", "import")
    assert (pair.model_id, pair.confidence, pair.answered_at) == (None, None, None)


def test_of_an_answer_of_several_messages_what_is_bad_of_one_counts() -> None:
    told = {"thumb": "down", "escalated": True, "confidence": 0.1, "model": "theirs-2"}
    better = {"thumb": "up", "escalated": False, "confidence": 0.9}
    for messages in ([told, better], [better, told], [told, {}]):
        pair = kept([USER, *({**ASSISTANT, **each} for each in messages)])

        assert (pair.thumbs_down, pair.escalated) == (True, True)
        assert (pair.confidence, pair.model_id) == (0.1, "theirs-2")


def test_what_is_known_of_an_answer_stands_beside_it() -> None:
    told = {
        "id": "a-1",
        "model": "theirs-3",
        "thumb": "down",
        "escalated": True,
        "confidence": 0.25,
        "at": "2026-11-20T10:00:00",
    }
    pair = kept({"model": "theirs-2", "messages": [USER, {**ASSISTANT, **told}]})

    assert (pair.turn_id, pair.model_id, pair.confidence) == ("a-1", "theirs-3", 0.25)
    assert pair.thumbs_down
    assert pair.escalated
    assert pair.answered_at == datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize("at", [1763632800, 1763632800.0, 1763632800000, "2025-11-20T10:00:00Z"])
def test_times_are_read_as_they_are_usually_written(at: Any) -> None:
    pair = pair_of([USER, {**ASSISTANT, "timestamp": at}])

    assert pair.answered_at == datetime(2025, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "odd",
    [
        {"id": ["a"], "confidence": "high", "at": "soon", "thumb": 1, "escalated": "yes"},
        {"id": "a b", "confidence": float("nan"), "at": -5, "model": 7},
        {"id": "", "confidence": 1.5, "at": 1e300, "model": "x\ny"},
        {"confidence": True, "at": True, "model": "m" * 1000},
    ],
)
def test_oddities_beside_an_answer_do_not_matter(odd: dict[str, Any]) -> None:
    pair = kept([USER, {**ASSISTANT, **odd}])

    assert pair.turn_id == "m2"
    assert (pair.model_id, pair.confidence, pair.answered_at) == (None, None, None)
    assert not pair.thumbs_down
    assert not pair.escalated


# --- ids -------------------------------------------------------------------------------------
def conversation_id(value: object) -> str:
    return Redacted(read(value), (), FakeRedactor(), 4).conversation_id


def test_without_an_id_what_is_said_makes_it() -> None:
    first = conversation_id([USER, ASSISTANT])

    assert first == conversation_id({"messages": [USER, ASSISTANT], "language": "en"})
    assert first != conversation_id([USER, {**ASSISTANT, "content": "No."}])
    assert first != conversation_id([USER, ASSISTANT, USER])
    assert first.startswith("import-")


def test_an_id_made_of_what_was_said_tells_no_personal_data() -> None:
    def mine(address: str) -> list[dict[str, str]]:
        return [{"role": "user", "content": f"I am {address} , hello?"}, ASSISTANT]

    assert conversation_id(mine("a@example.com")) == conversation_id(mine("b@example.com"))


@pytest.mark.parametrize("given", ["jo@example.com", "a/b", "ü", "x" * 500, 10**40])
def test_an_id_of_a_foreign_kind_is_digested(given: object) -> None:
    found = conversation_id({"id": given, "messages": [USER, ASSISTANT]})

    assert found.startswith("import-")
    assert str(given) not in found
    assert found == conversation_id({"conversation_id": given, "messages": [USER]})


def test_a_number_may_be_an_id() -> None:
    assert conversation_id({"id": 17, "messages": [USER, ASSISTANT]}) == "import-17"


def test_the_names_that_messages_carry_are_taken_out() -> None:
    pair = kept([{**USER, "name": "Jo Doe", "content": "Jo Doe here, help?"}, ASSISTANT])

    assert pair.question == "[name] here, help?"


# --- manifests -------------------------------------------------------------------------------
# A line as Ground Truth wrote it for the article whose gaps this closes.
ARTICLES_LINE = {
    "source": "What is Amazon SageMaker?, It is a managed service, from notebooks to endpoints.",
    "relevance": {"annotationsFromAllWorkers": None, "label": "5 - Highly Relevant"},
    "relevance-metadata": {
        "type": "groundTruth/custom",
        "job_name": "qa-relevance",
        "human-annotated": "yes",
        "creation-date": "2023-09-26T21:15:23.000000",
    },
}


def test_the_articles_line_is_a_pair_with_its_label() -> None:
    pair = pair_of(ARTICLES_LINE)

    assert pair.question == "What is Amazon SageMaker?"
    assert pair.answer == "It is a managed service, from notebooks to endpoints."
    assert pair.label is not None
    assert (pair.label.rating, pair.label.raters, pair.label.job) == (5.0, 1, "qa-relevance")
    assert pair.label.at == datetime(2023, 9, 26, 21, 15, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "question", "answer"),
    [
        ("What is it?, A thing, and more.", "What is it?", "A thing, and more."),
        ("Hi, what is it?,A thing.", "Hi, what is it?", "A thing."),
        ("He asked “why?”, Because.", "He asked “why?”", "Because."),
        ("Tell me about it., Well, it is.", "Tell me about it.", "Well, it is."),
        ("I use e.g., a mouse. Why?, Because.", "I use e.g., a mouse. Why?", "Because."),
        ("Tell me about it, It is.", "Tell me about it", "It is."),
    ],
)
def test_question_and_answer_of_one_source_are_told_apart(
    source: str, question: str, answer: str
) -> None:
    pair = pair_of({"source": source})

    assert (pair.question, pair.answer) == (question, answer)


@pytest.mark.parametrize("source", ["Tell me, please, It is.", "No comma at all", "a,", ",b", ""])
def test_where_nobody_can_tell_nobody_guesses(source: str) -> None:
    assert "source" in refused({"source": source}) or "empty" in refused({"source": source})


@pytest.mark.parametrize(
    ("label", "rating"),
    [
        (4, 4.0),
        ("2 - Slightly relevant", 2.0),
        ({"label": "3"}, 3.0),
        ({"relevance.label": "1 - Not relevant"}, 1.0),
        ({"rating": 3.5, "raters": 4}, 3.5),
    ],
)
def test_labels_are_read_as_leniently_as_everywhere(label: object, rating: float) -> None:
    found = pair_of({**ARTICLES_LINE, "relevance": label}).label

    assert found is not None
    assert found.rating == rating
    assert found.raters == (4 if rating == 3.5 else 1)


def test_the_label_may_have_another_name() -> None:
    found = pair_of({"source": "a?, b", "quality": 4, "quality-metadata": {}}).label

    assert found is not None
    assert (found.rating, found.job, found.at) == (4.0, "import", None)


def test_several_workers_answers_are_one_label_without_their_names() -> None:
    workers = [
        {"workerId": "w1", "annotationData": {"content": '{"relevance": {"label": "2"}}'}},
        {"workerId": "w2", "annotationData": {"content": '{"relevance": {"label": "5"}}'}},
    ]
    pair = pair_of({**ARTICLES_LINE, "relevance": workers})

    assert pair.label is not None
    assert (pair.label.rating, pair.label.raters) == (3.5, 2)
    assert "w1" not in str(pair)


def test_what_tandem_wrote_itself_comes_back_as_what_it_was() -> None:
    pair = pair_of(
        {
            "source": "Why?",
            "prompt": "Why?",
            "response": "So, that is why.",
            "conversation-id": "c-1",
            "turn-id": "t-9",
            "model-id": "m-1",
            "relevance": {"rating": 4.5, "rule": "median", "raters": 2, "agreement": 0.75},
            "relevance-metadata": {"job-name": "labeling-job/tandem-1", "human-annotated": "yes"},
        }
    )

    assert (pair.turn_id, pair.model_id) == ("t-9", "m-1")
    assert pair.label is not None
    assert (pair.label.rating, pair.label.raters, pair.label.agreement) == (4.5, 2, 0.75)
    assert pair.label.job == "tandem-1"


def test_a_machines_label_is_none() -> None:
    line = {**ARTICLES_LINE, "relevance-metadata": {"human-annotated": "no"}}

    assert pair_of(line).label is None


def test_a_line_whose_labelling_failed_has_none() -> None:
    line = {"source": "a?, b", "relevance-metadata": {"failure-reason": "nobody came"}}

    assert pair_of(line).label is None


# --- what cannot be read -------------------------------------------------------------------------
def nested(key: str, levels: int) -> object:
    value: object = 5
    for _ in range(levels):
        value = {key: value}
    return value


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"messages": "none"}, "it is no conversation"),
        ({"text": "hello"}, "it is no conversation"),
        ({}, "it is no conversation"),
        ([], "it is no conversation"),
        (7, "it is no conversation"),
        (None, "it is no conversation"),
        ({"messages": [7]}, "message 1 is no object"),
        ({"messages": [USER, {"content": "x"}]}, "message 2 has no role that is known"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "message 1 has no role"),
        ({"messages": [{"role": 7, "content": "x"}]}, "message 1 has no role"),
        ({"messages": [{"role": "user", "content": 7}]}, "message 1 has a content"),
        ({"messages": []}, "nobody says anything"),
        ({"messages": [{"role": "user", "content": ""}]}, "nobody says anything"),
        ({"conversations": [{"from": "human"}]}, "nobody says anything"),
        ({"messages": [USER] * (MOST_MESSAGES + 1)}, "at most 5000 are read"),
        ({"source-ref": "s3://b/k"}, "prompt and response"),
        ({"source": 7}, "it is no conversation"),
        ({**ARTICLES_LINE, "relevance": {"label": "great"}}, "its label cannot be read"),
        ({**ARTICLES_LINE, "relevance": 9}, "its label cannot be read"),
        ({"schema": "tandem.transcript/1"}, "it is no transcript of Tandem"),
        ({**ARTICLES_LINE, "relevance": nested("rating", 3000)}, "its label cannot be read"),
        ({**ARTICLES_LINE, "relevance": nested("other", 9000)}, "its label cannot be read"),
    ],
)
def test_what_cannot_be_read_says_why(value: object, reason: str) -> None:
    assert reason in refused(value)


def test_what_reading_stumbles_over_costs_no_other_conversation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stumbles(given: object) -> bool:
        raise ArithmeticError("a secret of a customer's")

    monkeypatch.setattr(chat_formats, "is_identifier", stumbles)
    first, second, third = talks([{"source": "a?, b"}, {"source": "a?, b", "id": "x"}, {}])

    assert isinstance(first, Talk)
    assert "ArithmeticError" in str(second)
    assert "secret" not in str(second)
    assert isinstance(third, Unreadable)


def test_of_a_list_of_conversations_each_is_read_on_its_own() -> None:
    first, second, third = talks([{"messages": [USER, ASSISTANT]}, 7, {"source": "a?, b"}])

    assert isinstance(first, Talk)
    assert isinstance(third, Talk)
    assert str(second).startswith("entry 2: it is no conversation")


def test_a_conversation_in_which_nobody_answers_has_no_pair() -> None:
    assert read([USER, USER]).pairs == ()
    assert read([ASSISTANT]).pairs == ()


_NAMES = (
    "messages conversations source prompt response role from content value text type id model "
    "metadata language relevance relevance-metadata job_name human-annotated label rating raters "
    "better_answers creation-date annotationData schema turns conversation_id at thumb"
)
_KEYS = st.sampled_from(_NAMES.split())
_VALUES = st.sampled_from(
    ["user", "assistant", "human", "gpt", "text", "a?, b", "5", "{", "[1]", "tandem.transcript/1"]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | _VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=20,
)


_ODD = st.sampled_from(
    [10**400, -(10**400), 1e308, math.nan, -math.inf, 10**11, True, [], {}, nested("rating", 3000)]
)
_AS_EXPECTED = st.sampled_from(
    [0.5, 3, "down", "up", "2026-11-20T10:00:00", "0001-01-01T00:00:00+14:00", "5 - Good"]
)
_VALUE = _JSON | _ODD | _AS_EXPECTED
_BESIDE = st.dictionaries(
    st.sampled_from(
        ["id", "model", "name", "thumb", "escalated", "confidence", "at", "timestamp", "created_at"]
    ),
    _VALUE,
)
_MESSAGES = st.lists(
    st.builds(
        lambda beside, role, content: {**beside, "role": role, "content": content},
        _BESIDE,
        st.sampled_from(["user", "assistant", "expert", "system"]),
        st.text(max_size=5) | _VALUE,
    ),
    max_size=5,
)
_LINES = st.fixed_dictionaries(
    {"source": st.just("What?, That.")},
    optional={
        "relevance": _VALUE
        | st.dictionaries(
            st.sampled_from(
                ["rating", "label", "raters", "agreement", "better_answers", "relevance"]
            ),
            _VALUE,
        ),
        "relevance-metadata": st.dictionaries(
            st.sampled_from(["job-name", "job_name", "creation-date", "human-annotated", "raters"]),
            _VALUE,
        ),
        "metadata": _BESIDE,
        "turn-id": _VALUE,
        "conversation-id": _VALUE,
    },
)


@given(_MESSAGES | _LINES | st.builds(lambda m, b: {**b, "messages": m}, _MESSAGES, _BESIDE))
def test_whatever_stands_where_something_is_expected_it_is_read_or_refused(value: object) -> None:
    for found in talks(value):
        assert isinstance(found, Talk | Unreadable)
        if isinstance(found, Talk):
            for pair in pairs(found):
                assert Pair.model_validate_json(pair.model_dump_json()) == pair


@given(_JSON)
def test_everything_that_is_json_is_read_or_refused(value: object) -> None:
    for found in talks(value):
        assert isinstance(found, Talk | Unreadable)
        if isinstance(found, Talk):
            pairs(found)
