"""The examples run as they are written, with the queue and the permissions of their template."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from local.engine import REGION
from tandem.live.events import EscalationRequested
from tests.e2e.deployment import Deployment
from tests.e2e.people import Expert
from tests.e2e.waiting import PATIENCE_SECONDS, until

ROOT = Path(__file__).parents[2]
QUEUE = ROOT / "examples" / "answers_queue.yaml"
CHATBOT = ROOT / "examples" / "own_chatbot.py"
MOST_LINES = 50
JSON_BLOCK = re.compile(r"```json\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def stack_of_the_team(deployment: Deployment) -> Iterator[dict[str, str]]:
    """The outputs of the team's own stack beside Tandem's."""
    cloudformation, name = deployment.client("cloudformation"), f"acme-{uuid4().hex[:8]}"
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=QUEUE.read_text(),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": "BusName", "ParameterValue": deployment.outputs["BusName"]}],
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    yield {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    cloudformation.delete_stack(StackName=name)


@pytest.fixture(scope="module")
def credentials(
    deployment: Deployment, stack_of_the_team: dict[str, str]
) -> Iterator[dict[str, str]]:
    """Of a role that may do what the template's policy allows, and no more."""
    iam, name = deployment.client("iam"), f"acme-{uuid4().hex[:8]}"
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.attach_role_policy(RoleName=name, PolicyArn=stack_of_the_team["ChatbotAccessArn"])
    taken = deployment.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="chatbot")
    keys = taken["Credentials"]
    yield {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
    iam.detach_role_policy(RoleName=name, PolicyArn=stack_of_the_team["ChatbotAccessArn"])
    iam.delete_role(RoleName=name)


class Chatbot:
    """The example in a process of its own; the test types, and reads what it prints."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.printed: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        self.printed.extend(iter(self._process.stdout.readline, ""))

    def types(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n")
        self._process.stdin.flush()

    def prints(self, *parts: str) -> str:
        """The first line that holds all these, as soon as it is there."""
        return until(
            lambda: next((line for line in [*self.printed] if all(p in line for p in parts)), ""),
            f"{parts} is printed; so far: {''.join(self.printed)}",
        )

    def ends(self) -> int:
        return self._process.wait(PATIENCE_SECONDS)


@contextmanager
def chatbot(
    deployment: Deployment, queue: str, credentials: dict[str, str], *options: str
) -> Iterator[Chatbot]:
    process = subprocess.Popen(
        [sys.executable, str(CHATBOT), deployment.outputs["BusName"], queue, *options],
        env={**os.environ, **deployment.engine.environment(), **credentials},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    try:
        yield Chatbot(process)
    finally:
        process.kill()
        process.communicate()


def escalation_of(expert: Expert, said: str) -> str:
    """The conversation in the queue in which a customer said this."""

    def look() -> str:
        for escalation in expert.queue():
            name: str = escalation["conversation_id"]
            if any(turn["text"] == said for turn in expert.read(name)["turns"]):
                return name
        return ""

    return until(look, f"the queue shows who said {said!r}")


def test_an_own_chatbot_calls_a_person_and_passes_on_what_both_say(
    deployment: Deployment,
    stack_of_the_team: dict[str, str],
    credentials: dict[str, str],
    expert: Expert,
) -> None:
    mark = uuid4().hex
    with chatbot(deployment, stack_of_the_team["QueueUrl"], credentials) as own:
        own.types(f"Where is parcel {mark}?")
        own.prints("bot:", f"You said “Where is parcel {mark}?”.")
        own.types("I want a person.")
        own.types("It is urgent.")

        name = escalation_of(expert, f"Where is parcel {mark}?")
        own.prints("system:", "colleague")
        turns = expert.read(name)["turns"]
        assert [(turn["author"], turn["text"]) for turn in turns[:3]] == [
            ("customer", f"Where is parcel {mark}?"),
            ("assistant", f"You said “Where is parcel {mark}?”."),
            ("customer", "I want a person."),
        ]
        expert.claims(name)
        expert.says(name, "It arrives tomorrow.")
        own.prints("expert: It arrives tomorrow.")
        own.types("Thank you!")
        expert.hears(name, "Thank you!")
        expert.does("resolve", name, outcome="explained")
        own.prints("'ending': 'resolved'")

        assert own.ends() == 0
    said = [turn["text"] for turn in expert.read(name)["turns"] if turn["author"] == "customer"]
    assert said[2:] == ["It is urgent.", "Thank you!"]


def test_tandems_assistant_answers_in_another_front_end_before_and_after_a_person(
    deployment: Deployment,
    stack_of_the_team: dict[str, str],
    credentials: dict[str, str],
    expert: Expert,
) -> None:
    wish = f"I want to talk to a human about {uuid4().hex}!"
    with chatbot(deployment, stack_of_the_team["QueueUrl"], credentials, "--tandem") as other:
        other.types("How can I see the logs of a training job?")
        other.prints("assistant:", "[1]")
        other.types(wish)

        name = escalation_of(expert, wish)
        expert.claims(name)
        expert.says(name, "Here I am.")
        other.prints("expert: Here I am.")
        expert.does("hand_back", name, outcome="helped")
        other.prints("'ending': 'handed_back'")
        before = len(other.printed)
        other.types("How do I stop paying for an endpoint that I do not use?")

        until(
            lambda: any("assistant:" in line for line in other.printed[before:]),
            "the assistant goes on",
        )


def test_an_own_chatbot_may_send_and_fetch_and_nothing_else(
    deployment: Deployment, stack_of_the_team: dict[str, str], credentials: dict[str, str]
) -> None:
    own = boto3.Session(
        credentials["AWS_ACCESS_KEY_ID"],
        credentials["AWS_SECRET_ACCESS_KEY"],
        credentials["AWS_SESSION_TOKEN"],
        region_name=REGION,
    )
    events = own.client("events", endpoint_url=deployment.engine.url)
    entry = {
        "EventBusName": deployment.outputs["BusName"],
        "Source": "acme.chat",
        "DetailType": "Message Received",
        "Detail": "{}",
    }

    for change in ({"Source": "tandem.live"}, {"DetailType": "Escalation Resolved"}):
        with pytest.raises(ClientError, match="AccessDenied"):
            events.put_events(Entries=[{**entry, **change}])
    with pytest.raises(ClientError, match="AccessDenied"):
        own.client("dynamodb", endpoint_url=deployment.engine.url).list_tables()


def test_the_event_that_the_guide_shows_is_a_valid_one() -> None:
    guide = (ROOT / "docs" / "integrate.md").read_text()
    shown = [block for block in JSON_BLOCK.findall(guide) if "escalation_id" in block]

    assert shown
    for block in shown:
        EscalationRequested.model_validate_json(block)


def test_the_example_is_short_enough_to_be_read() -> None:
    assert len(CHATBOT.read_text().splitlines()) <= MOST_LINES
