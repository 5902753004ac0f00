"""The one place that wires the live module to AWS.

Everything is made once for a process, and only what a function asks for: a function calls the parts
that it needs while it is initialized, and has the permissions and variables of just these.
"""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from tandem.aws import clients
from tandem.aws.clock import SystemClock
from tandem.aws.environment import (
    AddressSettings,
    AnsweringSettings,
    BusSettings,
    DeskSettings,
    ModuleSettings,
    PolicySettings,
    SocketSettings,
    TableSettings,
    TokenSettings,
    TopicSettings,
    TranscriptSettings,
    settings,
)
from tandem.live.ports import (
    Clock,
    Connections,
    Facts,
    Notifier,
    Policies,
    RateLimit,
    Transcripts,
    World,
)

if TYPE_CHECKING:
    from tandem.live.answering import Answering

# Adapters are imported where they are wired, so that no function carries another one's start.


@cache
def clock() -> Clock:
    return SystemClock()


@cache
def connections() -> Connections:
    from tandem.aws.connections import DynamoConnections

    return DynamoConnections(clients.dynamodb(), settings(TableSettings).table_name, clock())


@cache
def policies() -> Policies:
    from tandem.aws import parameters

    return parameters.policies(clients.ssm(), settings(PolicySettings).policy_parameter, clock())


@cache
def world() -> World:
    """Needs TABLE_NAME, BUS_NAME, CONNECTIONS_URL and POLICY_PARAMETER.

    RETENTION_DAYS, ASSISTANT, ESCALATION, ARCHIVE and DESK_URL have defaults.
    """
    from tandem.aws.bus import EventBridgeBus
    from tandem.aws.conversation_store import DynamoStore
    from tandem.aws.ids import TimeOrderedIds
    from tandem.aws.observability import meter
    from tandem.aws.push import SocketPush
    from tandem.aws.task_tokens import StepFunctionsTokens

    table, modules = settings(TableSettings), settings(ModuleSettings)
    return World(
        store=DynamoStore(
            clients.dynamodb(), table.table_name, clock(), timedelta(days=table.retention_days)
        ),
        connections=connections(),
        push=SocketPush(
            clients.connections_api(settings(SocketSettings).connections_url), connections()
        ),
        bus=EventBridgeBus(clients.events(), settings(BusSettings).bus_name),
        tokens=StepFunctionsTokens(clients.step_functions),
        policies=policies(),
        clock=clock(),
        ids=TimeOrderedIds(),
        meter=meter,
        assistant=modules.assistant == "on",
        escalation=modules.escalation == "on",
        archive=modules.archive == "on",
        desk_url=settings(DeskSettings).desk_url,
    )


@cache
def facts() -> Facts:
    """Needs TABLE_NAME."""
    from tandem.aws.facts import DynamoFacts

    return DynamoFacts(clients.dynamodb(), settings(TableSettings).table_name)


@cache
def answering() -> "Answering":
    """What only the turn needs: the retriever, the two models, and who judges answers.

    Needs MODEL_PARAMETER. POINTER_PARAMETER, KNOWLEDGE_BASE_ID, MINIMUM_PASSAGE_SCORE and
    EMBEDDING_FOLDER have defaults.
    """
    from tandem.aws import parameters
    from tandem.aws.answer_models import ByPointer
    from tandem.aws.chat_bedrock import BedrockAnswerModel, BedrockGateModel
    from tandem.aws.knowledge import KnowledgeBase
    from tandem.aws.reward_judge import RewardJudges
    from tandem.live.answering import Answering

    wanted = settings(AnsweringSettings)
    models = parameters.models(
        clients.ssm(), wanted.model_parameter, clock(), wanted.pointer_parameter
    )
    runtime = clients.bedrock_runtime()
    judges = RewardJudges(clients.s3, models, clock(), wanted.embedding_folder)
    for_all = Answering(
        retriever=KnowledgeBase(clients.bedrock_agent_runtime, wanted.knowledge_base_id),
        answer_model=BedrockAnswerModel(runtime, models),
        gate_model=BedrockGateModel(runtime, models),
        grounded=bool(wanted.knowledge_base_id),
        minimum_score=wanted.minimum_passage_score,
        judges=judges,
    )
    return replace(for_all, choose=ByPointer(models, for_all, judges))


@cache
def notifier() -> Notifier:
    """Needs EXPERTS_TOPIC_ARN and LEADS_TOPIC_ARN."""
    from tandem.aws.notifier import TopicNotifier

    topics = settings(TopicSettings)
    return TopicNotifier(clients.sns, topics.experts_topic_arn, topics.leads_topic_arn)


@cache
def transcripts() -> Transcripts:
    """Needs TRANSCRIPTS_BUCKET."""
    from tandem.aws.transcripts import S3Transcripts

    return S3Transcripts(clients.s3(), settings(TranscriptSettings).transcripts_bucket)


@cache
def rate_limit() -> RateLimit:
    """Needs TABLE_NAME."""
    from tandem.aws.rate_limit import DynamoRateLimit

    return DynamoRateLimit(clients.dynamodb(), settings(TableSettings).table_name, clock())


@cache
def token_secret() -> str:
    """What our own tokens are signed with. Needs TOKEN_SECRET_ARN; read once for a process."""
    arn = settings(TokenSettings).token_secret_arn
    return clients.secrets_manager().get_secret_value(SecretId=arn)["SecretString"]


@cache
def websocket_url() -> str:
    """Where a browser finds the socket. Needs WEBSOCKET_URL."""
    return settings(AddressSettings).websocket_url
