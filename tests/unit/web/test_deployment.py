"""What a published page knows of its stack, and what it may connect to."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.unit.web.built_page import DEPLOYMENT, PAGE
from web.deployment import NoPlace, connections, with_deployment

HOSTILE = "\"><script>alert('1')</script> & <!-- -->"


class Metas(HTMLParser):
    """The meta tags of a page as a browser reads them: content by name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        name = given.get("name") or given.get("http-equiv")
        if tag == "meta" and name:
            self.found[name] = given.get("content") or ""


def test_a_page_reads_its_configuration_from_its_head() -> None:
    metas = Metas(with_deployment(PAGE, DEPLOYMENT, []))

    assert json.loads(metas.found["tandem"]) == {
        "http_url": "https://api.example",
        "websocket_url": "wss://socket.example/live",
        "region": "eu-central-1",
        "desk": {"user_pool_id": "pool", "client_id": "client", "endpoint": None},
        "guests": True,
        "escalation": True,
        "review": True,
        "tuning": True,
    }


def test_without_the_desk_the_page_knows_none() -> None:
    metas = Metas(with_deployment(PAGE, replace(DEPLOYMENT, desk=None), []))

    assert json.loads(metas.found["tandem"])["desk"] is None


def test_the_rest_of_the_page_stays_as_it_was_built() -> None:
    page = with_deployment(PAGE, DEPLOYMENT, ["https://api.example/"])

    before, after = PAGE.split("    <!-- deployment -->\n")
    assert page.startswith(before)
    assert page.endswith(after)
    assert "deployment -->" not in page


def test_no_value_becomes_markup() -> None:
    page = with_deployment(PAGE, replace(DEPLOYMENT, region=HOSTILE), [])

    metas = Metas(page)
    assert "script" not in metas.tags
    assert json.loads(metas.found["tandem"])["region"] == HOSTILE


def test_a_value_is_no_pattern_of_a_replacement() -> None:
    metas = Metas(with_deployment(PAGE, replace(DEPLOYMENT, region=r"\1 \g<indent>"), []))

    assert json.loads(metas.found["tandem"])["region"] == r"\1 \g<indent>"


@pytest.mark.parametrize("page", [PAGE.replace("<!-- deployment -->", ""), PAGE * 2])
def test_a_page_without_the_one_place_is_refused(page: str) -> None:
    with pytest.raises(NoPlace, match="times, not once"):
        with_deployment(page, DEPLOYMENT, [])


def test_a_page_connects_to_its_two_apis_and_to_nothing_else() -> None:
    metas = Metas(with_deployment(PAGE, DEPLOYMENT, connections(DEPLOYMENT)))

    assert metas.found["Content-Security-Policy"] == (
        "connect-src https://api.example/ wss://socket.example/live"
    )


def test_the_desk_connects_to_its_sign_in_as_well() -> None:
    assert connections(DEPLOYMENT, "https://cognito-idp.eu-central-1.amazonaws.com") == [
        "https://api.example/",
        "wss://socket.example/live",
        "https://cognito-idp.eu-central-1.amazonaws.com/",
    ]


def test_an_api_below_a_path_is_allowed_with_all_below_it() -> None:
    here = replace(DEPLOYMENT, http_url="http://127.0.0.1:4566/_aws/execute-api/abc")

    assert connections(here)[0] == "http://127.0.0.1:4566/_aws/execute-api/abc/"


@pytest.mark.parametrize("url", ["https://a.example; script-src *", "https://a.example *", "*", ""])
def test_an_address_that_would_say_more_than_itself_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        connections(replace(DEPLOYMENT, websocket_url=url))
