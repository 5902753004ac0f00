"""The model pointer where it is moved: of two who move it at once, one is told."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tandem.aws.environment import PointerSettings
from tandem.aws.model_pointer import ENOUGH, LEASE, ParameterPointer
from tandem.aws.parameters import NoDocument
from tandem.aws.tuning_table import TuningTable
from tandem.live.errors import Conflict
from tandem.live.model_pointer import Guardrail, ModelReference, Models, Promoted, Trial
from tandem.tuning.ports import Pointer
from tests.contract.conftest import REGION
from tests.contract.test_tuning_stores import dynamodb
from tests.fakes import START, ManualClock
from tests.tuning_fakes import MemoryPointer

DEPLOYED, NAME = "/tandem/model", "/tandem/model-pointer"
NAMES = PointerSettings(model_parameter=DEPLOYED, pointer_parameter=NAME)
HAIKU = ModelReference(model_id="anthropic.claude-3-haiku-20240307-v1:0", stream=False)
TRAINED = ModelReference(
    model_id="arn:aws:sagemaker:us-east-1:123456789012:model-package/tandem-models/3",
    endpoint="tandem-blue",
    reward_model="s3://models/runs/3/reward.json",
    version=3,
)
FIRST = Models(answer=HAIKU, gate=HAIKU, guardrail=Guardrail(id="abc", version="1"))
SECOND = FIRST.model_copy(update={"trial": Trial(model=TRAINED, share=0.1, since=START)})
THIRD = FIRST.model_copy(update={"answer": TRAINED})


def promoted(models: Models) -> str:
    """The part of it that is moved."""
    return Promoted(answer=models.answer, trial=models.trial).model_dump_json(exclude_none=True)


class Parameter:
    """The two parameters, and workers that move the second."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self.table: TuningTable = dynamodb(request)
        self.client: Any = boto3.client("ssm", region_name=REGION)
        self.deploys(FIRST, Type="String")
        self.client.put_parameter(Name=NAME, Value=promoted(FIRST), Type="String")
        self.clock = ManualClock()
        self.waited: list[float] = []

    def deploys(self, models: Models, **options: Any) -> None:
        """A deployment: models of its parameters have changed."""
        self.client.put_parameter(Name=DEPLOYED, Value=models.model_dump_json(), **options)

    def pointer(self, client: Any = None, wait: Callable[[float], None] | None = None) -> Pointer:
        return ParameterPointer(
            client or self.client, NAMES, self.table, self.clock, wait or self.waits
        )

    def waits(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clock.advance(seconds)

    @property
    def value(self) -> str:
        return str(self.client.get_parameter(Name=NAME)["Parameter"]["Value"])


class Between:
    """A client that lets something happen before its next call of an operation."""

    def __init__(self, client: Any, **happens: Callable[[], object]) -> None:
        self._client = client
        self._happens = happens

    def __getattr__(self, name: str) -> Any:
        if happens := self._happens.pop(name, None):
            happens()
        return getattr(self._client, name)


@pytest.fixture
def parameter(request: pytest.FixtureRequest) -> Parameter:
    return Parameter(request)


@pytest.fixture(params=["memory", "parameter"])
def pointer(request: pytest.FixtureRequest) -> Pointer:
    if request.param == "memory":
        return MemoryPointer(FIRST)
    return Parameter(request).pointer()


# --- what the fake does, too ---------------------------------------------------------------------
def test_what_was_written_is_read(pointer: Pointer) -> None:
    assert pointer.read() == FIRST

    pointer.write(FIRST, SECOND)
    assert pointer.read() == SECOND

    pointer.write(SECOND, THIRD)
    assert pointer.read() == THIRD


def test_who_has_seen_another_document_is_told(pointer: Pointer) -> None:
    pointer.write(FIRST, SECOND)

    with pytest.raises(Conflict):
        pointer.write(FIRST, THIRD)

    assert pointer.read() == SECOND


# --- what a deployment does -----------------------------------------------------------------------
def test_a_deployment_with_another_guardrail_or_gate_takes_no_trained_model_out(
    parameter: Parameter,
) -> None:
    parameter.pointer().write(FIRST, THIRD)

    other = FIRST.model_copy(
        update={
            "gate": ModelReference(model_id="amazon.nova-micro-v1:0"),
            "guardrail": Guardrail(id="abc", version="2"),
        }
    )
    parameter.deploys(other, Overwrite=True)

    now = parameter.pointer().read()
    assert now == other.model_copy(update={"answer": TRAINED})
    parameter.pointer().write(now, other)
    assert parameter.pointer().read() == other


def test_who_has_not_seen_what_was_deployed_meanwhile_looks_again(parameter: Parameter) -> None:
    other = FIRST.model_copy(update={"guardrail": None})
    parameter.deploys(other, Overwrite=True)

    with pytest.raises(Conflict):
        parameter.pointer().write(FIRST, SECOND)


def test_the_document_of_the_deployment_in_its_place_is_the_way_back_by_hand(
    parameter: Parameter,
) -> None:
    parameter.pointer().write(FIRST, SECOND)

    deployed = parameter.client.get_parameter(Name=DEPLOYED)["Parameter"]["Value"]
    parameter.client.put_parameter(Name=NAME, Value=deployed, Overwrite=True)

    assert parameter.pointer().read() == FIRST


# --- two at once ---------------------------------------------------------------------------------
def test_a_document_that_says_the_same_in_other_words_is_the_same(parameter: Parameter) -> None:
    document = json.loads(promoted(FIRST))
    parameter.client.put_parameter(
        Name=NAME, Value=json.dumps(document, indent=4, sort_keys=True), Overwrite=True
    )

    parameter.pointer().write(FIRST, SECOND)

    assert "null" not in parameter.value


def test_while_one_moves_it_nobody_else_does(parameter: Parameter) -> None:
    told: list[Conflict] = []

    def another() -> None:
        with pytest.raises(Conflict) as error:
            # The other one does not wait as long as the lock is held.
            parameter.pointer(wait=lambda _: None).write(FIRST, THIRD)
        told.append(error.value)

    parameter.pointer(Between(parameter.client, put_parameter=another)).write(FIRST, SECOND)

    assert len(told) == 1
    assert parameter.pointer().read() == SECOND


def test_who_waits_for_the_lock_is_told_that_the_document_is_another_one_now(
    parameter: Parameter,
) -> None:
    holder = ParameterPointer(parameter.client, NAMES, parameter.table, parameter.clock)
    lock = holder._take()

    def finishes(_: float) -> None:
        if parameter.value == promoted(SECOND):
            return
        parameter.client.put_parameter(Name=NAME, Value=promoted(SECOND), Overwrite=True)
        holder._release(lock, 2)

    with pytest.raises(Conflict, match="has changed"):
        parameter.pointer(wait=finishes).write(FIRST, THIRD)


def test_the_lock_of_one_who_died_is_taken_over(parameter: Parameter) -> None:
    dead = ParameterPointer(parameter.client, NAMES, parameter.table, parameter.clock)
    lock = dead._take()
    with pytest.raises(Conflict):
        parameter.pointer().write(FIRST, SECOND)

    parameter.clock.advance(LEASE.total_seconds())
    parameter.pointer().write(FIRST, SECOND)

    dead._release(lock, 9)  # it was not dead: what it says now counts no more
    parameter.pointer().write(SECOND, THIRD)
    assert parameter.pointer().read() == THIRD


def test_one_who_was_slow_under_the_lock_writes_nothing(parameter: Parameter) -> None:
    def slow() -> None:
        parameter.clock.advance((LEASE - ENOUGH).total_seconds() + 1)

    with pytest.raises(Conflict, match="too long"):
        parameter.pointer(Between(parameter.client, get_parameter=slow)).write(FIRST, SECOND)

    assert parameter.pointer().read() == FIRST
    parameter.pointer().write(FIRST, THIRD)


def test_after_a_failure_the_lock_is_free(parameter: Parameter) -> None:
    def fails() -> None:
        raise ConnectionError("the service is away")

    with pytest.raises(ConnectionError):
        parameter.pointer(Between(parameter.client, put_parameter=fails)).write(FIRST, SECOND)

    parameter.pointer().write(FIRST, THIRD)
    assert not parameter.waited


# --- what is read --------------------------------------------------------------------------------
class Late:
    """A client whose first answers are those from before."""

    def __init__(self, client: Any, answers: int) -> None:
        self._client = client
        self._old = client.get_parameter(Name=NAME)
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_parameter(self, **request: Any) -> Any:
        if self._answers and request["Name"] == NAME:
            self._answers -= 1
            return self._old
        return self._client.get_parameter(**request)


def test_an_answer_that_is_older_than_what_was_written_is_not_believed(
    parameter: Parameter,
) -> None:
    late = Late(parameter.client, 3)
    parameter.pointer().write(FIRST, SECOND)

    assert parameter.pointer(late).read() == SECOND
    assert len(parameter.waited) == 3


def test_where_only_older_answers_come_nothing_is_decided_on_them(parameter: Parameter) -> None:
    late = Late(parameter.client, 1000)
    parameter.pointer().write(FIRST, SECOND)

    with pytest.raises(Conflict, match="not to be seen yet"):
        parameter.pointer(late).read()


def test_a_parameter_that_somebody_made_anew_is_believed_after_a_while(
    parameter: Parameter,
) -> None:
    parameter.pointer().write(FIRST, SECOND)
    parameter.client.delete_parameter(Name=NAME)
    parameter.client.put_parameter(Name=NAME, Value=promoted(THIRD), Type="String")

    parameter.clock.advance(60)

    assert parameter.pointer().read() == THIRD
    parameter.pointer().write(THIRD, FIRST)


@pytest.mark.parametrize("name", [DEPLOYED, NAME])
@pytest.mark.parametrize("value", ["{}", "no JSON", None])
def test_a_parameter_that_holds_no_document_is_told(
    parameter: Parameter, value: str | None, name: str
) -> None:
    parameter.client.delete_parameter(Name=name)
    if value is not None:
        parameter.client.put_parameter(Name=name, Value=value, Type="String")

    with pytest.raises(NoDocument, match=f"{name} holds"):
        parameter.pointer().read()
    with pytest.raises(NoDocument):
        parameter.pointer().write(FIRST, SECOND)
