"""What a stack on this machine is filled with: people, policies, documents, a base to train."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.build import ROOT

KNOWLEDGE = ROOT / "local" / "knowledge"
POLICY = ROOT / "local" / "policy.json"
REVIEW_POLICY = ROOT / "local" / "review_policy.json"
TUNING_POLICY = ROOT / "local" / "tuning_policy.json"
SMALL_BASE = ROOT / ".cache" / "small-base"
"""What `make train` makes of the documents; it stands in for a real base."""
PASSWORD = "Tandem-local-1"  # noqa: S105 - of users that exist on this machine only
_UPLOADS_AT_ONCE = 8


@dataclass(frozen=True)
class User:
    """Somebody at the desk or the review. `user` is the user name, which is in the audit trail;
    they sign in with it or with their e-mail address. (Amazon Cognito takes no address for a user
    name where it is an alias.)"""

    user: str
    email: str
    name: str
    groups: tuple[str, ...]


USERS = (
    User("ada", "expert@example.com", "Ada Expert", ("experts",)),
    User("ben", "second@example.com", "Ben Expert", ("experts",)),
    User("lea", "lead@example.com", "Lea Lead", ("leads",)),
    User("rio", "reviewer@example.com", "Rio Reviewer", ("reviewers",)),
    User("rea", "rater@example.com", "Rea Reviewer", ("reviewers",)),
)


@dataclass(frozen=True)
class Contents:
    """`client` makes a boto3 client of a service, `outputs` are the deployed stack's. What belongs
    to a module that is off is left out."""

    client: Callable[[str], Any]
    outputs: Mapping[str, str]

    def add_users(self) -> None:
        pool = self.outputs.get("DeskUserPoolId")
        if pool is None:
            return  # deployed without anybody who signs in
        cognito = self.client("cognito-idp")
        for user in USERS:
            cognito.admin_create_user(
                UserPoolId=pool,
                Username=user.user,
                MessageAction="SUPPRESS",
                TemporaryPassword=PASSWORD,
                UserAttributes=[
                    {"Name": "email", "Value": user.email},
                    {"Name": "email_verified", "Value": "true"},
                    {"Name": "name", "Value": user.name},
                ],
            )
            cognito.admin_set_user_password(
                UserPoolId=pool, Username=user.user, Password=PASSWORD, Permanent=True
            )
            for group in user.groups:
                cognito.admin_add_user_to_group(
                    UserPoolId=pool, Username=user.user, GroupName=group
                )

    def put_policies(self, documents: Path) -> None:
        """Of all modules. `documents`: what the stack answers from."""
        chat = json.dumps(policy_for(documents), ensure_ascii=False)
        self._put("PolicyParameterName", chat)
        self._put("ReviewPolicyParameterName", REVIEW_POLICY.read_text())
        self._put("TuningPolicyParameterName", TUNING_POLICY.read_text())

    def _put(self, output: str, document: str) -> None:
        name = self.outputs.get(output)
        if name is None:
            return  # deployed without the module
        self.client("ssm").put_parameter(Name=name, Value=document, Type="String", Overwrite=True)

    def add_documents(self, folder: Path) -> int:
        """The folder's Markdown into the knowledge base's bucket; returns how many files."""
        bucket, s3 = self.outputs["KnowledgeBucketName"], self.client("s3")
        paths = sorted(folder.rglob("*.md"))

        def upload(path: Path) -> None:
            key = path.relative_to(folder).as_posix()
            s3.put_object(
                Bucket=bucket, Key=key, Body=path.read_bytes(), ContentType="text/markdown"
            )

        with ThreadPoolExecutor(_UPLOADS_AT_ONCE) as pool:
            list(pool.map(upload, paths))
        return len(paths)

    def add_base(self, folder: Path) -> str:
        """A base into the models' bucket; returns its URI."""
        bucket, s3 = self.outputs["ModelsBucketName"], self.client("s3")
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            key = f"base/{folder.name}/{path.relative_to(folder).as_posix()}"
            s3.upload_file(str(path), bucket, key)
        return f"s3://{bucket}/base/{folder.name}/"


def policy_for(documents: Path) -> dict[str, Any]:
    """The policy of a stack that answers from these documents."""
    policy: dict[str, Any] = json.loads(POLICY.read_text())
    if documents.resolve() != KNOWLEDGE.resolve():
        # What the chat says and suggests is about the documents that come with it.
        del policy["chat"]
    return policy
