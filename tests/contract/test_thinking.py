"""What a model thinks aloud never reaches the customer, however it is cut into pieces."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.aws.thinking import SpokenText


def spoken(*pieces: str) -> str:
    text = SpokenText()
    return "".join(text.feed(piece) for piece in pieces) + text.end()


@pytest.mark.parametrize(
    ("given_text", "said"),
    [
        ("Five days.", "Five days."),
        ("<thinking>hm</thinking>Five.", "Five."),
        ("a<thinking>hm</thinking>b<thinking>hm</thinking>c", "abc"),
        ("<thinking>never closed", ""),
        ("1 < 2 <think", "1 < 2 <think"),
        ("</thinking>", "</thinking>"),
    ],
)
def test_only_what_stands_between_the_tags_is_kept_back(given_text: str, said: str) -> None:
    assert spoken(given_text) == said


@given(st.text(alphabet="<>/thinkg ab", max_size=60), st.data())
def test_the_pieces_do_not_matter(text: str, data: st.DataObject) -> None:
    text = text.replace("a", "<thinking>").replace("b", "</thinking>")
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=8))
    bounds = [0, *sorted(cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(bounds)]
    assert spoken(*pieces) == spoken(text)


def test_text_without_tags_is_said_at_once() -> None:
    assert SpokenText().feed("Five days, ") == "Five days, "
