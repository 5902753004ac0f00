"""Objects that somebody made to do harm: what they cost, and that the others go on."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tandem.aws.personal_data import PersonalData
from tandem.review import sampling
from tandem.review.intake import Sampled
from tandem.review.manifest import BETTER_ANSWERS_BYTES, MOST_BETTER_ANSWERS
from tandem.review.models import MOST_CONVERSATIONS, Candidate, Pair
from tandem.review.policy import Sampling
from tandem.review.talks import LONGEST
from tests.scene import ANNA
from tests.unit.review.intake_scene import BAD_ONES, Bucket, asked, chat, lines

GOOD, ALSO_GOOD = chat("a?", "b."), chat("c?", "d.")


def nested(key: str, levels: int) -> str:
    return f'{{"{key}":' * levels + "1" + "}" * levels


def transcript(**changes: Any) -> dict[str, Any]:
    scene = asked("How many?")
    scene.is_claimed_by(ANNA)
    scene.says(ANNA, "Three.")
    return scene.document | changes


def escalation(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return document | {"escalations": [{**document["escalations"][0], **changes}]}


def bad_time(at: str) -> str:
    return json.dumps(escalation(transcript(), requested_at=at))


POISON = {
    "a time of 400 digits": json.dumps(chat("x?", "y.", at=10**400)),
    "a label within 3000 others": f'{{"source": "x?, y", "relevance": {nested("rating", 3000)}}}',
    "a time without its zone": bad_time("2026-01-01T00:00:00"),
    "ratings of two kinds of time": json.dumps(
        transcript(
            ratings=[
                {
                    "conversation_id": "c",
                    "turn_id": "t",
                    "thumb": "down",
                    "comment": "",
                    "at": at,
                }
                for at in ("2026-01-01T00:00:00", "2026-01-01T00:00:00Z")
            ]
        )
    ),
    "an answer of before the first year": json.dumps(
        escalation(
            (document := transcript())
            | {"turns": [turn | {"at": "0001-01-01T00:00:00+14:00"} for turn in document["turns"]]}
        )
    ),
}
BEARABLE = {"a time of 400 digits"}
"""What is wrong stands beside what is needed: it is left out."""


@pytest.mark.parametrize("name", POISON)
def test_a_poisoned_line_costs_no_other(name: str) -> None:
    bucket = Bucket()
    body = b"\n".join([lines(GOOD).strip(), POISON[name].encode(), lines(ALSO_GOOD).strip()])
    sampled = bucket.gets("imports/x.jsonl", body)

    assert {"a?", "c?"} <= set(bucket.questions)
    assert sampled.unreadable == (name not in BEARABLE)
    if name not in BEARABLE:
        (said,) = bucket.reason("imports/x.jsonl")["lines"]
        assert said["line"] == 2
        left = bucket.fakes.files.read("quarantine/imports/x.jsonl.unread.jsonl")
        assert left == POISON[name].encode() + b"\n"


@pytest.mark.parametrize("name", POISON)
def test_a_poisoned_object_is_not_tried_again_and_again(name: str) -> None:
    bucket = Bucket()
    bucket.inbox.stored["imports/bad.json"] = POISON[name].encode()
    bucket.inbox.stored["imports/good.json"] = json.dumps(GOOD).encode()

    sampled, failed = bucket.intake.sample_all(list(bucket.inbox.stored))

    assert failed == {}
    assert sampled.unreadable == (name not in BEARABLE)
    assert "a?" in bucket.questions


def test_within_one_array_the_others_go_on() -> None:
    bucket = Bucket()
    values = [GOOD, *(json.loads(POISON[name]) for name in POISON if name not in BEARABLE)]
    sampled = bucket.gets("imports/x.json", [*values, ALSO_GOOD])

    assert sampled.unreadable == len(POISON) - len(BEARABLE)
    assert {"a?", "c?"} <= set(bucket.questions)
    assert "entry 2: " in bucket.reason("imports/x.json")["reason"]


def test_what_cannot_be_kept_is_told_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(pair: Pair) -> str:
        return "no identifier" if pair.question == "c?" else real(pair)

    real = sampling.candidate_id
    monkeypatch.setattr("tandem.review.intake.candidate_id", made)
    bucket = Bucket()
    sampled = bucket.gets("imports/x.jsonl", lines(GOOD, ALSO_GOOD, chat("e?", "f.")))

    assert (sampled.new, sampled.unreadable) == (2, 1)
    (said,) = bucket.reason("imports/x.jsonl")["lines"]
    assert said == {
        "line": 2,
        "reason": "a conversation cannot be kept: its candidate_id is wrong",
    }


# --- time ----------------------------------------------------------------------------------------
def test_within_an_array_the_time_is_looked_at_too() -> None:
    bucket = Bucket()
    left = iter([300.0] * 3)
    bucket.seconds_left = lambda: next(left, 5.0)
    sampled = bucket.gets("imports/x.json", [chat(f"{n}?", "So.") for n in range(9)])

    assert (sampled.new, sampled.unreadable) == (3, 1)
    assert "after conversation 3 of line 1" in bucket.reason("imports/x.json")["reason"]
    assert "quarantine/imports/x.json" in bucket.fakes.files.stored


def test_conversations_of_a_large_array_are_looked_up_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bucket = Bucket()
    looked_up: list[int] = []
    many = bucket.fakes.candidates.many

    def noted(candidate_ids: Sequence[str]) -> list[Candidate]:
        looked_up.append(len(candidate_ids))
        return many(candidate_ids)

    monkeypatch.setattr(bucket.fakes.candidates, "many", noted)
    bucket.gets("imports/x.json", [chat(f"{n}?", "x" * 20_000) for n in range(200)])

    assert sum(looked_up) == 200
    assert len(looked_up) <= 5


def test_a_pair_of_very_many_conversations_is_written_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bucket = Bucket()
    asked_for: list[str] = []
    add, get = bucket.fakes.candidates.add, bucket.fakes.candidates.get

    def added(candidate: Candidate) -> bool:
        asked_for.append("add")
        return add(candidate)

    def got(candidate_id: str) -> Candidate | None:
        asked_for.append("get")
        return get(candidate_id)

    for number in range(MOST_CONVERSATIONS):
        bucket.gets(f"imports/{number}.json", chat("a?", "b.", name=f"c-{number}"))
    monkeypatch.setattr(bucket.fakes.candidates, "add", added)
    monkeypatch.setattr(bucket.fakes.candidates, "many", lambda names: [*map(get, names)])
    monkeypatch.setattr(bucket.fakes.candidates, "get", got)
    for number in range(100, 130):
        assert bucket.gets(f"imports/{number}.json", chat("a?", "b.", name=f"c-{number}")).known

    assert asked_for == []


# --- size ----------------------------------------------------------------------------------------
def labelled(better_answers: list[str]) -> dict[str, Any]:
    return {
        "source": "What?, That.",
        "relevance": {"rating": 3, "better_answers": better_answers},
        "relevance-metadata": {},
    }


def better_answers(given: list[str]) -> tuple[str, ...]:
    bucket = Bucket(BAD_ONES)
    bucket.gets("imports/x.manifest", lines(labelled(given)))
    (candidate,) = bucket.candidates
    assert candidate.label is not None
    return candidate.label.better_answers


def test_as_many_better_answers_come_in_as_there_can_be_raters() -> None:
    given = [f"answer {'x' * number}" for number in range(100)]

    assert better_answers([given[0], *given]) == tuple(given[:MOST_BETTER_ANSWERS])


def test_the_better_answers_of_one_label_have_so_many_bytes_and_no_more() -> None:
    long = [chr(0x1F600 + number) * LONGEST for number in range(9)]
    kept = better_answers([*long, "short"])

    assert kept == (*long[:3], "short")
    assert sum(len(text.encode()) for text in kept) <= BETTER_ANSWERS_BYTES


# --- with the built-in redactor ------------------------------------------------------------------
def test_a_conversation_in_which_everybody_has_a_name_is_sampled() -> None:
    bucket = Bucket(Sampling(random_share=1, random_per_day=10_000))
    bucket.redactor = PersonalData()
    messages = [
        {"role": role, "content": f"My name is Xa{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}."}
        for n in range(400)
        for role in ("user", "assistant")
    ]
    sampled = bucket.gets("imports/x.json", {"id": "x", "messages": messages})

    assert sampled == Sampled(conversations=1, pairs=400, new=1, known=399)
    assert bucket.questions == ["My name is [name]."]
