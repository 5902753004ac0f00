"""A world in which it is known how good every answer is: the hidden scorer, and noisy reviewers.

The help of an invented web shop: for each topic there is one place where something is done, one
thing to press there, and one limit. Customers ask in several wordings; an assistant answers in one
of several manners, of which some serve and some don't. The base model has read answers of all
manners to all topics, so it knows the facts and has no manners: what ratings can teach is which
manner people want; whether it was learnt shows at topics that were never rated.

The hidden scorer reads a text as a strict reader would, with the facts of the topic at hand.
Neither the reward model nor the trainer knows it; its rules are not the reward model's features:
it knows which place and button are the right ones. Reviewers see its score through noise.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

NOISE = 0.7
"""Standard deviation of a reviewer's error, in rating points, before rounding to 1, 2, 3, 4, 5."""

_FACTS = """\
delivery address|My orders|Change address|until the parcel has left our warehouse
order|My orders|Cancel order|within one hour of ordering
invoice|My account|Download invoice|for three years
password|Settings|Reset password|once in ten minutes
e-mail address|Settings|Change e-mail|after you confirm the new one
newsletter|Notifications|Unsubscribe|from the next issue on
refund|My returns|Ask for refund|within thirty days
return label|My returns|Print label|for two weeks
gift card|Payments|Redeem card|until it expires
credit card|Payments|Add card|for cards of your own name
bank account|Payments|Add account|in euro countries
voucher|Basket|Enter code|for one order at a time
warranty|My products|Claim warranty|for two years
repair|My products|Book repair|in working hours
spare part|My products|Order part|while it is in stock
size exchange|My returns|Exchange size|once for each item
pickup point|My orders|Choose pickup|before it is shipped
delivery date|My orders|Move date|up to five days ahead
neighbour delivery|My orders|Name neighbour|until the evening before
tracking number|My orders|Show tracking|from the day of shipping on
account|Settings|Delete account|when no order is open
phone number|Settings|Change number|once in a day
language|Settings|Choose language|at any time
currency|Settings|Choose currency|before an order is paid
wish list|Favourites|Share list|with up to ten people
price alert|Favourites|Set alert|for items in stock
review|My products|Write review|after the item has arrived
photo|My products|Add photo|up to five megabytes
subscription|Memberships|Pause subscription|for three months at most
membership|Memberships|End membership|at the end of the month
loyalty points|Memberships|Use points|from one hundred points on
student discount|Memberships|Prove status|once in a year
second address|Settings|Add address|up to ten of them
company account|Settings|Become company|with a tax number
tax number|Settings|Enter number|before the invoice is made
order note|Basket|Add note|up to two hundred letters
gift wrap|Basket|Choose wrap|for small parcels
basket|Basket|Save basket|for thirty days
stock alert|Favourites|Tell me|until it is back
damaged parcel|My returns|Report damage|within seven days
missing item|My returns|Report missing|within fourteen days
wrong item|My returns|Report wrong|within thirty days
old device|My returns|Send in device|for devices you bought here
data copy|Privacy|Ask for copy|once in three months
cookies|Privacy|Change cookies|at any time
personal offers|Privacy|Turn off offers|from the next day on
two step sign-in|Security|Turn on codes|with a phone at hand
signed-in devices|Security|Sign out all|at once
app notifications|Notifications|Choose messages|for each device
text messages|Notifications|Turn on texts|in your country
order confirmation|My orders|Send again|for the last ten orders
instalments|Payments|Split payment|from fifty euros on
payment date|Payments|Move payment|once for each order
direct debit|Payments|Allow debit|until you take it back
click and collect|Basket|Choose store|when the store has it
store hours|Stores|Show hours|for the coming week
store booking|Stores|Book visit|one day ahead
installation|My products|Book fitter|for large devices
manual|My products|Open manual|in four languages
recycling|My products|Find recycling|by your postcode
"""


@dataclass(frozen=True)
class Topic:
    name: str
    place: str
    button: str
    limit: str


TOPICS = tuple(Topic(*line.split("|")) for line in _FACTS.splitlines())

_QUESTIONS = (
    "How do I change something about my {name}?",
    "Where can I find my {name}?",
    "I need help with the {name}.",
    "What do I have to do about the {name}?",
    "My {name} does not work, what now?",
    "Can you tell me how the {name} works?",
    "The {name}, please.",
    "Where do I go for the {name}?",
)
WORDINGS = len(_QUESTIONS)


def question(topic: Topic, wording: int) -> str:
    return _QUESTIONS[wording % WORDINGS].format(name=topic.name)


# --- how assistants answer -----------------------------------------------------------------------
_FILLERS = (
    "Thank you very much for your question.",
    "We value your business and are happy to help.",
    "Great question!",
)
_HEDGES = (
    "It may depend on several things.",
    "This could perhaps work for you.",
    "We are not quite sure about that.",
)
_REFUSAL = "I am sorry, I cannot help with that."


def _step(topic: Topic) -> str:
    return f"Open {topic.place} and press {topic.button}."


def answer(topic: Topic, draw: random.Random) -> str:
    """One of the manners in which the base's teachers answered."""
    step, limit = _step(topic), f"It works {topic.limit}."
    vague = f"You can see your {topic.name} under {topic.place}."
    filler, hedge = draw.choice(_FILLERS), draw.choice(_HEDGES)
    manners = {
        f"{step} {limit}": 10,
        step: 12,
        f"{filler} {step}": 12,
        vague: 22,
        f"{filler} {vague}": 12,
        f"{vague} {hedge}": 12,
        f"{filler} {hedge} {draw.choice(_HEDGES)}": 8,
        _step(draw.choice(TOPICS)): 6,
        _REFUSAL: 6,
    }
    return draw.choices(list(manners), weights=list(manners.values()))[0]


# --- the hidden scorer ---------------------------------------------------------------------------
_WORD = re.compile(r"[a-z0-9'-]+")
_PLACES = {topic.place.lower() for topic in TOPICS}
_LONG = 35


def true_score(topic: Topic, text: str) -> float:
    """How well an answer serves, from 1 to 5, as nobody in this world can see it."""
    said = text.lower()
    words = _WORD.findall(said)
    if not words:
        return 1.0
    score = 2.0
    right_place = topic.place.lower() in said
    score += 0.5 if right_place else 0.0
    score += 1.3 if right_place and topic.button.lower() in said else 0.0
    score += 1.0 if topic.limit in said else 0.0
    score -= 0.8 * sum(place in said for place in _PLACES - {topic.place.lower()})
    score -= 0.5 * sum(hedge.lower() in said for hedge in _HEDGES)
    score -= 0.3 * sum(filler.lower() in said for filler in _FILLERS)
    score -= 1.0 if "cannot help" in said else 0.0
    score -= 0.05 * max(0, len(words) - _LONG)
    score -= 3.0 * repeated(words)
    return min(5.0, max(1.0, score))


def repeated(words: Sequence[str]) -> float:
    """Share of word triples that came before."""
    triples = [tuple(words[i : i + 3]) for i in range(len(words) - 2)]
    return 1 - len(set(triples)) / len(triples) if triples else 0.0


def rating(score: float, draw: random.Random) -> int:
    """What one reviewer says of an answer with this score."""
    return min(5, max(1, round(score + draw.gauss(0, NOISE))))


def corrected(topic: Topic) -> str:
    """What an expert would have answered."""
    return f"{_step(topic)} It works {topic.limit}."
