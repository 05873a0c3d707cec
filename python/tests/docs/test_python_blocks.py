import pytest

from tests.docs.pages import ROOT, TUTORIAL, blocks, pages
from tests.docs.reader import new_reader

# test_tutorial.py does what the tutorial says, in a project of its own.
PAGES = [
    page
    for page in pages()
    if page != TUTORIAL and any(block.language in {"python", "pycon"} for block in blocks(page))
]


# The test cases of the guide to testing close the connection, and a transaction with it.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_of_a_page_runs(page):
    """What a page shows can be typed off in its order, and sessions answer what the page says."""
    with new_reader() as reader:
        reader.read(page)
