"""Streaming parser for a form with a file (multipart/form-data, RFC 7578)."""

from collections.abc import Iterator

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.core.errors import ServiceError
from services.core.i18n import _

FILE = "file"
"""The field that holds the file; it comes last."""
MAX_BOUNDARY_LENGTH = 70
"""RFC 2046 §5.1.1."""
MAX_TYPE_LENGTH = 200
"""Characters of a `Content-Type` that are read."""


class FormParts:
    """Takes chunks of a form's body, keeps its fields, and returns the bytes of its file."""

    def __init__(self, content_type: str, max_other: int) -> None:
        """Read a form of this `Content-Type`, with at most `max_other` bytes besides its file."""
        kind, options = parse_options_header(content_type[:MAX_TYPE_LENGTH])
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not 0 < len(boundary) <= MAX_BOUNDARY_LENGTH:
            raise _malformed()
        self.file_name = ""
        self._values: dict[str, bytearray] = {}
        self._field = ""
        self._headers: list[tuple[bytearray, bytearray]] = []
        self._ended = False
        self._left = max_other
        self._file_chunks: list[bytes] = []
        self._part_overhead = len(boundary) + 4  # with its two hyphens and its line end
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_begin": lambda: self._headers.append((bytearray(), bytearray())),
                "on_header_field": lambda data, start, end: self._add_header(0, data[start:end]),
                "on_header_value": lambda data, start, end: self._add_header(1, data[start:end]),
                "on_headers_finished": self._read_headers,
                "on_part_data": lambda data, start, end: self._add(data[start:end]),
                "on_end": self._end,
            },
        )

    @property
    def fields(self) -> dict[str, str]:
        """The fields received so far, without the file."""
        return {name: value.decode("utf-8", "replace") for name, value in self._values.items()}

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Parse a chunk; return its bytes of the file. Raises `ServiceError` for a malformed form."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise _malformed() from error
        chunks, self._file_chunks = self._file_chunks, []
        yield from chunks

    def finish(self) -> None:
        """Raise `ServiceError` if the form was cut short."""
        if not self._ended:
            raise _malformed()

    def _begin(self) -> None:
        if self._field == FILE:
            raise _malformed()
        self._count(self._part_overhead)
        self._headers.clear()

    def _add_header(self, part: int, data: bytes) -> None:
        self._count(len(data))
        self._headers[-1][part].extend(data)

    def _read_headers(self) -> None:
        headers = {bytes(name).lower(): bytes(value) for name, value in self._headers}
        _kind, options = parse_options_header(headers.get(b"content-disposition", b""))
        self._field = options.get(b"name", b"").decode("utf-8", "replace")
        if self._field == FILE:
            self.file_name = _unquote(options.get(b"filename", b""))
            if not self.file_name:  # browsers give one to whatever they send
                raise _malformed()
        else:
            self._values[self._field] = bytearray()

    def _add(self, data: bytes) -> None:
        if self._field == FILE:
            self._file_chunks.append(data)
        else:
            self._count(len(data))
            self._values[self._field].extend(data)

    def _end(self) -> None:
        self._ended = True

    def _count(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise _malformed()


def _unquote(name: bytes) -> str:
    """Return a file's name without the escapes of browsers, which escape these three only.

    HTML Standard, "Multipart form data", step 1 of escaping a name.
    """
    text = name.decode("utf-8", "replace")
    for escaped, character in (("%22", '"'), ("%0D", "\r"), ("%0A", "\n")):
        text = text.replace(escaped, character)
    return text


def _malformed() -> ServiceError:
    return ServiceError(_("The upload is malformed. Reload the page and try again."))
