"""What the pictures of the models show: the trainings of two months, and what became of them.

Live and in the trial are reward models: they answer with the drafts of the model that the stack
was deployed with. Trained weights would need an endpoint, and what has none is rolled back.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from local.contents import USERS
from local.engine import ACCOUNT_ID, REGION
from local.stack import Stack
from tandem.aws.clock import SystemClock
from tandem.aws.environment import PointerSettings
from tandem.aws.model_pointer import ParameterPointer
from tandem.aws.tuning_records import DynamoPairs, DynamoRuns, DynamoVersions
from tandem.aws.tuning_table import TuningTable
from tandem.aws.tuning_trials import DynamoTrials
from tandem.live.model_pointer import ModelReference, Trial
from tandem.tuning import checks
from tandem.tuning.audit import BY_POLICY
from tandem.tuning.models import (
    Arm,
    Check,
    ModelVersion,
    Pair,
    RatingCounts,
    RewardModelFigures,
    Rollback,
    RunStatus,
    RunSummary,
    SaidBefore,
    TrainingRun,
    TrialFigures,
    TrialRecord,
    Verdict,
    VersionStatus,
)
from tandem.tuning.policy import TuningPolicy
from tandem.tuning.ports import Dataset
from tandem.tuning.statistics import wins_needed
from tandem.tuning.training_runs import name_of

_POLICY = TuningPolicy()
"""Of a real deployment: the local one is content with far smaller figures."""
_LEAD = USERS[2].user
_REWARD_MODEL, _BASE = "reward-model", "flan-t5-xl"
_SHARE = 0.1
_TRIAL = TrialFigures(
    candidate_conversations=64, candidate_bad=7, live_conversations=571, live_bad=84
)
_TRIAL_BEGAN = timedelta(days=2, hours=7)
_RETENTION = timedelta(days=7)
_RATINGS = {1: 431, 2: 497, 3: 552, 4: 603, 5: 674, 6: 748, 7: 826}
"""Of the datasets, by their versions."""
_QUESTIONS, _DIFFER = 118, 94
"""Of the frozen test, and how many of them both models answer differently."""
_COMPARED = 23


class _Made(NamedTuple):
    """A version as its training and the gate saw it. `age` is in days."""

    version: int
    dataset: int
    method: str
    age: int
    heldout: float
    heldout_live: float
    worse: int = 0
    same: int = 0
    lost: int = 4


_FIRST = _Made(1, 1, _REWARD_MODEL, 68, 2.74, 2.52, worse=12, same=9)
_ROLLED_BACK = _Made(2, 2, "rl", 54, 3.02, 2.74, worse=17, same=7)
_LIVE = _Made(3, 4, _REWARD_MODEL, 40, 2.97, 2.74, worse=19, same=6)
_REFUSED = _Made(4, 5, "dpo", 24, 3.05, 2.97, lost=21)
_TRIED = _Made(5, 6, _REWARD_MODEL, 11, 3.23, 2.97, worse=14, same=8)
_BEING_COMPARED = _Made(6, 7, "rl", 2, 3.41, 2.97)
_ALL = (_FIRST, _ROLLED_BACK, _LIVE, _REFUSED, _TRIED, _BEING_COMPARED)
_FAILED_DATASET, _FAILED_AGE = 3, 47

_BEFORE = (
    SaidBefore(author="customer", text="My bill is much higher than last month."),
    SaidBefore(
        author="assistant",
        text="I am sorry to hear that. Which part of it would you like to look at?",
    ),
)
_QUESTION = "How do I stop paying for an endpoint that I do not use?"
_FIRST_ANSWER = (
    "Delete the endpoint: it costs as long as it is in service, also without a request. Open "
    "SageMaker AI, choose Inference, then Endpoints, select it and choose Delete.\n\n"
    "The endpoint configuration and the model stay, and cost nothing."
)
_SECOND_ANSWER = (
    "Endpoints are a way to serve models in real time. You pay for the instances behind them by "
    "the second. The pricing page has the prices of all instance types."
)


def invent_models(stack: Stack, now: datetime) -> None:
    """What a lead finds after two months, and what reviewers compare."""
    stack.client("ssm").put_parameter(
        Name=stack.outputs["TuningPolicyParameterName"],
        Value=_POLICY.model_dump_json(),
        Type="String",
        Overwrite=True,
    )
    table = TuningTable(stack.client("dynamodb"), stack.outputs["TuningTableName"])
    names = PointerSettings(
        model_parameter=stack.outputs["ModelParameterName"],
        pointer_parameter=stack.outputs["PointerParameterName"],
    )
    pointer = ParameterPointer(stack.client("ssm"), names, table, SystemClock())
    deployed = pointer.read()
    history = _History(stack.outputs, deployed.answer, now)
    # Before the versions: a trial that looks worse while its figures are half written, and a live
    # version that the pointer does not name, the reconciler ends.
    _note_trial(DynamoTrials(table, SystemClock(), _RETENTION))
    trial = Trial(model=history.reference(_TRIED), share=_SHARE, since=now - _TRIAL_BEGAN)
    pointer.write(
        deployed, deployed.model_copy(update={"answer": history.reference(_LIVE), "trial": trial})
    )
    DynamoPairs(table).add(_pairs(now))
    for version in history.versions():
        DynamoVersions(table).add(version)
    for run in history.runs():
        DynamoRuns(table).add(run)


def _note_trial(trials: DynamoTrials) -> None:
    arms: tuple[tuple[Arm, int, int], ...] = (
        ("candidate", _TRIAL.candidate_conversations, _TRIAL.candidate_bad),
        ("live", _TRIAL.live_conversations, _TRIAL.live_bad),
    )
    for arm, conversations, bad in arms:
        for number in range(conversations):
            trials.note(
                TrialRecord(version=_TRIED.version, conversation_id=f"invented-{arm}-{number}",
                            arm=arm, bad=number < bad)
            )  # fmt: skip


class _History:
    """The versions and their trainings, with the addresses of this stack. `deployed` is what it
    began with."""

    def __init__(self, outputs: Mapping[str, str], deployed: ModelReference, now: datetime):
        self._outputs, self._deployed, self._now = outputs, deployed, now

    def reference(self, made: _Made) -> ModelReference:
        """Of a reward model: what picks among the drafts of the model below it."""
        uri = f"{self._folder(made.dataset)}/reward/reward_model.json"
        changes = {"reward_model": uri, "version": made.version}
        return self._deployed.model_copy(update=changes)

    # --- versions --------------------------------------------------------------------------------
    def versions(self) -> Iterator[ModelVersion]:
        first, live = self.reference(_FIRST), self.reference(_LIVE)
        yield self._passed(
            _FIRST, self._deployed, status=VersionStatus.RETIRED, reference=first,
            before=(self._deployed,), live_since=self._ago(64), ended_at=self._ago(37),
            reason=f"version {_LIVE.version} took its place",
        )  # fmt: skip
        because = "It invents prices of instance types."
        yield self._passed(
            _ROLLED_BACK, first, status=VersionStatus.ROLLED_BACK, trial_since=self._ago(50),
            trial=TrialFigures(
                candidate_conversations=31, candidate_bad=6, live_conversations=290, live_bad=41
            ),
            rollback=Rollback(because="lead", by=_LEAD, reason=because, at=self._ago(49)),
            ended_at=self._ago(49), reason=because,
        )  # fmt: skip
        yield self._passed(
            _LIVE, first, status=VersionStatus.LIVE, reference=live,
            before=(first, self._deployed), live_since=self._ago(37),
        )  # fmt: skip
        verdict = self._verdict(_REFUSED, _checks(self._registered(_REFUSED, live), _REFUSED))
        yield self._registered(_REFUSED, live).model_copy(
            update={
                "status": VersionStatus.REFUSED,
                "verdict": verdict,
                "checks": verdict.checks,
                "reason": " ".join(verdict.reasons),
                "ended_at": verdict.decided_at,
            }
        )
        yield self._passed(
            _TRIED, live, status=VersionStatus.TRIAL, reference=self.reference(_TRIED),
            trial_since=self._now - _TRIAL_BEGAN,
        )  # fmt: skip
        candidate = self._registered(_BEING_COMPARED, live)
        yield candidate.model_copy(
            update={
                "status": VersionStatus.COMPARING,
                "checks": _checks(candidate, _BEING_COMPARED),
                "comparison": checks.planned(_DIFFER, _POLICY.gate),
            }
        )

    def _passed(self, made: _Made, against: ModelReference, **became: object) -> ModelVersion:
        """Proven better, and approved by a lead."""
        version = self._registered(made, against)
        planned = checks.planned(_DIFFER, _POLICY.gate)
        better = wins_needed(planned.pairs, _POLICY.gate.confidence)
        assert better is not None
        said = planned.model_copy(
            update={
                "done": better + made.worse + made.same,
                "better": better,
                "worse": made.worse,
                "same": made.same,
            }
        )
        found = (*_checks(version, made), checks.told_by_people(said, _POLICY.gate))
        verdict = self._verdict(made, found)
        return version.model_copy(
            update={
                "checks": found,
                "verdict": verdict,
                "comparison": said,
                "approved_by": _LEAD,
                "approved_at": verdict.decided_at + timedelta(hours=3),
                **became,
            }
        )

    def _registered(self, made: _Made, against: ModelReference) -> ModelVersion:
        group = f"arn:aws:sagemaker:{REGION}:{ACCOUNT_ID}:model-package/tandem-models"
        return ModelVersion(
            version=made.version, kind=_kind(made), run=self._run(made.dataset),
            package_arn=f"{group}/{made.version}",
            dataset_version=made.dataset, summary=_summary(made),
            folder=self._folder(made.dataset), registered_at=self._ago(made.age),
            compared_with=against, heldout=made.heldout, heldout_live=made.heldout_live,
        )  # fmt: skip

    def _verdict(self, made: _Made, found: tuple[Check, ...]) -> Verdict:
        passed = all(check.passed for check in found)
        return Verdict(passed=passed, checks=found, decided_at=self._ago(made.age - 2))

    # --- trainings -------------------------------------------------------------------------------
    def runs(self) -> Iterator[TrainingRun]:
        for made in _ALL:
            took = timedelta(minutes=4 if made.method == _REWARD_MODEL else 47 + made.version)
            ended = self._ago(made.age)
            yield self._training(made.dataset, ended - took).model_copy(
                update={
                    "status": RunStatus.REGISTERED,
                    "output_uri": self._folder(made.dataset),
                    "version": made.version,
                    "ended_at": ended,
                    "seconds": took.total_seconds() - 95,
                }
            )
        began = self._ago(_FAILED_AGE)
        yield self._training(_FAILED_DATASET, began).model_copy(
            update={
                "status": RunStatus.FAILED,
                "reason": "AlgorithmError: There is not enough memory for this base with these "
                "settings: use a larger instance, a smaller batch_size or max_new_tokens, or "
                "eight_bit.",
                "ended_at": began + timedelta(minutes=13),
                "seconds": 702.0,
            }
        )

    def _training(self, dataset: int, began: datetime) -> TrainingRun:
        return TrainingRun(
            name=self._run(dataset), dataset_version=dataset, dataset_uri=self._dataset(dataset),
            ratings=_RATINGS[dataset] - _counts(dataset).test,
            hyperparameters={"method": "auto", "dataset_version": str(dataset)},
            asked_by=_LEAD if dataset == _REFUSED.dataset else BY_POLICY,
            started_at=began, began_at=began,
        )  # fmt: skip

    # --- where and when --------------------------------------------------------------------------
    def _dataset(self, dataset: int) -> str:
        return f"s3://{self._outputs['ReviewBucketName']}/datasets/v{dataset:06d}/"

    def _run(self, dataset: int) -> str:
        return name_of(Dataset(dataset, self._dataset(dataset)))

    def _folder(self, dataset: int) -> str:
        bucket = self._outputs["ModelsBucketName"]
        return f"s3://{bucket}/runs/{self._run(dataset)}/output/model"

    def _ago(self, days: int) -> datetime:
        return self._now - timedelta(days=days)


def _kind(made: _Made) -> Literal["weights", "reward_model"]:
    return "reward_model" if made.method == _REWARD_MODEL else "weights"


def _counts(dataset: int) -> RatingCounts:
    ratings = _RATINGS[dataset]
    test, validation = ratings // 5, ratings // 10
    return RatingCounts(train=ratings - test - validation, validation=validation, test=test)


def _summary(made: _Made) -> RunSummary:
    counts, weights = _counts(made.dataset), made.method != _REWARD_MODEL
    seen = counts.train + counts.validation
    return RunSummary(
        schema_version="1", kind=_kind(made), method=made.method, method_asked="auto",
        why=(f"Of {seen} ratings, auto takes the method {made.method}.",),
        dataset_version=made.dataset, dataset_inputs=f"invented-{made.dataset}",
        base=_BASE if weights else None, base_license="Apache-2.0" if weights else None,
        architecture="encoder-decoder" if weights else None, ratings=counts,
        preferences=seen // 9, demonstrations=seen // 12,
        reward_model=RewardModelFigures(spearman=0.58, error=0.84, ratings=seen, groups=61),
        judge=RewardModelFigures(
            spearman=0.52, error=0.88, ratings=counts.validation + counts.test, groups=44
        ),
        judge_missing_because=None,
        metrics={"kl": 1.87, "reward/mean": made.heldout} if weights else {},
        stopped_because=None, trainer_version="1",
    )  # fmt: skip


def _checks(version: ModelVersion, made: _Made) -> tuple[Check, ...]:
    """What the gate finds without asking people."""
    gate, gain = _POLICY.gate, made.heldout - made.heldout_live
    passed = {
        "answers": f"The live model answers {_QUESTIONS} of the questions.",
        "length": "Its answers are 1.12 times as long as the live model's; 0.5 to 2 are allowed.",
        "repetition": "Of its word triples, 0.8 % repeat an earlier one of the same answer; of the "
        "live model's 1.1 %.",
        "for_several": "Of its answers, 1.7 % are the same for several questions; of the live "
        "model's 2.5 %.",
        "refusals": "It has no answer to 2.5 % of the questions, the live model to 3.4 %.",
        "judged": "The judge, which learned from other ratings, expects "
        f"{made.heldout:.2f} instead of {made.heldout_live:.2f}: {gain:+.2f}, and {gain / 3:+.2f} "
        f"at least with 95 % confidence ({_QUESTIONS} questions, 31 topics).",
    }
    return (
        Check(
            name="questions", passed=True,
            said=f"The test asks {_QUESTIONS} questions of 31 topics.",
        ),
        checks.not_withdrawn(()),
        checks.near_its_base(version, gate),
        *(Check(name=name, passed=True, said=said) for name, said in passed.items()),
        Check(
            name="lost", passed=made.lost <= gate.most_lost * _QUESTIONS,
            said=f"The judge sees it fall by a point or more at {made.lost} of {_QUESTIONS} "
            "questions; 15 % are allowed.",
        ),
    )  # fmt: skip


def _pairs(now: datetime) -> Iterator[Pair]:
    """The one that the reviewer has comes first."""
    version, rio = _BEING_COMPARED.version, USERS[3].user
    yield Pair(
        version=version, pair_id="endpoint", question=_QUESTION, context=_BEFORE,
        first=_FIRST_ANSWER, second=_SECOND_ANSWER, candidate_is="first",
        held_by=rio, held_until=now + timedelta(hours=1),
    )  # fmt: skip
    for number in range(_DIFFER - 1):
        pair = Pair(
            version=version, pair_id=f"invented-{number}",
            question=f"Invented question {number}?", context=(),
            first=f"Invented answer {number}.", second=f"Another answer {number}.",
            candidate_is="second" if number % 2 else "first",
        )  # fmt: skip
        if number < _COMPARED:
            chosen = {
                "choice": ("first", "second", "same")[number % 3],
                "chosen_by": rio if number % 2 else "rea",
                "chosen_at": now - timedelta(minutes=7 * number),
            }
            pair = pair.model_copy(update=chosen)
        yield pair
