"""A question reads the same in training, in TRL's trainers and at an endpoint, on whatever day."""

from collections.abc import Callable
from pathlib import Path

import pytest

from training import base_files
from training.policy import tokenizer_of
from training.prompting import Prompting, without_clock
from training.serving import inference

ASKED = "Tell me about quotas and how to raise them."
LONG = "customer: Hello\nassistant: Hi\n" * 100 + f"customer: {ASKED}"


@pytest.fixture
def chat(chat_folder: Path) -> Prompting:
    return Prompting(tokenizer_of(base_files.read(chat_folder)), causal=True)


def test_a_question_reads_the_same_on_another_day(
    chat_folder: Path, on_day: Callable[[int], None]
) -> None:
    read = []
    for day in (1, 2):
        on_day(day)
        prompting = Prompting(tokenizer_of(base_files.read(chat_folder)), causal=True)
        read.append((prompting.text(ASKED), prompting.ids(ASKED)))
    assert read[0] == read[1]
    assert "Today Date: 26 Jul 2024" in read[0][0]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{{ strftime_now("%d %b %Y") }}', "{{ '26 Jul 2024' }}"),
        ("{{ strftime_now( '%Y-%m-%d' ) + '.' }}", "{{ '2024-07-26' + '.' }}"),
        ("{% if strftime_now is defined %}a{% endif %}", None),
    ],
)
def test_a_template_has_a_date_and_no_clock(template: str, expected: str | None) -> None:
    assert without_clock(template) == (expected or template)


def test_a_question_that_is_too_long_loses_its_beginning_and_nothing_of_the_template(
    chat: Prompting,
) -> None:
    whole = chat.text(ASKED)
    head, tail = whole.split(ASKED)
    text = chat.text(LONG)
    assert text.startswith(head)
    assert text.endswith(ASKED + tail)
    read = text.removeprefix(head).removesuffix(tail)
    assert LONG.endswith(read)
    assert 500 < len(chat.tokenizer(read)["input_ids"]) <= 512


def test_a_question_that_is_not_too_long_is_read_as_it_is(chat: Prompting) -> None:
    assert chat.shortened(ASKED) == ASKED
    assert chat.shortened("") == ""


def test_the_endpoint_reads_long_questions_as_the_training_does(chat: Prompting) -> None:
    served = inference.Served(None, chat.tokenizer, causal=True)
    for asked in (ASKED, LONG):
        assert served.question_ids(asked) == chat.ids(asked)
