import json
import re
from collections.abc import Iterator
from email import message_from_string

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from tests.docs.pages import DOCS, Block, blocks
from tests.docs.reader import WaitingBackend, new_reader, tasks

PAGE = DOCS / "reference" / "rest-api.md"
UUID = "5f0cbe4c-8f0e-4d3c-9d3b-2f2d5f0a7c11"
TIME = re.compile(r'"\d{4}-\d\d-\d\dT[\d:.]+Z"')


def exchanges() -> Iterator[tuple[Block, Block | None]]:
    """Yield the page's requests, with their answers where it shows them."""
    http = [block for block in blocks(PAGE) if block.language == "http"]
    for block, following in zip(http, [*http[1:], None], strict=True):
        if not block.code.startswith("HTTP/"):
            yield block, following if following and following.code.startswith("HTTP/") else None


def split(block: Block) -> tuple[str, dict[str, str], str]:
    """Return a message's first line, headers and body."""
    first, _, rest = block.code.partition("\n")
    message = message_from_string(rest)
    return first, dict(message.items()), str(message.get_payload())


def comparable(text: str) -> object:
    return json.loads(TIME.sub('"a time"', text))


@pytest.mark.django_db
def test_answers_are_those_that_the_page_shows():
    """Each request of the page, sent in its order by nobody in particular, is answered as the page says."""
    client, uuid = APIClient(), UUID
    with new_reader() as reader:
        reader.read(DOCS / "index.md")
        with override_settings(TASK_API_BACKEND=WaitingBackend, TASK_API_BACKGROUND_TASKS=tasks()):
            for request, answer in exchanges():
                line, headers, body = split(request)
                method, path, _ = line.replace(UUID, uuid).split(" ")
                response = client.generic(method, path, body, headers.get("Content-Type", "application/json"))
                if answer is None:
                    continue
                line, headers, body = split(answer)
                uuid = response.json()["uuid"] if response.status_code == 201 else uuid
                assert line == f"HTTP/1.1 {response.status_code} {response.reason_phrase}", request
                assert comparable(response.text) == comparable(body.replace(UUID, uuid)), answer
                for name, value in headers.items():
                    shown = value.replace(UUID, uuid).replace("https://example.com", "http://testserver")
                    assert response.headers[name] == shown, answer
                WaitingBackend.run_all()
