"""A trained model at an endpoint answers the chat: what it is asked, and what its failures mean."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from tandem.aws.chat_endpoint import EndpointAnswerModel
from tandem.aws.guardrails import Guard
from tandem.aws.live_answers import LiveAnswers
from tandem.aws.model_hosting import SageMakerEndpoints
from tandem.live.errors import ModelFailure
from tandem.live.model_pointer import Guardrail, ModelReference
from tandem.live.models import Author, Passage
from tandem.live.policy import Answering, Policy
from tandem.live.ports import CannotAnswer, Finished, Piece, Prompt
from tandem.live.prompts import answer_prompt
from tandem.tuning.models import SaidBefore
from tests.contract.test_hosting_of_models import POLICY, SETTINGS, trained
from tests.contract.test_live_answers import Retrieved
from tests.fakes import FixedPolicies
from tests.ground_truth_stand_in import REGION
from tests.sagemaker_stand_in import Front, StandIn
from tests.unit.live.test_what_the_model_reads import turn

INFERENCE = """
import json
def model_fn(folder):
    return "trained"
def input_fn(body, content_type):
    assert content_type == "application/json", content_type
    return json.loads(body)
def predict_fn(asked, model):
    inputs = asked["inputs"]
    if inputs == "fail":
        raise ValueError("no answer to that")
    if inputs == "nothing":
        return {"generated_text": " ", "finish_reason": "stop", "usage": {"input": 3, "output": 1}}
    if inputs == "broken":
        return {"text": "?"}
    reason = "length" if asked["parameters"]["max_new_tokens"] < 10 else "stop"
    return {
        "generated_text": json.dumps(asked),
        "finish_reason": reason,
        "usage": {"input": 7, "output": 5},
        "took": 0.1,
    }
def output_fn(said, accept):
    assert accept == "application/json", accept
    return json.dumps(said)
"""
THREE = trained(3)
REFERENCE = ModelReference(model_id=THREE.package_arn, endpoint="tandem-blue", version=3)


def prompt(question: str, max_tokens: int = 100, **more: Any) -> Prompt:
    return Prompt("", (("user", "…"),), max_tokens, 0.0, question, **more)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    front = Front()
    stand_in = StandIn(Path(tmp_path_factory.mktemp("sagemaker")))
    with stand_in.behind(front):
        stand_in.put(THREE.weights_uri, code__inference_dot_py=INFERENCE)
        SageMakerEndpoints(stand_in.client, SETTINGS).deploy(THREE, "blue", POLICY)
        stand_in.goes_on()
        yield stand_in
    front.close()


@pytest.fixture
def model(service: StandIn) -> EndpointAnswerModel:
    return EndpointAnswerModel(service.runtime, REFERENCE)


# --- answers -------------------------------------------------------------------------------------
def test_it_is_asked_as_it_was_trained(model: EndpointAnswerModel) -> None:
    history = [
        turn(1, Author.CUSTOMER, "Hello <b>there</b>"),
        turn(2, Author.ASSISTANT, "Hi!"),
        turn(3, Author.SYSTEM, "Anna joined."),
        turn(4, Author.EXPERT, "I am\nhere."),
    ]
    passages = [Passage(text="Two.", title="Quotas", uri="quotas.md", score=0.9)]
    answering = Answering(max_tokens=150, temperature=0.25)

    piece, end = model.stream(answer_prompt("How <many>?", history, passages, answering))

    assert isinstance(piece, Piece)
    assert json.loads(piece.text) == {
        "inputs": "customer: Hello <b>there</b>\nassistant: Hi!\nexpert: I am here.\n"
        "customer: How <many>?",
        "parameters": {"max_new_tokens": 150, "temperature": 0.25},
    }
    assert end == Finished(THREE.package_arn, "end", {"input": 7, "output": 5}, read_passages=False)


def test_an_answer_that_was_cut_off_says_so(model: EndpointAnswerModel) -> None:
    *_, end = model.stream(prompt("How?", max_tokens=5))

    assert isinstance(end, Finished)
    assert end.stop == "length"


def test_an_empty_answer_is_none(model: EndpointAnswerModel) -> None:
    cannot, end = model.stream(prompt("nothing"))

    assert cannot == CannotAnswer("the model's answer is empty")
    assert isinstance(end, Finished)
    assert end.usage == {"input": 3, "output": 1}


def test_the_gate_asks_it_as_the_chat_does(model: EndpointAnswerModel) -> None:
    answers = LiveAnswers(
        Retrieved(), lambda _: model, FixedPolicies(Policy()), grounded=True, minimum_score=0.0
    )
    context = (SaidBefore(author="customer", text="Hello"),)

    (drafts,) = answers.of(REFERENCE, [("How?", context)])

    assert isinstance(drafts, tuple)
    (answer,) = drafts
    assert json.loads(answer)["inputs"] == "customer: Hello\ncustomer: How?"
    assert list(answers.of(REFERENCE, [("nothing", ())])) == [("",)]


# --- failures ------------------------------------------------------------------------------------
def failure(model: EndpointAnswerModel, question: str = "How?") -> ModelFailure:
    with pytest.raises(ModelFailure) as failed:
        list(model.stream(prompt(question)))
    return failed.value


def test_what_the_model_raises_is_told(model: EndpointAnswerModel) -> None:
    failed = failure(model, "fail")

    assert failed.kind == "unavailable"
    assert "no answer to that" in str(failed)


def test_an_answer_of_another_form_is_a_failure(model: EndpointAnswerModel) -> None:
    assert failure(model, "broken").kind == "validation"


def test_an_endpoint_that_is_gone_is_told(service: StandIn) -> None:
    gone = EndpointAnswerModel(
        service.runtime, REFERENCE.model_copy(update={"endpoint": "tandem-green"})
    )

    failed = failure(gone)

    assert failed.kind == "validation"
    assert "tandem-green" in str(failed)


@pytest.mark.parametrize(
    ("fault", "message", "kind"),
    [
        ("unavailable", "", "unavailable"),
        ("model_error", "Your invocation timed out while waiting for a response", "timeout"),
    ],
)
def test_the_services_own_failures(
    service: StandIn, model: EndpointAnswerModel, fault: str, message: str, kind: str
) -> None:
    service.fault(fault, match="tandem-blue", message=message)

    assert failure(model).kind == kind


def runtime(url: str | None = None) -> Any:
    session = botocore.session.Session()
    session.set_credentials("testing", "testing")
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=1)
    return session.create_client(
        "sagemaker-runtime", region_name=REGION, endpoint_url=url, config=config
    )


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("ThrottlingException", 0, "throttled"),
        ("AccessDeniedException", 0, "access_denied"),
        ("InternalFailure", 0, "unavailable"),
        ("ModelNotReadyException", 0, "unavailable"),
        ("ModelError", 400, "validation"),
        ("ModelError", 503, "unavailable"),
    ],
)
def test_what_errors_mean(code: str, status: int, kind: str) -> None:
    client = runtime()
    fields = {"OriginalStatusCode": status} if status else {}
    with Stubber(client) as stubber:
        stubber.add_client_error("invoke_endpoint", code, "no", modeled_fields=fields)

        assert failure(EndpointAnswerModel(client, REFERENCE)).kind == kind


def test_nobody_there_is_a_failure() -> None:
    nowhere = runtime("http://127.0.0.1:9")

    assert failure(EndpointAnswerModel(nowhere, REFERENCE)).kind == "unavailable"


# --- the guardrail -------------------------------------------------------------------------------
class Guarded:
    """A guardrail that intervenes where the service says so; the model says what it is asked."""

    def __init__(self, service: StandIn, *actions: str) -> None:
        client: Any = botocore.session.Session().create_client(
            "bedrock-runtime",
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        self.requests: list[Any] = []
        self._stubber = Stubber(client)
        usage = dict.fromkeys(
            (
                "topicPolicyUnits",
                "contentPolicyUnits",
                "wordPolicyUnits",
                "sensitiveInformationPolicyUnits",
                "sensitiveInformationPolicyFreeUnits",
                "contextualGroundingPolicyUnits",
            ),
            0,
        )
        for action in actions:
            answer = {"usage": usage, "action": action, "outputs": [], "assessments": []}
            self._stubber.add_response("apply_guardrail", answer)
        self._stubber.activate()
        client.meta.events.register(
            "provide-client-params.bedrock-runtime.ApplyGuardrail",
            lambda params, **_: self.requests.append(dict(params)),
        )
        guard = Guard(client, Guardrail(id="abc", version="2"))
        self.model = EndpointAnswerModel(service.runtime, REFERENCE, guard)

    def parts(self) -> list[Any]:
        return list(self.model.stream(prompt("How?")))


def test_a_guardrail_looks_at_question_and_answer(service: StandIn) -> None:
    guarded = Guarded(service, "NONE", "NONE")

    piece, _ = guarded.parts()

    assert [(r["source"], r["content"]) for r in guarded.requests] == [
        ("INPUT", [{"text": {"text": "How?"}}]),
        ("OUTPUT", [{"text": {"text": piece.text}}]),
    ]
    assert {(r["guardrailIdentifier"], r["guardrailVersion"]) for r in guarded.requests} == {
        ("abc", "2")
    }


def test_a_question_that_it_stops_is_not_asked(service: StandIn) -> None:
    (end,) = Guarded(service, "GUARDRAIL_INTERVENED").parts()

    assert (end.stop, end.usage) == ("guardrail", {})


def test_an_answer_that_it_stops_is_not_shown(service: StandIn) -> None:
    (end,) = Guarded(service, "NONE", "GUARDRAIL_INTERVENED").parts()

    assert (end.stop, end.usage) == ("guardrail", {"input": 7, "output": 5})
