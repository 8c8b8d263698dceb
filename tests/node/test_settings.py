"""With which settings a node starts, and with which it does not."""

from pathlib import Path

import pytest

from services.core import hub, settings
from services.core.errors import Unavailable

HUB = "https://chat.example.org"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"connect": "http://chat.example.org"}, "https://"),
        ({"connect": HUB, "lan": True}, "--lan"),
        ({"connect": HUB, "public_url": "https://mine.example.org"}, "--public-url"),
        ({"connect": HUB, "files": "s3://bucket?region=eu"}, "CHAT_FILES"),
        ({"connect": HUB, "api": True}, "--api"),
        ({"connect": HUB, "registration": "open"}, "--registration"),
    ],
)
def test_it_is_its_persons_alone(options: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        settings.load(**options)


def test_it_has_a_folder_of_its_own() -> None:
    chosen = settings.load(connect="http://127.0.0.1:8080/")
    assert (chosen.connect, chosen.data.name) == ("http://127.0.0.1:8080", "data-node")
    assert not chosen.api
    assert settings.load().data.name == "data"


def test_a_nodes_folder_is_no_chat(tmp_path: Path) -> None:
    (tmp_path / hub.LOGIN).parent.mkdir()
    (tmp_path / hub.LOGIN).write_text("{}")
    with pytest.raises(Unavailable, match="--connect"):
        hub.make(settings.load(data=tmp_path))
