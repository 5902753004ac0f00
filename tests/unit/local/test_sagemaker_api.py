"""SageMaker's API as the stand-in has it: held to the service's model in both directions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from local.sagemaker.api import Api
from local.sagemaker.faults import Faults
from local.sagemaker.validation import answer_problems, problems
from tests.ground_truth_stand_in import session
from tests.sagemaker_stand_in import StandIn, training_request

type Json = dict[str, Any]

ARN = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/blue"


def asked(operation: str, answers: Callable[[Json], Json], **params: Any) -> tuple[int, Json]:
    app = Starlette(routes=Api({operation: answers}, Faults()).routes())
    answer = TestClient(app).post(
        "/", headers={"x-amz-target": f"SageMaker.{operation}"}, json=params
    )
    return answer.status_code, answer.json()


def test_an_answer_goes_out_as_it_is() -> None:
    said = {"EndpointArn": ARN}

    assert asked(
        "UpdateEndpoint", lambda _: said, EndpointName="blue", EndpointConfigName="v1"
    ) == (200, said)  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"EndpointArn": 1},
        {"EndpointArn": "arn:aws:sagemaker:us-east-1:123456789012:model/blue"},
        {"EndpointArn": ARN, "EndpointStatus": "InService"},
    ],
)
def test_an_answer_that_the_service_could_not_give_is_a_failure(answer: Json) -> None:
    status, said = asked(
        "UpdateEndpoint", lambda _: answer, EndpointName="blue", EndpointConfigName="v1"
    )

    assert (status, said["__type"]) == (500, "InternalFailure")
    assert said["message"].startswith("UpdateEndpoint: ")


def test_a_request_that_is_wrong_reaches_nobody() -> None:
    def never(_: Json) -> Json:
        raise AssertionError

    status, said = asked("UpdateEndpoint", never, EndpointName="blue")

    assert (status, said["__type"]) == (400, "ValidationException")
    assert "EndpointConfigName" in said["message"]


def test_every_operation_is_one_of_the_service(tmp_path: Path) -> None:
    model = session().get_service_model("sagemaker")

    assert set(StandIn(tmp_path).operations) <= set(model.operation_names)


def test_numbers_maps_and_lists_have_their_limits() -> None:
    weight = {"VariantName": "v", "InitialVariantWeight": 0.5, "InstanceType": "ml.m5.large"}
    config = {"EndpointConfigName": "c", "ProductionVariants": [weight]}

    assert problems("CreateEndpointConfig", config) == ""
    assert problems("CreateTrainingJob", training_request()) == ""
    hyperparameters = {str(n): "" for n in range(101)}
    assert "HyperParameters is more than 100" in problems(
        "CreateTrainingJob", training_request(HyperParameters=hyperparameters)
    )
    assert answer_problems("DeleteEndpoint", {}) == ""
    assert answer_problems("DeleteEndpoint", {"said": 1})
