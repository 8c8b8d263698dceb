"""What is encoded once is right for everybody."""

import json
from typing import Any

from msgspec.structs import replace

from api.matrix import encoding
from services.core import i18n
from services.core.dto import FileView
from services.messages import messages
from services.sync.items import Post
from tests.conftest import People


async def test_a_file_is_told_in_no_language(people: People) -> None:
    sent, _is_new = await messages.send(people.asha, people.room, "See", "number-0001")
    file = FileView("a.txt", 1, "text", "text/plain", 0, 0, False, False, "", "", 0, False)

    def told(language: str, number: int) -> Any:
        i18n.set_language(language)
        post = Post(replace(sent, message_id=number, file=file), None)
        content = json.loads(bytes(encoding.event(post)))["content"]
        assert content.pop("url").endswith(f"/m{number}")
        return content

    content = told("hi", 1)
    assert (content["body"], content["filename"], content["msgtype"]) == ("See", "a.txt", "m.file")
    assert told("en", 2) == content
