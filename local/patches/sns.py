"""SNS: e-mail."""

import json
import time
from typing import Any

SENDER = "AWS Notifications <no-reply@sns.amazonaws.com>"


def keep_email() -> None:
    """What a topic sends by e-mail can be read.

    AWS: mails the message to each confirmed subscription whose filter policy matches.
    ministack: writes a line into its log.
    The patch keeps the mail where ministack keeps SES's (`GET /_ministack/ses/messages`). A
    subscription needs no confirmation there: ministack takes e-mail subscriptions as confirmed.
    """
    from ministack.services import ses, sns

    fan_out = sns._fanout

    def fan_out_with_email(
        topic_arn: str, msg_id: str, message: str, subject: str, *more: Any, **fifo: Any
    ) -> None:
        fan_out(topic_arn, msg_id, message, subject, *more, **fifo)
        # What follows in `more`: the message's structure and its attributes.
        message_structure = more[0] if more else ""
        attributes = (more[1] if len(more) > 1 else None) or {}
        topic = sns._topic_by_arn_any_scope(topic_arn) or {}
        for subscription in topic.get("subscriptions", []):
            protocol = subscription.get("protocol")
            if protocol not in ("email", "email-json") or not subscription.get("confirmed"):
                continue
            text = sns._resolve_message_for_protocol(message, message_structure, protocol)
            if not sns._matches_filter_policy(subscription, attributes, text):
                continue
            if protocol == "email-json":
                text = sns._build_envelope(topic_arn, msg_id, text, subject, attributes, False)
            ses._sent_emails_list().append(
                {
                    "MessageId": msg_id,
                    "Source": SENDER,
                    "To": [subscription["endpoint"]],
                    "Subject": subject or "AWS Notification Message",
                    "BodyText": text if isinstance(text, str) else json.dumps(text),
                    "Type": "SNS",
                    "Timestamp": time.time(),
                }
            )

    sns._fanout = fan_out_with_email
