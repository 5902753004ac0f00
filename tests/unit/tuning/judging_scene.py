"""Candidates that are judged without AWS: a test in memory, models that answer by a script, and
people who compare."""

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

from tandem.live.model_pointer import ModelReference
from tandem.live.models import Person
from tandem.tuning import comparing, evaluation, verdict, version_upkeep
from tandem.tuning.api import Choose, NextPair
from tandem.tuning.evaluation import Evaluating
from tandem.tuning.leads import Leading
from tandem.tuning.models import ModelVersion, Pair
from tandem.tuning.policy import Gate, TuningPolicy
from tandem.tuning.ports import TuningWorld
from tandem.tuning.training_runs import TrainingMeans
from tandem.tuning.verdict import Judging
from tandem.tuning.version_upkeep import VersionsFound
from tests import tuning_samples as samples
from tests.fakes import FixedPolicies
from tests.tuning_fakes import FixedTuningPolicies, ScriptedRater, TuningFakes

RIO, REA, RIA, ROY = (
    Person(user=name.lower(), name=f"{name} Reviewer", groups=frozenset({"reviewers"}))
    for name in ("Rio", "Rea", "Ria", "Roy")
)
LEA, LOU = (
    Person(user=name.lower(), name=f"{name} Lead", groups=frozenset({"leads"}))
    for name in ("Lea", "Lou")
)
FOLDER = "s3://models/evaluations"
GOOD, USUAL = "It is better", "It is as ever"


def line(number: int, *, topics: int = 20, **changes: Any) -> dict[str, Any]:
    """Of `test_answers.jsonl`."""
    return {
        "prompt_id": f"q{number:04d}",
        "prompt": f"What is number {number}?",
        "topic": f"t{number % topics}",
        "language": "en",
        "context": [],
        "base_answer": f"The base says {number}, and no more.",
        "candidate_answer": f"{GOOD}: {number} is what you want.",
        "reference_answers": [],
        **changes,
    }


def rates_good_words(question: str, answer: str) -> float:
    return 4.0 if GOOD in answer else 2.5


class JudgingScene:
    """`gate` are fields of the policy's section."""

    def __init__(self, **gate: Any) -> None:
        policy = TuningPolicy(gate=Gate.model_validate(gate))
        self.fakes = TuningFakes(policies=FixedTuningPolicies(policy))
        self.fakes.answers.says = lambda model, question: f"{USUAL}: as to {question}"
        self.chat = FixedPolicies()
        self.world = self.fakes.world
        self.judging = Judging(
            registry=self.fakes.registry,
            panel=self.fakes.panel,
            withdrawn=self.fakes.datasets,
            pointer=self.fakes.pointer,
        )
        self.evaluating = Evaluating(
            judging=self.judging,
            files=self.fakes.files,
            answers=self.fakes.answers,
            raters=self.fakes.raters,
            folder=FOLDER,
            chat=self.chat,
        )
        self.leading = Leading(
            training=TrainingMeans(self.fakes.jobs, self.fakes.datasets, self.fakes.files),
            judging=self.judging,
            hosting=self.fakes.hosting,
            folder=FOLDER,
        )

    def lets(self, **gate: Any) -> None:
        """The policy is another one from now on."""
        self.fakes.policies.policy = TuningPolicy(gate=Gate.model_validate(gate))

    # --- what a training has left ----------------------------------------------------------------
    def candidate(
        self,
        questions: int = 120,
        *,
        write: Callable[[int], dict[str, Any]] = line,
        judge: Callable[[str, str], float] | None = rates_good_words,
        **changes: Any,
    ) -> ModelVersion:
        """A version of the registry with its answers to the test."""
        number = len(self.fakes.registry.packages) + 1
        run = samples.run(f"run-{number}", dataset_version=changes.get("dataset_version", 3))
        folder = f"s3://models/runs/{run.name}/output/model"
        package = self.fakes.registry.register(run, folder, {}, weights=True)
        values: dict[str, Any] = {
            "package_arn": package.arn,
            "run": run.name,
            "folder": folder,
            "registered_at": self.fakes.clock.now(),
            **changes,
        }
        version = samples.version(package.version, **values)
        self.leaves("".join(f"{json.dumps(write(n))}\n" for n in range(questions)), version)
        if judge is not None:
            self.fakes.raters.stored[version.judge_uri] = ScriptedRater(judge)
        assert self.fakes.versions.add(version)
        return version

    def leaves(self, text: str | bytes, version: ModelVersion) -> None:
        body = text.encode() if isinstance(text, str) else text
        uri = f"{version.folder}/evaluation/test_answers.jsonl"
        self.fakes.files.write_uri(uri, body, "application/jsonl")

    def picker(self, rates: Callable[[str, str], float], **changes: Any) -> ModelVersion:
        """A candidate that picks among the live model's drafts."""
        told = samples.summary(kind="reward_model", base=None, architecture=None, metrics={})
        version = self.candidate(
            write=lambda n: line(n, base_answer=None, candidate_answer=None),
            **{"kind": "reward_model", "summary": told, **changes},
        )
        self.fakes.raters.stored[version.reward_model_uri] = ScriptedRater(rates)
        return version

    # --- what the chain does ---------------------------------------------------------------------
    def evaluates(
        self, world: TuningWorld | None = None, seconds: Callable[[], float] = lambda: 900.0
    ) -> list[ModelVersion]:
        return evaluation.evaluate_waiting(world or self.world, self.evaluating, seconds)

    def settles(self, number: int = 1) -> ModelVersion | None:
        return verdict.settle(self.world, self.judging, number)

    def reconciles(self) -> VersionsFound:
        return version_upkeep.look_after_versions(self.world, self.judging)

    def goes_live(self, model_id: str) -> None:
        """Another model, by whatever way."""
        pointer = self.fakes.pointer
        pointer.models = pointer.models.model_copy(
            update={"answer": ModelReference(model_id=model_id)}
        )

    def stored(self, number: int = 1) -> ModelVersion:
        version = self.fakes.versions.get(number)
        assert version is not None
        return version

    def puts(self, version: ModelVersion, **changes: Any) -> ModelVersion:
        """The stored version with other fields."""
        stored = self.stored(version.version)
        after = stored.model_copy(update={"revision": stored.revision + 1, **changes})
        self.fakes.versions.replace(stored, after)
        return after

    # --- what people do --------------------------------------------------------------------------
    def asks(self, who: Person) -> NextPair:
        return comparing.next_pair(self.world, self.judging, who)

    def given(self, who: Person) -> Pair:
        """What they have before them, with what they do not see."""
        shown = self.asks(who).pair
        assert shown is not None
        pair = self.fakes.pairs.get(shown.version, shown.pair_id)
        assert pair is not None
        return pair

    def chooses(self, who: Person, pair: Pair, choice: str) -> NextPair:
        said = Choose.model_validate(
            {"version": pair.version, "pair_id": pair.pair_id, "choice": choice}
        )
        return comparing.choose(self.world, self.judging, who, said)

    def prefers(self, who: Person, pair: Pair, whose: str) -> NextPair:
        """`candidate`, `live` or `same`."""
        other = {"first": "second", "second": "first"}[pair.candidate_is]
        choice = {"candidate": pair.candidate_is, "live": other, "same": "same"}[whose]
        return self.chooses(who, pair, choice)

    def compares_all(
        self, whose: Callable[[int, Pair], str], who: tuple[Person, ...] = (RIO, REA)
    ) -> int:
        """People compare until there is nothing more; returns how often somebody chose."""
        done = without = 0
        for turn in count():
            person = who[turn % len(who)]
            shown = self.asks(person).pair
            without = 0 if shown else without + 1
            if without == len(who):
                break
            if shown is not None:
                pair = self.fakes.pairs.get(shown.version, shown.pair_id)
                assert pair is not None
                self.prefers(person, pair, whose(done, pair))
                done += 1
        return done

    def through(self, life: Any) -> "JudgingScene":
        """The same, as a worker sees it whose every call of the world takes life."""
        other = object.__new__(JudgingScene)
        other.fakes = self.fakes
        ports = {name: life.through(getattr(self.world, name)) for name in self._PORTS}
        other.world = replace(self.world, **ports)
        other.judging = Judging(
            registry=life.through(self.fakes.registry),
            panel=life.through(self.fakes.panel),
            withdrawn=life.through(self.fakes.datasets),
            pointer=life.through(self.fakes.pointer),
        )
        other.evaluating = Evaluating(
            judging=other.judging,
            files=life.through(self.fakes.files),
            answers=life.through(self.fakes.answers),
            raters=life.through(self.fakes.raters),
            folder=FOLDER,
            chat=self.chat,
        )
        other.leading = replace(self.leading, judging=other.judging)
        return other

    _PORTS = ("versions", "pairs", "history", "bus")
