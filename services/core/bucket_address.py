"""Where files are in S3, out of the setting: `s3://bucket/prefix?endpoint=…&region=…`."""

import re
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from msgspec import Struct

from services.core.i18n import _

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_PREFIX = re.compile(r"([A-Za-z0-9!_.*'()-]+/)*[A-Za-z0-9!_.*'()-]+")
"""Of the characters that are safe in names of objects, in Amazon's words."""
_REGION = re.compile(r"[a-z0-9-]+")
_PARAMETERS = {"endpoint", "region"}


class BucketAddress(Struct, frozen=True):
    """A bucket, and the prefix of the names in it; how to log in is not in it."""

    bucket: str
    prefix: str = ""
    """Without a slash at its end; empty for none."""
    endpoint: str = ""
    """The URL of the server; empty for Amazon's of the region."""
    region: str = ""
    """Empty for that of the variable `AWS_REGION`."""

    @property
    def url(self) -> str:
        """The address that `parse` takes."""
        given = {"endpoint": self.endpoint, "region": self.region}
        query = urlencode({name: value for name, value in given.items() if value}, safe=":/")
        return f"s3://{self._path}" + (f"?{query}" if query else "")

    @property
    def _path(self) -> str:
        return f"{self.bucket}/{self.prefix}" if self.prefix else self.bucket

    def __str__(self) -> str:
        """Return it as logs and sentences show it."""
        return f"s3://{self._path}" + (f" ({self.endpoint})" if self.endpoint else "")


def parse(url: str) -> BucketAddress:
    """Return the address that a URL is of. Raises `ValueError`, whose sentence quotes none of it.

    It may not hold keys: others would see them in the list of processes, and in logs.
    """
    try:
        parts = urlsplit(url)
        given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise _invalid() from None
    bucket, prefix, more = parts.netloc, unquote(parts.path).strip("/"), dict(given)
    is_whole = (
        parts.scheme == "s3"
        and _BUCKET.fullmatch(bucket)
        and (not prefix or (_PREFIX.fullmatch(prefix) and ".." not in prefix))
        and not parts.fragment
        and len(more) == len(given)
        and more.keys() <= _PARAMETERS
        and _is_endpoint(more.get("endpoint", ""))
        and _REGION.fullmatch(more.get("region", "us-east-1"))
    )
    if not is_whole:
        raise _invalid()
    return BucketAddress(bucket, prefix, **more)


def _is_endpoint(url: str) -> bool:
    """Return whether this is a URL of a server, without a path and a password, or empty."""
    if not url:
        return True
    try:
        parts = urlsplit(url)
        is_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_server = parts.scheme in {"http", "https"} and bool(parts.hostname) and is_port
    return is_server and "@" not in parts.netloc and url == f"{parts.scheme}://{parts.netloc}"


def _invalid() -> ValueError:
    return ValueError(
        _(
            "it is neither folder nor an address such as "
            "s3://bucket/prefix?endpoint=https://s3.example.org&region=eu-central-1; keys are in "
            "the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    )
