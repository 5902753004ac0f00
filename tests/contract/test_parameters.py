"""Documents that are changed without a deploy: a bad one never takes the service down."""

from typing import Any

import boto3
import pytest
from pydantic import ValidationError

from tandem.aws.parameters import Document, NoDocument, models, policies
from tandem.live.model_pointer import Guardrail, ModelReference, Models
from tandem.live.policy import Policy
from tests.contract.conftest import REGION
from tests.fakes import ManualClock

NAME = "/tandem/policy"
POINTER = "/tandem/model-pointer"
STRICT = '{"triggers": {"negative_sentiment": {"threshold": -0.9}}}'


@pytest.fixture
def ssm(aws: None) -> Any:
    return boto3.client("ssm", region_name=REGION)


def put(ssm: Any, value: str, name: str = NAME) -> None:
    ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


def threshold(document: Document[Policy]) -> float:
    return document.current().triggers.negative_sentiment.threshold


def test_an_empty_document_means_the_defaults(ssm: Any, clock: ManualClock) -> None:
    put(ssm, "{}")
    assert policies(ssm, NAME, clock).current() == Policy()


def test_a_change_takes_effect_within_thirty_seconds(ssm: Any, clock: ManualClock) -> None:
    put(ssm, "{}")
    document = policies(ssm, NAME, clock)
    assert threshold(document) == -0.5
    put(ssm, STRICT)
    clock.advance(29)
    assert threshold(document) == -0.5
    clock.advance(1)
    assert threshold(document) == -0.9


@pytest.mark.parametrize("bad", ['{"trigers": {}}', "not JSON", '{"presence": 3}'])
def test_the_last_good_document_stays_in_force(
    ssm: Any, clock: ManualClock, bad: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(ssm, STRICT)
    document = policies(ssm, NAME, clock)
    assert threshold(document) == -0.9
    put(ssm, bad)
    clock.advance(30)
    assert threshold(document) == -0.9
    assert "ParameterRejected" in capsys.readouterr().out


def test_a_document_that_was_mended_takes_effect(ssm: Any, clock: ManualClock) -> None:
    put(ssm, "not JSON")
    document = policies(ssm, NAME, clock)
    assert document.current() == Policy()
    put(ssm, STRICT)
    clock.advance(30)
    assert threshold(document) == -0.9


def test_without_a_parameter_the_defaults_are_in_force(ssm: Any, clock: ManualClock) -> None:
    assert policies(ssm, NAME, clock).current() == Policy()


def test_a_broken_document_is_not_read_at_every_message(
    ssm: Any, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = policies(ssm, NAME, clock)
    document.current()

    def read_again(**_: Any) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(ssm, "get_parameter", read_again)
    assert document.current() == Policy()


def test_the_pointer_names_the_models(ssm: Any, clock: ManualClock) -> None:
    put(
        ssm,
        '{"answer": {"model_id": "a", "provider": null}, "gate": {"model_id": "g"},'
        ' "guardrail": {"id": "gr", "version": "3"}}',
    )
    pointer = models(ssm, NAME, clock).current()
    assert (pointer.answer.model_id, pointer.gate.model_id) == ("a", "g")
    assert pointer.guardrail is not None
    assert pointer.guardrail.version == "3"


def test_what_was_promoted_answers_with_the_gate_and_the_guardrail_that_are_deployed(
    ssm: Any, clock: ManualClock
) -> None:
    deployed = '{"answer": {"model_id": "a"}, "gate": {"model_id": "g"}, "guardrail": %s}'
    put(ssm, deployed % "null")
    put(ssm, '{"answer": {"model_id": "v3", "endpoint": "tandem-blue", "version": 3}}', POINTER)
    pointer = models(ssm, NAME, clock, POINTER)
    assert (pointer.current().answer.version, pointer.current().gate.model_id) == (3, "g")

    put(ssm, deployed % '{"id": "gr", "version": "4"}')
    clock.advance(30)

    assert pointer.current().answer.version == 3
    assert pointer.current().guardrail == Guardrail(id="gr", version="4")


def test_where_nothing_is_promoted_what_was_deployed_answers(ssm: Any, clock: ManualClock) -> None:
    put(ssm, '{"answer": {"model_id": "a"}, "gate": {"model_id": "g"}}')
    put(ssm, '{"answer": {"model_id": "v3", "endpoint": "tandem-blue", "version": 3}}', POINTER)

    assert models(ssm, NAME, clock).current().answer.model_id == "a"


def test_without_a_valid_pointer_there_is_no_model_until_it_is_mended(
    ssm: Any, clock: ManualClock
) -> None:
    document = models(ssm, NAME, clock)
    with pytest.raises(NoDocument, match=NAME):
        document.current()
    put(ssm, '{"answer": {"model_id": "a"}, "gate": {"model_id": "g"}}')
    assert isinstance(document.current(), Models)


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({"model_id": "arn:aws:bedrock:us-east-1:1:imported-model/x"}, "provider"),
        (
            {
                "model_id": "arn:aws:bedrock:us-east-1:1:application-inference-profile/x",
                "provider": "anthropic",
            },
            "base_model_id",
        ),
    ],
)
def test_a_reference_that_does_not_tell_the_model_is_refused(
    fields: dict[str, str], asked: str
) -> None:
    with pytest.raises(ValidationError, match=f"give the {asked}"):
        ModelReference.model_validate(fields)
