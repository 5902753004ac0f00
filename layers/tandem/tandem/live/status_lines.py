"""Status lines: what the customer is told when something changes. Never shown to the model."""

from tandem.live.languages import DEFAULT_LANGUAGE, base_of, in_language
from tandem.live.policy import Policy

TEXTS: dict[str, dict[str, str]] = {
    "person_coming": {
        "en": "I am calling a colleague to help you. You can go on writing, they will see it all.",
        "de": "Ich hole eine Kollegin oder einen Kollegen dazu. Schreiben Sie ruhig weiter, "
        "alles wird gelesen.",
        "fr": "J'appelle un collègue pour vous aider. Vous pouvez continuer à écrire, il verra "
        "tout.",
        "es": "Estoy llamando a un compañero para ayudarle. Puede seguir escribiendo, lo verá "
        "todo.",
    },
    "model_trouble": {
        "en": "I cannot answer right now because of a technical problem on our side. "
        "I am calling a colleague to help you.",
        "de": "Wegen einer technischen Störung bei uns kann ich gerade nicht antworten. "
        "Ich hole eine Kollegin oder einen Kollegen dazu.",
        "fr": "Un problème technique de notre côté m'empêche de répondre. J'appelle un collègue.",
        "es": "Un problema técnico nuestro me impide responder. Estoy llamando a un compañero.",
    },
    "model_trouble_alone": {
        "en": "I cannot answer right now because of a technical problem on our side. "
        "Please try again in a few minutes.",
        "de": "Wegen einer technischen Störung bei uns kann ich gerade nicht antworten. "
        "Bitte versuchen Sie es in einigen Minuten noch einmal.",
        "fr": "Un problème technique de notre côté m'empêche de répondre. Réessayez dans quelques "
        "minutes.",
        "es": "Un problema técnico nuestro me impide responder. Inténtelo de nuevo en unos "
        "minutos.",
    },
    "cannot_answer": {
        "en": "I found nothing reliable about this, so I would rather not guess.",
        "de": "Dazu habe ich nichts Verlässliches gefunden, und raten möchte ich nicht.",
        "fr": "Je n'ai rien trouvé de fiable à ce sujet et je préfère ne pas deviner.",
        "es": "No he encontrado nada fiable sobre esto y prefiero no adivinar.",
    },
    "still_waiting": {
        "en": "Nobody was free yet. I am calling further colleagues.",
        "de": "Bisher war niemand frei. Ich rufe weitere Kolleginnen und Kollegen.",
        "fr": "Personne n'était encore libre. J'appelle d'autres collègues.",
        "es": "Todavía no había nadie libre. Estoy llamando a más compañeros.",
    },
    "expert_joined": {
        "en": "{name} has joined the conversation.",
        "de": "{name} ist jetzt im Gespräch.",
        "fr": "{name} a rejoint la conversation.",
        "es": "{name} se ha unido a la conversación.",
    },
    "expert_left": {
        "en": "{name} had to leave. I am calling another colleague.",
        "de": "{name} musste gehen. Ich rufe jemand anderen.",
        "fr": "{name} a dû partir. J'appelle un autre collègue.",
        "es": "{name} ha tenido que irse. Estoy llamando a otra persona.",
    },
    "reassigned": {
        "en": "{name} is passing you on to a colleague.",
        "de": "{name} gibt Sie an eine Kollegin oder einen Kollegen weiter.",
        "fr": "{name} vous transfère à un collègue.",
        "es": "{name} le pasa con un compañero.",
    },
    "handed_back": {
        "en": "{name} has left. The assistant answers again.",
        "de": "{name} hat das Gespräch verlassen. Es antwortet wieder der Assistent.",
        "fr": "{name} est parti. L'assistant répond à nouveau.",
        "es": "{name} se ha ido. Vuelve a responder el asistente.",
    },
    "nobody_available": {
        "en": "I am sorry: nobody could come in time. Your request is recorded and somebody will "
        "get back to you. Until then you can go on with me, the assistant.",
        "de": "Es tut mir leid: Niemand konnte rechtzeitig kommen. Ihr Anliegen ist vermerkt, es "
        "meldet sich jemand bei Ihnen. Bis dahin bin ich, der Assistent, weiter da.",
        "fr": "Désolé : personne n'a pu venir à temps. Votre demande est enregistrée et quelqu'un "
        "vous répondra. D'ici là, vous pouvez continuer avec moi, l'assistant.",
        "es": "Lo siento: nadie ha podido venir a tiempo. Su petición queda registrada y alguien "
        "le responderá. Hasta entonces puede seguir conmigo, el asistente.",
    },
    "outside_hours": {
        "en": "Our team is not there right now{until}. Your request is recorded and somebody will "
        "get back to you. Until then you can go on with me, the assistant.",
        "de": "Unser Team ist gerade nicht da{until}. Ihr Anliegen ist vermerkt, es meldet sich "
        "jemand bei Ihnen. Bis dahin bin ich, der Assistent, weiter da.",
        "fr": "Notre équipe est absente pour le moment{until}. Votre demande est enregistrée et "
        "quelqu'un vous répondra. D'ici là, vous pouvez continuer avec moi, l'assistant.",
        "es": "Nuestro equipo no está en este momento{until}. Su petición queda registrada y "
        "alguien le responderá. Hasta entonces puede seguir conmigo, el asistente.",
    },
    "closed": {
        "en": "The conversation is closed. Thank you.",
        "de": "Das Gespräch ist beendet. Vielen Dank.",
        "fr": "La conversation est terminée. Merci.",
        "es": "La conversación ha terminado. Gracias.",
    },
    "closed_idle": {
        "en": "The conversation was closed because nothing was written for a while.",
        "de": "Das Gespräch wurde beendet, weil länger nichts geschrieben wurde.",
        "fr": "La conversation a été fermée faute d'activité.",
        "es": "La conversación se ha cerrado por inactividad.",
    },
    "reopened": {
        "en": "The conversation is open again.",
        "de": "Das Gespräch ist wieder offen.",
        "fr": "La conversation est rouverte.",
        "es": "La conversación está abierta de nuevo.",
    },
}
"""By code, then by language (ISO 639-1)."""

_UNTIL = {"en": " (again from {})", "de": " (wieder ab {})", "fr": " (de retour {})", "es": " ({})"}


def status_line(policy: Policy, code: str, language: str, **values: str) -> str:
    """The text of a status line in the customer's language, or in English."""
    text = in_language({**TEXTS[code], **policy.texts.get(code, {})}, language)
    assert text is not None
    if "{until}" in text:
        moment = values.pop("until", "")
        form = _UNTIL.get(base_of(language), _UNTIL[DEFAULT_LANGUAGE])
        values["until"] = form.format(moment) if moment else ""
    # Replaced one by one: a policy's own text may hold braces of its own.
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text
