"""What an endpoint is given: it answers by itself, and refuses a model that was changed."""

import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from tests.training.rated_questions import questions_of
from training import answering, base_files, export, golden
from training.base_files import Base
from training.dataset import Split
from training.failures import TrainingError
from training.policy import Policy
from training.prompting import CUE, Prompting
from training.serving import inference

ASKED = "Tell me about quotas and how to raise them."
MakeModel = Callable[[str], Path]


@pytest.fixture(scope="session")
def served_folders(
    base_folder: Path,
    causal_folder: Path,
    documents: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Path]:
    """The exported model of each architecture, with an adapter that says something."""
    folders = {}
    for name, source in (("encoder-decoder", base_folder), ("causal", causal_folder)):
        folder = tmp_path_factory.mktemp(name)
        exported(source, folder, documents)
        folders[name] = folder / "model"
    return folders


def exported(source: Path, folder: Path, documents: Path) -> list[export.Pair]:
    base = base_files.read(source)
    policy = Policy(base, lora="all-linear", rank=4, seed=1)
    torch.manual_seed(1)
    changed = {n: v + torch.randn_like(v) / 20 for n, v in policy.adapter().items()}
    policy.set_adapter(changed)
    policy.save_adapter(folder / "adapter")
    return export.write_model(
        base, folder / "adapter", folder / "model", questions_of(documents)[:5], longest=24
    )


@pytest.fixture(params=["encoder-decoder", "causal"])
def model_folder(
    request: pytest.FixtureRequest, served_folders: dict[str, Path], tmp_path: Path
) -> Path:
    return Path(shutil.copytree(served_folders[request.param], tmp_path / "model"))


def toolkit(model_dir: Path) -> ModuleType:
    """Loads the code as the SageMaker toolkit does: by its path, without a package around it."""
    path = model_dir / "code" / "inference.py"
    spec = importlib.util.spec_from_file_location("inference", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Its dataclass looks its module up.
    import sys

    sys.modules["inference"] = module
    spec.loader.exec_module(module)
    return module


def ask(module: ModuleType, model: Any, **parameters: float) -> dict[str, Any]:
    body = json.dumps({"inputs": ASKED, "parameters": parameters})
    data = module.input_fn(body, "application/json")
    answer = module.output_fn(module.predict_fn(data, model), "application/json")
    found: dict[str, Any] = json.loads(answer)
    return found


def test_the_model_answers_as_the_toolkit_asks_it(model_folder: Path) -> None:
    module = toolkit(model_folder)
    model = module.model_fn(str(model_folder))
    answer = ask(module, model, max_new_tokens=24, temperature=0.0)
    assert answer["generated_text"]
    assert answer["finish_reason"] in ("stop", "length")
    assert answer["usage"]["input"] > 5
    assert 0 < answer["usage"]["output"] <= 24
    assert ask(module, model, max_new_tokens=24) == answer


def test_an_answer_that_is_cut_off_says_so(model_folder: Path) -> None:
    module = toolkit(model_folder)
    answer = ask(module, module.model_fn(str(model_folder)), max_new_tokens=2)
    assert (answer["finish_reason"], answer["usage"]["output"]) == ("length", 2)


def test_with_a_temperature_answers_differ(model_folder: Path) -> None:
    module = toolkit(model_folder)
    model = module.model_fn(str(model_folder))
    torch.manual_seed(1)
    drawn = {
        ask(module, model, temperature=1.5, max_new_tokens=12)["generated_text"] for _ in "1234"
    }
    assert len(drawn) > 1


def test_served_weights_are_those_of_the_base_with_the_adapter_merged(
    model_folder: Path, served_folders: dict[str, Path]
) -> None:
    code = (model_folder / "code" / "inference.py").read_text()
    assert code == Path(inference.__file__).read_text()
    assert {path.name for path in model_folder.iterdir()} >= {
        "LICENSE",
        "config.json",
        "generation_config.json",
        "golden.json",
        "model.safetensors",
        "tokenizer.json",
    }


def test_golden_texts_are_the_models_answers_to_nothing_that_a_customer_asked(
    model_folder: Path, documents: Path
) -> None:
    *answered, signs = json.loads((model_folder / "golden.json").read_text())["examples"]
    assert len(answered) > 2
    module = toolkit(model_folder)
    model = module.model_fn(str(model_folder))
    for example in answered:
        data = {"inputs": example["inputs"], "max_new_tokens": 64, "temperature": 0.0}
        assert example["answer"] == module.predict_fn(data, model)["generated_text"]
    asked_by_customers = {question.text for question in questions_of(documents)}
    assert asked_by_customers.isdisjoint(each["inputs"] for each in [*answered, signs])


def test_a_tokenizer_that_reads_otherwise_is_refused(model_folder: Path) -> None:
    path = model_folder / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    # One merge less: most texts read the same, some do not.
    tokenizer["model"]["merges"] = tokenizer["model"]["merges"][:100]
    path.write_text(json.dumps(tokenizer))
    module = toolkit(model_folder)
    with pytest.raises(module.ModelRefused, match=r"reads .* otherwise than when the model was"):
        module.model_fn(str(model_folder))


def test_weights_that_were_changed_are_refused(model_folder: Path) -> None:
    path = model_folder / "model.safetensors"
    content = bytearray(path.read_bytes())
    # Exponents of many numbers: what a damaged file looks like.
    for place in range(len(content) // 2, len(content) - 8, 40):
        content[place | 3] ^= 1
    path.write_bytes(content)
    module = toolkit(model_folder)
    with pytest.raises(module.ModelRefused, match="are not those that were trained"):
        module.model_fn(str(model_folder))


def test_weights_that_were_cut_off_are_refused(model_folder: Path) -> None:
    path = model_folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-10_000])
    module = toolkit(model_folder)
    with pytest.raises(module.ModelRefused, match="cannot be loaded"):
        module.model_fn(str(model_folder))


def test_a_model_without_golden_texts_is_refused(model_folder: Path) -> None:
    (model_folder / "golden.json").unlink()
    module = toolkit(model_folder)
    with pytest.raises(module.ModelRefused, match="missing or broken"):
        module.model_fn(str(model_folder))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "no JSON"),
        ("[]", "a text in `inputs`"),
        ('{"inputs": 3}', "a text in `inputs`"),
        ('{"inputs": "Q", "parameters": []}', "must be an object"),
        ('{"inputs": "Q", "parameters": {"temperature": "hot"}}', "must be numbers"),
        ('{"inputs": "Q", "parameters": {"max_new_tokens": -1}}', "at least 1"),
    ],
)
def test_a_request_that_cannot_be_answered_is_refused(body: str, said: str) -> None:
    with pytest.raises(inference.BadRequest, match=said):
        inference.input_fn(body)


def test_only_json_is_read() -> None:
    with pytest.raises(inference.BadRequest, match="must be application/json, not text/csv"):
        inference.input_fn("a,b", "text/csv")


def test_the_endpoint_asks_in_the_words_of_the_training(served_folders: dict[str, Path]) -> None:
    assert inference._CUE == CUE
    for name, folder in served_folders.items():
        served = inference.load(folder)
        prompting = Prompting(served.tokenizer, causal=name == "causal")
        for text in (ASKED, "customer: Hello\nassistant: Hi\ncustomer: " + ASKED * 100):
            assert served.question_ids(text) == prompting.ids(text)


def test_a_base_that_was_trained_here_is_checked_before_it_is_trained_on(
    model_folder: Path, base: Base
) -> None:
    golden.check_base(base.folder)
    golden.check_base(model_folder)
    path = model_folder / "golden.json"
    found = json.loads(path.read_text())
    found["examples"][0]["log_probability"] -= 100
    path.write_text(json.dumps(found))
    with pytest.raises(TrainingError, match="The base is not what it was"):
        golden.check_base(model_folder)


def test_a_model_whose_template_tells_the_date_is_served_on_another_day(
    chat_folder: Path, documents: Path, tmp_path: Path, on_day: Callable[[int], None]
) -> None:
    on_day(1)
    exported(chat_folder, tmp_path, documents)
    model = tmp_path / "model"
    on_day(2)
    toolkit(model).model_fn(str(model))
    golden.check_base(model)


@pytest.mark.parametrize("architecture", ["base_folder", "causal_folder"])
def test_what_the_base_adds_to_decoding_is_not_served(
    architecture: str, request: pytest.FixtureRequest, documents: Path, tmp_path: Path
) -> None:
    source = Path(shutil.copytree(request.getfixturevalue(architecture), tmp_path / "base"))
    path = source / "generation_config.json"
    given = json.loads(path.read_text())
    added = {"repetition_penalty": 3.0, "no_repeat_ngram_size": 1, "top_p": 0.1, "do_sample": True}
    path.write_text(json.dumps({**given, **added, "eos_token_id": [given["eos_token_id"], 7]}))
    pairs = exported(source, tmp_path, documents)
    written = json.loads((tmp_path / "model" / "generation_config.json").read_text())
    assert written["eos_token_id"] == [given["eos_token_id"], 7]
    assert not written.keys() & added.keys()
    module = toolkit(tmp_path / "model")
    model = module.model_fn(str(tmp_path / "model"))
    for pair in pairs:
        data = {"inputs": pair.question.text, "max_new_tokens": 24, "temperature": 0.0}
        assert module.predict_fn(data, model)["generated_text"] == pair.candidate


def test_an_answer_may_end_in_several_ways(model_folder: Path) -> None:
    module = toolkit(model_folder)
    model = module.model_fn(str(model_folder))
    assert ask(module, model, max_new_tokens=3)["finish_reason"] == "length"
    ids = torch.tensor([model.question_ids(ASKED)])
    third = model.network.generate(input_ids=ids, max_new_tokens=3)[0, -1].item()
    path = model_folder / "generation_config.json"
    given = json.loads(path.read_text())
    path.write_text(json.dumps({**given, "eos_token_id": [*given["eos_token_id"], third]}))
    model = module.model_fn(str(model_folder))
    assert ask(module, model, max_new_tokens=24)["finish_reason"] == "stop"


@pytest.mark.parametrize("named", ["dtype", "torch_dtype", None])
def test_a_model_is_written_in_the_numbers_of_its_base(
    named: str | None, causal_folder: Path, documents: Path, tmp_path: Path
) -> None:
    source = tmp_path / "base"
    network = inference.load(causal_folder).network
    network.to(torch.bfloat16).save_pretrained(source)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(causal_folder / name, source / name)
    config = json.loads((source / "config.json").read_text())
    del config["dtype"]
    (source / "config.json").write_text(
        json.dumps({**config, named: "bfloat16"} if named else config)
    )
    exported(source, tmp_path, documents)
    written = base_files.header(tmp_path / "model" / "model.safetensors")
    assert {entry["dtype"] for name, entry in written.items() if name != "__metadata__"} == {"BF16"}


def test_answers_are_made_in_the_numbers_that_are_served(
    causal_folder: Path, documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    class Noted(answering.AnsweringModel):
        def __init__(self, network: Any, prompting: Prompting) -> None:
            super().__init__(network, prompting)
            asked.append(network.dtype)

    # As on a GPU.
    monkeypatch.setattr("training.policy.number_type", lambda: torch.bfloat16)
    monkeypatch.setattr(answering, "AnsweringModel", Noted)
    exported(causal_folder, tmp_path, documents)
    assert asked == [torch.bfloat16, torch.bfloat16]


def test_test_answers_stand_beside_what_people_rated(tmp_path: Path, documents: Path) -> None:
    from training.dataset import Rating

    question = questions_of(documents)[0]
    test = Split((Rating(question, "old", 4.5, 1, None),), (), ())
    path = tmp_path / "evaluation" / "test_answers.jsonl"
    export.write_test_answers(path, [export.Pair(question, "before\u2028", "after")], test)
    (line,) = path.read_text().splitlines()
    found = json.loads(line)
    assert found["prompt_id"] == export.prompt_id(question)
    assert (found["base_answer"], found["candidate_answer"]) == ("before\u2028", "after")
    assert found["reference_answers"] == [{"text": "old", "reward": 4.5}]
    assert (found["topic"], found["language"], found["context"]) == (question.topic, "en", [])
