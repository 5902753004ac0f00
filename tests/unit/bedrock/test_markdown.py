"""Markdown read as plain text."""

import time

from local.bedrock.markdown import inline, read_page, sentences
from local.bedrock.terms import terms


def test_markup_is_removed_and_escapes_are_resolved() -> None:
    written = '**Bold** and *it* `a_b` [link](x.md) ![pic](p.png) 1\\.5 <a name="x"></a>'
    assert inline(written) == "Bold and it a_b link 1.5"


def test_sections_know_the_headings_above_them() -> None:
    page = read_page("x.md", "# Top\n\na\n\n## Mid\n\nb\n\n### Low\n\nc\n\n## Other\n\nd")
    assert [(s.heading, s.path) for s in page.sections] == [
        ("Top", ()),
        ("Mid", ("Top",)),
        ("Low", ("Top", "Mid")),
        ("Other", ("Top",)),
    ]


def test_a_heading_inside_a_code_block_is_code() -> None:
    page = read_page("x.md", "# Top\n\n```\n# no heading\n```\n\ntext")
    assert [s.heading for s in page.sections] == ["Top"]
    assert [b.kind for b in page.sections[0].blocks] == ["code", "text"]


def test_a_file_without_a_heading_is_titled_by_its_name() -> None:
    assert read_page("deep/parental-leave.md", "text").title == "parental leave"


def test_links_to_other_documents_are_kept_with_their_sentence() -> None:
    page = read_page("x.md", "See [the form](form.md#top) and [web](https://example.com).")
    assert [(link.target, link.text) for link in page.links] == [("form.md", "the form")]


def test_sentences_end_at_sentences_and_not_at_abbreviations() -> None:
    assert sentences("Use e.g. S3. It holds 1.5 GB! Really?") == [
        "Use e.g. S3.",
        "It holds 1.5 GB!",
        "Really?",
    ]


def test_compound_names_count_as_a_whole_and_as_parts() -> None:
    found = terms("How do I set the CreateEndpointConfig of real-time endpoints?")
    assert {"createendpointconfig", "endpoint", "config", "realtim", "real", "time"} <= set(found)
    assert "how" not in found


def test_hostile_markdown_is_read_in_linear_time() -> None:
    began = time.process_time()
    for piece in ("[", "![", "**", "<a ", "`", "| ", "# ", "[a](", "\\", "_a ", "1. "):
        read_page("x.md", piece * (20_000 // len(piece)))
    assert time.process_time() - began < 4
