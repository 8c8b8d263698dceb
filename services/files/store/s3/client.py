"""The connection to a bucket: how long it waits, and what no variable of the machine may change."""

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from obstore.exceptions import BaseError
from obstore.store import S3Store

from services.core.bucket_address import BucketAddress
from services.core.errors import Unavailable
from services.core.i18n import _

if TYPE_CHECKING:
    from obstore.store import S3Config

CONNECT_TIMEOUT = timedelta(seconds=5)
READ_TIMEOUT = timedelta(seconds=30)
"""For an answer to begin, a part that is sent included, and for more of it to come."""
WHOLE_TIMEOUT = timedelta(days=1)
"""For all of an answer: the slowest reader of the largest file."""
RETRIES = 3
"""Of a request that gets no answer, and of reading on where a connection broke."""
RETRY_TIMEOUT = timedelta(seconds=15)
REGIONS, DEFAULT_REGION = ("AWS_REGION", "AWS_DEFAULT_REGION"), "us-east-1"
"""The variables with the region, where CHAT_FILES has none; and what it is without them."""


def connect(address: BucketAddress) -> S3Store:
    """Return the client; it takes keys from the usual variables, or from the machine.

    Raises `Unavailable` if one of these variables has a value that cannot be.
    """
    try:
        return S3Store(
            address.bucket,
            prefix=address.prefix or None,
            config=_config(address),
            client_options={
                "allow_http": address.endpoint.startswith("http://"),
                "connect_timeout": CONNECT_TIMEOUT,
                "read_timeout": READ_TIMEOUT,
                "timeout": WHOLE_TIMEOUT,
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": RETRY_TIMEOUT},
        )
    except (BaseError, ValueError):  # its words quote the value
        names = sorted(name for name in os.environ if name.upper().startswith("AWS_"))
        raise Unavailable(
            _("One of these variables has a wrong value for CHAT_FILES: {names}.").format(
                names=", ".join(names)
            )
        ) from None


def _config(address: BucketAddress) -> "S3Config":
    """Return what is not left to the variables that the library reads, which begin with `AWS_`.

    Where the files go to, and that each request is signed, with the hash of what it contains, is
    not to depend on what somebody has set for other programs.
    """
    region = address.region or next(
        (os.environ[name] for name in REGIONS if os.environ.get(name)), DEFAULT_REGION
    )
    return {
        "endpoint": address.endpoint or f"https://s3.{region}.amazonaws.com",
        "region": region,
        "virtual_hosted_style_request": False,
        "skip_signature": False,
        "unsigned_payload": False,
        # Not every server that speaks S3 knows the request that deletes several objects.
        "disable_bulk_delete": True,
    }
