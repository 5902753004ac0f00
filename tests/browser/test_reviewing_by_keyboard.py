"""A reviewer rates without a mouse; whatever goes wrong meanwhile, nothing of it is lost."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Route, expect

from local.contents import PASSWORD
from tests.browser.conftest import Reviews, Visits
from tests.browser.review_page import ReviewPage
from tests.browser.test_accessibility import is_accessible
from tests.browser.visitor import PHONE
from tests.e2e.people import Json
from tests.e2e.reviewing import REA, RIO, Review, which
from tests.e2e.waiting import until

MANY = 100
GONE = "status of 409"
TYPE_AT_ONCE = """(field, text) => {
  const { set } = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
  for (let length = 1; length <= text.length; length++) {
    set.call(field, text.slice(0, length));
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
}"""
"""Letter by letter, and nothing is drawn in between."""


class Queue:
    """What is in the queue for a test, and what comes of it."""

    def __init__(self, review: Review) -> None:
        self.review = review
        self.questions: list[str] = []
        self.ids: list[str] = []

    def put(self, number: int) -> list[str]:
        """So many items to rate, and nothing else; returns their questions."""
        for reviewer in (RIO, REA):
            self.review.reviewer(reviewer).rates_all(lambda _: 3)
        mark = uuid4().hex[:8]
        self.questions = [f"What does the option {mark}-{n} do?" for n in range(number)]
        pairs = [(question, f"It sets the mark of {question}") for question in self.questions]
        self.ids = self.review.imports(pairs)
        self.review.starts_labeling(self.review.sampled(self.ids))
        return self.questions

    def in_state(self, status: str, number: int) -> dict[str, Json]:
        """As soon as so many of the items are in this state: the candidates by question."""

        def all_there() -> list[Json] | None:
            found = self.review.candidates(self.ids, status)
            return found if len(found) == number else None

        found = until(all_there, f"{number} items are {status}")
        return {candidate["question"]: candidate for candidate in found}

    def ratings(self) -> dict[str, float]:
        """The labels, as soon as every item has one."""
        found = self.in_state("labeled", len(self.ids))
        return {question: candidate["label"]["rating"] for question, candidate in found.items()}


@pytest.fixture
def queue(review: Review) -> Queue:
    return Queue(review)


def test_a_hundred_items_are_rated_in_a_row(queue: Queue, reviews: Reviews) -> None:
    queue.put(MANY)
    reviewer = reviews()
    given: dict[str, int] = {}
    for number, question in enumerate(reviewer.questions()):
        expect(reviewer.item).to_be_focused()  # its text can be read and scrolled at once
        given[question] = number % 5 + 1
        reviewer.rates(given[question])

    mine = {question: given[question] for question in queue.questions}
    assert len(mine) == MANY
    assert queue.ratings() == mine


def test_a_reviewer_signs_in_and_rates_without_a_mouse(
    queue: Queue, review: Review, visit: Visits
) -> None:
    questions = queue.put(2)
    reviewer = ReviewPage(visit(), review.deployment.stack.review_url)
    keyboard = reviewer.keyboard
    reviewer.page.goto(reviewer.url)
    expect(reviewer.name).to_be_focused()  # at once
    keyboard.type(RIO.email)
    keyboard.go_to(reviewer.password)
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    for _ in reviewer.questions():
        expect(reviewer.item).to_be_focused()
        assert keyboard.focus_is_seen
        reviewer.rates(5)

    assert queue.ratings() == dict.fromkeys(questions, 5)


def test_who_types_faster_than_the_page_is_drawn_loses_nothing(
    queue: Queue, reviews: Reviews
) -> None:
    queue.put(1)
    reviewer = reviews()
    next(reviewer.questions())
    for key in ("1", "Enter"):
        reviewer.keyboard.press(key)
    expect(reviewer.reason).to_be_focused()
    reason = "It does not say what was asked for, and says a lot that nobody has asked for at all."

    reviewer.reason.evaluate(TYPE_AT_ONCE, reason)

    expect(reviewer.reason).to_have_value(reason)


def test_the_last_rating_is_undone_with_what_was_said(queue: Queue, reviews: Reviews) -> None:
    questions = queue.put(2)
    reviewer = reviews()
    shown = reviewer.questions()
    first = next(shown)
    reviewer.rates(1, "It is about another option.")
    next(shown)

    reviewer.keyboard.press("u")

    expect(reviewer.question).to_contain_text(first)
    expect(reviewer.radio(1)).to_be_checked()
    expect(reviewer.reason).to_have_value("It is about another option.")
    for _ in reviewer.questions():
        reviewer.rates(4)
    assert queue.ratings() == dict.fromkeys(questions, 4)


def test_what_was_typed_is_there_again_after_undoing_the_item_before(
    queue: Queue, reviews: Reviews
) -> None:
    queue.put(2)
    reviewer = reviews()
    shown = reviewer.questions()
    first = next(shown)
    reviewer.rates(4)
    second = next(shown)
    reviewer.keyboard.press("1")
    reviewer.keyboard.press("Enter")
    reviewer.keyboard.type("Half a sen")
    reviewer.keyboard.press("Escape")

    reviewer.keyboard.press("u")

    expect(reviewer.question).to_contain_text(first)
    reviewer.rates(5)
    expect(reviewer.question).to_contain_text(second)
    expect(reviewer.radio(1)).to_be_checked()
    expect(reviewer.reason).to_have_value("Half a sen")


def test_keys_pressed_while_a_rating_is_on_its_way_are_for_the_next_item(
    queue: Queue, reviews: Reviews
) -> None:
    queue.put(2)
    reviewer = reviews()
    shown = reviewer.questions()
    first = next(shown)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    reviewer.page.route("**/review/rate", hold)
    reviewer.rates(4)
    awaited = reviewer.page.get_by_role("region", name="Next item")
    expect(awaited).to_contain_text("Rated 4.")  # at once
    expect(awaited).to_be_focused()

    for key in ("3", "Enter", "b"):
        reviewer.keyboard.press(key)
    reviewer.keyboard.type("Say 5 ")
    is_accessible(reviewer.page, "the next item is on its way")
    (route,) = held
    route.continue_()
    reviewer.page.unroute("**/review/rate")

    second = next(shown)
    expect(reviewer.radio(3)).to_be_checked()
    expect(reviewer.better_answer).to_be_focused()
    reviewer.keyboard.type("words.")
    reviewer.keyboard.press("Control+Enter")
    expect(reviewer.nothing_left).to_be_visible()
    assert queue.ratings() == {first: 4, second: 3}
    label = queue.in_state("labeled", 2)[second]["label"]
    assert label["better_answers"] == ["Say 5 words."]


def test_a_better_answer_is_kept_with_the_label(queue: Queue, reviews: Reviews) -> None:
    (question,) = queue.put(1)
    reviewer = reviews()
    reviewer.goes_to(question)

    reviewer.keyboard.press("3")
    reviewer.keyboard.press("b")
    expect(reviewer.better_answer).to_be_focused()
    reviewer.keyboard.type("It does 5 things,")
    reviewer.keyboard.press("Enter")
    reviewer.keyboard.type("usually.")
    reviewer.keyboard.press("Control+Enter")

    expect(reviewer.nothing_left).to_be_visible()
    label = queue.in_state("labeled", 1)[question]["label"]
    assert label["better_answers"] == ["It does 5 things,\nusually."]


def test_what_cannot_be_rated_is_flagged_with_the_reason(queue: Queue, reviews: Reviews) -> None:
    (question,) = queue.put(1)
    reviewer = reviews()
    reviewer.goes_to(question)

    reviewer.keyboard.press("f")
    expect(reviewer.page.get_by_label("Why can nobody rate it?")).to_be_focused()
    reviewer.keyboard.type("It is no question.")
    reviewer.keyboard.press("Enter")

    expect(reviewer.nothing_left).to_be_visible()
    assert "It is no question." in queue.in_state("flagged", 1)[question]["note"]


def test_what_is_skipped_is_left_to_others(queue: Queue, review: Review, reviews: Reviews) -> None:
    (question,) = queue.put(1)
    reviewer = reviews()
    reviewer.goes_to(question)

    reviewer.keyboard.press("s")
    expect(reviewer.page.get_by_label("Why do you skip it?")).to_be_focused()
    reviewer.keyboard.type("I have written this answer.")
    reviewer.keyboard.press("Enter")

    expect(reviewer.nothing_left).to_be_visible()
    rated = review.reviewer(REA).rates_all(lambda _: 4)
    assert [item["question"] for item in rated] == [question]


def test_single_keys_can_be_switched_off(queue: Queue, reviews: Reviews) -> None:
    (question,) = queue.put(1)
    reviewer = reviews()
    reviewer.goes_to(question)
    keyboard = reviewer.keyboard
    keyboard.press("?")
    told = reviewer.page.get_by_role("dialog", name="Keyboard")
    expect(told).to_contain_text("Undo the last rating")
    keyboard.go_to(told.get_by_role("checkbox", name="Single keys"))
    keyboard.press("Space")
    keyboard.press("Escape")
    expect(told).to_have_count(0)

    for key in ("5", "s", "f", "?"):
        keyboard.press(key)
    expect(reviewer.radio(5)).not_to_be_checked()
    expect(reviewer.page.get_by_role("dialog")).to_have_count(0)

    # The usual way of forms is still there.
    keyboard.go_to(reviewer.radio(1))
    keyboard.press("ArrowRight")
    keyboard.press("ArrowRight")
    keyboard.press("ArrowRight")
    keyboard.press("Enter")
    assert queue.ratings()[question] == 4


def test_an_item_that_somebody_else_has_rated_meanwhile_is_said_and_the_next_one_comes(
    queue: Queue, review: Review, reviews: Reviews
) -> None:
    with review.policy({"labeling": {"hold_seconds": 1}}):
        (question,) = queue.put(1)
        reviewer = reviews()
        reviewer.visitor.watch.expect(GONE, "ERR_INTERNET_DISCONNECTED")
        reviewer.goes_to(question)
        reviewer.keyboard.press("1")
        reviewer.keyboard.press("Enter")
        reviewer.keyboard.type("What I thought of it.")
        reviewer.visitor.context.set_offline(True)  # no sign of life
        rea = review.reviewer(REA)
        item = until(rea.next, "the item goes to somebody else")
        rea.rates(item, 5)
        reviewer.visitor.context.set_offline(False)
        reviewer.keyboard.press("Enter")

        expect(reviewer.page.get_by_text("The last item went to somebody else")).to_be_visible()
        expect(reviewer.page.get_by_text("What I thought of it.")).to_be_visible()
        expect(reviewer.nothing_left).to_be_visible()
    assert queue.ratings()[question] == 5


def test_without_a_network_nothing_is_lost_and_it_is_sent_when_there_is_one_again(
    queue: Queue, reviews: Reviews
) -> None:
    (question,) = queue.put(1)
    reviewer = reviews()
    reviewer.visitor.watch.expect("ERR_INTERNET_DISCONNECTED")
    reviewer.goes_to(question)

    reviewer.visitor.context.set_offline(True)
    reviewer.rates(2, "It goes round in circles.")
    expect(reviewer.page.get_by_text("The rating is not saved yet")).to_be_visible()
    expect(reviewer.reason).to_have_value("It goes round in circles.")
    is_accessible(reviewer.page, "a rating that is not saved")
    reviewer.visitor.context.set_offline(False)

    expect(reviewer.nothing_left).to_be_visible()
    assert queue.ratings()[question] == 2


def test_what_was_typed_is_there_again_when_the_page_is_loaded_again(
    queue: Queue, reviews: Reviews
) -> None:
    (question,) = queue.put(1)
    reviewer = reviews()
    reviewer.goes_to(question)
    reviewer.keyboard.press("2")
    reviewer.keyboard.press("Enter")
    reviewer.keyboard.type("Half a sen")

    reviewer.page.reload()

    expect(reviewer.question).to_contain_text(question)
    expect(reviewer.radio(2)).to_be_checked()
    expect(reviewer.reason).to_have_value("Half a sen")


def test_why_an_item_is_flagged_is_there_again_when_the_page_is_loaded_again(
    queue: Queue, reviews: Reviews
) -> None:
    (question,) = queue.put(1)
    reviewer = reviews()
    reviewer.goes_to(question)
    reviewer.keyboard.press("f")
    field = reviewer.page.get_by_label("Why can nobody rate it?")
    expect(field).to_be_focused()
    reviewer.keyboard.type("It holds a na")

    reviewer.page.reload()

    expect(reviewer.question).to_contain_text(question)
    expect(field).to_have_value("It holds a na")


def test_who_leaves_gives_the_item_back_at_once(
    queue: Queue, review: Review, reviews: Reviews
) -> None:
    (question,) = queue.put(1)
    reviewer = reviews()
    reviewer.goes_to(question)
    rea = review.reviewer(REA)
    assert rea.next() is None

    reviewer.page.goto("about:blank")

    item = until(rea.next, "the item is free")
    assert item["question"] == question
    rea.post("/review/release", **which(item))


def test_at_the_end_a_reviewer_reads_what_became_of_the_ratings_and_finds_the_next_item(
    queue: Queue, reviews: Reviews
) -> None:
    questions = queue.put(2)
    reviewer = reviews()
    for _ in reviewer.questions():
        reviewer.rates(4)
    queue.ratings()
    reviewer.page.reload()
    expect(reviewer.nothing_left).to_be_visible()
    expect(reviewer.page.get_by_text(re.compile(r"^Of your .* part of a label"))).to_be_visible()
    is_accessible(reviewer.page, "nothing to rate")

    assert reviewer.rated_today >= len(questions)
    (next_one,) = queue.put(1)
    expect(reviewer.question).to_contain_text(next_one)  # by itself


@pytest.mark.parametrize("settings", [{}, PHONE], ids=["desktop", "phone"])
def test_each_state_is_accessible(
    queue: Queue, reviews: Reviews, settings: dict[str, object]
) -> None:
    (question,) = queue.put(1)
    reviewer = reviews(**settings)
    reviewer.goes_to(question)
    expect(reviewer.instructions).to_be_visible()
    is_accessible(reviewer.page, "an item")
    reviewer.keyboard.press("1")
    reviewer.keyboard.press("b")
    reviewer.keyboard.press("Escape")
    reviewer.keyboard.press("Enter")
    expect(reviewer.reason).to_be_focused()
    reviewer.keyboard.press("Enter")
    expect(reviewer.page.get_by_text("Say in a few words")).to_be_visible()
    is_accessible(reviewer.page, "a reason is missing")
    reviewer.keyboard.press("Escape")
    reviewer.keyboard.press("s")
    reviewer.keyboard.press("Enter")
    is_accessible(reviewer.page, "skipping")
    reviewer.keyboard.press("Escape")
    reviewer.keyboard.press("?")
    expect(reviewer.page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    is_accessible(reviewer.page, "the keys")
