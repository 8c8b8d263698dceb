"""Which of the variables that begin with `AWS_` the store of files in a bucket goes by."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from services.core import bucket_address
from services.core.errors import Unavailable
from services.files.store import stores
from tests import s3
from tests.conftest import cheap

pytest.importorskip("obstore", reason="pip install -e '.[cluster]'")

from services.files.store.s3 import client, object_store

OTHERS = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_BUCKET": "another",
    "AWS_REGION": "eu-west-3",
    "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true",
    "AWS_SKIP_SIGNATURE": "true",
    "AWS_UNSIGNED_PAYLOAD": "true",
    "AWS_TIMEOUT": "1ms",
    "AWS_PROXY_URL": "http://127.0.0.1:1",
}
"""What the library reads as well, and is not for this chat."""


def test_what_is_set_for_other_programs_changes_nothing() -> None:
    with recording() as server, s3.keys(**OTHERS, AWS_SESSION_TOKEN="for-an-hour"):
        address = bucket_address.parse(s3.place(server.server_port))
        object_store.ObjectStore(address, Path()).claim("fingerprint")
    *_looked, (path, headers) = server.taken
    assert path == f"/{address.bucket}/{address.prefix}/{object_store.OWNER}"
    signed = headers["Authorization"]
    assert signed.startswith(f"AWS4-HMAC-SHA256 Credential={s3.KEYS['AWS_ACCESS_KEY_ID']}/")
    assert "/us-east-1/s3/" in signed
    assert headers["x-amz-content-sha256"] == hashlib.sha256(b"fingerprint").hexdigest()
    assert headers["x-amz-security-token"] == "for-an-hour"


@pytest.mark.parametrize(
    ("url", "region"), [("s3://chat-files", "eu-west-3"), ("s3://chat-files?region=eu-north-1", "")]
)
def test_without_an_endpoint_it_is_the_one_of_the_region(url: str, region: str) -> None:
    with s3.keys(**OTHERS):
        config = client._config(bucket_address.parse(url))
    assert config["endpoint"] == f"https://s3.{region or 'eu-north-1'}.amazonaws.com"


def test_a_variable_with_a_wrong_value_is_one_sentence(tmp_path: Path) -> None:
    with s3.keys(AWS_COPY_IF_NOT_EXISTS="never-heard-of"), pytest.raises(Unavailable) as error:
        stores.prepare(cheap(tmp_path, files=s3.place(1)))
    said = error.value.message
    assert "AWS_COPY_IF_NOT_EXISTS" in said
    assert "never-heard-of" not in said


class Recorder(BaseHTTPRequestHandler):
    """Notes requests; there is nothing, and everything can be put."""

    server: "Recording"

    def do_GET(self) -> None:
        self._answer(404)

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200)

    def _answer(self, status: int) -> None:
        self.server.taken.append((self.path, self.headers))
        self.send_response(status)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_what: object) -> None:
        pass


class Recording(ThreadingHTTPServer):
    """A server that notes the path and the headers of each request."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Message]] = []
        super().__init__(("127.0.0.1", 0), Recorder)


@contextmanager
def recording() -> Iterator[Recording]:
    with Recording() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
