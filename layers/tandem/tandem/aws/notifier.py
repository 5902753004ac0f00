"""Calls people by SNS topics, which mail to their subscribers."""

import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mypy_boto3_sns.client import SNSClient

MAX_SUBJECT = 100
MAX_BODY_BYTES = 256 * 1024
_CUT = "…"


class TopicNotifier:
    """`Notifier`. Errors of the service propagate: a call that was not made must be noticed.

    The client is made at the first use: of an escalation's steps, only two send something.
    """

    def __init__(self, client: "Callable[[], SNSClient]", experts_arn: str, leads_arn: str) -> None:
        self._client = client
        self._arns = {"experts": experts_arn, "leads": leads_arn}

    def notify(self, topic: Literal["experts", "leads"], subject: str, body: str) -> None:
        self._client().publish(
            TopicArn=self._arns[topic], Subject=plain_subject(subject), Message=_bounded(body)
        )


def plain_subject(subject: str) -> str:
    """What SNS takes as a subject: one line of at most 100 printable ASCII characters."""
    letters = unicodedata.normalize("NFKD", subject).encode("ascii", "ignore").decode()
    printable = "".join(char if char.isprintable() else " " for char in letters)
    return " ".join(printable.split())[:MAX_SUBJECT].rstrip() or "Tandem"


def _bounded(body: str) -> str:
    encoded = body.encode()
    if len(encoded) <= MAX_BODY_BYTES:
        return body
    return encoded[: MAX_BODY_BYTES - len(_CUT.encode())].decode(errors="ignore") + _CUT
