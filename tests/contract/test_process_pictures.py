"""The pictures in `docs/process` are those of the packs; after a change of a pack: `neove law draw`."""

from neove.law.draw import PROCESS, stale
from regulations.pictures.pages import pages
from tests.library import LIBRARY


def test_pictures_are_those_of_the_packs():
    files = pages(LIBRARY.packs(), LIBRARY.articles)
    old = [name for name, text in files.items() if not _same(name, text)]
    assert not old, f"stale: {', '.join(old)}; run `neove law draw`"


def test_no_picture_of_a_lane_that_is_gone():
    assert not stale(PROCESS, pages(LIBRARY.packs(), LIBRARY.articles))


def _same(name: str, text: str) -> bool:
    path = PROCESS / name
    return path.is_file() and path.read_text(encoding="utf-8") == text
