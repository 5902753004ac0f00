"""A worker of Ground Truth rates in the job's own template, as a browser shows it."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visits
from tests.e2e.reviewing import Review

HOSTILE = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>{{ task.input }}'


@pytest.fixture(autouse=True)
def _ground_truth(review: Review) -> Iterator[None]:
    with review.policy({"labeling": {"backend": "ground_truth", "days": 1}}):
        yield


def tasks(page: Page) -> Iterator[str]:
    """The questions of the tasks that the worker is given, one by one."""
    form, over = page.locator("crowd-form form"), page.get_by_text("No task is left.")
    while True:
        form.or_(over).first.wait_for()
        if over.is_visible():
            return
        yield page.get_by_role("heading", name="Question").locator("+ .talk").inner_text()
        with page.expect_navigation():
            page.get_by_role("button", name="Submit").click()


def test_the_template_shows_question_and_answer_and_takes_a_rating(
    visit: Visits, review: Review
) -> None:
    stack = review.deployment.stack
    question, answer = f"What is {uuid4().hex[:8]}?", f"It is a name. {HOSTILE}"
    ids = review.imports([(question, answer)])
    job = review.starts_labeling(review.sampled(ids))
    page = visit(also=[stack.sagemaker.url]).page
    page.goto(f"{stack.sagemaker.url}/worker/{job}?worker=worker-1")

    seen = []
    for asked in tasks(page):
        seen.append(asked)
        if asked == question:
            assert answer in page.locator("classification-target").inner_text()
            assert page.get_by_text("How well does the answer serve the question?").is_visible()
            assert page.get_by_role("radio").count() == 5
        page.get_by_role("radio", name="5 - Highly relevant").check()
        page.get_by_label("A better answer, if you know one").fill("It is a mark of a test.")

    assert question in seen
    assert page.evaluate("window.broken") is None
    assert review.ended(job)["status"] == "completed"
    (labeled,) = review.candidates(ids, "labeled")
    assert labeled["label"]["rating"] == 5
    assert "It is a mark of a test." in labeled["label"]["better_answers"]
