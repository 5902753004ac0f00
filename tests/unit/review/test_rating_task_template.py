"""The template of Ground Truth's workers: what it asks is what is read, and texts stay texts."""

import json
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import pytest

from local.ground_truth.worker_page import render
from tandem.review.annotation import answer_content, read_answer, task_input
from tandem.review.manifest import Json, input_line
from tandem.review.models import ContextTurn
from tandem.review.policy import Example, Labeling, RatingLabel, ReviewPolicy
from tests.unit.review.labeling_scene import candidate

TEMPLATE = files("tandem.review").joinpath("rating_task.liquid.html").read_text()
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>",
    "</classification-target></crowd-form><form action=//evil>",
    "{{ task.input.answer | skip_autoescape }}{% raw %}",
    '"] onmouseover="alert(1)" x=["',
    "&lt;b&gt;",
]


class Page(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self) -> dict[str, dict[str, str | None]]:
        return {str(a["name"]): {"tag": tag, **a} for tag, a in self.tags if "name" in a}


def page(shown: Json) -> Page:
    return Page(render(TEMPLATE, shown))


def shown(policy: ReviewPolicy | None = None, **pair: Any) -> Json:
    return task_input(input_line(candidate(pair=pair)), policy or ReviewPolicy())


def test_question_answer_and_what_was_said_before_stand_apart() -> None:
    turn = ContextTurn(author="customer", text="Hello there.")

    text = page(shown(context=(turn,))).text

    assert text.index("Said before") < text.index("Hello there.") < text.index("What about c1?")
    assert text.index("Question") < text.index("What about c1?") < text.index("That is c1.")
    assert "Said before" not in page(shown()).text


def test_instructions_examples_and_the_scale_are_the_policys() -> None:
    example = Example(question="EQ", answer="EA", rating=2, why="EW")
    labels = tuple(RatingLabel(rating=n, label=f"L{n}") for n in range(1, 6))
    labeling = Labeling(instructions="Be just.", examples=(example,), labels=labels, reason_up_to=3)

    found = page(shown(ReviewPolicy(labeling=labeling)))

    for part in ("Be just.", "EQ", "EA", "2. EW", "For a rating of 3 or less, say why."):
        assert part in found.text
    categories = found.named()["relevance"]["categories"]
    assert json.loads(str(categories)) == ["1 - L1", "2 - L2", "3 - L3", "4 - L4", "5 - L5"]


def test_where_no_reason_is_asked_for_the_page_asks_for_none() -> None:
    found = page(shown(ReviewPolicy(labeling=Labeling(reason_up_to=0))))

    assert "say why." not in found.text


def test_what_the_page_collects_is_what_is_read() -> None:
    named = page(shown()).named()

    assert {name: part["tag"] for name, part in named.items()} == {
        "relevance": "crowd-classifier",
        "reason": "crowd-text-area",
        "better_answer": "crowd-text-area",
        "flagged": "crowd-checkbox",
    }
    assert set(answer_content(4, "", "", Labeling())) == set(named)
    # As the elements give it: the checkbox by its value.
    box = {str(named["flagged"]["value"]): True}
    for choice in json.loads(str(named["relevance"]["categories"])):
        given = {"relevance": {"label": choice}, "reason": "r", "better_answer": "b"}
        assert read_answer({**given, "flagged": {"flagged": False}}).rating == int(choice[0])
        assert read_answer({**given, "flagged": box}).rating is None


def test_the_page_is_a_form_of_the_services_elements_and_loads_its_script() -> None:
    tags = page(shown()).tags

    assert "https://assets.crowd.aws/crowd-html-elements.js" in TEMPLATE
    assert [attributes for tag, attributes in tags if tag == "script"] == [{"src": "/crowd.js"}]
    assert {"crowd-form", "classification-target", "short-instructions", "full-instructions"} <= {
        tag for tag, _ in tags
    }


@pytest.mark.parametrize("hostile", HOSTILE)
def test_texts_stay_texts(hostile: str) -> None:
    turn = ContextTurn(author="customer", text=hostile)
    labels = tuple(RatingLabel(rating=n, label=hostile) for n in range(1, 6))
    example = Example(question=hostile, answer=hostile, rating=1, why=hostile)
    policy = ReviewPolicy(
        labeling=Labeling(instructions=hostile, examples=(example,), labels=labels)
    )
    calm_labels = tuple(RatingLabel(rating=n, label="x") for n in range(1, 6))
    calm_example = Example(question="x", answer="x", rating=1, why="x")
    calm_policy = ReviewPolicy(
        labeling=Labeling(instructions="x", examples=(calm_example,), labels=calm_labels)
    )

    found = page(shown(policy, question=hostile, answer=hostile, context=(turn,)))
    calm = page(
        shown(
            calm_policy, question="x", answer="x", context=(turn.model_copy(update={"text": "x"}),)
        )
    )

    assert [(tag, set(a)) for tag, a in found.tags] == [(tag, set(a)) for tag, a in calm.tags]
    assert found.text.count(hostile) == 8
    assert json.loads(str(found.named()["relevance"]["categories"]))[0] == f"1 - {hostile}"


def test_the_template_lets_nothing_past_the_escaping() -> None:
    for way_round in ("skip_autoescape", "innerHTML", "| raw", "grant_read_access"):
        assert way_round not in TEMPLATE


def test_no_model_is_named() -> None:
    assert "secret-model" not in render(TEMPLATE, shown())
