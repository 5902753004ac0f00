"""What a long conversation costs grows with its length alone."""

import re
from datetime import datetime, timedelta
from itertools import product
from string import ascii_lowercase
from typing import Any

import pytest

from tandem.aws.personal_data import PersonalData
from tandem.review.finds import Reading
from tandem.review.names import KnownNames
from tandem.review.pairs import read_transcript
from tests.review_fakes import ReviewFakes
from tests.unit.review.work import lines_run

NAMES = [f"X{''.join(letters)}" for letters in product(ascii_lowercase, repeat=3)]


def growth(work: Any, few: int) -> float:
    """The work for twice as much over twice the work."""
    work(4)  # what is made once
    return lines_run(lambda: work(2 * few)) / (2 * lines_run(lambda: work(few)))


# --- redaction -----------------------------------------------------------------------------------
def each_message_introduces_another_name(number: int) -> None:
    texts = [f"My name is {name}, and so on." for name in NAMES[:number]]
    assert PersonalData().redact(texts) == ["My name is [name], and so on."] * number


def one_message_introduces_them_all(number: int) -> None:
    text = " ".join(f"My name is {name}." for name in NAMES[:number])
    (left,) = PersonalData().redact([text])
    assert left == " ".join(["My name is [name]."] * number)


def names_stand_beside_the_messages(number: int) -> None:
    names = NAMES[:number]
    texts = [f"{name} was here." for name in names]
    assert PersonalData().redact(texts, names) == ["[name] was here."] * number


def other_messages_introduce_them(number: int) -> None:
    beside = [f"My name is {name}." for name in NAMES[:number]]
    texts = [f"{name} was here." for name in NAMES[:number]]
    assert PersonalData().redact(texts, beside=beside) == ["[name] was here."] * number


def names_begin_alike(number: int) -> None:
    names = [f"Jane Maria {name}" for name in NAMES[:number]]
    texts = ["Jane Maria Jane Maria"] * number
    assert PersonalData().redact(texts, names) == ["[name]"] * number


def one_name_has_very_many_words(number: int) -> None:
    name = " ".join(["Jane"] * number)
    assert PersonalData().redact([name], [name]) == ["[name]"]


@pytest.mark.parametrize(
    "shape",
    [
        each_message_introduces_another_name,
        one_message_introduces_them_all,
        names_stand_beside_the_messages,
        other_messages_introduce_them,
        names_begin_alike,
        one_name_has_very_many_words,
    ],
)
def test_redaction_takes_time_by_the_length_of_all_texts(shape: Any) -> None:
    assert growth(shape, 200) < 1.2


def test_no_pattern_is_made_of_what_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of many names would be tried name by name at every word, out of sight of what is counted
    above."""

    def made(*_: object) -> None:
        raise AssertionError("a pattern was made")

    PersonalData().redact(["My name is Jane."], ["Kim Roe"])  # what is made once
    monkeypatch.setattr(re, "compile", made)
    monkeypatch.setattr(re, "_compile", made)

    assert PersonalData().redact(["My name is Xara, says Lee."], ["Bo Lee"]) == [
        "My name is [name], says [name]."
    ]


def test_the_longest_whole_name_is_found_and_otherwise_its_parts() -> None:
    names = KnownNames(["Al B van Berg", "Al B", "Berg"])
    text = "Al B van Berg, al-b van, B van Berg, al. So b"

    assert [text[find.start : find.end] for find in names.found_in(Reading(text))] == [
        "Al B van Berg",
        "al-b",
        "Berg",
    ]


# --- transcripts ---------------------------------------------------------------------------------
def transcript(turns: int, every: int, *, told: bool, alike: bool) -> dict[str, Any]:
    """With a call for a person after every so many turns, or all of them after the first few."""
    start = ReviewFakes().clock.now()

    def at(number: int) -> str:
        return (start + timedelta(seconds=number)).isoformat()

    authors = ("customer", "assistant", "customer", "system", "expert")
    return {
        "schema": "tandem.transcript/1",
        "conversation_id": "c",
        "version": 1,
        "customer_id": "guest:1",
        "channel": "socket",
        "language": "en",
        "created_at": at(0),
        "closed_at": at(turns),
        "closed_by": "customer",
        "turns": [
            {
                "seq": number + 1,
                "turn_id": f"t{number}",
                "author": authors[number % 5],
                "text": f"text {number}",
                "at": at(number),
                "code": "person_coming" if told and number % 5 == 3 else None,
            }
            for number in range(turns)
        ],
        "escalations": [
            {
                "escalation_id": f"e{number}",
                "status": "resolved",
                "trigger": "button",
                "reason": "",
                "requested_at": at(2 if alike else number),
                "claimed_at": None,
                "claimed_by": None,
                "ended_at": None,
                "outcome": None,
                "note": "",
                "knowledge": False,
                "follow_up": False,
                "draft": None,
            }
            for number in range(2, turns, every)
        ],
        "ratings": [],
    }


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("alike", [True, False])
def test_a_transcript_takes_time_by_its_turns_however_often_a_person_was_called(
    told: bool, alike: bool
) -> None:
    documents = {n: transcript(n, 5, told=told, alike=alike) for n in (5, 500, 1000)}

    def read(turns: int) -> None:
        assert len(read_transcript(documents[turns]).said) == turns - turns // 5

    read(5)
    assert lines_run(lambda: read(1000)) / lines_run(lambda: read(500)) < 2.2


def test_every_call_has_its_correction() -> None:
    talk = read_transcript(transcript(1000, 5, told=True, alike=False))

    assert len(talk.corrections) == 200
    assert talk.corrections[7].expert_answer == "text 39"


def test_who_writes_very_much_and_is_answered_nothing_costs_no_more() -> None:
    document = transcript(500, 5, told=False, alike=True)
    for turn in document["turns"]:
        turn["author"] = "customer"
    document["turns"][-1]["author"] = "expert"

    found = read_transcript(document).corrections

    assert len(found) == 100
    assert all(len(each.question) < 10_000 for each in found)
    assert isinstance(found[0].at, datetime)
