"""Versions that go live and back without AWS: two slots, a pointer, leads, customers."""

from datetime import datetime, timedelta
from typing import Any, Literal

from tandem.live.events import AnswerRated, EscalationRequested, MessageAnswered
from tandem.live.model_pointer import ModelReference, Models
from tandem.live.models import Author
from tandem.tuning import approval, promotion, recovery, rolling_back, watching
from tandem.tuning.approval import Deciding
from tandem.tuning.erasing import Erasing
from tandem.tuning.events import ModelPromoted, ModelRolledBack
from tandem.tuning.models import Check, ModelVersion, Verdict, VersionStatus
from tandem.tuning.moves import changed
from tandem.tuning.policy import HostingPolicy, TrialPolicy, TuningPolicy
from tandem.tuning.training_runs import TrainingMeans
from tandem.tuning.verdict import Judging
from tests.fakes import START
from tests.tuning_fakes import FixedTuningPolicies, TuningFakes
from tests.tuning_samples import run, version

ORIGINAL = ModelReference(model_id="amazon.nova-lite-v1:0")
GATE = ModelReference(model_id="amazon.nova-micro-v1:0")
PASSED = Verdict(passed=True, checks=(), decided_at=START)
REFUSED = Verdict(
    passed=False,
    checks=(Check(name="better", passed=False, said="It is not better."),),
    decided_at=START,
)


class ServingScene:
    """`trial` are fields of the policy's section."""

    def __init__(self, *, hosting: dict[str, Any] | None = None, **trial: Any) -> None:
        policy = TuningPolicy(trial=TrialPolicy(**trial), hosting=HostingPolicy(**hosting or {}))
        self.fakes = TuningFakes(policies=FixedTuningPolicies(policy))
        self.fakes.pointer.models = Models(answer=ORIGINAL, gate=GATE)
        self.world = self.fakes.world
        self.hosting, self.pointer = self.fakes.hosting, self.fakes.pointer
        self.deciding = self.deciding_with(self.fakes)

    @staticmethod
    def deciding_with(ports: Any) -> Deciding:
        return Deciding(ports.registry, ports.datasets, ports.hosting, ports.pointer)

    # --- what leads and services do --------------------------------------------------------------
    def candidate(
        self,
        kind: Literal["weights", "reward_model"] = "weights",
        verdict: Verdict | None = PASSED,
        **changes: Any,
    ) -> int:
        """A version that has passed, unless said otherwise. Returns its number."""
        package = self.fakes.registry.register(
            run(f"run-{len(self.fakes.registry.packages)}"), "s3://models/run", {}, weights=True
        )
        status = VersionStatus.PASSED
        if verdict is None:
            status = VersionStatus.COMPARING
        elif not verdict.passed:
            status = VersionStatus.REFUSED
        number = package.version
        values: dict[str, Any] = {
            "package_arn": package.arn,
            "kind": kind,
            "status": status,
            "verdict": verdict,
            "compared_with": self.pointer.models.answer,
            "folder": f"s3://models/runs/r{number}",
            "dataset_version": number,
        }
        self.fakes.versions.add(version(number, **values | changes))
        return number

    def decide(
        self, number: int, approval: Literal["Approved", "Rejected"], said: str = ""
    ) -> None:
        """In the registry: nobody has heard of it yet."""
        self.fakes.registry.decide(self.version(number).package_arn, approval, said)

    def hears(self, number: int) -> ModelVersion | None:
        """Of the registry's event."""
        return approval.decided(self.world, self.deciding, self.version(number).package_arn)

    def approve(self, number: int) -> ModelVersion:
        self.decide(number, "Approved")
        self.hears(number)
        return self.version(number)

    def make_live(self, number: int, by: str = "lea") -> ModelVersion:
        return promotion.make_live(
            self.world,
            self.hosting,
            self.pointer,
            number,
            by=by,
            reason="It is good.",
            withdrawn=self.fakes.datasets,
            registry=self.fakes.registry,
        )

    def roll_back(
        self, number: int, because: rolling_back.Because = "lead", by: str = "lea"
    ) -> ModelVersion:
        return rolling_back.roll_back(
            self.world,
            self.hosting,
            self.pointer,
            number,
            because=because,
            by=by,
            reason="It is rude.",
        )

    def alarm(self, slot: Literal["blue", "green"], at: datetime | None = None) -> Any:
        return rolling_back.alarmed(
            self.world,
            self.hosting,
            self.pointer,
            slot,
            alarm=f"{slot}-errors",
            at=at or self.fakes.clock.now(),
        )

    def go_on(self) -> list[int]:
        """As on an event of an endpoint."""
        return promotion.go_on(self.world, self.hosting, self.pointer, self.fakes.datasets)

    def live(self, kind: Literal["weights", "reward_model"] = "weights") -> int:
        """A version that has gone all the way."""
        number = self.candidate(kind)
        self.approve(number)
        self.make_live(number)
        assert self.status(number) == "live"
        return number

    def reconcile(self) -> recovery.Found:
        return recovery.reconcile(self.world, self.parts(self.fakes))

    @staticmethod
    def parts(ports: Any) -> recovery.Parts:
        return recovery.Parts(
            TrainingMeans(ports.jobs, ports.datasets, ports.files),
            Judging(ports.registry, ports.panel, ports.datasets, ports.pointer),
            ServingScene.deciding_with(ports),
            Erasing(ports.files, ports.datasets, "s3://models/evaluations", "s3://models/runs"),
            alarms=ports.alarms,
        )

    def changes(self, number: int, **fields: Any) -> None:
        """Somebody else changes a version."""
        found = self.version(number)
        self.fakes.versions.replace(found, changed(found, **fields))

    # --- what customers do -----------------------------------------------------------------------
    def answered(self, name: str, *, began_after: float = 61, at: datetime | None = None) -> bool:
        return self._watch(
            MessageAnswered(
                id=f"{name}-answer",
                time=at or self.fakes.clock.now(),
                conversation_id=name,
                turn_id=f"{name}-answer",
                seq=2,
                author=Author.ASSISTANT,
                text="So.",
                model_id=self._model(name),
                conversation_began_at=self._began(began_after),
            )
        )

    def escalated(self, name: str, *, asked: bool = True, began_after: float = 61) -> bool:
        return self._watch(
            EscalationRequested(
                id=f"{name}-escalation",
                time=self.fakes.clock.now(),
                conversation_id=name,
                escalation_id=f"{name}-escalation",
                model_id=self._model(name) if asked else None,
                conversation_began_at=self._began(began_after),
            )
        )

    def rated(self, name: str, thumb: Literal["up", "down"], *, began_after: float = 61) -> bool:
        return self._watch(
            AnswerRated(
                id=f"{name}-rating",
                time=self.fakes.clock.now(),
                conversation_id=name,
                turn_id=f"{name}-answer",
                thumb=thumb,
                model_id=self._model(name),
                conversation_began_at=self._began(began_after),
            )
        )

    def _watch(self, event: watching.Watched) -> bool:
        return watching.watch(self.world, self.pointer.models, event)

    def _began(self, after: float) -> Any:
        trial = self.pointer.models.trial
        since = trial.since if trial is not None else self.fakes.clock.now()
        return since + timedelta(seconds=after - 60)

    def _model(self, name: str) -> str:
        began = self._began(61)
        return self.pointer.models.for_conversation(name, began).model_id

    def look(self) -> ModelVersion | None:
        trial = self.pointer.models.trial
        assert trial is not None
        return watching.look(self.world, self.hosting, self.pointer, self.fakes.datasets, trial)

    # --- what is there ---------------------------------------------------------------------------
    def version(self, number: int) -> ModelVersion:
        found = self.fakes.versions.get(number)
        assert found is not None
        return found

    def status(self, number: int) -> str:
        return self.version(number).status.value

    def approval(self, number: int) -> str:
        """In the registry."""
        package = self.fakes.registry.get(self.version(number).package_arn)
        assert package is not None
        return package.approval

    @property
    def answers(self) -> int | None:
        """The version that answers; None: the original."""
        return self.pointer.models.answer.version

    @property
    def tried(self) -> int | None:
        trial = self.pointer.models.trial
        return trial.model.version if trial is not None else None

    def passes(self, **time: float) -> None:
        self.fakes.clock.advance(timedelta(**time).total_seconds())

    def promoted(self) -> list[tuple[int, float]]:
        return [(e.model_version, e.share) for e in self.fakes.bus.of(ModelPromoted)]

    def rolled_back(self) -> list[tuple[int, str]]:
        return [(e.model_version, e.because) for e in self.fakes.bus.of(ModelRolledBack)]

    def trail(self, number: int) -> list[str]:
        """What was done with a version, oldest first."""
        entries = self.fakes.history.of(f"version-{number}", 100)
        return [entry.action for entry in reversed(entries)]
