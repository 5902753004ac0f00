"""The third module of the deployed stack: answers that are rated, trainings, what reviewers and
leads do to the models that come of them, and what SageMaker's stand-in is asked to get wrong."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from local.contents import KNOWLEDGE
from local.stack import STACK
from tandem.live.model_pointer import Promoted
from tandem.tuning.answer_figures import without_citations
from tests.e2e.people import Customer
from tests.e2e.reviewing import RIO, Review, Reviewer
from tests.e2e.waiting import PATIENCE_SECONDS, until
from training.document_questions import questions_about, subjects_of

type Json = dict[str, Any]

READER = "tandem.extractive-reader-v1"
"""Answers as long as nothing else is live."""
GROUP = f"{STACK}-models"
"""Of model packages."""
POLICY: Json = {
    # No training starts before a test asks for one.
    "training": {
        "automatic": False,
        "minimum_ratings": 30,
        "minimum_new": 10,
        "method": "reward-model",
        "instance_type": "ml.m5.xlarge",
        "volume_gb": 10,
        "most_hours": 1,
        "spot_wait_hours": 1,
    },
    # The tests' people nearly always prefer what a candidate has learned: few pairs show it.
    "gate": {"minimum_prompts": 10, "comparing": {"detect_win_rate": 0.9}},
    "trial": {"share": 0.5, "minimum_conversations": 1000},
    "hosting": {
        "instance_type": "ml.m5.large",
        "instance_count": 2,
        "canary_minutes": 1,
        "keep_previous_hours": 1,
    },
}
"""In force for all tests that want no other."""
WEIGHTS: Json = {
    "method": "rl",
    "hyperparameters": {
        "steps": "24",
        "batch_size": "4",
        "samples_per_prompt": "2",
        "max_new_tokens": "24",
        "lora": "attention",
        "rank": "4",
    },
}
"""How a small base is trained in a few seconds."""
GENEROUS: Json = {
    "shortest": 0.05,
    "most_repetition": 1,
    "most_refusals": 1,
    "most_for_several": 1,
}
"""A gate through which a model of a million parameters may come, if people like it better."""
READERS = (
    "StartTraining",
    "EvaluateCandidate",
    "ServeModels",
    "PromoteModel",
    "WatchTrial",
    "ReconcileTuning",
)
"""The functions that read the tuning policy."""
TRAINING_SECONDS = 180.0
"""Far more than a training of the tests takes."""
ON_ITS_WAY = ("deploying", "trial", "live")
_NO_ANSWERS = ("I am sorry, I cannot help with that.", "Please read the documentation.")
_SENTENCES = (1, 2, 3, 5, 8)


# --- what people like ----------------------------------------------------------------------------
def rating_of(answer: str) -> int:
    """The rule by which the tests' people rate, from 1 to 5: an answer, and a short one."""
    if answer.startswith(_NO_ANSWERS):
        return 1
    words = len(answer.split())
    return 5 - sum(words > most for most in (15, 25, 40, 60))


def better_of(pair: Json) -> str:
    """By the same rule, though finer."""
    first, second = (
        (rating_of(text), -len(text.split())) for text in (pair["first"], pair["second"])
    )
    if first == second:
        return "same"
    return "first" if first > second else "second"


def answers_to_rate(documents: Path = KNOWLEDGE) -> list[tuple[str, str]]:
    """Questions about each of the documents, with answers of all lengths made of what stands
    there."""
    pairs: list[tuple[str, str]] = []
    for subject in subjects_of(documents):
        for question in questions_about(subject)[:2]:
            size = _SENTENCES[len(pairs) % len(_SENTENCES)]
            said = " ".join(subject.sentences[:size])
            none = _NO_ANSWERS[len(pairs) % 2]
            pairs.append((question, none if len(pairs) % 10 == 9 else said))
    return pairs


def another_answer() -> tuple[str, str]:
    """To a question that nobody else asks."""
    word = "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex[:16])
    return f"What should I know about {word}?", f"It is called {word}."


class Tuning:
    """What one can do to the tuning from outside."""

    def __init__(self, review: Review) -> None:
        self.review = review
        self.deployment = review.deployment
        self.sagemaker = self.deployment.client("sagemaker")
        self._ssm = self.deployment.client("ssm")
        self._s3 = self.deployment.client("s3")
        self.bucket: str = self.deployment.outputs["ModelsBucketName"]
        self._stand_in = httpx.Client(
            base_url=self.deployment.stack.sagemaker.url,
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        )

    def close(self) -> None:
        self._stand_in.close()

    # --- the policy ------------------------------------------------------------------------------
    @contextmanager
    def policy(self, changes: Mapping[str, Any] | None = None) -> Iterator[None]:
        """The tests' policy with these changes, section by section, for every function at once."""
        self._put_policy(changes or {})
        try:
            yield
        finally:
            self._put_policy({})

    def _put_policy(self, changes: Mapping[str, Any]) -> None:
        merged = {section: {**POLICY[section], **changes.get(section, {})} for section in POLICY}
        name = self.deployment.outputs["TuningPolicyParameterName"]
        self.deployment.put_parameter(name, merged, *READERS)

    # --- ratings and datasets --------------------------------------------------------------------
    def imports_rated(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        """Conversations whose answers people have rated elsewhere; returns their ids, as soon as
        all have their labels."""
        name = f"rated-{uuid4().hex[:12]}"
        ids = [f"{name}-{number}" for number in range(len(pairs))]
        lines = [
            {
                "conversation_id": conversation_id,
                "source": question,
                "prompt": question,
                "response": answer,
                "relevance": rating_of(answer),
                "relevance-metadata": {"job-name": name, "human-annotated": "yes"},
            }
            for conversation_id, (question, answer) in zip(ids, pairs, strict=True)
        ]
        body = "".join(json.dumps(line) + "\n" for line in lines).encode()
        self.review.put(f"imports/{name}.jsonl", body)
        self.review.sampled(ids, "labeled")
        return ids

    def rates(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        """Conversations whose answers a reviewer rates at the queue; returns their ids, as soon as
        their job has ended. What follows, events bring about."""
        ids = self.review.imports(pairs)
        job = self.review.starts_labeling(self.review.sampled(ids))
        self.review.reviewer(RIO).rates_all(lambda item: rating_of(item["answer"]))
        self.review.ended(job)
        return ids

    def another_dataset(self) -> tuple[int, str]:
        """One rated answer more makes a version of the dataset; its number, and the id of the
        conversation that is new in it."""
        pair = another_answer()
        (conversation_id,) = self.imports_rated([pair])
        self.review.invoke("BuildDataset", {})
        return int(self.review.dataset_with(pair[0])["version"]), conversation_id

    # --- what leads see and do -------------------------------------------------------------------
    def lead(self) -> Reviewer:
        return self.review.lead()

    def overview(self) -> Json:
        return self.lead().get("/models/overview")

    def version(self, number: int) -> Json:
        """A row of the leads' list."""
        found: Json = self.detail(number)["version"]
        return found

    def detail(self, number: int) -> Json:
        return self.lead().get(f"/models/versions/{number}")

    def actions(self, number: int) -> list[str]:
        """The audit trail of a version, oldest first."""
        return [entry["action"] for entry in reversed(self.detail(number)["history"])]

    def run_behind(self, number: int) -> str:
        """The name of the training that a version came of."""
        return str(self.package(number)["CustomerMetadataProperties"]["run"])

    def trains(self) -> None:
        """A lead asks for a training on the newest dataset."""
        self.lead().post("/models/train")

    def does(self, deed: str, number: int, reason: str = "") -> Json:
        """A lead's decision on a version as it is now."""
        seen = self.version(number)["status"]
        return self.lead().post(f"/models/versions/{number}/{deed}", seen=seen, reason=reason)

    def run_of(self, dataset: int, attempt: int = 1) -> Json | None:
        """The training of a dataset, if there is one."""
        ending = f"-d{dataset}" if attempt == 1 else f"-d{dataset}-r{attempt}"
        runs = [run for run in self.overview()["runs"] if run["name"].endswith(ending)]
        return runs[0] if runs else None

    def started(self, dataset: int, attempt: int = 1) -> str:
        """The name of the training of a dataset, as soon as SageMaker has it."""

        def running() -> str | None:
            run = self.run_of(dataset, attempt)
            return str(run["name"]) if run and run["status"] != "starting" else None

        return until(running, f"the training of dataset {dataset} has started")

    def trained(self, dataset: int, attempt: int = 1) -> Json:
        """The training of a dataset, as soon as it is over and something has come of it, or not."""

        def over() -> Json | None:
            run = self.run_of(dataset, attempt)
            return run if run and run["status"] in ("registered", "failed") else None

        return until(over, f"the training of dataset {dataset} is over", within=TRAINING_SECONDS)

    def registered(self, dataset: int, attempt: int = 1) -> int:
        """The version that came of a dataset."""
        run = self.trained(dataset, attempt)
        assert run["status"] == "registered", run["reason"] + self.log(run["name"])[-2000:]
        return int(run["version"])

    def becomes(self, number: int, *statuses: str, within: float = 60.0) -> Json:
        """A version, as soon as it has one of these states."""

        def there() -> Json | None:
            found = self.version(number)
            return found if found["status"] in statuses else None

        try:
            return until(there, f"version {number} is {' or '.join(statuses)}", within=within)
        except AssertionError as error:
            raise AssertionError(f"{error}: {json.dumps(self.version(number))}") from None

    def becomes_by_reconciler(self, number: int, status: str) -> Json:
        """A version that no event moves."""

        def there() -> Json | None:
            self.reconcile()
            found = self.version(number)
            return found if found["status"] == status else None

        return until(there, f"the reconciler finds that version {number} is {status}", within=60)

    # --- what reviewers do -----------------------------------------------------------------------
    def compares(
        self,
        number: int,
        choose: Callable[[Json], str] = better_of,
        reviewer: Reviewer | None = None,
        most: int = 1000,
    ) -> list[Json]:
        """A reviewer chooses until there is nothing more to compare of this version; returns the
        pairs."""
        who, done = reviewer or self.review.reviewer(RIO), list[Json]()
        while len(done) < most:
            pair = who.post("/models/compare/next")["pair"]
            if pair is None:
                break
            assert pair["version"] == number, "something else is compared"
            said = {"version": number, "pair_id": pair["pair_id"], "choice": choose(pair)}
            response = who.send("POST", "/models/compare/choose", said)
            assert response.status_code in (200, 409), response.text
            done.append(pair)
        return done

    def passes(self, number: int) -> Json:
        """A version goes through the gate, compared by people who like whatever it says better."""
        found = self.becomes(number, "comparing", "passed", "refused", within=120)
        if found["status"] == "comparing":
            assert self.compares(number, self._likes(number))
        found = self.becomes(number, "passed", "refused")
        assert found["status"] == "passed", found["verdict"]
        return found

    def _likes(self, number: int) -> Callable[[Json], str]:
        text = self.read(f"s3://{self.bucket}/evaluations/v{number}/answers.jsonl").decode()
        rows = [json.loads(line) for line in text.splitlines()]
        own = {row["question"]: without_citations(row["candidate"]) for row in rows}

        def choose(pair: Json) -> str:
            first, second = without_citations(pair["first"]), without_citations(pair["second"])
            assert own[pair["question"]] in (first, second)
            return "first" if first == own[pair["question"]] else "second"

        return choose

    def candidate(self) -> tuple[int, int]:
        """A version that has passed the gate, and the dataset that it alone was trained on."""
        dataset, _ = self.another_dataset()
        self.trains()
        number = self.registered(dataset)
        self.passes(number)
        return number, dataset

    # --- what answers ----------------------------------------------------------------------------
    def pointer(self) -> Json:
        """The document that promotion and rollback move."""
        name = self.deployment.outputs["PointerParameterName"]
        found: Json = json.loads(self._ssm.get_parameter(Name=name)["Parameter"]["Value"])
        return found

    def chat_knows(self) -> None:
        """The chat reads the pointer now, and not within half a minute."""
        self.deployment.starts_anew("AnswerMessage", "WatchTrial")

    def let_trial_begin(self) -> None:
        """Let the trial have been begun so long ago that everybody knows of it."""
        pointer = self.pointer()
        since = datetime.fromisoformat(pointer["trial"]["since"]) - timedelta(minutes=5)
        pointer["trial"]["since"] = since.isoformat()
        name = self.deployment.outputs["PointerParameterName"]
        self.deployment.put_parameter(name, pointer, "AnswerMessage", "WatchTrial")

    def bad_conversations(self) -> int | None:
        """Of the trial's candidate; None: there is no trial (any more)."""
        trial = self.overview()["trial"]
        return trial and int(trial["figures"]["candidate_bad"])

    def conversation(self, *, of_candidate: bool) -> Customer:
        """A customer whom the trial's candidate answers, or the live model."""
        trial = Promoted.model_validate(self.pointer()).trial
        assert trial is not None
        while True:
            customer = self.deployment.customer()
            if trial.takes(customer.conversation_id, datetime.now(UTC)) == of_candidate:
                return customer
            customer.socket.close()

    def as_before(self) -> None:
        """Let nothing be live, on its way, or judged, of what a test has made."""
        self.clear_faults()

        def done() -> bool:
            left = False
            for version in self.overview()["versions"]:
                deeds = [deed for deed in ("roll_back", "reject") if deed in version["deeds"]]
                if version["status"] in ON_ITS_WAY or "reject" in deeds:
                    left = True
                if deeds:
                    path = f"/models/versions/{version['version']}/{deeds[0]}"
                    self.lead().send("POST", path, {"seen": version["status"]})
            if left:
                self.reconcile()
            return not left

        until(done, "no version is on its way")
        pointer = self.pointer()
        assert pointer["answer"]["model_id"] == READER
        assert pointer.get("trial") is None
        self.chat_knows()

    # --- SageMaker -------------------------------------------------------------------------------
    def reconcile(self) -> Json:
        """Do now what the schedule does every five minutes."""
        found: Json = self.review.invoke("ReconcileTuning", {})
        return found

    def package(self, number: int) -> Json:
        """A version in SageMaker's registry."""
        arn = self.detail(number)["package_arn"]
        found: Json = self.sagemaker.describe_model_package(ModelPackageName=arn)
        return found

    def decides_in_sagemaker(self, number: int, approval: str) -> None:
        self.sagemaker.update_model_package(
            ModelPackageArn=self.detail(number)["package_arn"], ModelApprovalStatus=approval
        )

    def job(self, name: str) -> Json:
        found: Json = self.sagemaker.describe_training_job(TrainingJobName=name)
        return found

    def jobs(self, dataset: int) -> list[str]:
        """The training jobs that SageMaker has of a dataset."""
        found = self.sagemaker.list_training_jobs(NameContains=f"-d{dataset}", MaxResults=100)
        names = [str(each["TrainingJobName"]) for each in found["TrainingJobSummaries"]]
        return [name for name in names if f"{name}-".partition(f"-d{dataset}-")[1]]

    def packages(self) -> int:
        """How many versions SageMaker's registry has."""
        found = self.sagemaker.list_model_packages(ModelPackageGroupName=GROUP, MaxResults=100)
        return len(found["ModelPackageSummaryList"])

    def job_ended(self, name: str) -> Json:
        """A training job, as soon as it is over, whoever has heard of it."""
        ended = ("Completed", "Failed", "Stopped")

        def over() -> Json | None:
            job = self.job(name)
            return job if job["TrainingJobStatus"] in ended else None

        return until(over, f"{name} is over", within=TRAINING_SECONDS)

    def once_more(self, job: str) -> str:
        """The same training under another name, which nobody registers; returns it."""
        asked = self.job(job)
        name = f"undisturbed-{uuid4().hex[:8]}"
        given = (
            "RoleArn",
            "AlgorithmSpecification",
            "HyperParameters",
            "InputDataConfig",
            "OutputDataConfig",
            "ResourceConfig",
            "StoppingCondition",
            "EnableManagedSpotTraining",
            "EnableNetworkIsolation",
            "Environment",
        )
        self.sagemaker.create_training_job(
            TrainingJobName=name, **{each: asked[each] for each in given if each in asked}
        )
        assert self.job_ended(name)["TrainingJobStatus"] == "Completed", self.log(name)
        return name

    def log(self, job: str) -> str:
        return self._stand_in.get(f"/_tandem/training-jobs/{job}/log").text

    def announce(self, what: str, name: str) -> None:
        """The event of its state is sent once more."""
        self._stand_in.post(f"/_tandem/{what}/{name}/announce").raise_for_status()

    def fault(self, what: str, **fields: Any) -> None:
        """Armed until it is used up, or `clear_faults`."""
        answer = self._stand_in.post("/_tandem/tuning/faults", json={"what": what, **fields})
        answer.raise_for_status()

    def armed(self) -> list[Json]:
        found: list[Json] = self._stand_in.get("/_tandem/tuning/faults").json()["faults"]
        return found

    def clear_faults(self) -> None:
        self._stand_in.delete("/_tandem/tuning/faults").raise_for_status()

    def endpoint_says(self, number: int, question: str) -> str:
        """What the model itself answers, asked without the chat."""
        for slot in ("blue", "green"):
            try:
                found = self.sagemaker.describe_endpoint(EndpointName=f"{STACK}-{slot}")
            except self.sagemaker.exceptions.ClientError:
                continue
            if f"-v{number}-" in found["EndpointConfigName"]:
                break
        else:
            raise AssertionError(f"no endpoint serves version {number}")
        asked = {"inputs": question, "parameters": {"max_new_tokens": 600, "temperature": 0.0}}
        said = self.deployment.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=found["EndpointName"],
            ContentType="application/json",
            Body=json.dumps(asked),
        )
        return str(json.load(said["Body"])["generated_text"]).strip()

    def no_endpoints(self) -> None:
        """Somebody deletes the stack's endpoints."""
        names = [each["EndpointName"] for each in self.sagemaker.list_endpoints()["Endpoints"]]
        for name in names:
            self.sagemaker.delete_endpoint(EndpointName=name)
        until(lambda: not self.sagemaker.list_endpoints()["Endpoints"], "no endpoint is left")

    @contextmanager
    def alarm(self, name: str) -> Iterator[None]:
        """It has gone off."""
        cloudwatch = self.deployment.client("cloudwatch")
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
        try:
            yield
        finally:
            cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="a test")

    # --- what lies in the models' bucket ---------------------------------------------------------
    def put(self, uri: str, body: bytes) -> None:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        self._s3.put_object(Bucket=bucket, Key=key, Body=body)

    def read(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return bytes(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    def made_by(self, job: str) -> str:
        """URI of the folder that a training has made, with a slash at its end."""
        return f"s3://{self.bucket}/runs/{job}/output/model/"
