"""Answers for a SageMaker endpoint; lies as `code/inference.py` in the model's folder.

The four functions are those that the SageMaker Hugging Face inference toolkit looks for. It has
pipelines for many tasks, but none any more for what an encoder-decoder does. Stands alone:
transformers and torch, nothing of the trainer.

    request   {"inputs": "How do I …?", "parameters": {"max_new_tokens": 200, "temperature": 0.0}}
    response  {"generated_text": "…", "finish_reason": "stop" or "length",
               "usage": {"input": tokens, "output": tokens}}

When it loads, the model has to tokenize and to rate a few texts as it did when it was trained: a
tokenizer file can mean something else to another release, silently, and weights can be damaged.
"""

import json
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

GOLDEN = "golden.json"
_CUE = "\nassistant:"
_LONGEST_QUESTION = 512
"""Tokens: what Flan-T5 was trained on. What a template adds comes on top."""
_DEFAULT_NEW_TOKENS = 200
_TOLERANCE = {"float32": 0.02, "bfloat16": 0.15}
"""Nats per token between the machine of the training and this one, by the kind of numbers here."""


class ModelRefused(RuntimeError):
    """The model is not what was trained. The text says what differs."""


class BadRequest(ValueError):
    """The request cannot be answered. The text says why."""


@dataclass(frozen=True)
class Served:
    network: Any
    tokenizer: Any
    causal: bool

    def question_ids(self, asked: str) -> list[int]:
        template = self.causal and bool(getattr(self.tokenizer, "chat_template", None))
        asked = text = shortened(self.tokenizer, asked)
        if template:
            text = self.tokenizer.apply_chat_template(
                [{"role": "user", "content": asked}], tokenize=False, add_generation_prompt=True
            )
        elif self.causal:
            text = asked + _CUE
        ids: list[int] = self.tokenizer(text, add_special_tokens=not template)["input_ids"]
        return ids


def shortened(tokenizer: Any, asked: str) -> str:
    """Of a question with too many tokens the end, where the question itself stands.

    Of the question alone: a model that is asked without the head of its template answers otherwise.
    """

    def fits(start: int) -> bool:
        return len(tokenizer(asked[start:])["input_ids"]) <= _LONGEST_QUESTION

    return asked if fits(0) else asked[bisect_left(range(len(asked)), True, key=fits) :]


def ends(network: Any, tokenizer: Any) -> list[int]:
    """Tokens that end an answer: the tokenizer's, which is learned, and the base's own."""
    given = network.generation_config.eos_token_id
    own = given if isinstance(given, list) else [given]
    return list(dict.fromkeys([tokenizer.eos_token_id, *(one for one in own if one is not None)]))


def model_fn(model_dir: str) -> Served:
    """Raises ModelRefused."""
    served = load(model_dir)
    check(served, model_dir)
    return served


def input_fn(request_body: str | bytes, content_type: str = "application/json") -> dict[str, Any]:
    """Raises BadRequest."""
    if not content_type.startswith("application/json"):
        raise BadRequest(f"the content type must be application/json, not {content_type}")
    try:
        request = json.loads(request_body)
    except ValueError as error:
        raise BadRequest(f"the request is no JSON: {error}") from error
    if not isinstance(request, dict) or not isinstance(request.get("inputs"), str):
        raise BadRequest("the request must be an object with a text in `inputs`")
    parameters = request.get("parameters", {})
    if not isinstance(parameters, dict):
        raise BadRequest("`parameters` must be an object")
    try:
        longest = int(parameters.get("max_new_tokens") or _DEFAULT_NEW_TOKENS)
        temperature = float(parameters.get("temperature") or 0.0)
    except (TypeError, ValueError) as error:
        raise BadRequest(f"`parameters` must be numbers: {error}") from error
    if longest < 1 or temperature < 0:
        raise BadRequest("max_new_tokens must be at least 1, temperature at least 0")
    return {"inputs": request["inputs"], "max_new_tokens": longest, "temperature": temperature}


def predict_fn(data: dict[str, Any], model: Served) -> dict[str, Any]:
    """The likeliest answer at temperature 0, a drawn one otherwise."""
    asked = model.question_ids(data["inputs"])
    ids = torch.tensor([asked], device=model.network.device)
    temperature = data["temperature"]
    drawn = {"do_sample": True, "temperature": temperature, "top_k": 0} if temperature else {}
    with torch.no_grad():
        found = model.network.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=data["max_new_tokens"],
            pad_token_id=model.tokenizer.pad_token_id or model.tokenizer.eos_token_id,
            **(drawn or {"do_sample": False}),
        )[0].tolist()
    # A causal model gives the question back first, an encoder-decoder its start token.
    answer = found[len(asked) :] if model.causal else found[1:]
    ended = not set(answer).isdisjoint(ends(model.network, model.tokenizer))
    return {
        "generated_text": model.tokenizer.decode(answer, skip_special_tokens=True).strip(),
        "finish_reason": "stop" if ended else "length",
        "usage": {"input": len(asked), "output": len(answer)},
    }


def output_fn(prediction: dict[str, Any], accept: str = "application/json") -> str:
    del accept  # JSON is all there is.
    return json.dumps(prediction, ensure_ascii=False)


# --- what was trained is what is served ----------------------------------------------------------
def load(model_dir: str | Path, *, kind: Any = None) -> Served:
    """Unchecked. `kind` of numbers: bfloat16 on a GPU, float32 otherwise; never float16 (T5)."""
    folder = Path(model_dir)
    gpu = torch.cuda.is_available()
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        causal = not config.get("is_encoder_decoder")
        loader = AutoModelForCausalLM if causal else AutoModelForSeq2SeqLM
        network = loader.from_pretrained(
            folder, dtype=kind or (torch.bfloat16 if gpu else torch.float32)
        )
        tokenizer = AutoTokenizer.from_pretrained(folder)
    except Exception as error:  # safetensors and tokenizers raise errors of many kinds
        raise ModelRefused(f"the model in {folder} cannot be loaded: {error}") from error
    return Served(network.to("cuda" if gpu else "cpu").eval(), tokenizer, causal)


def check(served: Served, model_dir: str | Path) -> None:
    """Raises ModelRefused when golden token ids or log-probabilities do not come out again."""
    path = Path(model_dir) / GOLDEN
    try:
        golden = json.loads(path.read_text(encoding="utf-8"))["examples"]
    except (OSError, ValueError, KeyError) as error:
        raise ModelRefused(f"{path} is missing or broken, so nothing can be checked") from error
    for example in golden:
        ids = served.question_ids(example["inputs"])
        said = served.tokenizer(example["answer"], add_special_tokens=False)["input_ids"]
        if ids != example["input_ids"] or said != example["answer_ids"]:
            raise ModelRefused(
                f"the tokenizer in {model_dir} reads {example['inputs']!r} otherwise than when the "
                "model was trained: the file was changed, or another release of transformers reads "
                "it another way"
            )
    kind = str(next(served.network.parameters()).dtype).removeprefix("torch.")
    tolerance = _TOLERANCE.get(kind, max(_TOLERANCE.values()))
    for example in golden:
        found = log_probability(served, example["input_ids"], example["answer_ids"])
        tokens = max(1, len(example["answer_ids"]))
        # `not … <=` and not `>`: of damaged weights it may be no number at all.
        if not abs(found - example["log_probability"]) / tokens <= tolerance:
            raise ModelRefused(
                f"the weights in {model_dir} are not those that were trained: the log-probability "
                f"of a known answer is {found:.2f} and was {example['log_probability']:.2f}"
            )


def log_probability(served: Served, question: list[int], answer: list[int]) -> float:
    """Of the answer's tokens, summed, in nats."""
    network = served.network
    with torch.no_grad():
        if served.causal:
            ids = torch.tensor([question + answer], device=network.device)
            logits = network(input_ids=ids).logits[0, len(question) - 1 : -1]
        else:
            ids = torch.tensor([question], device=network.device)
            labels = torch.tensor([answer], device=network.device)
            logits = network(input_ids=ids, labels=labels).logits[0]
    chances = torch.log_softmax(logits.float(), dim=-1)
    wanted = torch.tensor(answer, device=chances.device).unsqueeze(1)
    return float(chances.gather(1, wanted).sum())
