"""The watch over all other tests here sees what it is there for."""

import pytest

from tests.browser.conftest import Visits
from tests.browser.embedding_site import EmbeddingSite

POLICY = "default-src 'none'; script-src 'self' 'unsafe-eval'; img-src *"
WRONG = {
    "console.error": "console.error('spoken')",
    "uncaught": "setTimeout(() => { throw new Error('thrown') })",
    "rejected": "void Promise.reject(new Error('refused'))",
    "script-src": "document.body.append(Object.assign(document.createElement('script'), "
    "{ textContent: 'window.broken = 1' }))",
    "foreign host": "document.body.append(Object.assign(new Image(), { src: '{stranger}/x.png' }))",
}
SEEN = {
    "console.error": "spoken",
    "uncaught": "thrown",
    "rejected": "refused",
    "script-src": "policy violated: script-src",
    "foreign host": "foreign host: http",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_a_page_does_wrong_is_a_problem(
    embedding_site: EmbeddingSite, visit: Visits, wrong: str
) -> None:
    visitor = visit()
    with EmbeddingSite() as stranger:
        visitor.page.goto(embedding_site.put("wrong", "<!doctype html><body></body>", POLICY))
        visitor.page.evaluate(f"() => {{ {WRONG[wrong].replace('{stranger}', stranger.origin)} }}")
        visitor.page.wait_for_load_state("networkidle")
    problems, visitor.watch.problems = visitor.watch.problems, []
    assert any(SEEN[wrong] in problem for problem in problems), problems
