"""The commands with `CHAT_FILES`: moving files to a bucket and back, checks and backups."""

import shutil
from pathlib import Path

import pytest

from services.demo.script import PASSWORD, READER
from tests import postgres, s3
from tests.command import refusal, run
from tests.http_client import Browser
from tests.server import Server
from tests.upload_client import TYPE, file_form, file_sizes, rows

pytestmark = [postgres.sqlite_only, pytest.mark.usefixtures("aws_keys")]


@pytest.fixture
def data(demo: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo, tmp_path / "data"))


def on(data: Path, *options: str | Path, place: str = "folder") -> tuple[int, list[str]]:
    """Run a command; return its exit code and what it says."""
    ended = run("--data", data, *options, CHAT_FILES=place)
    assert s3.KEYS["AWS_SECRET_ACCESS_KEY"] not in ended.stdout + ended.stderr
    return ended.returncode, (ended.stdout + ended.stderr).splitlines()


def read_all(data: Path, place: str) -> list[int]:
    """Serve the chat, upload a file, and return the sizes of all files as they are downloaded."""
    with Server(data, CHAT_FILES=place, **s3.KEYS) as server:
        browser = Browser(server.address)
        assert browser.login(READER, PASSWORD).status_code == 303
        sent = browser.http.post(
            "/rooms/1/files", content=file_form(b"later"), headers={"Content-Type": TYPE}
        )
        assert sent.status_code == 201, sent.text
        found = rows(
            data,
            "SELECT room_id, seq FROM attachments JOIN messages ON messages.id = message_id"
            " ORDER BY message_id",
        )
        answers = [browser.http.get(f"/rooms/{room}/messages/{seq}/file") for room, seq in found]
        assert {each.status_code for each in answers} == {200}
        return [len(each.content) for each in answers]


def test_files_are_moved_to_a_bucket_and_back(data: Path, s3_server: s3.S3Server) -> None:
    place = s3_server.new_place()
    before = file_sizes(data)
    code, said = on(data, "move-files", "--to", place)
    assert (code, said[0]) == (0, "Copied: 5 files; already there: 0.")
    assert "Set CHAT_FILES" in said[1]
    there = s3.sizes(place)
    assert {name[3:]: size for name, size in there.items() if len(name) == 67} == before
    assert len([name for name in there if name.endswith(".preview")]) == len(
        list((data / "files").glob("*/*.preview"))
    )
    assert "set CHAT_FILES to that" in refusal("--data", data, CHAT_FILES="folder")
    assert read_all(data, place)[-1] == len(b"later")
    assert file_sizes(data) == before

    code, said = on(data, "move-files", "--to", "folder", place=place)
    assert (code, said[0]) == (0, "Copied: 1 file; already there: 5.")
    assert "Remove CHAT_FILES" in said[1]
    assert read_all(data, "folder")[-2:] == [len(b"later")] * 2
    assert on(data, "check", "--contents")[0] == 0


@pytest.mark.long  # a further way to move
def test_files_are_copied_while_the_chat_runs(data: Path, s3_server: s3.S3Server) -> None:
    place = s3_server.new_place()
    with Server(data):
        code, said = on(data, "move-files", "--to", place)
        assert (code, said[0]) == (0, "Copied: 5 files; already there: 0.")
        assert "Stop it, and do this once more" in said[1]
    assert "Copy them first" in refusal("--data", data, CHAT_FILES=place)
    assert on(data, "move-files", "--to", place)[1][0] == "Copied: 0 files; already there: 5."
    read_all(data, place)


@pytest.mark.long  # a rare case
def test_what_was_deleted_between_two_copies_leaves_the_bucket(
    data: Path, s3_server: s3.S3Server
) -> None:
    place = s3_server.new_place()
    s3.client(place).put(f"ab/ab{'0' * 62}", b"copied earlier, and deleted")
    s3.client(place).put("notes.txt", b"not of the chat")
    with Server(data):
        assert on(data, "move-files", "--to", place)[0] == 0
        # Whoever deletes a message means the file as well, wherever it was copied to.
        assert len(s3.sizes(place)) > 5
    before = file_sizes(data)
    deleted, still_there, *_others = sorted(before)
    with postgres.connect(data) as connection:
        for digest in (deleted, still_there):
            connection.execute(f"DELETE FROM attachments WHERE hash = '{digest}'")
        connection.commit()
    for file in (data / "files" / deleted[:2]).glob(f"{deleted}*"):
        file.unlink()
    code, said = on(data, "move-files", "--to", place)
    assert (code, said[0]) == (0, "Copied: 0 files; already there: 3.")
    assert said[1] == "Removed there, as it was deleted since it was copied: 2 files."
    there = s3.sizes(place)
    assert {name[3:] for name in there if len(name) == 67} == before.keys() - {deleted}
    assert not [name for name in there if deleted in name]
    assert "notes.txt" in there


@pytest.mark.long  # a further detail
def test_a_bucket_that_the_files_have_left_belongs_to_nobody(
    data: Path, s3_server: s3.S3Server
) -> None:
    old, new = s3_server.new_place(), s3_server.new_place()
    assert on(data, "move-files", "--to", old)[0] == 0
    assert "chat" in s3.sizes(old)
    code, said = on(data, "move-files", "--to", new, place=old)
    assert (code, said[0]) == (0, "Copied: 5 files; already there: 0.")
    assert "chat" not in s3.sizes(old)
    assert "chat" in s3.sizes(new)
    read_all(data, new)


@pytest.mark.long  # a rare case
def test_a_damaged_or_missing_file_is_named_and_not_copied(
    data: Path, s3_server: s3.S3Server
) -> None:
    place = s3_server.new_place()
    damaged, missing, *_others = sorted((data / "files").glob("??/" + "?" * 64))
    damaged.write_bytes(bytes(damaged.stat().st_size))
    missing.unlink()
    code, said = on(data, "move-files", "--to", place)
    assert code == 1
    assert "2 files were already missing or damaged." in said
    assert {damaged.name, missing.name} <= set(said)
    assert not {f"{each.name[:2]}/{each.name}" for each in (damaged, missing)} & set(
        s3.sizes(place)
    )


def test_moving_is_refused_in_one_sentence(data: Path, s3_server: s3.S3Server) -> None:
    place = s3_server.new_place()
    assert "in " in on(data, "move-files", "--to", "folder")[1][0]
    assert "neither folder nor" in on(data, "move-files", "--to", "s3://a b")[1][0]
    assert "does not answer" in on(data, "move-files", "--to", s3.place(1))[1][0]
    assert on(data, "move-files", "--to", place, place=place)[1][0].endswith(f"--to {place}")


@pytest.mark.long  # tests/services/files checks and repairs, too
def test_check_and_repair_look_into_the_bucket(data: Path, s3_server: s3.S3Server) -> None:
    place = s3_server.new_place()
    assert on(data, "move-files", "--to", place)[0] == 0
    assert on(data, "check", "--contents", place=place)[0] == 0
    bucket = s3.client(place)
    lost, changed, *_others = sorted(name for name in s3.sizes(place) if len(name) == 67)
    bucket.delete(lost)
    bucket.put(changed, bytes(s3.sizes(place)[changed]))
    bucket.put(f"ab/ab{'0' * 62}", b"nobody's")
    code, said = on(data, "check", "--contents", place=place)
    assert code == 1
    assert [each.partition(":")[0] for each in said[:2]] == ["Missing", "Damaged (content changed)"]
    assert "Missing or damaged: 2. Not in any message: 1." in said[-1]
    assert on(data, "check", "--repair", place=place)[0] == 1
    assert f"ab/ab{'0' * 62}" not in s3.sizes(place)
    assert "set CHAT_FILES to that" in refusal("--data", data, "check", CHAT_FILES="folder")


def test_a_backup_has_the_database_and_says_where_the_files_are(
    data: Path, tmp_path: Path, s3_server: s3.S3Server
) -> None:
    place, file = s3_server.new_place(), tmp_path / "chat.zip"
    assert on(data, "move-files", "--to", place)[0] == 0
    code, said = on(data, "backup", file, place=place)
    assert (code, len(said)) == (0, 2)
    assert "The files of messages are in s3://" in said[1]
    assert file.stat().st_size < sum(file_sizes(data).values())
    code, said = on(data, "restore", file, place=place)
    assert code == 0
    assert any("were not in this backup: they are in s3://" in each for each in said)
    read_all(data, place)


@pytest.mark.long  # a rare case
def test_a_backup_from_before_brings_its_files_along(
    data: Path, tmp_path: Path, s3_server: s3.S3Server
) -> None:
    """So they have to be copied again: the bucket may have lost some of them since."""
    place, file = s3_server.new_place(), tmp_path / "chat.zip"
    assert on(data, "backup", file)[0] == 0
    assert on(data, "move-files", "--to", place)[0] == 0
    assert on(data, "restore", file, place=place)[0] == 0
    assert "Copy them first" in refusal("--data", data, CHAT_FILES=place)
    assert on(data, "move-files", "--to", place)[1][0] == "Copied: 0 files; already there: 5."
    read_all(data, place)
