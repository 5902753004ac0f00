"""The experts' e-mails: what they hold, what they never hold, and what is taken out of texts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.live import gate, redaction, wishes
from tandem.live.mail import desk_link, escalation_mail, follow_up_mail
from tandem.live.models import Author, Escalation, Trigger, Turn
from tandem.live.policy import Policy
from tandem.live.redaction import redact
from tests.fakes import START
from tests.scene import Scene

HUGE = 200_000


def request(**fields: object) -> Escalation:
    return Escalation.model_validate(
        {
            "escalation_id": "e-1",
            "conversation_id": "c-1",
            "trigger": Trigger.NEGATIVE_SENTIMENT,
            "reason": "the customer is upset",
            "customer_id": "guest:77",
            "requested_at": START,
            "task_token": "very-secret-token",
            **fields,
        }
    )


def said(*texts: str) -> list[Turn]:
    return [
        Turn(
            conversation_id="c-1",
            seq=seq,
            turn_id=f"t-{seq}",
            author=Author.CUSTOMER,
            text=text,
            at=START,
        )
        for seq, text in enumerate(texts, start=1)
    ]


def body_of(*texts: str, messages: int = 6, **fields: object) -> str:
    _, body = escalation_mail(
        request(**fields), said(*texts), "primary", messages, "https://desk.example/"
    )
    return body


# --- redaction -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("write to jane.doe+x@mail.example.com now", "write to [email] now"),
        ("jürgen.groß@bücher.example", "[email]"),
        ("call +49 (30) 1234-5678", "call [phone]"),
        ("call 030/1234567 today", "call [phone] today"),
        ("my card is 4111 1111 1111 1111.", "my card is [card]."),
        ("5555-5555-5555-4444", "[card]"),
        ("DE89 3704 0044 0532 0130 00", "[iban]"),
        ("GB82WEST12345698765432", "[iban]"),
        ("AKIAIOSFODNN7EXAMPLE", "[key]"),
        ("token ghp_abcdefghijklmnop1234", "token [key]"),
        ("sk-proj-abcdefghijklmnopqrstuvwx", "[key]"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "[key]"),
        ("from 192.168.10.12 it works", "from [address] it works"),
    ],
)
def test_personal_data_of_a_fixed_shape_is_taken_out(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "Two endpoints cost 12.50 dollars an hour",
        "ml.m5.xlarge, 4 vCPU, in 2026",
        "error 404 at line 1234",
        "user@ is no address and neither is @home",
    ],
)
def test_what_is_no_personal_data_stays(text: str) -> None:
    assert redact(text) == text


@given(st.text(max_size=400))
def test_whatever_is_redacted_nothing_is_left_to_redact_and_it_never_fails(text: str) -> None:
    assert "@example.com" not in redact(f"{text} me@example.com {text}")


def test_what_is_too_long_is_cut_and_not_passed_through() -> None:
    text = redact("x" * 9000 + " me@example.com")

    assert len(text) < 8100
    assert text.endswith("[…]")


# --- hostile input: these just have to come to an end ---------------------------------------------
HOSTILE = [
    "a" * HUGE,
    "a." * (HUGE // 2),
    "a@" * (HUGE // 2),
    "1 " * (HUGE // 2),
    "1-" * (HUGE // 2),
    "+" * HUGE,
    "DE12 " + "AAAA " * (HUGE // 5),
    "eyJ" + "a" * HUGE,
    "eyJaaaaaaaaaa." * (HUGE // 14),
    "\u0130" * HUGE,
    " " * HUGE,
    "i want to " * (HUGE // 10),
    "talk to a " * (HUGE // 10),
    "speak " * (HUGE // 6),
    '"' * HUGE,
    "(" * HUGE,
    "word " * (HUGE // 5),
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_a_huge_hostile_message_is_read_in_linear_time(text: str) -> None:
    policy = Policy.model_validate(
        {"triggers": {"listed_word": {"words": ["cancel my contract", "c++", "a" * 50]}}}
    )

    assert len(redact(text)) < 9000
    wishes.asks_for_person(text)
    gate.by_rules(text, [text, text[::-1]], 0, policy)


def test_no_pattern_of_the_redaction_repeats_without_a_bound() -> None:
    for pattern in [*(pattern for _, pattern in redaction._PATTERNS), redaction._DIGITS]:
        outside_of_classes = re.sub(r"\\.|\[(?:\\.|[^\]])*\]", "x", pattern.pattern)
        assert not re.search(r"[*]|(?<!\()\+", outside_of_classes), pattern.pattern


# --- the e-mail ----------------------------------------------------------------------------------
def test_the_mail_says_why_who_until_when_and_where_to_go() -> None:
    subject, body = escalation_mail(
        request(deadline=START), said("My parcel is lost"), "primary", 6, "https://desk.example/"
    )

    assert subject == "Tandem: the customer is upset (primary)"
    assert "Customer: guest" in body
    assert "Please claim before: 2026-11-23 09:00:00 UTC" in body
    assert "https://desk.example/desk?conversation=c-1&escalation=e-1" in body
    assert "  customer: My parcel is lost" in body


def test_the_mail_holds_no_token_and_nothing_to_decide_by() -> None:
    scene = Scene()
    scene.is_called_for()
    scene.machine_expires()

    for mail in scene.fakes.notifier.mails:
        assert "token" not in mail.body
        links = re.findall(r"https?://\S+", mail.body)
        assert links == [desk_link(scene.escalation, "https://desk.example")]
        assert "you sign in there" in mail.body

    assert "very-secret-token" not in body_of() + follow_up_mail(request(), "https://d")[1]


def test_personal_data_is_taken_out_of_the_mail() -> None:
    body = body_of(
        "I am jane@example.com, card 4111111111111111, call +1 555 123 4567",
        reason="key AKIAIOSFODNN7EXAMPLE seen",
        customer_id="sub-of-jane@example.com",
    )

    assert not re.search("jane|4111|555 123|AKIA", body)
    assert "Customer: signed in" in body


def test_status_lines_are_not_in_the_mail_and_only_the_newest_messages_are() -> None:
    turns = said(*(f"message {n}" for n in range(10)))
    turns.append(turns[0].model_copy(update={"author": Author.SYSTEM, "text": "a status line"}))

    _, body = escalation_mail(request(), turns, "primary", 3, "https://desk.example")

    assert [line.strip() for line in body.splitlines()[-3:]] == [
        "customer: message 7",
        "customer: message 8",
        "customer: message 9",
    ]
    assert "a status line" not in body


def test_no_messages_are_in_the_mail_where_the_policy_says_so() -> None:
    assert "message 1" not in body_of("message 1", messages=0)


def test_a_customers_text_cannot_forge_a_line_of_the_mail() -> None:
    hostile = "hi\n\nOpen the desk:\nhttps://evil.example\r\nCustomer: signed in\u2028x"

    body = body_of(hostile, reason=hostile)

    lines = body.splitlines()
    assert not any(line.startswith(("https://evil", "Customer: signed")) for line in lines)
    assert sum("evil" in line for line in lines) == 2


def test_a_long_message_is_cut_in_the_mail() -> None:
    assert len(body_of("word " * 2000)) < 1200


def test_what_stands_in_an_id_cannot_change_the_link() -> None:
    link = desk_link(request(conversation_id="a:b", escalation_id="c.d"), "https://desk.example/")

    assert link == "https://desk.example/desk?conversation=a%3Ab&escalation=c.d"


@pytest.mark.parametrize("trigger", list(Trigger))
def test_every_trigger_has_its_words(trigger: Trigger) -> None:
    subject, _ = escalation_mail(request(trigger=trigger), [], "primary", 6, "https://d")
    _, follow_up = follow_up_mail(request(trigger=trigger), "https://d")

    assert subject.startswith("Tandem: ")
    assert "Why a person was wanted: " in follow_up
