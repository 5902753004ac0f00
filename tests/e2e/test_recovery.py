"""Workers die, events get lost, connections break: what was begun is brought to its end."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.build import ROOT
from local.stack import STACK
from tests.e2e.bus import Bus, message_received
from tests.e2e.deployment import Deployment
from tests.e2e.people import Customer, Expert
from tests.e2e.sockets import Frame
from tests.e2e.waiting import until

LOGS = "How can I see the logs of a training job?"
ENDPOINT = "How do I stop paying for an endpoint that I do not use?"


def test_a_turn_whose_worker_was_killed_is_answered_exactly_once(
    deployment: Deployment, bus: Bus, customer: Customer
) -> None:
    name = customer.conversation_id
    with (
        deployment.policy({"answering": {"lease_seconds": 2}}, "AnswerMessage"),
        deployment.pace(token_ms=500),
    ):
        seq = customer.says(ENDPOINT)
        begun = customer.socket.wait(type="delta")
        deployment.engine.kill_worker(deployment.function("AnswerMessage"))
        deployment.hurry()

        def answers() -> list[Frame]:
            deployment.reconcile()
            return customer.socket.all(type="turn", author="assistant", in_reply_to=seq)

        answered = until(answers, "the turn is found and answered")[0]
        deployment.settles()

    # Under the same id, so that a page replaces what the dead worker had sent.
    assert answered["turn_id"] == begun["turn_id"]
    assert customer.socket.all(type="withdrawn", turn_id=begun["turn_id"])
    assert [turn["author"] for turn in customer.turns] == ["customer", "assistant"]
    assert len(bus.details(name, "Message Answered", author="assistant")) == 1


def test_who_comes_back_after_a_broken_connection_misses_nothing_and_sees_nothing_twice(
    deployment: Deployment, customer: Customer
) -> None:
    with deployment.pace(token_ms=40):
        customer.says(LOGS)
        customer.says(ENDPOINT)
        customer.socket.wait(type="delta")
        seen = [frame["seq"] for frame in customer.socket.all(type="turn")]
        customer.socket.close()
        until(lambda: customer.read()["last_seq"] == 4, "both are answered")
    missed = customer.read(after=max(seen))["turns"]
    assert seen + [turn["seq"] for turn in missed] == [1, 2, 3, 4]
    assert [turn["in_reply_to"] for turn in missed] == [1, 2]

    customer.reconnect()
    customer.does("person")
    customer.hears("person_coming")
    assert [frame["seq"] for frame in customer.socket.all(type="turn")] == [5]


def test_two_windows_of_one_customer_see_the_same(
    deployment: Deployment, customer: Customer
) -> None:
    one = customer.socket
    customer.second_window()
    answer = customer.asks(LOGS)
    until(lambda: one.all(type="turn", seq=answer["seq"]), "the other window has the answer")

    def turns(frames: list[dict[str, Any]]) -> list[tuple[int, str]]:
        return [(frame["seq"], frame["text"]) for frame in frames]

    assert turns(one.all(type="turn")) == turns(customer.socket.all(type="turn"))
    one.close()


@contextmanager
def lost(deployment: Deployment, detail_type: str) -> Iterator[None]:
    """Events of this type reach nobody but the listener of the tests."""
    events, bus = deployment.client("events"), deployment.outputs["BusName"]
    rules = [
        rule["Name"]
        for rule in events.list_rules(EventBusName=bus)["Rules"]
        if json.loads(rule["EventPattern"]).get("detail-type") == [detail_type]
    ]
    assert rules
    for rule in rules:
        events.disable_rule(Name=rule, EventBusName=bus)
    try:
        yield
    finally:
        for rule in rules:
            events.enable_rule(Name=rule, EventBusName=bus)


def test_a_message_whose_event_was_lost_is_answered(
    deployment: Deployment, bus: Bus, customer: Customer
) -> None:
    name = customer.conversation_id
    with lost(deployment, "Message Received"):
        seq = customer.says(LOGS)
        bus.wait(name, "Message Received")
        deployment.settles()
        assert not customer.socket.all(type="turn", author="assistant")

    deployment.let_time_pass(name)
    deployment.reconcile()
    assert customer.answer_to(seq)["sources"]


def test_a_call_for_a_person_whose_event_was_lost_reaches_the_experts(
    deployment: Deployment, bus: Bus, customer: Customer, expert: Expert
) -> None:
    name = customer.conversation_id
    with lost(deployment, "Escalation Requested"):
        customer.does("person")
        bus.wait(name, "Escalation Requested")
        deployment.settles()
        assert deployment.mails(name, "expert@example.com") == []

    deployment.let_time_pass(name)
    deployment.reconcile()
    until(lambda: deployment.mails(name, "expert@example.com"), "the e-mail is sent")
    expert.sees(name, "waiting")
    expert.claims(name)
    assert bus.wait(name, "Escalation Claimed")
    assert [turn["code"] for turn in customer.turns] == ["person_coming", "expert_joined"]


def test_a_transcript_whose_event_was_lost_is_archived(
    deployment: Deployment, bus: Bus, customer: Customer
) -> None:
    name = customer.conversation_id
    with lost(deployment, "Conversation Closed"):
        customer.does("close")
        bus.wait(name, "Conversation Closed")
        deployment.settles()
        assert deployment.transcripts(name) == {}

    deployment.let_time_pass(name)
    deployment.reconcile()
    until(lambda: deployment.transcripts(name), "it is archived")


def test_a_conversation_that_nobody_uses_any_more_is_closed_and_archived(
    deployment: Deployment, bus: Bus, customer: Customer
) -> None:
    name = customer.conversation_id
    customer.asks(LOGS)
    deployment.settles()
    deployment.let_time_pass(name, idle=True)
    deployment.reconcile()

    assert customer.hears("closed_idle")["owner"] == "closed"
    assert bus.wait(name, "Conversation Closed")["closed_by"] == "idle"
    transcript = until(lambda: deployment.transcripts(name), "it is archived").popitem()[1]
    assert transcript["closed_by"] == "idle"


def test_a_conversation_that_waits_for_a_person_is_not_closed_as_idle(
    deployment: Deployment, customer: Customer, expert: Expert
) -> None:
    name = customer.conversation_id
    customer.does("person")
    expert.sees(name, "waiting")
    expert.claims(name)
    deployment.settles()
    deployment.let_time_pass(name, idle=True)
    deployment.reconcile()

    assert customer.owner == "expert"


# --- what failed for good ------------------------------------------------------------------------
def redrive(deployment: Deployment, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tandem.aws.redrive", STACK, *options],
        cwd=ROOT,
        env={
            **os.environ,
            **deployment.engine.environment(),
            "PYTHONPATH": str(ROOT / "layers" / "tandem"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def failures_of(deployment: Deployment, conversation_id: str) -> list[dict[str, Any]]:
    bodies = [json.loads(message["Body"]) for message in deployment.failures()]
    return [body for body in bodies if conversation_id in json.dumps(body)]


@contextmanager
def broken_archive(deployment: Deployment, conversation_id: str) -> Iterator[None]:
    """Nobody may store this conversation's transcript."""
    s3, bucket = deployment.client("s3"), deployment.outputs["TranscriptsBucketName"]
    before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    policy = json.loads(before)
    policy["Statement"].append(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{bucket}/*/{conversation_id}/*",
        }
    )
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    try:
        yield
    finally:
        s3.put_bucket_policy(Bucket=bucket, Policy=before)


def test_what_failed_for_good_is_kept_with_its_reason_and_can_be_redriven(
    deployment: Deployment, customer: Customer
) -> None:
    name = customer.conversation_id
    with broken_archive(deployment, name):
        customer.does("close")
        failed = until(lambda: failures_of(deployment, name), "it is given up")[0]
    assert failed["requestContext"]["approximateInvokeCount"] == 3
    assert failed["requestPayload"]["detail-type"] == "Conversation Closed"
    assert "AccessDenied" in failed["responsePayload"]["errorMessage"]
    assert deployment.transcripts(name) == {}

    done = redrive(deployment)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 sent again, 0 left" in done.stdout
    until(lambda: deployment.transcripts(name), "it is archived")


@pytest.mark.usefixtures("expert")
def test_an_event_that_nobody_understands_is_kept_with_its_reason(
    deployment: Deployment, bus: Bus, customer: Customer
) -> None:
    name = customer.conversation_id
    detail_type, detail = message_received(name, "m-1", "Hello")
    del detail["text"]
    bus.put((detail_type, detail))
    failed = until(lambda: failures_of(deployment, name), "it is given up")[0]

    assert failed["responsePayload"]["errorType"] == "ValidationError"
    assert failed["requestPayload"]["detail"] == detail
    assert customer.turns == []
    done = redrive(deployment, "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "would send again" in done.stdout
    deployment.forget_failures()
