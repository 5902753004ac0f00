"""The base with a LoRA adapter: what is trained, and what it started from, in one set of weights.

The reference is the same network with the adapter switched off, so no second copy is kept.
"""

import gc
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from peft import (
    LoraConfig,
    PeftModel,
    TaskType,
    get_peft_model,
    get_peft_model_state_dict,
    prepare_model_for_kbit_training,
    set_peft_model_state_dict,
)
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    BitsAndBytesConfig,
)
from transformers.modeling_layers import GradientCheckpointingLayer

from training.answering import AnsweringModel
from training.base_files import Base, header
from training.failures import TrainingError
from training.prompting import Prompting, without_clock

_STORED = {"BF16": torch.bfloat16, "F16": torch.float16}
"""safetensors' names of kinds of numbers; any other is float32 here."""


def device() -> Any:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def number_type() -> Any:
    """bfloat16 on a GPU that has it. Never float16: T5's activations are too large for it."""
    return torch.bfloat16 if torch.cuda.is_available() else torch.float32


def tokenizer_of(base: Base) -> Any:
    try:
        tokenizer = AutoTokenizer.from_pretrained(base.folder)
    except Exception as error:  # tokenizers raises a bare Exception
        raise TrainingError(
            f"The tokenizer of the base in {base.folder} cannot be read: {error}"
        ) from error
    if tokenizer.eos_token_id is None:
        raise TrainingError(f"The tokenizer in {base.folder} has no token for the end of a text.")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    template = getattr(tokenizer, "chat_template", None)
    if isinstance(template, str):
        tokenizer.chat_template = without_clock(template)
    return tokenizer


def load_network(base: Base, *, kind: Any, eight_bit: bool = False, on: Any = None) -> Any:
    """The base itself, for use, with numbers of the given kind. Raises TrainingError.

    `on`: a device; by default the GPU where there is one.
    """
    settings: dict[str, Any] = {"dtype": kind}
    if eight_bit:
        settings["quantization_config"] = BitsAndBytesConfig(load_in_8bit=True)
        settings["device_map"] = {"": device()}
    loader = AutoModelForCausalLM if base.causal else AutoModelForSeq2SeqLM
    try:
        network = loader.from_pretrained(base.folder, **settings)
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        raise TrainingError(f"The base in {base.folder} cannot be loaded: {error}") from error
    rows, tokens = network.get_input_embeddings().num_embeddings, len(tokenizer_of(base))
    if tokens > rows:
        raise TrainingError(
            f"The tokenizer in {base.folder} does not belong to this base: it has {tokens} tokens, "
            f"the weights know {rows}. Put the tokenizer of the base's release there."
        )
    network.eval()
    return network if eight_bit else network.to(on or device())


def free_memory() -> None:
    """Of networks that nobody uses: trainers and adapters refer to themselves in circles."""
    gc.collect()
    torch.cuda.empty_cache()


class Policy:
    """Starts as the base: a new adapter changes nothing."""

    def __init__(
        self, base: Base, *, lora: str, rank: int, seed: int, eight_bit: bool = False
    ) -> None:
        network = load_network(base, kind=number_type(), eight_bit=eight_bit)
        if eight_bit:
            network = prepare_model_for_kbit_training(network, use_gradient_checkpointing=False)
        torch.manual_seed(seed)
        self.peft: Any = get_peft_model(network, _lora(base, lora, rank))
        # No dropout, neither in sampling nor in learning: ratios compare the same function.
        self.peft.eval()
        self.prompting = Prompting(tokenizer_of(base), causal=base.causal)
        self.answering = AnsweringModel(self.peft.get_base_model(), self.prompting)
        self._recomputed: list[Any] = []
        if self.answering.device.type == "cuda":
            self.recompute_layers()

    def recompute_layers(self) -> None:
        """Gradient checkpointing: keep what goes into each layer only, and reckon the rest again.

        Of Flan-T5 XL's size 5 kB for each token and layer instead of 163 (LoRA in the attention) or
        231 (in all), for a third more of arithmetic.
        """
        self.answering.network.gradient_checkpointing_enable({"use_reentrant": False})
        self._recomputed = [
            one for one in self.peft.modules() if isinstance(one, GradientCheckpointingLayer)
        ]

    @contextmanager
    def learning(self) -> Iterator[None]:
        """While there are gradients to reckon."""
        # transformers recomputes a layer that is being trained; what is in it stays without
        # dropout.
        for layer in self._recomputed:
            layer.training = True
        try:
            yield
        finally:
            for layer in self._recomputed:
                layer.training = False

    @contextmanager
    def reference(self) -> Iterator[AnsweringModel]:
        """The base, without gradients."""
        with torch.no_grad(), self.peft.disable_adapter():
            yield self.answering

    def parameters(self) -> list[Any]:
        return [one for one in self.peft.parameters() if one.requires_grad]

    def adapter(self) -> dict[str, Any]:
        """A copy, in the computer's memory."""
        found = get_peft_model_state_dict(self.peft)
        return {name: value.detach().cpu().clone() for name, value in found.items()}

    def set_adapter(self, adapter: Mapping[str, Any]) -> None:
        """Raises TrainingError when it is of another base."""
        try:
            told = set_peft_model_state_dict(self.peft, dict(adapter))
        except RuntimeError as error:
            raise TrainingError(
                "The adapter does not belong to this base: its layers have other shapes."
            ) from error
        wanted = get_peft_model_state_dict(self.peft).keys()
        if told.unexpected_keys or set(wanted) - set(adapter):
            raise TrainingError(
                "The adapter does not belong to this base: its layers have other names."
            )

    def save_adapter(self, folder: Any) -> None:
        # TRL adds an adapter of its own for the reference.
        self.peft.save_pretrained(folder, selected_adapters=["default"])


def merged(base: Base, adapter: Any) -> Any:
    """A freshly loaded base, as it came, with the adapter in its weights; on the processor.

    Not the base that was trained on: merged into 8-bit weights the changes would be rounded away.
    """
    network = load_network(base, kind=_stored_type(base), on="cpu")
    return PeftModel.from_pretrained(network, adapter, torch_device="cpu").merge_and_unload()


def _stored_type(base: Base) -> Any:
    """The kind of most of its numbers. The configuration may not say it, or under an older name."""
    numbers: Counter[str] = Counter()
    for path in base.folder.glob("*.safetensors"):
        for name, entry in header(path).items():
            if name != "__metadata__":
                start, end = entry["data_offsets"]
                numbers[entry["dtype"]] += end - start
    return _STORED.get(max(numbers, key=lambda kind: numbers[kind], default=""), torch.float32)


def _lora(base: Base, lora: str, rank: int) -> LoraConfig:
    return LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=0.0,
        # None: the attention's layers that peft knows for this kind of model (T5: q, v).
        target_modules="all-linear" if lora == "all-linear" else None,
        task_type=TaskType.CAUSAL_LM if base.causal else TaskType.SEQ_2_SEQ_LM,
    )
