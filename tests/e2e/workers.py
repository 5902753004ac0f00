"""Workers of the Ground Truth stand-in, and what can go wrong with it."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import httpx

from tests.e2e.waiting import PATIENCE_SECONDS

type Json = dict[str, Any]

_PLACE = re.compile(r'e\.target\.action = "([^"]+)"')


class Workers:
    """Everybody of the private team, at the pages of the stand-in."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=PATIENCE_SECONDS, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def answers(self, job: str, worker: str, content: Json, most: int | None = None) -> int:
        """This worker says the same of every task that they are given; returns of how many."""
        done = 0
        while most is None or done < most:
            page = self.http.get(f"/worker/{job}", params={"worker": worker})
            place = _PLACE.search(page.text)
            if place is None:
                return done
            sent = self.http.post(place[1], data={"answer": json.dumps(content)})
            assert sent.status_code == 303, sent.text
            done += 1
        return done

    @contextmanager
    def fault(self, *, events: int = 1, fail_at_batch: int | None = None) -> Iterator[None]:
        """How often the end of a job is announced, and which batch of its labels breaks off."""
        self._control("faults", {"events": events, "fail_at_batch": fail_at_batch})
        try:
            yield
        finally:
            self._control("faults", {"events": 1, "fail_at_batch": None})

    def expire(self, job: str) -> None:
        """The time for the job's tasks is over."""
        self._control(f"jobs/{job}/expire", {})

    def announce(self, job: str) -> None:
        """The state change is sent once more."""
        self._control(f"jobs/{job}/announce", {})

    def _control(self, path: str, body: Json) -> None:
        self.http.post(f"/_tandem/{path}", json=body).raise_for_status()


def relevance(label: str, **said: Any) -> Json:
    """An answer as the template makes it."""
    return {
        "relevance": {"label": label},
        "reason": "",
        "better_answer": "",
        "flagged": {"flagged": False},
        **said,
    }
