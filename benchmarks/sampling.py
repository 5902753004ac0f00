"""Transcripts per second of one worker that samples them, beside the plain loop, and its memory.

A worker is a process of its own with the wiring, the adapters and the redactor of the deployed
function; S3, DynamoDB, the bus and the policy's parameter are the embedded engine's, in its own
process. Every round reads the same objects three ways, one after the other, so that the figures of
one round saw the same machine: the plain loop (`boto3`'s get_object and `json.loads`, one object
after the other, nothing stored), a first sampling, and a second one that finds its candidates
stored already. Peak memory is that of fresh workers with a small and a large number of objects.

On AWS a call takes longer than the engine's on this machine and costs the worker about as much
processor time: compare ratios, and processor time, not transcripts per second.
"""

import argparse
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import yaml

from local.engine import Engine

ROOT = Path(__file__).parents[1]
BUCKET = "transcripts"
BATCH = 100
"""Objects of one invocation, as in the backfill."""
POLICY: dict[str, Any] = {"sampling": {"random_per_day": 1_000_000}}
"""The default, but for a ceiling that would hide what sampling costs."""
_TURNS = 8
_TEXT = (
    "endpoint account invoice training model notebook bucket region instance quota password order "
    "delivery refund address payment warehouse parcel customer the of and to in is for on that it "
    "with as are this by be at from or have an was not can will your which when how what"
)
_WORDS = _TEXT.split()


class _Loader(yaml.SafeLoader):
    """Reads the keys of the template's table; what its tags stand for is of no interest."""


def _nothing(*_: object) -> None:
    return None


_Loader.add_multi_constructor("!", _nothing)


@dataclass(frozen=True, slots=True)
class Run:
    """What a worker measured of itself."""

    objects: int
    seconds: float
    cpu_seconds: float
    rss_mib: float
    candidates: int

    @property
    def per_second(self) -> float:
        return self.objects / self.seconds

    @property
    def cpu_ms(self) -> float:
        return self.cpu_seconds / self.objects * 1000


@dataclass(frozen=True, slots=True)
class Figures:
    objects: int
    plain: list[Run]
    first: list[Run]
    again: list[Run]
    few: Run
    many: Run


# --- the worker ----------------------------------------------------------------------------------
def work(way: str, prefix: str, objects: int) -> Run:
    """In the worker's process: read so many objects, and say what it took."""
    keys = [f"{prefix}{number:06d}.json" for number in range(objects)]
    run = {"plain": _plain, "sample": _sample}[way](keys[:1], warm=True)
    began, cpu = time.perf_counter(), time.process_time()
    candidates = run(keys)
    return Run(
        objects=objects,
        seconds=time.perf_counter() - began,
        cpu_seconds=time.process_time() - cpu,
        rss_mib=_peak_rss_mib(),
        candidates=candidates,
    )


def _plain(keys: list[str], *, warm: bool) -> Any:
    client = boto3.client("s3")

    def run(keys: list[str]) -> int:
        for key in keys:
            json.loads(client.get_object(Bucket=BUCKET, Key=key)["Body"].read())
        return 0

    if warm:
        run(keys)
    return run


def _sample(keys: list[str], *, warm: bool) -> Any:
    from tandem.aws import review_bootstrap
    from tandem.review.intake import Intake

    world, redactor = review_bootstrap.world(), review_bootstrap.redactor()

    def run(keys: list[str]) -> int:
        new = 0
        for start in range(0, len(keys), BATCH):
            intake = Intake(world, redactor, review_bootstrap.inbox(BUCKET), lambda: 900.0)
            sampled, failed = intake.sample_all(keys[start : start + BATCH])
            if failed or sampled.unreadable:
                raise RuntimeError(f"{len(failed)} failed: {list(failed.values())[:1]}")
            new += sampled.new
        return new

    if warm:
        redactor.redact(["Nothing in here."])
        review_bootstrap.inbox(BUCKET).open(keys[0])
    return run


def _peak_rss_mib() -> float:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 2**10


# --- the objects ---------------------------------------------------------------------------------
def transcript(number: int, name: str) -> dict[str, Any]:
    """A conversation of four questions, some 7 KB; one in twenty has a thumb down, one in ten an
    answer of low confidence."""
    dice = random.Random(f"{name}-{number}")
    conversation_id = f"{name}-{number}"
    turns: list[dict[str, Any]] = []
    for seq in range(1, _TURNS + 1):
        said = " ".join(dice.choices(_WORDS, k=60 if seq % 2 else 90))
        turn: dict[str, Any] = {
            "seq": seq,
            "turn_id": f"t{seq}",
            "author": "customer" if seq % 2 else "assistant",
            "text": f"{said}. Write to jo{seq}@example.com or call +49 170 1234567.",
            "at": f"2026-11-20T10:{seq:02d}:00Z",
        }
        if seq % 2 == 0:
            score = dice.choices((0.3, 0.8), (1, 40))[0]
            turn |= {
                "in_reply_to": seq - 1,
                "model_id": "tandem.extractive-reader-v1",
                "sources": [{"title": "Costs", "uri": f"s3://docs/{said[:20]}.md", "score": score}],
                "decision": {"person": False, "observed": {"top_score": score, "sentiment": 0.1}},
                "usage": {"input": 900, "output": 90},
            }
        turns.append(turn)
    thumb = {
        "conversation_id": conversation_id,
        "turn_id": "t2",
        "thumb": "down" if dice.random() < 0.05 else "up",
        "at": "2026-11-20T10:09:00Z",
    }
    return {
        "schema": "tandem.transcript/1",
        "conversation_id": conversation_id,
        "version": 9,
        "customer_id": f"guest:{number}",
        "channel": "socket",
        "language": "en",
        "created_at": "2026-11-20T10:00:00Z",
        "closed_at": "2026-11-20T10:10:00Z",
        "closed_by": "customer",
        "turns": turns,
        "escalations": [],
        "ratings": [thumb],
    }


class Bench:
    """The engine with its buckets and table, and workers against it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        client = self._client
        for bucket in (BUCKET, "review"):
            client("s3").create_bucket(Bucket=bucket)
        template = yaml.load((ROOT / "template.yaml").read_text(), _Loader)
        declared = template["Resources"]["ReviewTable"]["Properties"]
        used = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
        client("dynamodb").create_table(TableName="review", **{key: declared[key] for key in used})
        client("ssm").put_parameter(Name="/policy", Value=json.dumps(POLICY), Type="String")

    def _client(self, service: str) -> Any:
        return boto3.client(service, **self._engine.client_settings())

    def fill(self, objects: int) -> str:
        """So many new transcripts; returns the prefix of their keys."""
        name = uuid4().hex[:8]
        prefix = f"transcripts/{name}/"
        s3 = self._client("s3")

        def put(number: int) -> None:
            body = json.dumps(transcript(number, name)).encode()
            s3.put_object(Bucket=BUCKET, Key=f"{prefix}{number:06d}.json", Body=body)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(put, range(objects)))
        return prefix

    def run(self, way: str, prefix: str, objects: int) -> Run:
        settings = self._engine.client_settings()
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": str(settings["endpoint_url"]),
            "AWS_ACCESS_KEY_ID": str(settings["aws_access_key_id"]),
            "AWS_SECRET_ACCESS_KEY": str(settings["aws_secret_access_key"]),
            "AWS_DEFAULT_REGION": str(settings["region_name"]),
            "REVIEW_TABLE_NAME": "review",
            "REVIEW_BUCKET": "review",
            "REVIEW_POLICY_PARAMETER": "/policy",
            "BUS_NAME": "default",
            "GUARDRAIL_CHECKS": "off",
            "POWERTOOLS_SERVICE_NAME": "review",
            "POWERTOOLS_METRICS_NAMESPACE": "Bench",
        }
        done = subprocess.run(
            [sys.executable, "-m", __spec__.name, "--worker", way, prefix, str(objects)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"the worker failed:\n{done.stderr[-2000:]}")
        return Run(**json.loads(done.stdout.splitlines()[-1]))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def measure(rounds: int, objects: int, few: int, many: int) -> Figures:
    with (
        tempfile.TemporaryDirectory() as state,
        Engine(port=_free_port(), state_dir=Path(state), auth=False) as engine,
    ):
        bench = Bench(engine)
        plain, first, again = [], [], []
        for _ in range(rounds):
            prefix = bench.fill(objects)
            plain.append(bench.run("plain", prefix, objects))
            first.append(bench.run("sample", prefix, objects))
            again.append(bench.run("sample", prefix, objects))
        prefix = bench.fill(many)
        return Figures(
            objects,
            plain,
            first,
            again,
            few=bench.run("sample", prefix, few),
            many=bench.run("sample", prefix, many),
        )


def table(figures: Figures) -> str:
    lines = [
        f"{figures.objects} transcripts, {len(figures.plain)} rounds, medians",
        f"{'':24}{'per second':>11}{'over plain':>11}{'CPU ms':>8}{'over plain':>11}",
    ]
    for name, runs in (
        ("plain loop", figures.plain),
        ("sampled", figures.first),
        ("sampled again", figures.again),
    ):
        both = list(zip(runs, figures.plain, strict=True))
        rate = statistics.median(run.per_second for run in runs)
        cpu = statistics.median(run.cpu_ms for run in runs)
        times = statistics.median(run.seconds / plain.seconds for run, plain in both)
        cpus = statistics.median(run.cpu_seconds / plain.cpu_seconds for run, plain in both)
        lines.append(f"{name:24}{rate:11.0f}{times:11.2f}{cpu:8.2f}{cpus:11.2f}")
    picked = statistics.median(run.candidates / run.objects for run in figures.first)
    few, many = figures.few, figures.many
    lines += [
        f"candidates for each transcript: {picked:.2f}",
        f"peak memory: {few.rss_mib:.0f} MiB for {few.objects} transcripts, {many.rss_mib:.0f} MiB "
        f"for {many.objects}, ratio {many.rss_mib / few.rss_mib:.2f}",
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--objects", type=int, default=1000)
    parser.add_argument("--few", type=int, default=1000, help="objects of the small worker")
    parser.add_argument("--many", type=int, default=10_000, help="objects of the large worker")
    parser.add_argument("--worker", nargs=3, metavar=("WAY", "PREFIX", "OBJECTS"))
    options = parser.parse_args(arguments)
    if options.worker:
        way, prefix, objects = options.worker
        print(json.dumps(asdict(work(way, prefix, int(objects)))))
        return 0
    print(table(measure(options.rounds, options.objects, options.few, options.many)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
