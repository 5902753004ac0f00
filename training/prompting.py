"""How a model is asked: a customer's question, as the tokens that the model reads."""

import re
from datetime import date
from typing import Any

from training.serving import inference

CUE = "\nassistant:"
"""What comes after the question where a model goes on with a text, and has no template of its own.

`serving/inference.py` asks in the same words.
"""
_TODAY = date(2024, 7, 26)
"""For templates that tell the model the date: what Llama's tell it where there is no clock."""
_CLOCK = re.compile(r"""strftime_now\(\s*(['"])(.*?)\1\s*\)""")


def without_clock(template: str) -> str:
    """The template with a fixed date in it.

    Otherwise a question reads differently each day: after a midnight a training would not go on as
    it began, and an endpoint would find other golden tokens than were trained.
    """
    return _CLOCK.sub(lambda found: repr(_TODAY.strftime(found[2])), template)


class Prompting:
    """Tokens of questions and answers for one tokenizer.

    An encoder-decoder reads the text as it is. A causal model reads it in its chat template, or,
    without one, with a cue at its end.
    """

    def __init__(self, tokenizer: Any, *, causal: bool) -> None:
        self.tokenizer = tokenizer
        self.causal = causal
        self.pad: int = tokenizer.pad_token_id
        self.end: int = tokenizer.eos_token_id

    @property
    def templated(self) -> bool:
        return self.causal and bool(getattr(self.tokenizer, "chat_template", None))

    def shortened(self, asked: str) -> str:
        """Of a question that is too long, its end."""
        return inference.shortened(self.tokenizer, asked)

    def text(self, asked: str) -> str:
        """What the model reads."""
        asked = self.shortened(asked)
        if not self.causal:
            return asked
        if self.templated:
            templated: str = self.tokenizer.apply_chat_template(
                [{"role": "user", "content": asked}], tokenize=False, add_generation_prompt=True
            )
            return templated
        return asked + CUE

    def ids(self, asked: str) -> list[int]:
        ids: list[int] = self.tokenizer(self.text(asked), add_special_tokens=not self.templated)[
            "input_ids"
        ]
        return ids

    def answer_ids(self, answer: str) -> list[int]:
        """With the end of the text."""
        text = self.after_cue(answer) if self.causal and not self.templated else answer
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return [*ids, self.end]

    def after_cue(self, answer: str) -> str:
        return f" {answer}"

    def texts(self, answers: list[list[int]]) -> list[str]:
        decoded: list[str] = self.tokenizer.batch_decode(answers, skip_special_tokens=True)
        return [text.strip() for text in decoded]
