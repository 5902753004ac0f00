"""The models' HTTP interface in the place of the deployed one: what takes weeks to come about.

Each answer is of the interface's own types, so that none says what the real one never would.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route
from pydantic import BaseModel

from tandem.tuning import api
from tandem.tuning.models import (
    Audit,
    Check,
    Comparison,
    RatingCounts,
    RewardModelFigures,
    RunStatus,
    RunSummary,
    SaidBefore,
    TrialFigures,
    Verdict,
    VersionStatus,
)

_API = re.compile(r"/_aws/execute-api/\w+(/models/[a-z0-9_/]+)$")
_HELD = timedelta(minutes=5)
_GONE = (409, {"code": "pair_gone", "message": "They went to somebody else.", "detail": {}})
_SEEN_OTHERWISE = (409, {"code": "changed_meanwhile", "message": "Look again.", "detail": {}})
_AFTER: dict[str, VersionStatus] = {
    "approve": VersionStatus.DEPLOYING,
    "reject": VersionStatus.REJECTED,
    "promote": VersionStatus.LIVE,
    "roll_back": VersionStatus.ROLLED_BACK,
}


def ago(**time: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


def version(number: int, status: VersionStatus, **change: Any) -> api.VersionView:
    passed = status in {VersionStatus.PASSED, VersionStatus.TRIAL, VersionStatus.LIVE}
    view = api.VersionView(
        version=number,
        status=status,
        kind="weights",
        method="rl",
        base="flan-t5-xl",
        dataset_version=number + 1,
        registered_at=ago(days=3),
        heldout=3.41,
        heldout_live=2.96,
        checks=(),
        verdict=verdict() if passed else None,
        comparison=Comparison(pairs=47, of_questions=90, done=47, better=30, worse=9, same=8)
        if passed
        else None,
        share=0,
        approved_by=None,
        approved_at=None,
        live_since=None,
        ended_at=None,
        reason="",
        deeds=(),
        untried=status is VersionStatus.TRIAL,
    )
    return view.model_copy(update=change)


def verdict() -> Verdict:
    return Verdict(
        passed=True,
        decided_at=ago(days=2),
        checks=(
            Check(name="judged", passed=True, said="It expects more.", observed=0.45, bound=0.31),
            Check(name="kl", passed=True, said="It has moved 1.9 nats.", observed=1.9, bound=5),
            Check(
                name="comparison", passed=True, said="People prefer it.", observed=0.6, bound=0.5
            ),
        ),
    )


def detail(view: api.VersionView, **change: Any) -> api.VersionDetail:
    shown = api.VersionDetail(
        version=view,
        summary=RunSummary(
            schema_version="1",
            kind=view.kind,
            method=view.method,
            method_asked="auto",
            why=("There are 500 ratings: enough for reinforcement learning.",),
            dataset_version=view.dataset_version,
            dataset_inputs="0f3a",
            base=view.base,
            base_license="Apache-2.0",
            architecture="encoder-decoder",
            ratings=RatingCounts(train=400, validation=50, test=50),
            preferences=44,
            demonstrations=12,
            reward_model=RewardModelFigures(spearman=0.52, error=0.81, ratings=450, groups=40),
            judge=RewardModelFigures(spearman=0.47, error=0.86, ratings=100, groups=12),
            judge_missing_because=None,
            metrics={"reward/mean": 3.61, "kl": 1.9, "eval/heldout": 3.41, "seconds": 2712},
            warnings=("It was stopped by hand.",),
            stopped_because="steps",
            trainer_version="1",
        ),
        package_arn=f"arn:aws:sagemaker:eu-central-1:111122223333:model-package/m/{view.version}",
        model_id=None,
        compared_with="amazon.nova-lite-v1:0",
        samples=(sample(),),
        report=None,
        history=(
            Audit(
                entry_id="e1",
                at=ago(days=2),
                actor="policy",
                action="passed",
                subject=f"version-{view.version}",
            ),
        ),
    )
    return shown.model_copy(update=change)


def sample(candidate: str = "Delete it: you pay as long as it is there.") -> api.BeforeAfter:
    return api.BeforeAfter(
        prompt_id="p1",
        question="How do I stop paying?",
        topic="billing",
        context=(SaidBefore(author="customer", text="My bill is a nightmare."),),
        live="Please look at the pricing page.",
        candidate=candidate,
        live_rating=2.3,
        candidate_rating=3.6,
    )


def pair(name: str, **change: Any) -> api.PairView:
    made = api.PairView(
        version=4,
        pair_id=name,
        question=f"Question {name}?",
        context=(SaidBefore(author="customer", text="Hello."),),
        first=f"First answer {name}.",
        second=f"Second answer {name}.",
        held_until=datetime.now(UTC) + _HELD,
    )
    return made.model_copy(update=change)


class ModelsAnswers:
    """What the pages are answered; `asked` is what they asked, in order."""

    def __init__(
        self, versions: Sequence[api.VersionDetail] = (), pairs: Sequence[api.PairView] = ()
    ) -> None:
        self.details = {one.version.version: one for one in versions}
        self.pairs = list(pairs)
        self.chosen: list[api.Choose] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def serve(self, page: Page) -> None:
        page.route(_API, self._answer)

    def change(self, number: int, **change: Any) -> None:
        """Somebody else, or time, changes a version."""
        shown = self.details[number]
        view = shown.version.model_copy(update=change)
        self.details[number] = shown.model_copy(update={"version": view})

    def sent(self, path: str) -> list[dict[str, Any]]:
        return [body for asked, body in self.asked if asked == path]

    def _answer(self, route: Route) -> None:
        found = _API.search(urlsplit(route.request.url).path)
        assert found is not None
        path, body = found[1], json.loads(route.request.post_data or "{}")
        self.asked.append((path, body))
        said = self._said(path, body)
        status, sent = said if isinstance(said, tuple) else (200, said.model_dump(mode="json"))
        page = urlsplit(route.request.frame.page.url)
        route.fulfill(
            status=status,
            json=sent,
            headers={"access-control-allow-origin": f"{page.scheme}://{page.netloc}"},
        )

    def _said(self, path: str, body: dict[str, Any]) -> BaseModel | tuple[int, dict[str, Any]]:
        match path.strip("/").split("/"):
            case ["models", "overview"]:
                return self._overview()
            case ["models", "compare", "next"]:
                return self._next()
            case ["models", "compare", "choose"]:
                return self._choose(api.Choose.model_validate(body))
            case ["models", "compare", "heartbeat"]:
                return api.PairHeld(held_until=datetime.now(UTC) + _HELD)
            case ["models", "versions", number]:
                return self.details[int(number)]
            case ["models", "versions", number, deed]:
                return self._decide(int(number), deed, api.Decide.model_validate(body))
        raise AssertionError(f"nobody answers {path}")

    def _overview(self) -> api.ModelsOverview:
        views = [one.version for one in self.details.values()]
        live, candidate = (
            next((view for view in views if view.status is status), None)
            for status in (VersionStatus.LIVE, VersionStatus.TRIAL)
        )
        return api.ModelsOverview(
            live=_model(live) if live else _NOT_TRAINED_HERE,
            candidate=_model(candidate) if candidate else None,
            trial=_TRIAL if candidate else None,
            versions=tuple(sorted(views, key=lambda view: -view.version)),
            runs=_RUNS,
            can_train=True,
            cannot_train_because="",
            automatic=True,
        )

    def _decide(
        self, number: int, deed: str, said: api.Decide
    ) -> api.VersionView | tuple[int, dict[str, Any]]:
        view = self.details[number].version
        if said.seen is not view.status or deed not in view.deeds:
            return _SEEN_OTHERWISE
        self.change(number, status=_AFTER[deed], deeds=())
        return self.details[number].version

    def _next(self) -> api.NextPair:
        done = len(self.chosen)
        return api.NextPair(
            pair=self.pairs[0] if self.pairs else None,
            progress=api.CompareProgress(done=done, pairs=done + len(self.pairs), mine=done),
        )

    def _choose(self, said: api.Choose) -> api.NextPair | tuple[int, dict[str, Any]]:
        if not self.pairs or self.pairs[0].pair_id != said.pair_id:
            return _GONE
        del self.pairs[0]
        self.chosen.append(said)
        return self._next()


def _model(view: api.VersionView) -> api.LiveModel:
    return api.LiveModel(
        model_id=f"tandem-v{view.version}",
        version=view.version,
        share=view.share,
        reward_model=True,
    )


_NOT_TRAINED_HERE = api.LiveModel(
    model_id="amazon.nova-lite-v1:0", version=None, share=1, reward_model=False
)
_TRIAL = api.TrialView(
    since=ago(days=2),
    share=0.1,
    figures=TrialFigures(
        candidate_conversations=63, candidate_bad=9, live_conversations=580, live_bad=87
    ),
    evidence_worse=0.7,
    worse_at=20,
    evidence_not_worse=4.6,
    not_worse_at=20,
    minimum_conversations=100,
)
_RUNS = (
    api.RunView(
        name="tandem-0f3a1b2c-d8",
        dataset_version=8,
        ratings=912,
        method="auto",
        asked_by="policy",
        status=RunStatus.FAILED,
        started_at=ago(hours=3),
        ended_at=ago(hours=2),
        seconds=2712,
        reason="Out of memory: take a smaller batch_size.",
        version=None,
    ),
)
