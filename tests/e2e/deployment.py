"""The deployed stack, and what one can do to it from outside: policy, pace, faults, kills."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from local.contents import USERS, User
from local.mailbox import Mail, Mailbox
from local.stack import STACK, Stack
from tandem.live.access import conversation_token
from tests.e2e.bus import Bus
from tests.e2e.people import Api, Customer, Expert
from tests.e2e.waiting import PATIENCE_SECONDS, until

type Json = dict[str, Any]

POLICY: Json = {
    # Nobody is hurried, whatever else this machine does meanwhile.
    "ladder": [
        {"name": "primary", "topic": "experts", "claim_within_seconds": 600},
        {"name": "lead", "topic": "leads", "claim_within_seconds": 600},
    ],
    "presence": {"heartbeat_seconds": 600, "resolve_within_seconds": 3600},
    # All tests come from one network address.
    "limits": {"guest_conversations_per_minute": 100_000},
}
"""In force for all tests that want no other."""


_QUIET_LOOKS = 5
"""How often in a row nothing is at work: more than an event is on its way."""
_LONG_AGO = "2020-01-01T00:00:00.000000Z"


class Deployment:
    """A started stack."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.engine = stack.engine
        self.outputs = stack.outputs
        self.http = httpx.Client(base_url=stack.http_url, timeout=PATIENCE_SECONDS, trust_env=False)
        self._cloudformation = stack.client("cloudformation")
        self._lambda = stack.client("lambda")
        self._s3 = stack.client("s3")
        self._sqs = stack.client("sqs")
        self._ssm = stack.client("ssm")
        self._functions: dict[str, str] = {}
        self.bus = Bus(self.outputs["BusName"], stack.client("events"), stack.client("sqs"))
        self._put_policy(POLICY)

    def close(self) -> None:
        self.http.close()

    # --- people ----------------------------------------------------------------------------------
    def customer(self, language: str = "en") -> Customer:
        """A guest who has just begun a conversation."""
        return Customer(self.http, self.stack.websocket_url, language)

    def expert(self, user: User = USERS[0]) -> Expert:
        return Expert(self.http, self.stack.websocket_url, self.stack.sign_in(user), user.name)

    def api(self, token: str | None = None) -> Api:
        return Api(self.http, token)

    # --- what may be changed while it runs -------------------------------------------------------
    @contextmanager
    def policy(self, changes: Mapping[str, Any], *functions: str) -> Iterator[None]:
        """Another policy, for these functions at once.

        A process reads the policy every 30 seconds; these functions get new ones.
        """
        self._put_policy({**POLICY, **changes}, *functions)
        try:
            yield
        finally:
            self._put_policy(POLICY, *functions)

    def _put_policy(self, policy: Mapping[str, Any], *functions: str) -> None:
        self.put_parameter(self.outputs["PolicyParameterName"], policy, *functions)

    def put_parameter(self, name: str, value: Mapping[str, Any], *functions: str) -> None:
        """Store a document that functions read; these functions read it at once."""
        self._ssm.put_parameter(Name=name, Value=json.dumps(value), Type="String", Overwrite=True)
        self.starts_anew(*functions)

    def starts_anew(self, *functions: str) -> None:
        """What these functions have read, they read again: their processes are new ones."""
        for function in map(self.function, functions):
            old = {worker.pid for worker in self.engine.workers(function)}

            def all_gone(function: str = function, old: set[int] = old) -> bool:
                left = [w for w in self.engine.workers(function) if w.pid in old]
                for worker in left:
                    if not worker.busy:
                        os.kill(worker.pid, signal.SIGKILL)
                return not left

            until(all_gone, f"the processes of {function} are gone")

    @contextmanager
    def pace(self, **milliseconds: float) -> Iterator[None]:
        """The model's times: first_token_ms, token_ms, gate_ms, retrieve_ms."""
        self.stack.control_bedrock("pace", milliseconds)
        try:
            yield
        finally:
            self.hurry()

    def hurry(self) -> None:
        """The model as fast as this machine allows."""
        self.stack.control_bedrock(
            "pace", {"first_token_ms": 0, "token_ms": 0, "gate_ms": 0, "retrieve_ms": 0}
        )

    @contextmanager
    def fault(self, operation: str, error: str, match: str, **fields: Any) -> Iterator[None]:
        """Each call of Bedrock with `match` in its body fails."""
        body = {"operation": operation, "error": error, "match": match, "times": None, **fields}
        self.stack.control_bedrock("faults", body)
        try:
            yield
        finally:
            httpx.delete(f"{self.stack.bedrock.url}/_tandem/faults", trust_env=False)

    # --- what lies in it -------------------------------------------------------------------------
    def client(self, service: str) -> Any:
        return self.stack.client(service)

    def function(self, name: str) -> str:
        """The name of the function that the template calls so."""
        if name not in self._functions:
            found = self._cloudformation.describe_stack_resource(
                StackName=STACK, LogicalResourceId=name
            )
            self._functions[name] = found["StackResourceDetail"]["PhysicalResourceId"]
        return self._functions[name]

    def token_secret(self) -> str:
        secrets = self.client("secretsmanager")
        arn = self.outputs["TokenSecretArn"]
        return str(secrets.get_secret_value(SecretId=arn)["SecretString"])

    def reconcile(self) -> dict[str, int]:
        """Do now what the schedule does each minute; how many of each kind were found."""
        answer = self._lambda.invoke(FunctionName=self.function("Reconcile"), Payload=b"{}")
        found: dict[str, int] = json.load(answer["Payload"])
        assert "FunctionError" not in answer, found
        return found

    def settles(self) -> None:
        """Wait until no function is at work, nor anything on its way to one."""
        looks = 0

        def quiet() -> bool:
            nonlocal looks
            looks = 0 if any(worker.busy for worker in self.engine.workers()) else looks + 1
            return looks >= _QUIET_LOOKS

        until(quiet, "all functions are at rest")

    def let_time_pass(self, conversation_id: str, *, idle: bool = False) -> None:
        """Somebody has to look after this conversation now; with `idle`, because it is old."""
        dynamodb, table = self.client("dynamodb"), self.outputs["TableName"]
        key = {"pk": {"S": f"C#{conversation_id}"}, "sk": {"S": "META"}}
        names = {"#due": "due_at", "#doc": "doc"}
        document = dynamodb.get_item(TableName=table, Key=key)["Item"]["doc"]["S"]
        if idle:
            document = json.dumps({**json.loads(document), "active_at": _LONG_AGO})
        dynamodb.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET #due = :then, #doc = :doc",
            ConditionExpression="attribute_exists(#due)",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={":then": {"S": _LONG_AGO}, ":doc": {"S": document}},
        )

    def as_customer(self, conversation_id: str) -> Json:
        """The conversation as its customer reads it."""
        return self.api(self.token_of(conversation_id)).get(f"/conversations/{conversation_id}")

    def token_of(self, conversation_id: str) -> str:
        """What a guest opens this conversation with."""
        token, _ = conversation_token(
            self.token_secret(), conversation_id, "guest", datetime.now(UTC), timedelta(hours=1)
        )
        return token

    def mails(self, conversation_id: str, to: str) -> list[Mail]:
        """The e-mails about a conversation, oldest first."""
        found = Mailbox(self.engine.url).list(to=to)
        return [mail for mail in reversed(found) if conversation_id in mail.text]

    def transcripts(self, conversation_id: str) -> dict[str, Json]:
        """The archived versions of a conversation by their keys, oldest first."""
        bucket = self.outputs["TranscriptsBucketName"]
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        found = [
            (item["LastModified"], item["Key"])
            for page in pages
            for item in page.get("Contents", [])
            if f"/{conversation_id}/" in item["Key"]
        ]
        return {
            key: json.load(self._s3.get_object(Bucket=bucket, Key=key)["Body"])
            for _, key in sorted(found)
        }

    def failures(self) -> list[Json]:
        """The messages of the failures queue; they stay there."""
        found: dict[str, Json] = {}
        for _ in range(100):
            messages = self._sqs.receive_message(
                QueueUrl=self.outputs["FailuresQueueUrl"],
                MaxNumberOfMessages=10,
                VisibilityTimeout=0,
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            fresh = [message for message in messages if message["MessageId"] not in found]
            if not fresh:
                break
            found |= {message["MessageId"]: message for message in fresh}
        return list(found.values())

    def forget_failures(self) -> None:
        url = self.outputs["FailuresQueueUrl"]
        while found := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in found:
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
