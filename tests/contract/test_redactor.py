"""What the review module relies on when personal data is taken out of texts."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from tandem.aws import review_bootstrap
from tandem.aws.environment import BadEnvironment
from tandem.aws.guardrail_checks import KIND_OF, GuardrailChecks
from tandem.aws.personal_data import PersonalData
from tandem.review.ports import Redactor
from tests.contract.bedrock_stand_in import StandIn
from tests.contract.conftest import REGION
from tests.review_fakes import FakeRedactor


class Unchanged:
    """A `Redactor` that leaves everything to Bedrock."""

    def redact(
        self, texts: Sequence[str], names: Sequence[str] = (), beside: Sequence[str] = ()
    ) -> list[str]:
        return list(texts)


def fake(_: pytest.FixtureRequest) -> Redactor:
    return FakeRedactor()


def built_in(_: pytest.FixtureRequest) -> Redactor:
    return PersonalData()


def with_checks(request: pytest.FixtureRequest) -> Redactor:
    bedrock: StandIn = request.getfixturevalue("bedrock")
    return GuardrailChecks(bedrock.client("bedrock-runtime"), PersonalData())


@pytest.fixture(params=[fake, built_in, with_checks])
def redactor(request: pytest.FixtureRequest) -> Redactor:
    make: Callable[[pytest.FixtureRequest], Redactor] = request.param
    return make(request)


def test_known_names_and_addresses_are_replaced(redactor: Redactor) -> None:
    said = redactor.redact(["ask Kim Roe or write to kim@example.com please"], ["Kim Roe"])

    assert said == ["ask [name] or write to [email] please"]


def test_a_name_that_a_text_beside_introduces_is_replaced(redactor: Redactor) -> None:
    texts = ["Does Xiomara need a new password?"]

    assert redactor.redact(texts, beside=["My name is Xiomara.", "Thanks!"]) == [
        "Does [name] need a new password?"
    ]


def test_every_text_comes_back_in_its_place(redactor: Redactor) -> None:
    texts = ["the endpoint scales", "", " ", "to me@example.com now", "the end"]

    assert redactor.redact(texts) == [*texts[:3], "to [email] now", "the end"]


def test_no_texts_are_no_texts(redactor: Redactor) -> None:
    assert redactor.redact([]) == []


# --- with guardrail checks -----------------------------------------------------------------------
def checked(bedrock: StandIn, within: Redactor | None = None) -> GuardrailChecks:
    return GuardrailChecks(bedrock.client("bedrock-runtime"), within or Unchanged())


def test_a_name_that_nothing_introduces_is_found_by_bedrock(bedrock: StandIn) -> None:
    texts = ["yesterday Jane Doe told us", "so Doe was right, and doe eyes too"]

    assert PersonalData().redact(texts) == texts
    assert checked(bedrock, PersonalData()).redact(texts) == [
        "yesterday [name] told us",
        "so [name] was right, and doe eyes too",
    ]


def test_what_bedrock_finds_in_a_long_text_is_replaced_where_it_stands(bedrock: StandIn) -> None:
    filler = "the endpoint scales when the load rises 🎉 "
    text = "".join(f"{filler * count}Jane Doe {filler}" for count in range(40))

    said = checked(bedrock).redact([text, f"{text}jane@example.com"])

    assert said[0] == text.replace("Jane Doe", "[name]")
    assert said[1] == f"{said[0]}[email]"


def test_more_finds_than_bedrock_lists_at_once_are_all_replaced(bedrock: StandIn) -> None:
    text = "Jane and Hans, then " * 150

    assert checked(bedrock).redact([text]) == ["[name] and [name], then " * 150]


def test_nothing_that_was_found_before_is_shown_to_bedrock() -> None:
    client = Answering()

    GuardrailChecks(client.typed, PersonalData()).redact(["my PIN is 1234, I'm Kim Roe"])

    assert client.texts == ["my PIN is [key], I'm [name]"]


def test_an_error_of_bedrock_goes_through(bedrock: StandIn) -> None:
    bedrock.fail("InvokeGuardrailChecks", "access_denied")

    with pytest.raises(ClientError, match="AccessDenied"):
        checked(bedrock).redact(["hello"])


def test_blank_texts_are_not_sent() -> None:
    client = Answering()

    assert GuardrailChecks(client.typed, Unchanged()).redact(["", " \n"]) == ["", " \n"]
    assert client.texts == []


# --- what Bedrock may answer ---------------------------------------------------------------------
class Answering:
    """A client that answers what it is told, and notes what it was asked."""

    def __init__(self, *results: dict[str, Any], truncated: bool = False) -> None:
        self._checked = {"results": list(results), "truncated": truncated}
        self.requests: list[list[str]] = []

    @property
    def typed(self) -> Any:
        return self

    @property
    def texts(self) -> list[str]:
        return [text for request in self.requests for text in request]

    def invoke_guardrail_checks(self, *, messages: Any, checks: Any) -> dict[str, Any]:
        self.requests.append([block["text"] for block in messages[0]["content"]])
        return {"results": {"sensitiveInformation": self._checked}}


def result(kind: str, begin: int, end: int, confidence: float = 0.8) -> dict[str, Any]:
    return {
        "type": kind,
        "confidenceScore": confidence,
        "beginOffset": begin,
        "endOffset": end,
        "messageIndex": 0,
        "contentIndex": 0,
    }


def said_of(text: str, *results: dict[str, Any]) -> str:
    return GuardrailChecks(Answering(*results).typed, Unchanged()).redact([text])[0]


def test_requests_and_blocks_are_small() -> None:
    client = Answering()
    texts = ["x" * 9000, *["short"] * 120, "y" * 7999]

    GuardrailChecks(client.typed, Unchanged()).redact(texts)

    assert max(map(len, client.texts)) <= 4000
    assert max(sum(map(len, request)) for request in client.requests) <= 8000
    assert max(map(len, client.requests)) <= 50
    assert "".join(client.texts).count("x") >= 9000


def test_a_find_that_bedrock_is_not_sure_of_stays() -> None:
    assert said_of("call Kim Roe", result("NAME", 5, 12, 0.2)) == "call Kim Roe"
    assert said_of("call Kim Roe", result("NAME", 5, 12, 0.4)) == "call [name]"


def test_a_word_is_never_left_in_part() -> None:
    assert said_of("call Kim Roe now", result("NAME", 6, 11)) == "call [name] now"


def test_a_placeholder_that_bedrock_takes_for_something_stays() -> None:
    assert said_of("call [name] now", result("USERNAME", 6, 10)) == "call [name] now"


def test_what_was_not_asked_for_is_left_alone() -> None:
    assert said_of("see https://example.com", result("URL", 4, 23)) == "see https://example.com"


def test_where_bedrock_does_not_list_all_even_of_a_few_characters_all_of_them_go() -> None:
    class Crowded(Answering):
        def invoke_guardrail_checks(self, *, messages: Any, checks: Any) -> dict[str, Any]:
            super().invoke_guardrail_checks(messages=messages, checks=checks)
            crowded = any("Xa" in block["text"] for block in messages[0]["content"])
            return {"results": {"sensitiveInformation": {"results": [], "truncated": crowded}}}

    texts = ["Before.", f"{'ordinary ' * 200}Xa Xb{' ordinary' * 200}", "Xa.", "After, Xb."]
    before, long, short, after = GuardrailChecks(Crowded().typed, Unchanged()).redact(texts)

    assert (before, short, after) == ("Before.", "[private]", "After, Xb.")
    assert long.count("[private]") == 1
    assert "X" not in long
    assert 0.6 * len(texts[1]) < len(long) < len(texts[1])


def test_a_request_is_one_that_botocore_knows() -> None:
    session = botocore.session.get_session()
    session.set_credentials("testing", "testing")
    client: Any = session.create_client("bedrock-runtime", region_name=REGION)
    usage = {"sensitiveInformation": {"textUnits": 1}}
    answer = {"results": {"sensitiveInformation": {"results": [result("NAME", 0, 3)]}}}

    with Stubber(client) as stub:
        stub.add_response(
            "invoke_guardrail_checks",
            {**answer, "usage": usage},
            {
                "messages": [{"role": "user", "content": [{"text": "Kim asked"}]}],
                "checks": {"sensitiveInformation": {"entities": [{"type": t} for t in KIND_OF]}},
            },
        )
        said = GuardrailChecks(client, Unchanged()).redact(["Kim asked"])

    assert said == ["[name] asked"]


def test_every_kind_of_bedrocks_is_asked_for_or_left_out_on_purpose() -> None:
    model = botocore.session.get_session().get_service_model("bedrock-runtime")
    shape: Any = model.shape_for("GuardrailChecksSensitiveInformationEntityType")
    kinds = set(shape.enum)

    assert kinds - set(KIND_OF) == {"AGE", "IP_ADDRESS", "URL"}
    assert set(KIND_OF) <= kinds


# --- which one the functions get -----------------------------------------------------------------
@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A fresh function's process."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("GUARDRAIL_CHECKS", raising=False)
    review_bootstrap.redactor.cache_clear()
    yield monkeypatch
    review_bootstrap.redactor.cache_clear()


@pytest.mark.parametrize(("value", "kind"), [("off", PersonalData), ("on", GuardrailChecks)])
def test_guardrail_checks_are_switched_by_the_environment(
    function: pytest.MonkeyPatch, value: str, kind: type
) -> None:
    function.setenv("GUARDRAIL_CHECKS", value)

    assert isinstance(review_bootstrap.redactor(), kind)


@pytest.mark.usefixtures("function")
def test_without_a_word_about_them_guardrail_checks_are_off() -> None:
    assert isinstance(review_bootstrap.redactor(), PersonalData)


def test_a_word_that_is_neither_on_nor_off_is_refused(function: pytest.MonkeyPatch) -> None:
    function.setenv("GUARDRAIL_CHECKS", "maybe")

    with pytest.raises(BadEnvironment, match="GUARDRAIL_CHECKS"):
        review_bootstrap.redactor()
