"""Objects of the transcripts' bucket in; candidates, corrections and the quarantine out."""

import gzip
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.review.events import CandidatesWaiting
from tandem.review.intake import Sampled
from tandem.review.models import Candidate, CandidateStatus, Label, Pick, Withdrawal
from tandem.review.policy import Sampling
from tandem.review.quarantine import LISTED
from tandem.review.withdrawal import complete
from tests.review_fakes import (
    FakeRedactor,
    MemoryKnowledgeBase,
    ReviewFakes,
)
from tests.scene import ANNA
from tests.unit.review.intake_scene import BAD_ONES, EVERYTHING, Bucket, asked, chat, lines


# --- candidates ----------------------------------------------------------------------------------
def test_a_transcript_becomes_candidates() -> None:
    bucket = Bucket()
    scene = asked("How many endpoints may I run?", "What does an idle endpoint cost?")

    sampled = bucket.archives(scene)

    assert sampled == Sampled(conversations=1, pairs=2, new=2)
    first = next(c for c in bucket.candidates if c.pair.question.startswith("How"))
    assert first.status is CandidateStatus.WAITING
    assert first.picks == (Pick.RANDOM,)
    assert first.conversations == (scene.conversation_id,)
    assert first.stratum == "en|test.answer"
    assert first.policy_version == EVERYTHING.digest
    assert first.topic.startswith("q-")
    assert first.created_at == bucket.fakes.clock.now()


def test_a_transcript_that_comes_again_changes_nothing() -> None:
    bucket = Bucket()
    scene = asked("How many?")
    bucket.archives(scene)
    before = bucket.candidates

    assert bucket.archives(scene) == Sampled(conversations=1, pairs=1, known=1)
    assert bucket.candidates == before


def test_a_late_thumb_down_picks_what_was_not_picked_before() -> None:
    bucket = Bucket(BAD_ONES)
    scene = asked("How many?")
    assert bucket.archives(scene) == Sampled(conversations=1, pairs=1)

    scene.rates(0, "down")
    sampled = bucket.archives(scene)

    assert sampled.new == 1
    assert [candidate.picks for candidate in bucket.candidates] == [(Pick.THUMBS_DOWN,)]


def test_a_late_thumb_down_is_added_to_a_candidate_that_was_drawn() -> None:
    bucket = Bucket()
    scene = asked("How many?")
    bucket.archives(scene)
    scene.rates(0, "down")
    bucket.archives(scene)

    (candidate,) = bucket.candidates
    assert candidate.picks == (Pick.THUMBS_DOWN, Pick.RANDOM)
    assert candidate.pair.thumbs_down


def test_the_same_pair_of_many_conversations_is_one_candidate() -> None:
    bucket = Bucket()
    chats = [chat("How many?", "Two.", name=f"c-{n}") for n in range(25)]
    bucket.gets("imports/a.jsonl", lines(*chats))

    (candidate,) = bucket.candidates
    assert candidate.conversations == tuple(f"c-{n}" for n in range(20))


def test_a_pair_that_differs_in_personal_data_alone_is_the_same() -> None:
    bucket = Bucket()
    bucket.gets("imports/a.json", chat("I am a@b.c , how many?", "Two."))
    bucket.gets("imports/b.json", chat("I am x@y.z , how many?", "Two."))

    assert bucket.questions == ["I am [email] , how many?"]


def test_what_an_expert_answered_is_kept_whatever_is_picked() -> None:
    bucket = Bucket(Sampling(escalated=False, random_share=0))
    scene = asked("How many?")
    scene.is_claimed_by(ANNA)
    scene.says(ANNA, "Anna here: three.")

    assert bucket.archives(scene).corrections == 1
    assert bucket.archives(scene).corrections == 1

    (correction,) = bucket.fakes.corrections.all()
    assert correction.expert_answer == "[name] here: three."
    assert correction.assistant_answer == "Because."
    assert bucket.candidates == []


def test_only_what_is_picked_is_read_closely() -> None:
    bucket = Bucket(Sampling(random_share=0, context_turns=1))
    seen: list[str] = []

    class Noting(FakeRedactor):
        def redact(
            self, texts: Sequence[str], names: Sequence[str] = (), beside: Sequence[str] = ()
        ) -> list[str]:
            seen.extend(texts)
            return super().redact(texts, names, beside)

    bucket.redactor = Noting()
    messages = [*chat("1?", "1.", "2?", "2.")["messages"]]
    messages += chat("3?", "3.", thumb="down")["messages"]
    bucket.gets("imports/a.json", {"id": "a", "messages": messages})
    bucket.gets("imports/b.json", {"id": "b", "messages": chat("4?", "4.")["messages"]})

    assert seen == ["3?", "3.", "2."]


# --- the day's budget ----------------------------------------------------------------------------
def test_no_more_random_ones_a_day_than_the_policy_says() -> None:
    bucket = Bucket(Sampling(random_share=1, random_per_day=2))
    first = bucket.gets("imports/a.jsonl", lines(*(chat(f"{n}?", "So.") for n in range(5))))

    assert (first.new, first.over_budget) == (2, 3)
    bucket.fakes.clock.advance(timedelta(days=1).total_seconds())
    second = bucket.gets("imports/a.jsonl", bucket.inbox.stored["imports/a.jsonl"])
    assert (second.new, second.known, second.over_budget) == (2, 2, 1)


def test_what_went_badly_is_picked_beyond_it() -> None:
    bucket = Bucket(Sampling(random_share=1, random_per_day=0))
    sampled = bucket.gets("imports/a.json", chat("a?", "b.", thumb="down"))

    assert sampled.new == 1


# --- withdrawals ---------------------------------------------------------------------------------
def withdrawal(name: str) -> Withdrawal:
    return Withdrawal(conversation_id=name, at=ReviewFakes().clock.now(), by="lea")


def test_a_withdrawn_conversation_is_never_sampled() -> None:
    bucket = Bucket()
    bucket.fakes.records.withdraw(withdrawal("gone"))
    both = lines(chat("a?", "b.", name="gone"), chat("c?", "d.", name="here"))

    sampled = bucket.gets("imports/a.jsonl", both)

    assert (sampled.new, sampled.withdrawn) == (1, 1)
    assert bucket.questions == ["c?"]


def test_one_that_is_withdrawn_while_it_is_stored_is_taken_back_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bucket = Bucket()
    shared, own = chat("a?", "b.", name="other"), chat("a?", "b.", "c?", "d.", name="gone")
    bucket.gets("imports/a.json", shared)
    add = bucket.fakes.candidates.add

    def withdrawn_meanwhile(candidate: Candidate) -> bool:
        bucket.fakes.records.withdraw(withdrawal("gone"))
        return add(candidate)

    monkeypatch.setattr(bucket.fakes.candidates, "add", withdrawn_meanwhile)
    bucket.gets("imports/b.json", own)
    complete(bucket.fakes.world, MemoryKnowledgeBase())

    assert [(c.pair.question, c.conversations) for c in bucket.candidates] == [("a?", ("other",))]


# --- labels that come with a pair ----------------------------------------------------------------
LABELED = {
    "source": "What is it?, A thing of jo@example.com",
    "relevance": {"label": "5 - Highly Relevant", "raters": 3},
    "relevance-metadata": {"job_name": "labeling-job/old", "human-annotated": "yes"},
}


def test_a_label_is_taken_over() -> None:
    bucket = Bucket(BAD_ONES)
    bucket.gets("imports/output.manifest", lines(LABELED))

    (candidate,) = bucket.candidates
    assert candidate.status is CandidateStatus.LABELED
    assert candidate.picks == (Pick.IMPORTED,)
    assert candidate.pair.answer == "A thing of [email]"
    assert candidate.label == Label(
        rating=5, rule="median", raters=3, job="old", at=bucket.fakes.clock.now()
    )


def test_a_pair_that_waits_is_labelled_by_a_label_that_comes_and_keeps_its_first() -> None:
    bucket = Bucket()
    bucket.gets("imports/a.json", {"source": LABELED["source"]})
    bucket.gets("imports/b.manifest", lines(LABELED))
    bucket.gets("imports/c.manifest", lines({**LABELED, "relevance": 1}))
    bucket.gets("imports/a.json", {"source": LABELED["source"]})

    (candidate,) = bucket.candidates
    assert candidate.status is CandidateStatus.LABELED
    assert candidate.label is not None
    assert candidate.label.rating == 5
    assert candidate.picks == (Pick.RANDOM, Pick.IMPORTED)


def test_a_pair_that_reviewers_are_at_stays_theirs() -> None:
    bucket = Bucket()
    bucket.gets("imports/a.json", {"source": LABELED["source"]})
    (waiting,) = bucket.candidates
    at_work = waiting.model_copy(
        update={"status": CandidateStatus.LABELING, "job": "j", "revision": 1}
    )
    bucket.fakes.candidates.replace(waiting, at_work)
    bucket.gets("imports/b.manifest", lines(LABELED))

    (candidate,) = bucket.candidates
    assert (candidate.status, candidate.job, candidate.label) == ("labeling", "j", None)


# --- enough wait ---------------------------------------------------------------------------------
def test_nobody_is_told_before_enough_wait() -> None:
    bucket = Bucket(start_at=3)
    for number in range(2):
        bucket.gets(f"imports/{number}.json", chat(f"{number}?", "So."))
    assert bucket.fakes.bus.of(CandidatesWaiting) == []

    bucket.gets("imports/2.json", chat("2?", "So."))

    (event,) = bucket.fakes.bus.of(CandidatesWaiting)
    assert event.waiting == 3


def test_it_is_told_again_when_the_event_that_told_it_was_lost() -> None:
    bucket = Bucket(start_at=1)
    bucket.gets("imports/a.json", chat("a?", "b."))
    bucket.fakes.bus.published.clear()

    bucket.gets("imports/a.json", chat("a?", "b."))

    assert len(bucket.fakes.bus.of(CandidatesWaiting)) == 1


def test_a_transcript_without_candidates_tells_and_counts_nothing() -> None:
    bucket = Bucket(BAD_ONES, start_at=1)
    bucket.gets("imports/a.json", chat("a?", "b.", thumb="down"))
    bucket.fakes.bus.published.clear()

    bucket.gets("imports/b.json", chat("c?", "d."))

    assert bucket.fakes.bus.published == []


def test_a_batch_tells_it_once() -> None:
    bucket = Bucket(start_at=2)
    for number in range(9):
        bucket.inbox.stored[f"imports/{number}.json"] = json.dumps(
            chat(f"{number}?", "So.")
        ).encode()

    bucket.intake.sample_all(list(bucket.inbox.stored))

    assert len(bucket.fakes.bus.of(CandidatesWaiting)) == 1


def test_of_a_large_number_not_every_object_counts_but_it_is_told_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bucket = Bucket(start_at=500)
    counted: list[int] = []
    count = bucket.fakes.candidates.count

    def noted(status: CandidateStatus, most: int) -> int:
        counted.append(count(status, most))
        return counted[-1]

    monkeypatch.setattr(bucket.fakes.candidates, "count", noted)
    told = 0
    for number in range(600):
        bucket.gets(f"imports/{number}.json", chat(f"{number}?", "So."))
        told = told or (number + 1 if bucket.fakes.bus.of(CandidatesWaiting) else 0)

    assert 500 <= told <= 560
    assert len(counted) < 120


def test_what_the_count_does_not_show_yet_counts_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bucket = Bucket(start_at=2)
    bucket.gets("imports/a.json", chat("a?", "b."))
    monkeypatch.setattr(bucket.fakes.candidates, "count", lambda status, most: 1)

    bucket.gets("imports/b.json", chat("c?", "d."))

    assert len(bucket.fakes.bus.of(CandidatesWaiting)) == 1


# --- the quarantine ------------------------------------------------------------------------------
def test_what_cannot_be_read_lies_in_the_quarantine_with_the_reason() -> None:
    bucket = Bucket()
    sampled = bucket.gets("transcripts/2026/11/24/c/v1.json", '{"schema": "other"')

    key = "transcripts/2026/11/24/c/v1.json"
    assert sampled == Sampled(unreadable=1)
    assert bucket.fakes.files.read(f"quarantine/{key}") == b'{"schema": "other"'
    said = bucket.reason(key)
    assert said["reason"].startswith("it is not JSON")
    assert said["source"] == f"s3://transcripts/{key}"
    assert said["etag"]
    assert said["kept"] == [f"s3://review/quarantine/{key}"]
    assert said["at"] == bucket.fakes.clock.now().isoformat()
    assert bucket.fakes.meter.values("TranscriptsQuarantined") == [1]


@pytest.mark.parametrize(
    "body",
    [
        "question,answer\nWhy?,So.",
        b"",
        b"\xff\xfe\x00",
        b"[" * 200_000,
        {"schema": "tandem.transcript/1", "turns": 7},
        {"messages": [{"role": "user", "content": "x"}] * 5001},
        {"messages": [{"role": ["user"], "content": {"text": 7}}]},
        gzip.compress(b"{}", mtime=0)[:-4],
        b'{"a": "' + b"x" * 9_000_000 + b'"}',
    ],
)
def test_whatever_it_is_the_event_is_handled(body: Any) -> None:
    bucket = Bucket()

    assert bucket.gets("imports/x", body).unreadable == 1
    assert bucket.reason("imports/x")["reason"]
    assert bucket.fakes.files.read("quarantine/imports/x") == bucket.inbox.stored["imports/x"]


def test_lines_that_cannot_be_read_are_listed_and_the_rest_goes_on() -> None:
    bucket = Bucket()
    good = json.dumps(chat("a?", "b.")).encode()
    body = b"\n".join([b'{"messages": [', good, b'{"messages": "none"}', b"\xff\xfe", good])
    sampled = bucket.gets("imports/x.jsonl", body)

    assert sampled == Sampled(conversations=2, pairs=2, new=1, known=1, unreadable=3)
    said = bucket.reason("imports/x.jsonl")
    assert said["reason"] == "3 lines cannot be read"
    assert [each["line"] for each in said["lines"]] == [1, 3, 4]
    assert "not JSON" in said["lines"][0]["reason"]
    assert "no conversation" in said["lines"][1]["reason"]
    assert "not UTF-8" in said["lines"][2]["reason"]
    left = bucket.fakes.files.read("quarantine/imports/x.jsonl.unread.jsonl")
    assert left == b'{"messages": [\n{"messages": "none"}\n\xff\xfe\n'
    assert "quarantine/imports/x.jsonl" not in bucket.fakes.files.stored
    assert bucket.fakes.meter.values("TranscriptsQuarantined") == [3]


def test_a_line_with_several_bad_conversations_is_kept_once() -> None:
    bucket = Bucket()
    line = json.dumps([{"a": 1}, chat("a?", "b."), {"a": 2}]).encode()

    assert bucket.gets("imports/x.jsonl", line).unreadable == 2
    assert bucket.fakes.files.read("quarantine/imports/x.jsonl.unread.jsonl") == line + b"\n"


def test_a_mended_object_is_read_like_any_other() -> None:
    bucket = Bucket()
    bucket.gets("imports/x.json", '{"messages": ')

    assert bucket.gets("imports/x.json", chat("a?", "b.")) == Sampled(
        conversations=1, pairs=1, new=1
    )


def test_very_many_lines_that_cannot_be_read_are_counted() -> None:
    bucket = Bucket()
    bucket.gets("imports/x.jsonl", b"no\n" * (LISTED + 500))

    said = bucket.reason("imports/x.jsonl")
    assert (said["unreadable"], len(said["lines"])) == (LISTED + 500, LISTED)


def test_texts_that_no_store_takes_are_mended() -> None:
    bucket = Bucket()
    bucket.gets("imports/x", rb'{"source": "Why\ud83d\u0000?, So\udead"}')

    (candidate,) = bucket.candidates
    assert (candidate.pair.question, candidate.pair.answer) == ("Why\ufffd?", "So\ufffd")
    assert Candidate.model_validate_json(candidate.model_dump_json()) == candidate


def test_a_key_may_be_as_long_as_any() -> None:
    bucket = Bucket()
    bucket.gets("imports/" + "ü" * 508, "no")

    assert all(len(key.encode()) <= 1024 for key in bucket.fakes.files.stored)
    assert len(bucket.fakes.files.stored) == 2


@pytest.mark.parametrize("key", ["other/x.json", "imports/", "imports/a/", "transcript/x"])
def test_what_lies_elsewhere_is_left_alone(key: str) -> None:
    bucket = Bucket()

    assert bucket.gets(key, "no") == Sampled()
    assert bucket.fakes.files.stored == {}


def test_an_object_that_is_gone_is_no_trouble() -> None:
    assert Bucket().intake.sample("imports/gone.json") == Sampled()


def test_what_may_go_better_the_next_time_is_raised_and_nothing_is_put_aside() -> None:
    bucket = Bucket()
    bucket.inbox.fails["imports/x.json"] = ConnectionError("not just now")

    with pytest.raises(ConnectionError):
        bucket.gets("imports/x.json", chat("a?", "b."))

    assert bucket.fakes.files.stored == {}
    bucket.inbox.fails.clear()
    assert bucket.intake.sample("imports/x.json").new == 1


def test_what_takes_too_long_is_told_from_which_line_on() -> None:
    bucket = Bucket()
    left = iter([300.0] * 3)
    bucket.seconds_left = lambda: next(left, 5.0)
    sampled = bucket.gets("imports/x.jsonl", lines(*(chat(f"{n}?", "So.") for n in range(9))))

    assert (sampled.new, sampled.unreadable) == (3, 1)
    assert "after line 3" in bucket.reason("imports/x.jsonl")["reason"]


# --- batches -------------------------------------------------------------------------------------
def test_of_a_batch_only_what_failed_is_to_be_tried_again() -> None:
    bucket = Bucket()
    for name in ("a", "b", "c"):
        bucket.inbox.stored[f"imports/{name}.json"] = json.dumps(chat(f"{name}?", "So.")).encode()
    bucket.inbox.stored["imports/d.json"] = b"no"
    bucket.inbox.fails["imports/b.json"] = ConnectionError("not just now")

    sampled, failed = bucket.intake.sample_all(list(bucket.inbox.stored))

    assert (sampled.new, sampled.unreadable) == (2, 1)
    assert list(failed) == ["imports/b.json"]
    assert bucket.questions == ["a?", "c?"]


def test_what_there_is_no_time_for_is_to_be_tried_again() -> None:
    bucket = Bucket()
    bucket.inbox.stored["imports/a.json"] = json.dumps(chat("a?", "So.")).encode()
    bucket.seconds_left = lambda: 5.0

    sampled, failed = bucket.intake.sample_all(["imports/a.json"])

    assert (sampled, failed) == (Sampled(), {"imports/a.json": None})


def test_large_objects_of_a_batch_are_read_one_at_a_time() -> None:
    bucket = Bucket()
    for number in range(4):
        big = chat(f"{number}?", "x" * 1_200_000)
        bucket.inbox.stored[f"imports/{number}.json"] = json.dumps(big).encode()

    sampled, failed = bucket.intake.sample_all(list(bucket.inbox.stored))

    assert (sampled.new, failed) == (4, {})


# --- any order -----------------------------------------------------------------------------------
WORLD_OF_OBJECTS = {
    "imports/a.json": chat("a?", "1.", "b?", "2.", name="one"),
    "imports/b.json": chat("b?", "2.", name="two", thumb="down"),
    "imports/c.json": chat("a?", "1.", "c?", "3.", name="three", confidence=0.1),
    "imports/d.json": chat("d?", "4.", name="four", escalated=True),
    "imports/e.json": chat("d?", "4.", "e?", "5.", name="five"),
    "imports/f.json": {"source": "c?, 3."},
    "imports/g.json": chat(*(f"{n}?" for n in range(40)), name="six"),
}


class Outcome(NamedTuple):
    picks: frozenset[Pick]
    conversations: frozenset[str]
    escalated: bool
    thumbs_down: bool


def outcome(order: Sequence[str]) -> dict[str, Outcome]:
    bucket = Bucket(Sampling(random_share=0.4, random_per_day=1_000))
    for key in order:
        bucket.gets(key, WORLD_OF_OBJECTS[key])
    return {
        c.candidate_id: Outcome(
            frozenset(c.picks),
            frozenset(c.conversations),
            c.pair.escalated,
            c.pair.thumbs_down,
        )
        for c in bucket.candidates
    }


IN_ORDER = outcome(list(WORLD_OF_OBJECTS))


@given(st.permutations(list(WORLD_OF_OBJECTS)), st.lists(st.sampled_from(list(WORLD_OF_OBJECTS))))
def test_in_any_order_and_however_often_the_same_candidates_come_out(
    order: list[str], again: list[str]
) -> None:
    assert outcome([*again[: len(again) // 2], *order, *again[len(again) // 2 :]]) == IN_ORDER


def test_the_objects_of_any_order_have_something_of_everything() -> None:
    picks = {pick for found in IN_ORDER.values() for pick in found.picks}

    assert picks == set(Pick) - {Pick.IMPORTED}
    assert 3 < len(IN_ORDER) < 26
