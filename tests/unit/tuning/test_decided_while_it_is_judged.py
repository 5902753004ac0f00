"""What leads decide on a candidate that is still judged: it is not judged past a rejection, and an
approval from before the verdict does not count after it."""

from typing import Any, Literal

import pytest

from tandem.tuning.events import CandidateJudged
from tandem.tuning.models import ModelVersion, VersionStatus
from tests.unit.tuning.judging_scene import JudgingScene

Approval = Literal["PendingManualApproval", "Approved", "Rejected"]


def judged_alone() -> JudgingScene:
    """Nobody is asked to compare: the evaluation gives the verdict."""
    return JudgingScene(comparing={"enabled": False})


def as_its_answers_are_kept(
    monkeypatch: pytest.MonkeyPatch, scene: JudgingScene, version: ModelVersion, **changes: Any
) -> None:
    """Somebody changes it after the last look at it, and before its verdict."""
    write = scene.fakes.files.write_uri

    def keep(uri: str, body: bytes, content_type: str) -> None:
        write(uri, body, content_type)
        last = uri.endswith("answers.jsonl") and body.count(b"\n") == 120
        if last and scene.stored().status is VersionStatus.REGISTERED:
            scene.puts(version, evaluating_until=None, **changes)

    monkeypatch.setattr(scene.fakes.files, "write_uri", keep)


def package(scene: JudgingScene, version: ModelVersion) -> tuple[Approval, dict[str, str]]:
    found = scene.fakes.registry.packages[version.package_arn]
    return found.package.approval, found.properties


@pytest.mark.parametrize("changes", [{"status": VersionStatus.REJECTED}, {"round": 2}])
def test_one_that_is_not_judged_any_more_gets_no_verdict_anywhere(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    scene = judged_alone()
    version = scene.candidate()
    as_its_answers_are_kept(monkeypatch, scene, version, **changes)

    scene.evaluates()

    assert scene.stored().verdict is None
    assert not scene.fakes.bus.of(CandidateJudged)
    assert "verdict" not in package(scene, version)[1]


def test_who_approved_it_before_the_verdict_has_to_approve_it_again() -> None:
    scene = judged_alone()
    version = scene.candidate()
    scene.fakes.registry.decide(version.package_arn, "Approved", "")

    scene.evaluates()

    assert scene.stored().status is VersionStatus.PASSED
    assert package(scene, version)[0] == "PendingManualApproval"
    actions = [entry.action for entry in scene.fakes.history.of("version-1", 10)]
    assert "approval not taken" in actions
    assert scene.fakes.meter.values("ApprovalsNotTaken") == [1]


def test_a_rejection_from_before_the_verdict_stays() -> None:
    scene = judged_alone()
    version = scene.candidate()
    scene.fakes.registry.decide(version.package_arn, "Rejected", "Too rude.")

    scene.evaluates()

    assert package(scene, version)[0] == "Rejected"
