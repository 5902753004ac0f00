"""Conversations of other chatbots, in the formats that they are usually kept in.

| shape | known from |
|---|---|
| `[{"role": "user", "content": "…"}, …]` | OpenAI; the content may be a list of parts |
| `{"messages": [… as above …], "id": …}` | the same with what is known of the conversation |
| `{"role": …, "content": [{"text": "…"}]}` as messages of either | Amazon Bedrock's Converse |
| `{"conversations": [{"from": "human", "value": "…"}, …]}` | ShareGPT |
| `{"source": "question, answer", "relevance": …}` | manifests of labelling jobs |

Which one it is, the shape says. Beside the messages may stand `id` (or `conversation_id`),
`language`, `channel`, `model`, in the object or in its `metadata`; beside an answer `id`, `model`,
`thumb` (`up`, `down`), `escalated` (true), `confidence` (0 to 1), `at`. What else there is does not
matter.
"""

import hashlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from tandem.review import manifest
from tandem.review.pairs import SCHEMA, is_identifier, read_transcript
from tandem.review.talks import GivenLabel, RawPair, Said, Talk, Unreadable

MOST_MESSAGES = 5000
"""Of one conversation."""

type Json = Mapping[str, Any]

_AUTHORS: dict[str, Literal["customer", "assistant", "expert", "silent"]] = {
    "user": "customer",
    "human": "customer",
    "customer": "customer",
    "assistant": "assistant",
    "ai": "assistant",
    "bot": "assistant",
    "chatbot": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
    "expert": "expert",
    "system": "silent",
    "developer": "silent",
    "tool": "silent",
    "function": "silent",
}
"""Who a role is. What the silent ones say is no part of the conversation."""
_TEXT_PARTS = ("text", "input_text", "output_text")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_NAME = re.compile(r"[^\s\x00-\x1f|][^\x00-\x1f|]{0,255}")
# The end of a question that an answer follows after a comma, as in "What is it?, It is …"; the
# first that is found decides.
_ENDS_OF_QUESTIONS = (
    re.compile(r"[?？؟][\"'”’)]?\s{0,20},"),
    re.compile(r"[!.！。][\"'”’)]?\s{0,20},"),
)
_LATEST = 253402300799  # 9999-12-31, in seconds
_MILLISECONDS_FROM = 10**11


def talks(value: object) -> Iterator[Talk | Unreadable]:
    """The conversations of a JSON value, and what of it is none, with why."""
    if isinstance(value, list) and value and not _is_message(value[0]):
        for number, each in enumerate(value, 1):
            found = _tried(each)
            if isinstance(found, Unreadable):
                found = Unreadable(f"entry {number}: {found}")
            yield found
    else:
        yield _tried(value)


def _tried(value: object) -> Talk | Unreadable:
    try:
        return _talk(value)
    except Unreadable as error:
        return error
    except Exception as error:  # what reading raises, it raises every time: the others go on
        return Unreadable(
            f"something in it is of no use, such as a time or a number out of bounds, or what is "
            f"nested too deeply ({type(error).__name__})"
        )


def _talk(value: object) -> Talk:
    if isinstance(value, list) and value:
        return _conversation({}, value, *_keys(value[0]))
    if isinstance(value, dict):
        if str(value.get("schema", "")).startswith(SCHEMA):
            return read_transcript(value)
        if isinstance(value.get("messages"), list):
            return _conversation(value, value["messages"], "role", "content")
        if isinstance(value.get("conversations"), list):
            return _conversation(value, value["conversations"], "from", "value")
        if isinstance(value.get("source"), str):
            return _manifest_line(value, value["source"])
        if "source-ref" in value:
            raise Unreadable(
                "the manifest's line points to another object (source-ref): put question and "
                "answer into the line itself, as prompt and response"
            )
    raise Unreadable(
        "it is no conversation: expected a list of messages with role and content, or an object "
        "with messages, conversations or source"
    )


def _is_message(value: object) -> bool:
    return isinstance(value, dict) and ("role" in value or "from" in value)


def _keys(message: object) -> tuple[str, str]:
    of_sharegpt = isinstance(message, dict) and "from" in message and "role" not in message
    return ("from", "value") if of_sharegpt else ("role", "content")


# --- lists of messages ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer, of one message or several."""

    turn_id: str
    texts: list[str]
    messages: list[Json]


def _conversation(head: Json, messages: Sequence[object], role: str, content: str) -> Talk:
    if len(messages) > MOST_MESSAGES:
        raise Unreadable(f"it has {len(messages)} messages; at most {MOST_MESSAGES} are read")
    about = {**_object(head.get("metadata")), **head}
    model = _name(about, "model", "model_id")
    said: list[Said] = []
    pairs: list[RawPair] = []
    question: list[str] = []
    begins = 0
    answer: _Answer | None = None
    names: list[str] = []
    for number, message in enumerate(messages, 1):
        author, text = _message(message, number, role, content)
        assert isinstance(message, dict)
        if not text or author == "silent":
            continue
        if author != "assistant" and answer is not None:
            pairs.append(_pair(question, answer, begins, model))
            question, answer = [], None
        if author == "customer":
            if not question:
                begins = len(said)
            question.append(text)
        elif author == "expert":
            question = []
        elif question:
            answer = answer or _Answer(_turn_id(message, number), [], [])
            answer.texts.append(text)
            answer.messages.append(message)
        said.append(Said(author, text))
        if author != "assistant":
            names += _given_name(message)
    if answer is not None:
        pairs.append(_pair(question, answer, begins, model))
    if not said:
        raise Unreadable("nobody says anything in it")
    return Talk(
        conversation_id=_conversation_id(about),
        said=tuple(said),
        pairs=tuple(pairs),
        names=tuple(dict.fromkeys(names)),
        language=_language(about),
        channel=_name(about, "channel") or "import",
    )


def _message(
    message: object, number: int, role: str, content: str
) -> tuple[Literal["customer", "assistant", "expert", "silent"], str]:
    if not isinstance(message, dict):
        raise Unreadable(f"message {number} is no object")
    who = message.get(role)
    author = _AUTHORS.get(who.casefold()) if isinstance(who, str) else None
    if author is None:
        known = ", ".join(_AUTHORS)
        raise Unreadable(f"message {number} has no {role} that is known: {known}")
    text = _text(message.get(content), number)
    return author, text.strip()


def _text(content: object, number: int) -> str:
    """Of a text, or of a list of parts: pictures, calls of tools and the like are left out."""
    match content:
        case None:
            return ""  # an answer that only calls a tool
        case str():
            return content
        case {"text": str(text)}:
            return text
        case list():
            return "\n".join(text for part in content if (text := _part(part)))
    raise Unreadable(f"message {number} has a content that is neither a text nor a list of parts")


def _part(part: object) -> str:
    if isinstance(part, dict) and part.get("type", "text") in _TEXT_PARTS:
        part = part.get("text")
    return part if isinstance(part, str) else ""


def _pair(question: Sequence[str], answer: _Answer, begins: int, model: str | None) -> RawPair:
    """What is bad of one message is bad of the answer; of what else is said, the latest counts."""
    shares = [_share(each.get("confidence")) for each in answer.messages]
    models = [_name(each, "model", "model_id") for each in answer.messages]
    moments = [_instant(each) for each in answer.messages]
    return RawPair(
        turn_id=answer.turn_id,
        question="\n".join(question),
        answer="\n".join(answer.texts),
        begins=begins,
        model_id=next(filter(None, reversed(models)), model),
        confidence=min((share for share in shares if share is not None), default=None),
        answered_at=next(filter(None, reversed(moments)), None),
        escalated=any(each.get("escalated") is True for each in answer.messages),
        thumbs_down=any(each.get("thumb") == "down" for each in answer.messages),
    )


def _turn_id(message: Json, number: int) -> str:
    given = message.get("id")
    return given if isinstance(given, str) and is_identifier(given) else f"m{number}"


def _given_name(message: Json) -> list[str]:
    name = message.get("name")
    return [name.strip()] if isinstance(name, str) and len(name.strip()) > 1 else []


# --- lines of manifests --------------------------------------------------------------------------
def _manifest_line(line: Json, source: str) -> Talk:
    prompt, response = line.get("prompt"), line.get("response")
    if isinstance(prompt, str) and isinstance(response, str):
        question, answer = prompt.strip(), response.strip()
    else:
        question, answer = _split(source)
    if not question or not answer:
        raise Unreadable("its question or its answer is empty")
    named = {"conversation_id": line.get("conversation-id")}
    about = {**named, **_object(line.get("metadata")), **line}
    turn_id = line.get("turn-id")
    return Talk(
        conversation_id=_conversation_id(about),
        said=(Said("customer", question), Said("assistant", answer)),
        pairs=(
            RawPair(
                turn_id=turn_id if isinstance(turn_id, str) and is_identifier(turn_id) else "m2",
                question=question,
                answer=answer,
                begins=0,
                model_id=_name(about, "model-id", "model", "model_id"),
                label=_label(line),
            ),
        ),
        language=_language(about),
        channel=_name(about, "channel") or "import",
    )


def _split(source: str) -> tuple[str, str]:
    """Question and answer of `question, answer`: after the first sentence's end that a comma
    follows, or at the only comma. Raises `Unreadable` where nobody can tell."""
    ends = (each.search(source) for each in _ENDS_OF_QUESTIONS)
    if (end := next((each for each in ends if each is not None), None)) is not None:
        question, answer = source[: end.end() - 1], source[end.end() :]
    else:
        question, _, answer = source.partition(",")
        if "," in answer or not answer:
            commas = source.count(",")
            raise Unreadable(
                f"nobody can tell where the question ends in its source ({commas} commas): give "
                "the two as prompt and response"
            )
    return question.strip(), answer.strip()


def _label(line: Json) -> GivenLabel | None:
    """The label of an output manifest's line; None where it has none, or a machine gave it."""
    attribute = _attribute(line)
    if attribute is None:
        return None
    metadata = _object(line.get(f"{attribute}-metadata"))
    if str(metadata.get("human-annotated", "yes")).casefold() == "no":
        return None
    try:
        found = manifest.read_label(line[attribute], attribute)
    except manifest.UnreadableLabel as error:
        raise Unreadable(f"its label cannot be read: {error}") from None
    raters = found.get("raters", metadata.get("raters"))
    return GivenLabel(
        rating=found["rating"],
        raters=raters if type(raters) is int and raters > 0 else 1,
        agreement=_share(found.get("agreement")),
        better_answers=found["better_answers"],
        job=(manifest.job_name(metadata) or "import")[:128],
        at=_moment(metadata.get("creation-date")),
    )


def _attribute(line: Json) -> str | None:
    for key in line:
        name = str(key).removesuffix("-metadata")
        if name != key and line.get(name) is not None:
            return name
    return "relevance" if line.get("relevance") is not None else None


# --- what stands beside --------------------------------------------------------------------------
def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _conversation_id(about: Json) -> str | None:
    for key in ("conversation_id", "id"):
        given = about.get(key)
        if isinstance(given, str) and given:
            return given if is_identifier(given) else _digested(given)
        if type(given) is int:
            return f"import-{given}" if abs(given) < 10**30 else _digested(str(given))
    return None


def _digested(given: str) -> str:
    """An id of a foreign kind may be an address."""
    return f"import-{hashlib.sha256(given.encode(errors='replace')).hexdigest()[:24]}"


def _language(about: Json) -> str:
    given = about.get("language")
    return given if isinstance(given, str) and _LANGUAGE.fullmatch(given) else "und"


def _name(about: Json, *keys: str) -> str | None:
    for key in keys:
        given = about.get(key)
        if isinstance(given, str) and _NAME.fullmatch(given):
            return given
    return None


def _share(value: object) -> float | None:
    if type(value) not in (int, float):
        return None
    assert isinstance(value, int | float)
    return float(value) if 0 <= value <= 1 and math.isfinite(value) else None


def _instant(message: Json) -> datetime | None:
    found = (_moment(message.get(key)) for key in ("at", "timestamp", "created_at"))
    return next((each for each in found if each is not None), None)


def _moment(value: object) -> datetime | None:
    """Of ISO 8601, or of seconds or milliseconds since 1970."""
    if isinstance(value, str):
        try:
            read = datetime.fromisoformat(value)
            return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        except (ValueError, OverflowError):
            return None
    if type(value) in (int, float):
        assert isinstance(value, int | float)
        # Compared before it is divided: a whole number may have more digits than a float takes.
        if not 0 <= value <= 1000 * _LATEST:
            return None
        seconds = value / 1000 if value >= _MILLISECONDS_FROM else value
        return datetime.fromtimestamp(seconds, UTC) if seconds <= _LATEST else None
    return None
