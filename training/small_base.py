"""Makes a small base: a tokenizer and a model of about a million parameters, of Markdown documents.

    python -m training.small_base --documents local/knowledge --out .cache/small-base

It has read nothing but the documents, and answers a question about them with one of their
sentences, or with what looks like one. It stands in for a real base, such as Flan-T5, where no
weights are at hand. The same documents, options and versions give the same files.
"""

import argparse
import itertools
import json
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from tqdm import tqdm
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)
from transformers.utils.logging import disable_progress_bar

from tandem.tuning.rewards.asked import asked_text
from training.document_questions import MANNERS, Example, batches, questions_about, subjects_of
from training.prompting import Prompting

PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"
_LICENSE = "The weights are made of the documents they were trained on, and under their licence.\n"
_BATCH = 16
_LONGEST = 64
"""Tokens of an answer that are learned from."""


def make(
    documents: Path,
    out: Path,
    *,
    architecture: str = "encoder-decoder",
    steps: int = 800,
    learning_rate: float = 3e-3,
    vocabulary: int = 2048,
    width: int = 128,
    seed: int = 1,
) -> float:
    """Writes the base's folder, and returns the loss of the last steps, in nats per token.

    Raises ValueError when the documents have no sentences to learn from.
    """
    subjects = subjects_of(documents)
    if not subjects:
        raise ValueError(f"{documents} has no Markdown documents with a heading and sentences.")
    return train(
        [text for s in subjects for text in (*questions_about(s), *s.sentences)] + list(MANNERS),
        batches(subjects, _BATCH, seed=seed),
        out,
        architecture=architecture,
        steps=steps,
        learning_rate=learning_rate,
        vocabulary=vocabulary,
        width=width,
        seed=seed,
    )


def train(
    texts: Sequence[str],
    examples: Iterable[Sequence[Example]],
    out: Path,
    *,
    architecture: str = "encoder-decoder",
    steps: int,
    learning_rate: float = 3e-3,
    vocabulary: int = 2048,
    width: int = 128,
    seed: int = 1,
) -> float:
    """The same of examples of any other kind, batch by batch; `texts` make the tokenizer."""
    # Two threads that share a small machine are several times slower than one.
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    tokenizer = _tokenizer(texts, vocabulary, architecture)
    model = _MODELS[architecture](tokenizer, width)
    prompting = Prompting(tokenizer, causal=architecture == "causal")
    encoded = (_encoded(batch, prompting) for batch in itertools.islice(examples, steps))
    loss = _train(model, encoded, steps, learning_rate)
    _write(model, tokenizer, out)
    return loss


def _tokenizer(texts: Sequence[str], vocabulary: int, architecture: str) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[PAD, END, UNKNOWN],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    turns = [asked_text("?", [("customer", "?"), ("assistant", "."), ("expert", ".")])]
    tokenizer.train_from_iterator([*texts, *turns * _BATCH], trainer)
    if architecture == "encoder-decoder":
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"$A {END}", special_tokens=[(END, tokenizer.token_to_id(END))]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        unk_token=UNKNOWN,
        model_max_length=512,
        clean_up_tokenization_spaces=False,
    )


def _t5(tokenizer: PreTrainedTokenizerFast, width: int) -> Any:
    return T5ForConditionalGeneration(
        T5Config(
            vocab_size=len(tokenizer),
            d_model=width,
            d_kv=width // 4,
            d_ff=2 * width,
            num_layers=2,
            num_decoder_layers=2,
            num_heads=4,
            dropout_rate=0.0,
            feed_forward_proj="gated-gelu",
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            decoder_start_token_id=tokenizer.pad_token_id,
        )
    )


def _llama(tokenizer: PreTrainedTokenizerFast, width: int) -> Any:
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            intermediate_size=2 * width,
            num_hidden_layers=3,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=512,
            tie_word_embeddings=True,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
        )
    )


_MODELS = {"encoder-decoder": _t5, "causal": _llama}


def _encoded(batch: Sequence[Example], prompting: Prompting) -> dict[str, Any]:
    asked = [prompting.ids(asked_text(e.question, e.context)) for e in batch]
    answers = [prompting.answer_ids(e.answer)[:_LONGEST] for e in batch]
    pad = prompting.pad
    if not prompting.causal:
        ids = _padded(asked, pad)
        return {
            "input_ids": ids,
            "attention_mask": (ids != pad).long(),
            "labels": _padded(answers, -100),
        }
    pairs = list(zip(asked, answers, strict=True))
    ids = _padded([question + answer for question, answer in pairs], pad)
    return {
        "input_ids": ids,
        "attention_mask": (ids != pad).long(),
        "labels": _padded([[-100] * len(question) + answer for question, answer in pairs], -100),
    }


def _padded(rows: Sequence[list[int]], filler: int) -> Any:
    longest = max(map(len, rows))
    return torch.tensor([row + [filler] * (longest - len(row)) for row in rows])


def _train(model: Any, encoded: Iterator[dict[str, Any]], steps: int, rate: float) -> float:
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=rate, total_steps=steps + 1, pct_start=0.1
    )
    newest: list[float] = []
    for batch in tqdm(encoded, total=steps, desc="small base", disable=not sys.stderr.isatty()):
        loss = model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        newest = [*newest[-49:], float(loss.detach())]
    model.eval()
    return sum(newest) / len(newest)


def _write(model: Any, tokenizer: PreTrainedTokenizerFast, out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    (out / "LICENSE").write_text(_LICENSE)
    (out / "base.json").write_text(json.dumps({"name": "small-base", "model_ids": ["small-base"]}))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m training.small_base", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("--documents", type=Path, required=True, help="folder of Markdown files")
    parser.add_argument("--out", type=Path, required=True, help="the base's folder, made anew")
    parser.add_argument("--architecture", choices=sorted(_MODELS), default="encoder-decoder")
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    # Of its own, the training has one.
    disable_progress_bar()
    began = time.monotonic()
    try:
        loss = make(
            given.documents,
            given.out,
            architecture=given.architecture,
            steps=given.steps,
            seed=given.seed,
        )
    except ValueError as error:
        sys.exit(str(error))
    print(f"{given.out}: loss {loss:.2f} after {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
