"""The index behind Retrieve."""

from pathlib import Path

import pytest

from local.bedrock.knowledge import Document, Folder
from local.bedrock.passages import LONGEST
from local.bedrock.retrieval import Index

LEAVE = "# Parental leave\n\nEmployees may take twelve months of parental leave."
BICYCLE = "# Company bicycles\n\nEvery employee can lease two bicycles from Orange Bikes."


class Shelf:
    """Documents in memory that count how often each is read."""

    def __init__(self, **texts: str) -> None:
        self.texts = {f"{name}.md": text for name, text in texts.items()}
        self.read: list[str] = []

    def documents(self) -> list[Document]:
        def loader(key: str) -> Document:
            def load() -> bytes:
                self.read.append(key)
                return self.texts[key].encode()

            return Document(key, str(hash(self.texts[key])), load)

        return [loader(key) for key in self.texts]


def first(index: Index, question: str) -> str:
    return index.search(question)[0].key


def test_an_empty_index_finds_nothing() -> None:
    assert Index().search("anything") == []


def test_the_document_about_the_question_comes_first() -> None:
    index = Index()
    index.refresh(Shelf(leave=LEAVE, bicycle=BICYCLE).documents())
    assert first(index, "How long may I stay at home with my baby?") == "leave.md"
    assert first(index, "Who leases bicycles?") == "bicycle.md"


def test_a_refresh_reads_only_what_changed() -> None:
    shelf = Shelf(leave=LEAVE, bicycle=BICYCLE)
    index = Index()
    assert index.refresh(shelf.documents())
    shelf.read.clear()
    assert not index.refresh(shelf.documents())
    shelf.texts["bicycle.md"] = BICYCLE + " Also scooters."
    assert index.refresh(shelf.documents())
    assert shelf.read == ["bicycle.md"]
    assert "scooters" in index.search("scooters")[0].text


def test_a_new_document_is_found_and_a_removed_one_is_not() -> None:
    shelf = Shelf(leave=LEAVE)
    index = Index()
    index.refresh(shelf.documents())
    shelf.texts["new.md"] = "# Canteen\n\nThe canteen serves soup at noon."
    index.refresh(shelf.documents())
    assert first(index, "When is soup served?") == "new.md"
    del shelf.texts["new.md"]
    index.refresh(shelf.documents())
    assert {hit.key for hit in index.search("When is soup served?")} == {"leave.md"}


def test_all_documents_may_go() -> None:
    index = Index()
    index.refresh(Shelf(leave=LEAVE).documents())
    index.refresh([])
    assert index.search("leave") == []


def test_a_document_that_vanishes_while_it_is_read_is_left_out() -> None:
    def gone() -> bytes:
        raise FileNotFoundError("gone")

    index = Index()
    index.refresh([*Shelf(leave=LEAVE).documents(), Document("gone.md", "1", gone)])
    assert len(index) == 1


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# Only a heading", "no heading at all", "```\nx = 1", "| a |"]
)
def test_any_document_can_be_indexed(text: str) -> None:
    index = Index()
    index.refresh(Shelf(odd=text, leave=LEAVE).documents())
    assert first(index, "parental leave") == "leave.md"


def test_a_question_about_something_else_scores_below_a_half() -> None:
    index = Index()
    index.refresh(Shelf(leave=LEAVE, bicycle=BICYCLE).documents())
    assert index.search("How long may I take parental leave?")[0].score >= 0.5
    assert index.search("Who won the football world cup in 1954?")[0].score < 0.5


def test_a_passage_is_short_and_ends_with_a_sentence() -> None:
    long = "# Soup\n\n" + " ".join(f"Soup number {i} is served on day {i}." for i in range(200))
    index = Index()
    index.refresh(Shelf(soup=long).documents())
    text = index.search("soup number 150")[0].text
    assert len(text) <= LONGEST
    assert "Soup number 150 is" in text
    assert text.endswith(".")


def test_results_are_distinct_documents() -> None:
    index = Index()
    index.refresh(
        Shelf(leave=LEAVE + "\n\n## More\n\nParental leave.", bicycle=BICYCLE).documents()
    )
    keys = [hit.key for hit in index.search("parental leave", 5)]
    assert sorted(keys) == ["bicycle.md", "leave.md"]


def test_a_page_is_found_by_how_others_link_to_it() -> None:
    linking = "# Bicycles\n\nTo borrow a cargo trailer, see [form seven](form.md)."
    index = Index()
    index.refresh(Shelf(bicycle=linking, form="# Form 7\n\nFill it in.", leave=LEAVE).documents())
    assert "form.md" in [hit.key for hit in index.search("cargo trailer", 2)]


def test_embeddings_are_kept_on_disk(tmp_path: Path) -> None:
    Index(tmp_path).refresh(Shelf(leave=LEAVE).documents())
    assert (tmp_path / "leads.npz").exists()
    again = Index(tmp_path)
    again.refresh(Shelf(leave=LEAVE).documents())
    assert first(again, "parental leave") == "leave.md"


def test_a_broken_cache_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "leads.npz").write_bytes(b"half written")
    index = Index(tmp_path)
    index.refresh(Shelf(leave=LEAVE).documents())
    assert first(index, "parental leave") == "leave.md"


def test_a_folder_lists_its_markdown_with_a_tag_that_changes_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "page.md"
    file.parent.mkdir()
    file.write_text("one")
    (tmp_path / "picture.png").write_bytes(b"")
    (before,) = Folder(tmp_path).documents()
    file.write_text("two, longer")
    (after,) = Folder(tmp_path).documents()
    assert before.key == after.key == "deep/page.md"
    assert before.etag != after.etag
