"""Who may do what. The embedded engine checks neither keys nor the state machine's role."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.template.template_file import (
    Node,
    defaults,
    deployed,
    functions,
    names,
    of_type,
    resolve,
    walk,
    written,
)

# What is encrypted with the stack's key, and through which service it is used.
ENCRYPTED = {
    "ConversationTable": "dynamodb",
    "TokenSecret": "secretsmanager",
    "FailuresQueue": "sqs",
    "TranscriptsBucket": "s3",
    "ReviewTable": "dynamodb",
    "ReviewBucket": "s3",
    "TuningTable": "dynamodb",
    "ModelsBucket": "s3",
    "KnowledgeBucket": "s3",
    "ExpertsTopic": "sns",
    "LeadsTopic": "sns",
    "Bus": "events",
}


def statements(node: Node) -> Iterator[Node]:
    """The statements of all policy documents in a resource."""
    for part in walk(node):
        if isinstance(part, dict) and isinstance(part.get("Statement"), list):
            for statement in part["Statement"]:
                yield from statement.get("Fn::If", [None, statement])[1:2]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def role_of(function: str) -> Node:
    role: Node = deployed()["Resources"][f"{function}Role"]["Properties"]
    return role


def granted(function: str) -> list[Node]:
    """All statements that a function's role has, from wherever they are attached."""
    role = role_of(function)
    policies = of_type(deployed(), "AWS::IAM::ManagedPolicy")
    attached = [arn["Ref"] for arn in role["ManagedPolicyArns"] if "Ref" in arn]
    attached += [
        name
        for name, policy in policies.items()
        if {"Ref": f"{function}Role"} in policy["Properties"].get("Roles", [])
    ]
    found = list(statements(role.get("Policies", [])))
    for name in attached:
        found += statements(policies[name]["Properties"])
    return found


def actions(function: str) -> set[str]:
    return {action for s in granted(function) for action in as_list(s["Action"])}


def test_any_resource_is_allowed_only_where_the_template_says_why() -> None:
    unexplained = []
    for name, resource in written()["Resources"].items():
        if resource["Type"] == "AWS::KMS::Key":
            continue  # in a key's own policy, `*` is the key
        explained = resource.get("Metadata", {}).get("AnyResource", {})
        unexplained += [
            f"{name}: {statement.get('Sid')}"
            for statement in statements(resource)
            if statement["Effect"] == "Allow"
            and "*" in as_list(statement.get("Resource", []))
            and statement.get("Sid") not in explained
        ]

    assert unexplained == []


WITHOUT_RESOURCE = (
    "bedrock:CreateModelImportJob",
    "ecr:GetAuthorizationToken",
    "sagemaker:ListModelPackages",
)
"""Actions that take none, by the service authorization reference: a resource denies them."""


@pytest.mark.parametrize("action", WITHOUT_RESOURCE)
def test_an_action_without_a_resource_is_allowed_on_any(action: str) -> None:
    allowing = [
        statement
        for resource in deployed()["Resources"].values()
        for statement in statements(resource)
        if action in as_list(statement["Action"])
    ]

    assert allowing
    assert all(as_list(statement["Resource"]) == ["*"] for statement in allowing)


def test_no_policy_allows_whole_services_or_everybody() -> None:
    for name, resource in deployed()["Resources"].items():
        for statement in statements(resource):
            if statement["Effect"] == "Deny":
                continue
            assert statement.get("Principal") not in ("*", {"AWS": "*"}), name
            for action in as_list(statement["Action"]):
                administration = name == "DataKey" and statement["Sid"] == "AccountAdministers"
                assert administration or not action.endswith(":*"), f"{name}: {action}"


@pytest.mark.parametrize("function", functions())
def test_a_function_has_a_role_of_its_own(function: str) -> None:
    assert functions()[function]["Role"] == {"Fn::GetAtt": [f"{function}Role", "Arn"]}


@pytest.mark.parametrize("function", functions())
def test_who_uses_encrypted_things_may_use_the_key_through_their_service(function: str) -> None:
    services = {
        ENCRYPTED[name]
        for statement in granted(function)
        for name in names(statement.get("Resource"))
        if name in ENCRYPTED
    }
    key = of_type(deployed(), "AWS::IAM::ManagedPolicy")["DataKeyAccess"]["Properties"]
    (use,) = statements(key)
    through = resolve(
        use["Condition"]["StringEquals"]["kms:ViaService"],
        {"AWS::Region": "us-east-1", "AWS::URLSuffix": "amazonaws.com"},
    )

    assert {"Ref": "DataKeyAccess"} in role_of(function)["ManagedPolicyArns"]
    assert {f"{service}.us-east-1.amazonaws.com" for service in services} <= set(through)


@pytest.mark.parametrize("function", functions())
def test_a_function_speaks_on_the_bus_only_as_its_own_module(function: str) -> None:
    module = written()["Resources"][function]["Properties"]["CodeUri"].split("/")[1]

    sources = {
        statement["Condition"]["StringEquals"]["events:source"]
        for statement in granted(function)
        if statement["Action"] == "events:PutEvents"
    }

    assert sources <= {f"tandem.{module}"}


def test_each_capability_is_where_it_belongs() -> None:
    def holders(action: str) -> set[str]:
        return {name for name in functions() if action in actions(name)}

    def of_module(module: str) -> set[str]:
        resources = written()["Resources"]
        return {n for n in functions() if f"/{module}/" in resources[n]["Properties"]["CodeUri"]}

    moves_conversations = of_module("live") - {"AuthorizeConnection", "HandleConnection"}
    keeps_articles = {"ServeReview", "AddKnowledge", "ReconcileReview"}
    starts_jobs = {"StartLabeling", "ReconcileReview"}
    asks_models = {"AnswerMessage", "EvaluateCandidate"}
    starts_trainings = {"StartTraining", "ReconcileTuning"}
    serves_models = {"PromoteModel", "WatchTrial", "ServeModels", "ReconcileTuning"}
    assert holders("bedrock:InvokeModel") == asks_models
    assert holders("bedrock:Retrieve") == asks_models
    assert holders("bedrock:IngestKnowledgeBaseDocuments") == keeps_articles
    assert holders("bedrock:InvokeGuardrailChecks") == {
        "SampleTranscript",
        "PostAnnotation",
        "AddKnowledge",
    }
    assert holders("sagemaker:CreateLabelingJob") == starts_jobs
    assert holders("sagemaker:CreateTrainingJob") == starts_trainings
    assert holders("sagemaker:CreateEndpoint") == serves_models
    assert holders("ssm:PutParameter") == serves_models
    assert holders("iam:PassRole") == starts_jobs | starts_trainings | serves_models
    assert holders("lambda:InvokeFunction") == starts_jobs | {"FinishLabeling"}
    assert holders("sns:Publish") == {"AdvanceEscalation"}
    assert holders("s3:PutObject") == (
        {"ArchiveTranscript", "SampleTranscript", "FinishLabeling", "BuildDataset"}
        | keeps_articles
        | starts_jobs
        | starts_trainings
        | {"EvaluateCandidate"}
    )
    assert holders("secretsmanager:GetSecretValue") == {
        "AuthorizeConnection",
        "ServeCustomer",
        "ServeDesk",
    }
    assert holders("execute-api:ManageConnections") == moves_conversations
    assert holders("events:PutEvents") == (
        moves_conversations | of_module("review") | of_module("tuning")
    )
    assert holders("states:SendTaskSuccess") == moves_conversations - {"ArchiveTranscript"}


def test_of_what_trainings_make_texts_are_deleted_and_no_models() -> None:
    (deletes,) = (s for s in granted("ReconcileTuning") if s["Action"] == "s3:DeleteObject")

    assert resolve(deletes["Resource"], {"ModelsBucket.Arn": "models"}) == [
        "models/evaluations/*",
        "models/runs/*/evaluation/test_answers.jsonl",
        "models/runs/*/report.html",
    ]


def test_the_review_reads_conversations_only_to_make_articles_of_them_and_changes_none() -> None:
    for name in functions():
        if "/review/" not in written()["Resources"][name]["Properties"]["CodeUri"]:
            continue
        on_conversations = {
            action
            for statement in granted(name)
            if "ConversationTable" in names(statement.get("Resource"))
            for action in as_list(statement["Action"])
        }
        reads = {"dynamodb:GetItem", "dynamodb:Query"} if name == "AddKnowledge" else set()
        assert on_conversations == reads, name


def test_each_index_is_read_only_by_who_has_use_for_it() -> None:
    table = written()["Resources"]["ConversationTable"]["Properties"]
    readers = {
        index["IndexName"]: {
            name: as_list(statement["Action"])
            for name in functions()
            for statement in granted(name)
            if {"Fn::Sub": f"${{ConversationTable.Arn}}/index/{index['IndexName']}"}
            in as_list(statement.get("Resource"))
        }
        for index in table["GlobalSecondaryIndexes"]
    }

    queries = ["dynamodb:Query"]
    assert readers == {
        "due": {"Reconcile": queries},
        "queue": {"ServeDesk": queries},
        "day": {"ServeDesk": queries},
    }


ACCOUNT = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "111122223333",
}


@pytest.mark.parametrize(
    ("model", "resources"),
    [
        (
            "amazon.nova-lite-v1:0",
            {
                "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0",
                "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/amazon.nova-lite-v1:0",
            },
        ),
        (
            "arn:aws:bedrock:eu-central-1:111122223333:imported-model/abc123",
            {"arn:aws:bedrock:eu-central-1:111122223333:imported-model/abc123"},
        ),
    ],
)
def test_only_the_models_of_the_parameters_can_be_called(model: str, resources: set[str]) -> None:
    access = of_type(written(), "AWS::IAM::ManagedPolicy")["ModelAccess"]["Properties"]
    values = ACCOUNT | defaults(AnswerModelId=model)

    answer, gate, behind_profiles = resolve(access, values)["PolicyDocument"]["Statement"]

    assert set(answer["Resource"]) == resources
    assert len(gate["Resource"]) == 2
    # Every other foundation model only through one of the two, should it be a profile.
    assert len(behind_profiles["Condition"]["StringEquals"]["bedrock:InferenceProfileArn"]) == 2


@pytest.mark.parametrize(
    "action",
    ["InvokeModel", "InvokeModelWithResponseStream", "DeleteImportedModel"],
)
def test_of_the_imported_models_of_the_account_only_the_own_are_used_and_deleted(
    action: str,
) -> None:
    found = [
        part
        for part in walk(deployed())
        if isinstance(part, dict)
        and f"bedrock:{action}" in part.get("Action", [])
        and "imported-model/*" in str(part.get("Resource"))
    ]

    assert found
    for statement in found:
        own = {"aws:ResourceTag/tandem:stack": {"Ref": "AWS::StackName"}}
        assert statement["Condition"] == {"StringEquals": own}


def test_guardrail_and_knowledge_base_are_allowed_where_they_are_given() -> None:
    access = of_type(written(), "AWS::IAM::ManagedPolicy")["ModelAccess"]["Properties"]
    values = ACCOUNT | defaults(GuardrailId="gr1", KnowledgeBaseId="KB12345678")

    allowed = resolve(access, values)["PolicyDocument"]["Statement"]

    assert [s["Resource"].rpartition(":")[2] for s in allowed[3:]] == [
        "guardrail/gr1",
        "knowledge-base/KB12345678",
    ]


def test_the_state_machine_calls_its_one_function_and_writes_its_log() -> None:
    role = deployed()["Resources"]["EscalationRole"]["Properties"]

    steps, _ = statements(role["Policies"])

    assert steps["Action"] == "lambda:InvokeFunction"
    assert steps["Resource"] == {"Fn::GetAtt": ["AdvanceEscalation", "Arn"]}
