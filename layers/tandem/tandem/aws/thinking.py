"""Keeps what a model thinks aloud from the customer.

Amazon Nova writes `<thinking>…</thinking>` into its text before it calls, or does not call, a tool.
LangChain takes it out of whole answers, not out of streams.
"""

_OPEN, _CLOSE = "<thinking>", "</thinking>"


class SpokenText:
    """Lets the text of a stream through, except what stands between the tags.

    A piece that ends in the beginning of a tag is held back until it shows whether it is one.
    """

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False

    def feed(self, piece: str) -> str:
        """What can be said now."""
        self._held += piece
        spoken: list[str] = []
        while True:
            tag = _CLOSE if self._thinking else _OPEN
            before, found, rest = self._held.partition(tag)
            if not found:
                end = len(self._held) - _length_of_beginning(tag, self._held)
                before, rest = self._held[:end], self._held[end:]
            if not self._thinking:
                spoken.append(before)
            self._held = rest
            if not found:
                return "".join(spoken)
            self._thinking = not self._thinking

    def end(self) -> str:
        """What was held back at the end of the stream."""
        return "" if self._thinking else self._held


def _length_of_beginning(tag: str, text: str) -> int:
    """How many characters at the end of `text` may be the beginning of `tag`."""
    longest = min(len(tag) - 1, len(text))
    return next((n for n in range(longest, 0, -1) if tag.startswith(text[-n:])), 0)
