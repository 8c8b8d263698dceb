"""Reading HTTP answers, and telling what is wrong with one."""

import json
import re
import zlib
from dataclasses import dataclass

from benchmarks.page_html import PageState

SENTENCE = re.compile(r"[^\W\d_].*[.!?।]", re.DOTALL)
_CHUNK = re.compile(rb"([0-9a-f]+)\r\n")
WITHOUT_BODY = {204, 304}


@dataclass(frozen=True)
class Answer:
    """One answer; the names of its headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def closes(self) -> bool:
        """Whether the server closes the connection after it."""
        return self.headers.get("connection", "").lower() == "close"

    def text(self) -> str:
        """Return the body as text."""
        body = self.body
        if body and self.headers.get("content-encoding") == "gzip":
            body = zlib.decompress(body, 31)
        return body.decode(errors="replace")


def take(buffer: bytearray, *, is_head: bool) -> Answer | None:
    """Remove the first answer from what was received; return None if it is not complete.

    Raises `ValueError` for what is no answer of HTTP/1.1.
    """
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = buffer[:end].decode("latin-1").split("\r\n")
    version, status, _phrase = first.split(" ", 2)
    if version != "HTTP/1.1":
        raise ValueError(f"this is no answer: {first[:100]!r}")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    body, end = _body(buffer, end + 4, headers) or (b"", -1)
    if is_head or int(status) < 200 or int(status) in WITHOUT_BODY:
        body, end = b"", buffer.find(b"\r\n\r\n") + 4
    if end < 0:
        return None
    del buffer[:end]
    return Answer(int(status), headers, body)


def _body(buffer: bytearray, start: int, headers: dict[str, str]) -> tuple[bytes, int] | None:
    """Return a body and where it ends, or None if it is not complete."""
    if headers.get("transfer-encoding") != "chunked":
        end = start + int(headers.get("content-length", 0))
        return (bytes(buffer[start:end]), end) if len(buffer) >= end else None
    chunks = []
    while found := _CHUNK.match(buffer, start):
        start, size = found.end(), int(found[1], 16)
        chunks.append(bytes(buffer[start : start + size]))
        start += size + 2
        if size == 0:
            return (b"".join(chunks), start) if len(buffer) >= start else None
    return None


def problem(answer: Answer, *, is_head: bool) -> str:
    """Return what is wrong with an answer, "" if nothing is."""
    if answer.status >= 500:
        return f"status {answer.status}"
    if "Traceback" in answer.text():
        return "a traceback"
    if answer.status < 400 or is_head:
        return ""
    return "" if _says_something(answer) else f"status {answer.status} without a sentence"


def _says_something(answer: Answer) -> bool:
    text = answer.text()
    match answer.headers.get("content-type", "").partition(";")[0]:
        case "text/html":
            return any(map(SENTENCE.fullmatch, PageState(text).texts()))
        case "application/json":
            found = json.loads(text)
            return isinstance(found, dict) and bool(SENTENCE.fullmatch(str(found.get("sentence"))))
        case "text/plain":
            return bool(SENTENCE.fullmatch(text))
    return False
