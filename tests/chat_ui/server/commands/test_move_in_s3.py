"""`python main.py move` of a chat whose files are in a bucket, where they stay."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.demo.script import PASSWORD, READER
from tests import postgres, s3
from tests.command import Ended, refusal, run
from tests.http_client import Browser
from tests.server import Server
from tests.upload_client import TYPE, file_form

if not postgres.SERVER:
    pytest.skip("needs CHAT_TEST_DATABASE", allow_module_level=True)

pytestmark = pytest.mark.usefixtures("aws_keys")


@pytest.fixture
def place(s3_server: s3.S3Server) -> str:
    """The address of a part of the bucket that nobody uses."""
    return s3_server.new_place()


@pytest.fixture
def data(demo: Path, tmp_path: Path, place: str) -> Path:
    """The same, with its files in the bucket alone."""
    data = Path(shutil.copytree(demo, tmp_path / "data"))
    ended = run("--data", data, "move-files", "--to", place, CHAT_DATABASE="")
    assert ended.returncode == 0, ended.stderr
    for folder in (data / "files").glob("??"):
        shutil.rmtree(folder)
    return data


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """An empty PostgreSQL database."""
    yield postgres.url(tmp_path / "target")
    postgres.drop(tmp_path / "target")


def moved(data: Path, place: str, to: str | Path, database: str = "") -> list[str]:
    """Move the chat, and return what is said."""
    ended = run("--data", data, "move", "--to", to, CHAT_DATABASE=database, CHAT_FILES=place)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert s3.KEYS["AWS_SECRET_ACCESS_KEY"] not in ended.stdout
    return ended.stdout.splitlines()


def checked(data: Path, place: str) -> Ended:
    """Compare the database with the bucket."""
    return run("--data", data, "check", "--contents", CHAT_DATABASE="", CHAT_FILES=place)


def upload_and_read(data: Path, place: str, database: str, content: bytes) -> None:
    """Serve the chat, upload a file, and read all files of the room that were uploaded so."""
    with Server(data, CHAT_DATABASE=database, CHAT_FILES=place, **s3.KEYS) as server:
        browser = Browser(server.address)
        assert browser.login(READER, PASSWORD).status_code == 303
        sent = browser.http.post(
            "/rooms/1/files", content=file_form(content), headers={"Content-Type": TYPE}
        )
        assert sent.status_code == 201, sent.text
        found = []
        for seq in range(1, 200):
            answer = browser.http.get(f"/rooms/1/messages/{seq}/file")
            found += [answer.content] if answer.status_code == 200 else []
        assert content in found
        assert any(each.startswith(b"first") for each in found)


def test_the_files_stay_in_the_bucket_wherever_the_chat_is(
    tmp_path: Path, data: Path, place: str, url: str
) -> None:
    back = tmp_path / "back"
    upload_and_read(data, place, "", b"first, in SQLite")
    before = s3.sizes(place)
    said = moved(data, place, url)
    assert said[0].startswith("Moved: 62 messages, 6 files.")
    assert said[1].startswith("The files stay in s3://chat-files/test/")
    assert s3.sizes(place) == before
    assert "moved to" in refusal("--data", data, CHAT_DATABASE="", CHAT_FILES=place)

    upload_and_read(data, place, url, b"second, in PostgreSQL")
    said = moved(data, place, back, url)
    assert said[0].startswith("Moved: 63 messages, 7 files.")
    assert said[1].startswith("The files stay in s3://chat-files/test/")
    upload_and_read(back, place, "", b"third, in SQLite again")
    assert checked(back, place).returncode == 0
    assert not list((back / "files").glob("??/*"))


def test_back_into_the_same_folder(data: Path, place: str, url: str) -> None:
    moved(data, place, url)
    for each in data.glob("chat.db*"):
        each.unlink()
    said = moved(data, place, "sqlite", url)
    assert said[0].startswith("Moved: 61 messages, 5 files.")
    assert checked(data, place).returncode == 0
    upload_and_read(data, place, "", b"first, after all")


def test_a_file_that_the_bucket_has_lost_is_named(data: Path, place: str, url: str) -> None:
    lost, *_others = sorted(name for name in s3.sizes(place) if len(name) == 67)
    s3.client(place).delete(lost)
    said = moved(data, place, url)
    assert "1 file was already missing or damaged." in said
    assert lost[3:] in said


def test_without_the_bucket_nothing_is_moved(data: Path, place: str, url: str) -> None:
    options = ("--data", data, "move", "--to", url)
    assert "set CHAT_FILES to that" in refusal(*options, CHAT_DATABASE="", CHAT_FILES="folder")
    away = s3.place(1)
    assert "does not answer" in refusal(*options, CHAT_DATABASE="", CHAT_FILES=away)
    assert moved(data, place, url)[0].startswith("Moved: 61 messages, 5 files.")


def test_files_leave_the_bucket_of_a_chat_in_postgresql(data: Path, place: str, url: str) -> None:
    moved(data, place, url)
    options = ("--data", data, "move-files", "--to", "folder")
    ended = run(*options, CHAT_DATABASE=url, CHAT_FILES=place)
    assert ended.stdout.startswith("Copied: 5 files; already there: 0."), ended.stderr
    assert "Remove CHAT_FILES" in ended.stdout
    assert "chat" not in s3.sizes(place)
    upload_and_read(data, "folder", url, b"first, in the folder")
