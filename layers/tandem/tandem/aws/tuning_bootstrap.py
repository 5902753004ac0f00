"""The one place that wires the tuning module to AWS; see `bootstrap` for how and why."""

from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from tandem.aws import bootstrap, clients
from tandem.aws.environment import (
    AnsweringSettings,
    BusSettings,
    HostingSettings,
    ModelsBucketSettings,
    PointerSettings,
    RegistrySettings,
    ReviewStoreSettings,
    TrainingSettings,
    TuningPolicySettings,
    TuningStoreSettings,
    settings,
)
from tandem.live.model_pointer import ModelReference
from tandem.live.ports import AnswerModel
from tandem.tuning.ports import (
    Alarms,
    Answers,
    Datasets,
    Files,
    Hosting,
    Panel,
    Pointer,
    Raters,
    Registry,
    TrainingJobs,
    TuningPolicies,
    TuningWorld,
    WithdrawnDatasets,
)

if TYPE_CHECKING:
    from tandem.aws.parameters import ModelPointer
    from tandem.tuning.approval import Deciding
    from tandem.tuning.erasing import Erasing
    from tandem.tuning.evaluation import Evaluating
    from tandem.tuning.leads import Leading
    from tandem.tuning.serving import SlotName
    from tandem.tuning.training_runs import TrainingMeans
    from tandem.tuning.verdict import Judging

# Adapters are imported where they are wired, so that no function carries another one's start.


@cache
def policies() -> TuningPolicies:
    """Needs TUNING_POLICY_PARAMETER."""
    from tandem.aws.parameters import Document
    from tandem.tuning.policy import TuningPolicy

    return Document(
        clients.ssm(),
        settings(TuningPolicySettings).tuning_policy_parameter,
        bootstrap.clock(),
        TuningPolicy.model_validate_json,
        TuningPolicy(),
    )


@cache
def world() -> TuningWorld:
    """Needs TUNING_TABLE_NAME, BUS_NAME and TUNING_POLICY_PARAMETER. RETENTION_DAYS has a default,
    for who does not watch a trial."""
    from tandem.aws.bus import EventBridgeBus
    from tandem.aws.ids import TimeOrderedIds
    from tandem.aws.observability import meter
    from tandem.aws.tuning_records import DynamoHistory, DynamoPairs, DynamoRuns, DynamoVersions
    from tandem.aws.tuning_table import TuningTable
    from tandem.aws.tuning_trials import DynamoTrials

    store = settings(TuningStoreSettings)
    table = TuningTable(clients.dynamodb(), store.tuning_table_name)
    return TuningWorld(
        runs=DynamoRuns(table),
        versions=DynamoVersions(table),
        pairs=DynamoPairs(table),
        trials=DynamoTrials(table, bootstrap.clock(), timedelta(days=store.retention_days)),
        history=DynamoHistory(table),
        bus=EventBridgeBus(clients.events(), settings(BusSettings).bus_name),
        policies=policies(),
        clock=bootstrap.clock(),
        ids=TimeOrderedIds(),
        meter=meter,
    )


@cache
def files() -> Files:
    from tandem.aws.uris import S3Uris

    return S3Uris(clients.s3(), clients.s3_links)


@cache
def datasets() -> Datasets:
    """Needs REVIEW_TABLE_NAME and REVIEW_BUCKET; only reads the table."""
    from tandem.aws.review_datasets import ReviewDatasets
    from tandem.aws.review_records import DynamoRecords
    from tandem.aws.review_table import ReviewTable

    name = settings(ReviewStoreSettings).review_table_name
    return ReviewDatasets(DynamoRecords(ReviewTable(clients.dynamodb(), name)))


def withdrawn() -> WithdrawnDatasets:
    """Needs what `datasets` needs."""
    return datasets()


@cache
def jobs() -> TrainingJobs:
    """Needs MODELS_BUCKET, TRAINING_ROLE_ARN and TRAINING_IMAGE; BASE_MODEL_URI, EMBEDDING_FOLDER,
    DATA_KEY_ARN and STACK_NAME have defaults. Whoever creates jobs also needs the layer with the
    trainer's code."""
    from tandem.aws.sagemaker_training import SageMakerTraining
    from tandem.aws.training_code import TrainingCode, bundled_code, metric_definitions

    wanted = settings(TrainingSettings)
    load = partial(bundled_code, wanted.embedding_folder)
    code = TrainingCode(files(), wanted.models_bucket, load)
    return SageMakerTraining(clients.sagemaker(), wanted, code, metric_definitions)


@cache
def training() -> "TrainingMeans":
    """Needs what `jobs` and `datasets` need."""
    from tandem.tuning.training_runs import TrainingMeans

    return TrainingMeans(jobs(), datasets(), files())


@cache
def registry() -> Registry:
    """Needs MODEL_PACKAGE_GROUP and SERVING_IMAGE."""
    from tandem.aws.model_registry import SageMakerRegistry

    return SageMakerRegistry(clients.sagemaker(), settings(RegistrySettings))


@cache
def hosting() -> Hosting:
    """Needs SERVING_ROLE_ARN, SERVING_IMAGE, STACK_NAME and TUNING_POLICY_PARAMETER; BLUE_ALARMS,
    GREEN_ALARMS and DATA_KEY_ARN have defaults."""
    from tandem.aws.model_hosting import SageMakerEndpoints, TrainedModels
    from tandem.aws.model_imports import BedrockImports

    wanted = settings(HostingSettings)
    return TrainedModels(
        SageMakerEndpoints(clients.sagemaker(), wanted),
        BedrockImports(clients.bedrock, wanted, policies()),
    )


@cache
def pointer() -> Pointer:
    """Needs POINTER_PARAMETER, which it may write, MODEL_PARAMETER and TUNING_TABLE_NAME."""
    from tandem.aws.model_pointer import ParameterPointer
    from tandem.aws.tuning_table import TuningTable

    table = TuningTable(clients.dynamodb(), settings(TuningStoreSettings).tuning_table_name)
    return ParameterPointer(clients.ssm(), settings(PointerSettings), table, bootstrap.clock())


@cache
def panel() -> Panel:
    """Needs REVIEW_TABLE_NAME and REVIEW_BUCKET; only reads the table."""
    from tandem.aws.review_labeling import DynamoReviewers
    from tandem.aws.review_panel import ReviewPanel
    from tandem.aws.review_table import ReviewTable

    name = settings(ReviewStoreSettings).review_table_name
    return ReviewPanel(DynamoReviewers(ReviewTable(clients.dynamodb(), name)))


@cache
def raters() -> Raters:
    """Needs the layer `reward`, and MODEL_PARAMETER. EMBEDDING_FOLDER has a default."""
    from tandem.aws.stored_raters import StoredRaters

    return StoredRaters(files(), settings(AnsweringSettings).embedding_folder)


@cache
def answers() -> Answers:
    """Needs the layer `chat`, and what `models` needs, and POLICY_PARAMETER. KNOWLEDGE_BASE_ID and
    MINIMUM_PASSAGE_SCORE have defaults."""
    from tandem.aws.answer_models import answer_model
    from tandem.aws.knowledge import KnowledgeBase
    from tandem.aws.live_answers import LiveAnswers

    wanted = settings(AnsweringSettings)

    def model_of(reference: ModelReference) -> AnswerModel:
        return answer_model(reference, models().current())

    return LiveAnswers(
        KnowledgeBase(clients.bedrock_agent_runtime, wanted.knowledge_base_id),
        model_of,
        bootstrap.policies(),
        grounded=bool(wanted.knowledge_base_id),
        minimum_score=wanted.minimum_passage_score,
    )


@cache
def judging() -> "Judging":
    """Needs what `registry`, `panel` and `pointer` need."""
    from tandem.tuning.verdict import Judging

    return Judging(registry=registry(), panel=panel(), withdrawn=withdrawn(), pointer=pointer())


@cache
def models() -> "ModelPointer":
    """The pointer as the chat knows it, which may be 30 seconds old. Needs MODEL_PARAMETER and
    POINTER_PARAMETER."""
    from tandem.aws import parameters

    wanted = settings(PointerSettings)
    return parameters.models(
        clients.ssm(), wanted.model_parameter, bootstrap.clock(), wanted.pointer_parameter
    )


@cache
def deciding() -> "Deciding":
    """Needs what `registry`, `withdrawn`, `hosting` and `pointer` need."""
    from tandem.tuning.approval import Deciding

    return Deciding(
        registry=registry(), withdrawn=withdrawn(), hosting=hosting(), pointer=pointer()
    )


@cache
def slot_of_alarm() -> "dict[str, SlotName]":
    """Which endpoint an alarm is about, by its name. Needs what `hosting` needs."""
    wanted = settings(HostingSettings)
    alarms: dict[SlotName, str] = {"blue": wanted.blue_alarms, "green": wanted.green_alarms}
    return {name: slot for slot, names in alarms.items() for name in names.split(",") if name}


@cache
def alarms() -> Alarms:
    """Needs what `hosting` needs."""
    from tandem.aws.endpoint_alarms import EndpointAlarms

    return EndpointAlarms(clients.cloudwatch, slot_of_alarm())


@cache
def evaluating() -> "Evaluating":
    """Needs MODELS_BUCKET, and what `judging` and `answers` need."""
    from tandem.tuning.evaluation import Evaluating

    return Evaluating(
        judging=judging(),
        files=files(),
        answers=answers(),
        raters=raters(),
        folder=_evaluations(),
        chat=bootstrap.policies(),
    )


@cache
def leading() -> "Leading":
    """Needs what `training`, `judging` and `hosting` need."""
    from tandem.tuning.leads import Leading

    return Leading(training=training(), judging=judging(), hosting=hosting(), folder=_evaluations())


@cache
def erasing() -> "Erasing":
    """Needs MODELS_BUCKET, and what `withdrawn` needs."""
    from tandem.tuning.erasing import Erasing

    runs = f"s3://{settings(ModelsBucketSettings).models_bucket}/runs"
    return Erasing(files=files(), withdrawn=withdrawn(), evaluations=_evaluations(), runs=runs)


def _evaluations() -> str:
    return f"s3://{settings(ModelsBucketSettings).models_bucket}/evaluations"
