"""The doors of the gate and of the models' pages over DynamoDB and S3: from a registered candidate
to a verdict, with people who compare in between."""

import importlib
import json
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from local.invoke import EVENTS
from tandem.aws import tuning_bootstrap
from tandem.aws.stored_raters import StoredRaters
from tandem.tuning.erasing import Erasing, erase_withdrawn
from tandem.tuning.evaluation import Evaluating
from tandem.tuning.leads import Leading
from tandem.tuning.models import VersionStatus
from tandem.tuning.ports import TuningWorld
from tandem.tuning.training_runs import TrainingMeans
from tandem.tuning.verdict import Judging
from tests import tuning_samples as samples
from tests.contract.conftest import REGION
from tests.contract.wiring import forget
from tests.fakes import FixedPolicies
from tests.template.template_file import written
from tests.tuning_fakes import (
    MemoryDatasets,
    MemoryHosting,
    MemoryPanel,
    MemoryPointer,
    MemoryRaters,
    MemoryRegistry,
    MemoryTrainingJobs,
    ScriptedAnswers,
    ScriptedRater,
)
from tests.unit.tuning.judging_scene import GOOD, USUAL, line, rates_good_words

DOORS = ("evaluate_candidate", "serve_models")
VARIABLES = {
    "TUNING_TABLE_NAME": "tuning",
    "TUNING_POLICY_PARAMETER": "/tuning-policy",
    "POLICY_PARAMETER": "/policy",
    "MODEL_PARAMETER": "/models",
    "POINTER_PARAMETER": "/pointer",
    "BUS_NAME": "default",
    "REVIEW_TABLE_NAME": "review",
    "REVIEW_BUCKET": "tandem-review",
    "MODELS_BUCKET": "tandem-models",
    "TRAINING_ROLE_ARN": "arn:aws:iam::123456789012:role/training",
    "TRAINING_IMAGE": "trainer",
    "MODEL_PACKAGE_GROUP": "tandem-models",
    "SERVING_IMAGE": "server",
    "SERVING_ROLE_ARN": "arn:aws:iam::123456789012:role/serving",
}
FOLDER = "s3://tandem-models/evaluations"
QUESTIONS = 24


@pytest.fixture
def account(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fresh function's process, in an account with the tables and buckets."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    used = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    for table, name in (("TuningTable", "tuning"), ("ReviewTable", "review")):
        declared = written()["Resources"][table]["Properties"]
        boto3.client("dynamodb", region_name=REGION).create_table(
            TableName=name, **{each: declared[each] for each in used}
        )
    boto3.client("s3", region_name=REGION).create_bucket(Bucket="tandem-models")
    for name in ("/tuning-policy", "/policy"):
        boto3.client("ssm", region_name=REGION).put_parameter(Name=name, Value="{}", Type="String")
    doors = [f"functions.tuning.{door}.app" for door in DOORS]
    forget(*doors)
    yield
    forget(*doors)


class Doors:
    """Both doors; SageMaker, the models and the review are in memory."""

    def __init__(self) -> None:
        self.evaluate, self.serve = (
            importlib.import_module(f"functions.tuning.{name}.app") for name in DOORS
        )
        self.world: TuningWorld = tuning_bootstrap.world()
        self.files = tuning_bootstrap.files()
        self.registry, self.raters, panel = MemoryRegistry(), MemoryRaters(), MemoryPanel()
        answers = ScriptedAnswers(lambda model, question: f"{USUAL}: as to {question}")
        datasets = self.datasets = MemoryDatasets()
        judging = Judging(self.registry, panel, datasets, MemoryPointer())
        vars(self.evaluate)["EVALUATING"] = Evaluating(
            judging, self.files, answers, self.raters, FOLDER, FixedPolicies()
        )
        means = TrainingMeans(MemoryTrainingJobs(), datasets, self.files)
        vars(self.serve)["LEADING"] = Leading(means, judging, MemoryHosting(), FOLDER)

    def candidate(self) -> None:
        run = samples.run("run-1")
        folder = "s3://tandem-models/runs/run-1/output/model"
        package = self.registry.register(run, folder, {}, weights=True)
        version = samples.version(
            package.version, package_arn=package.arn, run=run.name, folder=folder
        )
        body = "".join(f"{json.dumps(line(n))}\n" for n in range(QUESTIONS))
        self.files.write_uri(
            f"{folder}/evaluation/test_answers.jsonl", body.encode(), "application/jsonl"
        )
        self.files.write_uri(f"{folder}/report.html", b"<h1>Report</h1>", "text/html")
        self.raters.stored[version.judge_uri] = ScriptedRater(rates_good_words)
        assert self.world.versions.add(version)

    def hears(self, name: str, **detail: Any) -> Any:
        event = json.loads((EVENTS / f"{name}.json").read_text())
        event["detail"] |= detail
        return self.evaluate.handler(event, context("EvaluateCandidate"))

    def asks(self, key: str, *groups: str, version: int = 1, body: Any = None) -> Any:
        """As somebody of these groups; returns what is answered, which must be well."""
        status, answer = self.asked(key, *groups, version=str(version), body=body)
        assert status == 200, answer
        return answer

    def asked(
        self, key: str, *groups: str, version: str = "1", body: Any = None
    ) -> tuple[int, Any]:
        said = {
            "cognito:groups": f"[{' '.join(groups)}]",
            "cognito:username": groups[0].removesuffix("s"),
        }
        event = {
            "routeKey": key,
            "pathParameters": {"version": version},
            "requestContext": {"authorizer": {"jwt": {"claims": said}}},
            "body": json.dumps(body) if body is not None else None,
        }
        answer = self.serve.handler(event, context("ServeModels"))
        return answer["statusCode"], json.loads(answer["body"])


def context(function: str) -> SimpleNamespace:
    return SimpleNamespace(
        function_name=function,
        memory_limit_in_mb=512,
        invoked_function_arn=f"arn:aws:lambda:us-east-1:123456789012:function:{function}",
        aws_request_id="request-1",
        get_remaining_time_in_millis=lambda: 900_000,
    )


@pytest.fixture
def doors(account: None) -> Doors:
    return Doors()


def test_from_a_registered_candidate_to_an_approval(doors: Doors) -> None:
    doors.candidate()

    told = doors.hears("bus/candidate_registered")

    assert told == [{"version": 1, "status": "comparing"}]
    found = doors.asks("POST /models/compare/next", "reviewers")
    chosen = 0
    while (pair := found["pair"]) is not None:
        which = {"version": 1, "pair_id": pair["pair_id"]}
        held = doors.asks("POST /models/compare/heartbeat", "reviewers", body=which)
        assert held["held_until"] >= pair["held_until"]
        choice = "first" if GOOD in pair["first"] else "second"
        said = {**which, "choice": choice}
        found = doors.asks("POST /models/compare/choose", "reviewers", body=said)
        chosen += 1
    assert chosen == 17
    told = doors.hears("comparison_completed", model_version=1)
    assert told == [{"version": 1, "status": "passed"}]

    overview = doors.asks("GET /models/overview", "leads")
    (version,) = overview["versions"]
    assert (version["status"], version["deeds"]) == ("passed", ["approve", "reject"])
    detail = doors.asks("GET /models/versions/{version}", "leads")
    assert len(detail["samples"]) == 20
    assert "/runs/run-1/output/model/report.html?" in detail["report"]
    approved = doors.asks(
        "POST /models/versions/{version}/approve", "leads", body={"seen": "passed", "reason": "ok"}
    )
    assert approved["approved_by"] == "lead"
    (made,) = doors.registry.packages.values()
    assert (made.package.approval, made.properties["verdict"]) == ("Approved", "passed")


def test_what_was_withdrawn_is_shown_to_nobody_and_erased(doors: Doors) -> None:
    doors.candidate()
    doors.hears("bus/candidate_registered")
    assert doors.asks("POST /models/compare/next", "reviewers")["pair"] is not None
    doors.datasets.withdrawn[3] = ["talk-1"]

    assert doors.asks("POST /models/compare/next", "reviewers")["pair"] is None
    runs = FOLDER.replace("evaluations", "runs")
    erasing = Erasing(doors.files, doors.datasets, FOLDER, runs)
    assert erase_withdrawn(doors.world, erasing) == ["version-1"]

    assert doors.world.pairs.of(1) == []
    listed = boto3.client("s3", region_name=REGION).list_objects_v2(Bucket="tandem-models")
    assert listed.get("Contents", []) == []
    assert doors.hears("comparison_completed", model_version=1) == [
        {"version": 1, "status": "refused"}
    ]
    detail = doors.asks("GET /models/versions/{version}", "leads")
    assert (detail["samples"], detail["report"]) == ([], None)


def test_duplicates_of_every_event_change_nothing(doors: Doors) -> None:
    doors.candidate()
    doors.hears("bus/candidate_registered")

    assert doors.hears("bus/candidate_registered") == []
    assert doors.hears("comparison_completed", model_version=1) == [
        {"version": 1, "status": "comparing"}
    ]
    assert doors.hears("comparison_completed", model_version=7) == []


@pytest.mark.parametrize("version", ["7", "seven", "-1", "1e3", "١", "9" * 20])
def test_a_version_that_is_none_is_not_found(doors: Doors, version: str) -> None:
    for key in ("GET /models/versions/{version}", "POST /models/versions/{version}/approve"):
        status, answer = doors.asked(key, "leads", version=version, body={"seen": "passed"})

        assert (status, answer["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("key", "body", "said"),
    [
        ("POST /models/versions/{version}/approve", {}, "seen"),
        ("POST /models/versions/{version}/approve", {"seen": "great"}, "seen"),
        (
            "POST /models/versions/{version}/reject",
            {"seen": "passed", "reason": "x" * 1001},
            "reason",
        ),
        ("POST /models/compare/choose", {"version": 1, "pair_id": "p", "choice": "both"}, "choice"),
        (
            "POST /models/compare/choose",
            {"version": 0, "pair_id": "p", "choice": "same"},
            "version",
        ),
        ("POST /models/compare/heartbeat", {"version": 1, "pair_id": "a b"}, "pair_id"),
    ],
)
def test_a_request_that_is_not_the_contracts_is_refused_with_what_to_do(
    doors: Doors, key: str, body: Any, said: str
) -> None:
    status, answer = doors.asked(key, "leads", body=body)

    assert status == 400
    assert said in answer["message"]


def test_what_is_not_possible_is_a_conflict_with_a_sentence(doors: Doors) -> None:
    doors.candidate()

    status, answer = doors.asked(
        "POST /models/versions/{version}/approve", "leads", body={"seen": "registered"}
    )
    assert (status, answer["code"]) == (409, "not_possible")
    status, answer = doors.asked(
        "POST /models/versions/{version}/reject", "leads", body={"seen": "passed"}
    )
    assert (status, answer["code"]) == (409, "changed_meanwhile")
    status, answer = doors.asked("POST /models/train", "leads")
    assert (status, answer["message"]) == (409, "There is no dataset yet.")


def test_an_evaluation_that_has_no_time_left_goes_on_in_the_next(doors: Doors) -> None:
    doors.candidate()
    event = json.loads((EVENTS / "bus/candidate_registered.json").read_text())
    late = context("EvaluateCandidate")
    late.get_remaining_time_in_millis = lambda: 1_000

    assert doors.evaluate.handler(event, late) == [{"version": 1, "status": "registered"}]
    assert doors.hears("bus/candidate_registered") == [{"version": 1, "status": "comparing"}]
    (version,) = doors.world.versions.all()
    assert version.status is VersionStatus.COMPARING


def test_what_is_wired_is_made_once(account: None) -> None:
    evaluating = tuning_bootstrap.evaluating()

    assert isinstance(evaluating.raters, StoredRaters)
    assert evaluating.folder == FOLDER
    assert tuning_bootstrap.leading().judging is evaluating.judging
    assert replace(evaluating) == evaluating
    assert tuning_bootstrap.erasing().evaluations == FOLDER
