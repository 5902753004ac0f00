"""A model that is asked and answers: log-probabilities and answers, for both architectures.

An encoder-decoder reads the question once, however many answers it gives; a causal model goes on
with the question's text. What differs between them is in `_EncoderDecoder` and `_Causal`; nothing
else of the trainer knows which it has.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from transformers import DynamicCache, EncoderDecoderCache
from transformers.modeling_outputs import BaseModelOutput

from training.prompting import Prompting

Tensor = Any
Tokens = list[int]


@dataclass(frozen=True)
class Answers:
    """Answers to questions: row i is an answer to question `owner[i]`."""

    tokens: Tensor
    """(answers, tokens), with the end where there is one, then padding."""
    mask: Tensor
    """Float; 1 for a token of the answer, its end included."""
    owner: Tensor
    """(answers,)"""
    finished: Tensor
    """(answers,): ended by itself, not cut off."""
    log_probabilities: Tensor = None
    """As they were when sampled; None for answers that were given."""

    def lists(self) -> list[Tokens]:
        lengths = self.mask.sum(dim=1).long().tolist()
        return [row[:length] for row, length in zip(self.tokens.tolist(), lengths, strict=True)]

    def rows(self, start: int, stop: int) -> "Answers":
        """A part, with all questions."""
        stored = self.log_probabilities
        return Answers(
            self.tokens[start:stop],
            self.mask[start:stop],
            self.owner[start:stop],
            self.finished[start:stop],
            None if stored is None else stored[start:stop],
        )


class _Reader(Protocol):
    """One architecture. `questions` is (questions, tokens) with its mask."""

    def log_probabilities(self, ids: Tensor, mask: Tensor, answers: Answers) -> Tensor: ...

    def begin(self, ids: Tensor, mask: Tensor, owner: Tensor) -> "_Continuation": ...


class _Continuation(Protocol):
    """Answers under way. `first` are the tokens that come before the first of an answer."""

    def logits(self, newest: Tensor | None) -> Tensor:
        """(answers, vocabulary) for the next token, after the newest one of each answer."""
        ...

    def keep(self, rows: Tensor) -> None:
        """Go on with these answers only."""
        ...


class AnsweringModel:
    """`network` is a transformers model. No adapter is known here."""

    def __init__(self, network: Any, prompting: Prompting) -> None:
        self.network = network
        self.prompting = prompting
        self.device = network.device
        self._reader: _Reader = (_Causal if prompting.causal else _EncoderDecoder)(
            network, prompting.pad
        )

    def given(self, answers: Sequence[Tokens], owner: Sequence[int] | None = None) -> Answers:
        """Answers that somebody gave; by default one to each question."""
        tokens, mask = _padded(answers, self.prompting.pad, left=False)
        owners = list(range(len(answers))) if owner is None else list(owner)
        finished = [answer[-1:] == [self.prompting.end] for answer in answers]
        return Answers(
            tokens.to(self.device),
            mask.float().to(self.device),
            torch.tensor(owners, device=self.device),
            torch.tensor(finished, device=self.device),
        )

    def log_probabilities(self, questions: Sequence[Tokens], answers: Answers) -> Tensor:
        """(answers, tokens): of each token of an answer after the ones before; 0 for padding."""
        ids, mask = self._questions(questions)
        return self._reader.log_probabilities(ids, mask, answers) * answers.mask

    def sample(
        self,
        questions: Sequence[Tokens],
        *,
        samples: int = 1,
        longest: int,
        generator: Any = None,
    ) -> Answers:
        """`samples` answers in a row to each question; the likeliest tokens without a generator."""
        ids, mask = self._questions(questions)
        owner = torch.arange(len(questions), device=self.device).repeat_interleave(samples)
        with torch.no_grad():
            return self._decoded(self._reader.begin(ids, mask, owner), owner, longest, generator)

    def greedy(self, questions: Sequence[Tokens], *, longest: int, batch: int = 32) -> list[Tokens]:
        """The likeliest answer to each question, in their order."""
        answers: list[Tokens] = [[] for _ in questions]
        # Those of a similar length together: less padding to reckon with.
        order = sorted(range(len(questions)), key=lambda i: len(questions[i]))
        for part in _parts(order, batch):
            found = self.sample([questions[i] for i in part], longest=longest)
            for i, tokens in zip(part, found.lists(), strict=True):
                answers[i] = tokens
        return answers

    def _questions(self, questions: Sequence[Tokens]) -> tuple[Tensor, Tensor]:
        ids, mask = _padded(questions, self.prompting.pad, left=self.prompting.causal)
        return ids.to(self.device), mask.to(self.device)

    def _decoded(
        self, going: _Continuation, owner: Tensor, longest: int, generator: Any
    ) -> Answers:
        count, end, pad = len(owner), self.prompting.end, self.prompting.pad
        tokens = torch.full((count, longest), pad, device=self.device)
        chances = torch.zeros((count, longest), device=self.device)
        lengths = torch.full((count,), longest, device=self.device)
        finished = torch.zeros(count, dtype=torch.bool, device=self.device)
        rows = torch.arange(count, device=self.device)
        """Those under way, by their number."""
        newest = None
        for position in range(longest):
            logits = going.logits(newest).float()
            log_chances = torch.log_softmax(logits, dim=-1)
            if generator is None:
                newest = logits.argmax(dim=-1)
            else:
                newest = torch.multinomial(log_chances.exp(), 1, generator=generator).squeeze(1)
            open_rows = ~finished[rows]
            tokens[rows[open_rows], position] = newest[open_rows]
            of_newest = log_chances.gather(1, newest.unsqueeze(1)).squeeze(1)
            chances[rows[open_rows], position] = of_newest[open_rows]
            ended = rows[open_rows & (newest == end)]
            finished[ended] = True
            lengths[ended] = position + 1
            open_rows = (~finished[rows]).nonzero().squeeze(1)
            if len(open_rows) == 0:
                break
            # Making room costs a copy of what is remembered, so not for each that has ended.
            if len(open_rows) <= len(rows) * 3 // 4:
                going.keep(open_rows)
                rows, newest = rows[open_rows], newest[open_rows]
        width = int(lengths.max())
        mask = (torch.arange(width, device=self.device) < lengths.unsqueeze(1)).float()
        return Answers(tokens[:, :width], mask, owner, finished, chances[:, :width])


class _EncoderDecoder:
    """The question goes through the encoder once, with all its answers behind it."""

    def __init__(self, network: Any, pad: int) -> None:
        self._network = network
        start = network.config.decoder_start_token_id
        self._start = pad if start is None else start

    def log_probabilities(self, ids: Tensor, mask: Tensor, answers: Answers) -> Tensor:
        read = self._network.get_encoder()(input_ids=ids, attention_mask=mask)[0]
        shifted = answers.tokens.roll(1, dims=1)
        shifted[:, 0] = self._start
        logits = self._network(
            encoder_outputs=BaseModelOutput(last_hidden_state=read[answers.owner]),
            attention_mask=mask[answers.owner],
            decoder_input_ids=shifted,
            use_cache=False,
        ).logits
        return _of_tokens(logits, answers.tokens)

    def begin(self, ids: Tensor, mask: Tensor, owner: Tensor) -> "_Decoding":
        read = self._network.get_encoder()(input_ids=ids, attention_mask=mask)[0]
        return _Decoding(self._network, read[owner], mask[owner], self._start)


class _Decoding:
    def __init__(self, network: Any, read: Tensor, mask: Tensor, start: int) -> None:
        self._network = network
        self._read = read
        self._mask = mask
        self._start = start
        self._cache = EncoderDecoderCache(DynamicCache(), DynamicCache())

    def logits(self, newest: Tensor | None) -> Tensor:
        if newest is None:
            newest = torch.full((len(self._read),), self._start, device=self._read.device)
        return self._network(
            encoder_outputs=BaseModelOutput(last_hidden_state=self._read),
            attention_mask=self._mask,
            decoder_input_ids=newest.unsqueeze(1),
            past_key_values=self._cache,
            use_cache=True,
        ).logits[:, -1]

    def keep(self, rows: Tensor) -> None:
        self._read, self._mask = self._read[rows], self._mask[rows]
        self._cache.batch_select_indices(rows)


class _Causal:
    """Questions end, and answers begin, at the same place: padding is left of questions."""

    def __init__(self, network: Any, pad: int) -> None:
        del pad
        self._network = network

    def log_probabilities(self, ids: Tensor, mask: Tensor, answers: Answers) -> Tensor:
        whole = torch.cat([ids[answers.owner], answers.tokens], dim=1)
        seen = torch.cat([mask[answers.owner], answers.mask.long()], dim=1)
        logits = self._network(
            input_ids=whole,
            attention_mask=seen,
            position_ids=_positions(seen),
            use_cache=False,
            # The last of the question says the first token, the last token says nothing.
            logits_to_keep=answers.tokens.shape[1] + 1,
        ).logits[:, :-1]
        return _of_tokens(logits, answers.tokens)

    def begin(self, ids: Tensor, mask: Tensor, owner: Tensor) -> "_GoingOn":
        return _GoingOn(self._network, ids, mask, owner)


class _GoingOn:
    def __init__(self, network: Any, ids: Tensor, mask: Tensor, owner: Tensor) -> None:
        self._network = network
        self._cache = DynamicCache()
        # The question is read once for all its answers.
        first = network(
            input_ids=ids,
            attention_mask=mask,
            position_ids=_positions(mask),
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits[:, -1]
        self._first = first[owner]
        self._cache.batch_select_indices(owner)
        self._mask = mask[owner]

    def logits(self, newest: Tensor | None) -> Tensor:
        if newest is None:
            return self._first
        self._mask = torch.cat([self._mask, torch.ones_like(self._mask[:, :1])], dim=1)
        return self._network(
            input_ids=newest.unsqueeze(1),
            attention_mask=self._mask,
            position_ids=_positions(self._mask)[:, -1:],
            past_key_values=self._cache,
            use_cache=True,
        ).logits[:, -1]

    def keep(self, rows: Tensor) -> None:
        self._mask = self._mask[rows]
        self._cache.batch_select_indices(rows)


def _of_tokens(logits: Tensor, tokens: Tensor) -> Tensor:
    logits = logits.float()
    chosen = logits.gather(2, tokens.unsqueeze(2)).squeeze(2)
    return chosen - torch.logsumexp(logits, dim=-1)


def _positions(mask: Tensor) -> Tensor:
    return (mask.cumsum(dim=1) - 1).clamp(min=0)


def _padded(rows: Sequence[Tokens], pad: int, *, left: bool) -> tuple[Tensor, Tensor]:
    width = max(1, *map(len, rows)) if rows else 1
    ids = torch.full((len(rows), width), pad)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for i, row in enumerate(rows):
        place = slice(width - len(row), width) if left else slice(0, len(row))
        ids[i, place] = torch.tensor(row, dtype=torch.long)
        mask[i, place] = 1
    return ids, mask


def _parts(rows: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
