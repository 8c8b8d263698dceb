"""A server of S3 on this machine, moto's, for the tests of `CHAT_FILES`.

    pip install -e '.[s3-test]'

Without these packages the tests are skipped; with `CHAT_REQUIRE_S3=1` they fail.
"""

import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self
from urllib.error import URLError

import pytest

from services.core import bucket_address
from services.core.bucket_address import BucketAddress
from tests.server import free_port

KEYS = {"AWS_ACCESS_KEY_ID": "key-of-the-tests", "AWS_SECRET_ACCESS_KEY": "violet-kettle-secret"}
BUCKET = "chat-files"
PATIENCE_SECONDS = 60


def require() -> None:
    """Skip the test, or fail, if a package is missing."""
    missing = [name for name in ("moto", "flask", "flask_cors", "obstore") if not find_spec(name)]
    if missing and os.environ.get("CHAT_REQUIRE_S3"):
        pytest.fail(f"CHAT_REQUIRE_S3 is set, but {missing} is missing")
    if missing:
        pytest.skip(f"needs {missing}: pip install -e '.[s3-test]'")


class S3Server:
    """A server with one bucket, in a process of its own; stopped at the end of the `with` block."""

    def __init__(self, log: Path, **variables: str) -> None:
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._log = log
        self._variables = {**os.environ, **variables}

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        with self._log.open("a") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=self._variables)
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self._create(BUCKET)
            except URLError:
                assert self._process.poll() is None, self._log.read_text()
                assert time.monotonic() < until, self._log.read_text()
                time.sleep(0.05)
            else:
                return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.wait(timeout=20)

    def _create(self, bucket: str) -> None:
        request = urllib.request.Request(f"{self.endpoint}/{bucket}", method="PUT")
        urllib.request.urlopen(request, timeout=20).close()

    def new_place(self, port: int = 0) -> str:
        """Return the address of a prefix that nobody uses, perhaps through another port."""
        return place(port or self.port)


def place(port: int, bucket: str = BUCKET) -> str:
    """Return the address of a prefix that nobody uses, at a port of this machine."""
    prefix = f"test/{secrets.token_hex(8)}"
    return f"s3://{bucket}/{prefix}?endpoint=http://127.0.0.1:{port}&region=us-east-1"


@contextmanager
def keys(**others: str) -> Iterator[None]:
    """Set the variables with the keys."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**KEYS, **others}.items():
            patch.setenv(name, value)
        yield


def client(url: str, port: int = 0) -> Any:
    """Return a client of the place with this address, perhaps through another port."""
    from obstore.store import S3Store

    address: BucketAddress = bucket_address.parse(url)
    with keys():
        return S3Store(
            address.bucket,
            prefix=address.prefix,
            endpoint=f"http://127.0.0.1:{port}" if port else address.endpoint,
            region="us-east-1",
            client_options={"allow_http": True},
        )


def sizes(url: str, port: int = 0) -> dict[str, int]:
    """Return what is stored at an address: the size of each object by its name."""
    import obstore

    found = obstore.list(client(url, port), chunk_size=1000)
    return {each["path"]: each["size"] for some in found for each in some}
