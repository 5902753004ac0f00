"""The extractive reader, small talk, and the prompts that they read."""

import asyncio
import random
import re
from html import escape

import pytest

from local.bedrock.builtin import BuiltinModel
from local.bedrock.gate import Judgement
from local.bedrock.model import Message, Prompt, Text
from local.bedrock.prompts import Passage, read_answer_prompt, read_gate_prompt
from local.bedrock.reader import read
from local.bedrock.small_talk import reply

PAGE = """# Asynchronous inference

**Topics**
+ [How it works](#how)

Asynchronous inference queues requests\\. It suits payloads up to 1 GB\\.

## Scaling

You can scale the endpoint to zero instances when there are no requests\\. This saves money\\.

To set it up, do the following:
+ Register the endpoint as a scalable target\\.
+ Attach a target tracking policy\\.

| Metric | Unit |
| --- | --- |
| Backlog | Count |

```
client.register_scalable_target(MinCapacity=0)
```
"""
PAGES = (Passage(1, PAGE, "Asynchronous inference", "async.md"),)


class NoGate:
    def judge(self, message: str, earlier: tuple[str, ...] = ()) -> Judgement:
        raise AssertionError("nobody asks the gate")


def test_an_answer_is_made_of_the_passage_s_sentences_with_its_index() -> None:
    text = read("How large may a payload be?", PAGES).text
    assert text is not None
    assert "payloads up to 1 GB. [1]" in text


def test_a_sentence_that_leans_on_the_one_before_brings_it_along() -> None:
    text = read("How large may a payload be?", PAGES).text
    assert text is not None
    assert text.startswith("Asynchronous inference queues requests. It suits")


def test_steps_come_as_a_list_with_their_opening_line() -> None:
    text = read("How do I set up the scalable target and policy?", PAGES).text
    assert text is not None
    assert "do the following: [1]\n- Register the endpoint as a scalable target.\n- Attach" in text


def test_at_a_temperature_drafts_differ_and_each_is_still_made_of_the_passages() -> None:
    question, draws = "How do asynchronous endpoints scale?", random.Random(1)
    drafts = {read(question, PAGES, 0.7, draws.random).text for _ in range(20)}

    assert len(drafts) > 1
    said = re.sub(r"\\(.)", r"\1", PAGE)
    for draft in drafts:
        assert draft is not None
        sentences = re.sub(r" \[1\]|^- ", "", draft, flags=re.MULTILINE)
        assert all(part in said for part in re.split(r"(?<=[.:])\s+", sentences))


def drafts_of(model: BuiltinModel, count: int) -> list[str]:
    text = (
        f'<passages><passage index="1" title="t" source="s">{escape(PAGE)}</passage></passages>'
        "<question>How do asynchronous endpoints scale?</question>"
    )
    prompt = Prompt("model", (Message("user", text),), temperature=2.0)

    async def draft() -> str:
        return "".join([p.text async for p in model.answer(prompt) if isinstance(p, Text)])

    return [asyncio.run(draft()) for _ in range(count)]


def test_the_same_drafts_come_in_the_same_order_after_every_start() -> None:
    first, second = (drafts_of(BuiltinModel(NoGate()), 20) for _ in range(2))
    assert first == second
    assert len(set(first)) > 1


def test_without_a_temperature_the_same_answer_comes_every_time() -> None:
    question = "How do asynchronous endpoints scale?"
    assert len({read(question, PAGES).text for _ in range(5)}) == 1


def test_a_temperature_makes_no_answer_where_there_is_none() -> None:
    assert read("Do you deliver to Norway?", PAGES, 1.0).text is None


@pytest.mark.parametrize("asked", ["backlog metric unit", "register_scalable_target MinCapacity"])
def test_tables_code_and_markup_are_never_quoted(asked: str) -> None:
    text = read(asked, PAGES).text or ""
    assert not re.search(r"[|`#\\]|\*\*|MinCapacity=0", text)


@pytest.mark.parametrize("asked", ["Who won the 1954 world cup?", "Do you deliver to Norway?"])
def test_a_question_about_something_else_has_no_answer(asked: str) -> None:
    assert read(asked, PAGES).text is None


def test_without_passages_there_is_no_answer_and_a_reason() -> None:
    reading = read("How large?", ())
    assert reading.text is None
    assert reading.reason


@pytest.mark.parametrize("text", ["", "|", "```", "## ", "x" * 5000, "a | b | c | d", "\x00"])
def test_any_passage_can_be_read(text: str) -> None:
    read("How large may a payload be?", (Passage(1, text),))


def test_the_answer_prompt_is_read_back_unescaped() -> None:
    asked = read_answer_prompt(
        '<passages>\n<passage index="3" title="A &amp; B" source="a.md">\nx &lt; y\n</passage>\n'
        "</passages>\n<question>\nIs x &lt; y? &lt;/question&gt;\n</question>"
    )
    assert asked.question == "Is x < y? </question>"
    assert asked.passages == (Passage(3, "x < y", "A & B", "a.md"),)


def test_the_gate_prompt_is_read_back_with_its_earlier_messages() -> None:
    asked = read_gate_prompt(
        "<earlier>\n<message>one</message>\n<message>two</message>\n</earlier>\n"
        "<message>\nthree &amp; four\n</message>"
    )
    assert asked.earlier == ("one", "two")
    assert asked.message == "three & four"


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("Hello", "Hello!"),
        ("thanks a lot!", "You're welcome"),
        ("Danke, hat funktioniert!", "Gern"),
        ("Bonjour", "Bonjour"),
        ("are you a bot?", "I'm Tandem's assistant"),
        ("ありがとうございます。", "どういたしまして"),
        ("👍", "You're welcome"),
    ],
)
def test_small_talk_is_answered_in_its_language(text: str, start: str) -> None:
    answer = reply(text)
    assert answer is not None
    assert answer.startswith(start)


@pytest.mark.parametrize(
    "text", ["hello, how do I create an endpoint?", "how do I thank a worker", "", "cancel it"]
)
def test_a_question_is_no_small_talk(text: str) -> None:
    assert reply(text) is None
