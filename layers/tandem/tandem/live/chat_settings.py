"""What a page shows of the chat before the customer has written anything."""

from tandem.live.languages import in_language
from tandem.live.models import Frozen
from tandem.live.ports import World

TITLES = {"en": "Chat"}
GREETINGS = {
    "en": "Hello! What can I do for you?",
    "de": "Hallo! Was kann ich für Sie tun?",
    "fr": "Bonjour ! Que puis-je faire pour vous ?",
    "es": "¡Hola! ¿En qué puedo ayudarle?",
}


class ChatSettings(Frozen):
    """The chat's words in the customer's language, and what it can do."""

    title: str
    greeting: str
    suggestions: tuple[str, ...]
    """Questions to begin with; none, where the policy has none."""
    max_message_chars: int
    person: bool
    """A person can be called: the escalation module is on."""
    assistant: bool
    """Tandem's assistant answers; if not, a chatbot of the team's own does."""


def chat_settings(world: World, language: str) -> ChatSettings:
    """From the policy alone: no conversation is read.

    Words are in exactly this language (a tag such as `de-AT`), else in its base language, else in
    English.
    """
    policy = world.policies.current()
    title = in_language({**TITLES, **policy.chat.title}, language)
    greeting = in_language({**GREETINGS, **policy.chat.greeting}, language)
    assert title is not None
    assert greeting is not None
    return ChatSettings(
        title=title,
        greeting=greeting,
        suggestions=in_language(policy.chat.suggestions, language) or (),
        max_message_chars=policy.limits.max_message_chars,
        person=world.escalation,
        assistant=world.assistant,
    )
