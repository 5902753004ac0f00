"""Whatever is written, by whomever: it stays text, and the page keeps its shape."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Customers, Desks, Reviews
from tests.browser.experts_article import answered_by_an_expert
from tests.browser.visitor import PHONE, runs_over
from tests.e2e.bus import Bus, escalation_requested
from tests.e2e.deployment import POLICY, Deployment
from tests.e2e.reviewing import LEAD, Review

LONG_WORD = "Donaudampfschifffahrt" * 950
ARABIC = "مرحبا، كيف يمكنني إيقاف نقطة النهاية؟"
SCRIPT = (
    "<script>window.broken = 1</script><img src=x onerror='window.broken = 1'>"
    "<svg onload='window.broken = 1'></svg>"
)
MARKDOWN = f"""{SCRIPT}

[a link](javascript:window.broken=1) <a href="javascript:window.broken=1">another</a>
[data](data:text/html,<script>window.broken=1</script>) ![seen](https://evil.example/seen.png)
<javascript:window.broken=1> [good](https://docs.example/page)

<form action="https://evil.example"><input name="password"></form>
<iframe src="https://evil.example"></iframe><style>* {{ display: none }}</style>

| a | {LONG_WORD[:400]} |
|---|---|
| 1 | 2 |

```python
print("{LONG_WORD[:600]}")
```
"""


@dataclass(frozen=True)
class Conversation:
    """In which an attacker writes as customer, as assistant and as expert."""

    name: str
    token: str


@pytest.fixture
def hostile(deployment: Deployment, bus: Bus) -> Conversation:
    name = f"c-{uuid4().hex}"
    messages: list[dict[str, Any]] = [
        {"author": "customer", "text": SCRIPT},
        {"author": "customer", "text": LONG_WORD},
        {"author": "customer", "text": ARABIC},
        {"author": "assistant", "text": MARKDOWN},
        {"author": "assistant", "text": LONG_WORD},
        {"author": "assistant", "text": ARABIC},
    ]
    bus.put(escalation_requested(name, f"esc-{name}", messages=messages, reason=SCRIPT))
    with deployment.expert() as expert:
        expert.sees(name, "waiting")
        expert.claims(name)
        for text in (MARKDOWN[:3000], LONG_WORD[:3900], ARABIC):
            expert.says(name, text)
    return Conversation(name, deployment.token_of(name))


def stays_text(page: Page, messages: Locator) -> None:
    expect(messages).to_contain_text("<script>window.broken = 1</script>")
    assert page.evaluate("() => window.broken") is None
    for element in ("script", "iframe", "form", "style", "input", "img[src]"):
        expect(messages.locator(element)).to_have_count(0)
    addresses = {link.get_attribute("href") for link in messages.get_by_role("link").all()}
    assert addresses == {"https://docs.example/page"}
    for link in messages.get_by_role("link").all():
        assert set((link.get_attribute("rel") or "").split()) >= {"noopener", "noreferrer"}


def keeps_its_shape(page: Page, messages: Locator) -> None:
    assert runs_over(page) == 0
    right = messages.get_by_text(ARABIC).first
    assert right.evaluate("(element) => getComputedStyle(element).direction") == "rtl"
    code = messages.locator("pre").first
    assert code.evaluate("(pre) => pre.scrollWidth > pre.clientWidth")
    assert code.evaluate("(pre) => getComputedStyle(pre).direction") == "ltr"
    code.focus()
    expect(code).to_be_focused()


def test_a_hostile_conversation_stays_text_in_the_customers_chat_on_a_phone(
    hostile: Conversation, customer: Customers
) -> None:
    chat = customer(**PHONE)
    chat.comes_back_to(hostile.name, hostile.token)
    expect(chat.by("Ada Expert")).to_have_count(3)

    stays_text(chat.page, chat.messages)
    keeps_its_shape(chat.page, chat.messages)


def test_a_hostile_conversation_stays_text_at_the_desk_on_a_phone(
    hostile: Conversation, desk: Desks
) -> None:
    expert = desk(f"?conversation={hostile.name}", **PHONE)
    column = expert.column(hostile.name)
    expect(column.messages).to_contain_text(ARABIC)

    stays_text(expert.page, column.messages)
    keeps_its_shape(expert.page, column.messages)
    expert.page.get_by_role("tab", name="Queue").click()
    expect(expert.queue).to_contain_text("window.broken")
    assert runs_over(expert.page) == 0


def test_a_word_of_twenty_thousand_characters_is_sent_and_shown(
    deployment: Deployment, customer: Customers
) -> None:
    limits = {**POLICY["limits"], "max_message_chars": 30_000}
    with deployment.policy({"limits": limits}, "ServeCustomer", "ReceiveFrame", "AnswerMessage"):
        chat = customer(**PHONE)
        expect(chat.greeting).to_be_visible()  # the limit is known
        chat.says(LONG_WORD)
        expect(chat.at.get_by_text("Sending…")).to_have_count(0)
        expect(chat.own).to_have_count(1)
        assert runs_over(chat.page) == 0
        deployment.settles()


def test_a_name_in_the_conversations_address_is_no_markup(desk: Desks) -> None:
    expert = desk("?conversation=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&escalation=%22%3E")
    expect(expert.page.get_by_text("Choose a conversation from the queue.")).to_be_visible()


def test_a_hostile_item_stays_text_for_reviewers_and_leads_on_a_phone(
    review: Review, reviews: Reviews
) -> None:
    mark = uuid4().hex[:8]
    question, answer = f"{mark} {SCRIPT} {LONG_WORD[:3000]}", f"{ARABIC}\n\n{MARKDOWN}"
    review.empties_the_queue()
    ids = review.imports([(question, answer)])
    review.starts_labeling(review.sampled(ids))
    reviewer = reviews(**PHONE)
    expect(reviewer.item).to_contain_text(mark)
    _stays_plain_text(reviewer.page, reviewer.item)

    reviewer.keyboard.press("f")
    expect(reviewer.page.get_by_label("Why can nobody rate it?")).to_be_focused()
    reviewer.keyboard.type(SCRIPT)
    reviewer.keyboard.press("Enter")
    expect(reviewer.nothing_left).to_be_visible()
    review.sampled(ids, "flagged")
    lead = reviews("/disagreements?list=flagged", LEAD, **PHONE)
    expect(lead.card(mark)).to_be_visible()
    expect(lead.card(mark)).to_contain_text(f"flagged: {SCRIPT}")
    _stays_plain_text(lead.page, lead.card(mark))


def _stays_plain_text(page: Page, place: Locator) -> None:
    """Not even what the chat shows as Markdown is more than text here."""
    expect(place).to_contain_text("<script>window.broken = 1</script>")
    expect(place).to_contain_text("[good](https://docs.example/page)")
    assert page.evaluate("() => window.broken") is None
    texts = place.locator(".plain")
    for element in ("script", "iframe", "form", "style", "img", "svg", "a", "table", "pre"):
        expect(texts.locator(element)).to_have_count(0)
    assert runs_over(page) == 0
    right = texts.filter(has_text=ARABIC).first
    assert right.evaluate("(element) => getComputedStyle(element).direction") == "rtl"


def test_a_hostile_article_stays_text_where_leads_see_it_and_where_it_is_cited_on_a_phone(
    deployment: Deployment, customer: Customers, reviews: Reviews
) -> None:
    asked = "Which pass do visitors of the Trieste depot wear?"
    # Longer than what the knowledge base and the reader take for a tag, and escaped for both.
    image = f"<img src=x onerror='window.broken = 1' alt='{'a picture of the pass ' * 10}'>"
    link, good = (
        r"\\\[this\\\](javascript:window.broken=1)",
        r"\\\[the rules\\\](https://docs.example/page)",
    )
    answer = (
        f"Visitors of the Trieste depot wear a violet pass, as {image} shows, see {link}, {good}."
    )
    with answered_by_an_expert(deployment, asked, "A violet pass.") as article:
        article.edit(question=f"Which pass at the Trieste depot? {SCRIPT}", answer=answer)
        lead = reviews("/articles", LEAD, **PHONE)
        card = lead.card("Trieste depot")
        expect(card).to_contain_text(SCRIPT)
        _is_no_markup(lead.page, card)
        article.decide("approve")
        chat = customer(**PHONE)
        chat.asks(asked)

        cited = chat.answers.last
        expect(cited).to_contain_text("violet pass")
        expect(cited).to_contain_text(f"Which pass at the Trieste depot? {SCRIPT[:34]}")
        _is_no_markup(chat.page, cited)
        hrefs = {found.get_attribute("href") for found in cited.get_by_role("link").all()}
        assert hrefs <= {"https://docs.example/page"}


def _is_no_markup(page: Page, place: Locator) -> None:
    assert page.evaluate("() => window.broken") is None
    for element in (
        "script",
        "iframe",
        "form",
        "style",
        "input",
        "img[src]",
        "[onerror]",
        "[onload]",
    ):
        expect(place.locator(element)).to_have_count(0)
    assert runs_over(page) == 0
