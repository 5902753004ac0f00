"""A team's own chatbot beside Tandem, in a terminal. docs/integrate.md explains each step.

own_chatbot.py BUS QUEUE_URL [--tandem]: with --tandem, Tandem's assistant answers."""

import json
import os
import sys
import threading
from datetime import UTC, datetime
from uuid import uuid4

import boto3

bus, queue, *tandem = sys.argv[1:]
events, sqs, chat = boto3.client("events"), boto3.client("sqs"), f"acme-{uuid4()}"
known, taken_on, ending = set(), threading.Event(), None


def send(detail_type, **fields):
    head = {"id": str(uuid4()), "time": datetime.now(UTC).isoformat(), "conversation_id": chat}
    entry = {"EventBusName": bus, "Source": "acme.chat", "DetailType": detail_type}
    sent = events.put_events(Entries=[{**entry, "Detail": json.dumps(head | fields)}])
    assert not sent["FailedEntryCount"], sent["Entries"]  # boto3 raises nothing for these


def talk(said, with_tandem):
    for text in filter(None, map(str.strip, sys.stdin)):
        said.append({"author": "customer", "text": text})
        if with_tandem:
            send("Message Received", client_id=str(uuid4()), text=text)
        elif "person" in text.lower():
            send("Escalation Requested", escalation_id=str(uuid4()), messages=said[-80:])
            with_tandem = taken_on.wait(60)  # or the next message may overtake the request
        else:
            said.append({"author": "assistant", "text": f"You said “{text}”."})  # your model here
            print("bot:", said[-1]["text"], flush=True)


threading.Thread(target=talk, args=([], bool(tandem)), daemon=True).start()
while not ending or (tandem and ending != "resolved"):
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=20)
    for message in found.get("Messages", []):
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        detail = json.loads(message["Body"])["detail"]
        if detail["conversation_id"] == chat and detail["id"] not in known:
            known.add(detail["id"])
            taken_on.set()
            print(f"{detail.get('author', 'event')}: {detail.get('text', detail)}", flush=True)
            ending = detail.get("ending") or detail.get("because") or ending
os._exit(0)  # the other thread may be waiting for the keyboard
