"""What the sample of a consolidation speaks of: a job, and what two workers said in it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Template

from local.stack import Stack
from tandem.aws.files import S3Files
from tandem.aws.review_candidates import DynamoCandidates
from tandem.aws.review_labeling import DynamoJobs
from tandem.aws.review_table import ReviewTable
from tandem.review.annotation import answer_content
from tandem.review.manifest import write_lines
from tandem.review.models import Backend, Candidate, Job, JobStatus, Pair, Pick
from tandem.review.policy import Labeling


def put(stack: Stack, events: Path, environment: dict[str, str]) -> None:
    """Into the table and the bucket that a function's environment names."""
    event = json.loads(
        Template((events / "post_annotation.json").read_text()).substitute(environment)
    )
    shown = json.loads((events / "pre_annotation.json").read_text())["dataObject"]
    table = ReviewTable(stack.client("dynamodb"), environment["REVIEW_TABLE_NAME"])
    files = S3Files(stack.client("s3"), environment["REVIEW_BUCKET"])
    name = event["labelingJobArn"].rpartition("/")[2]
    now = datetime.now(UTC)
    manifest = files.write(
        f"jobs/{name}/input.manifest", write_lines([shown]), "application/jsonlines"
    )
    DynamoCandidates(table).add(
        Candidate(
            candidate_id=shown["candidate-id"],
            pair=Pair(
                conversation_id=shown["conversation-id"],
                turn_id=shown["turn-id"],
                question=shown["prompt"],
                answer=shown["response"],
            ),
            picks=(Pick.RANDOM,),
            stratum="en",
            topic="delivery",
            policy_version=shown["policy-version"],
            created_at=now,
            conversations=(shown["conversation-id"],),
        )
    )
    DynamoJobs(table).add(
        Job(
            name=name,
            backend=Backend.GROUND_TRUTH,
            status=JobStatus.OPEN,
            candidate_ids=(shown["candidate-id"],),
            workers_per_object=2,
            created_at=now,
            deadline=now + timedelta(days=1),
            manifest_uri=manifest,
        )
    )
    said = [(f"worker-{n}", answer_content(n + 2, "", "", Labeling())) for n in (1, 2)]
    annotations = [
        {"workerId": worker, "annotationData": {"content": json.dumps(content)}}
        for worker, content in said
    ]
    objects = [
        {
            "datasetObjectId": "0",
            "dataObject": {"content": shown["source"]},
            "annotations": annotations,
        }
    ]
    key = event["payload"]["s3Uri"].removeprefix(f"s3://{environment['REVIEW_BUCKET']}/")
    files.write(key, json.dumps(objects).encode(), "application/json")
