"""What a driver says of an error, behind that of SQLAlchemy."""

from sqlalchemy.exc import DBAPIError


def original(error: BaseException) -> BaseException:
    """Return the driver's error for one of SQLAlchemy; any other as it is."""
    if isinstance(error, DBAPIError) and isinstance(error.orig, BaseException):
        return error.orig
    return error


def reason(error: BaseException) -> str:
    """Return the first line of an error: what a database, the network or a migration says."""
    lines = str(original(error)).strip().splitlines()
    return lines[0].removeprefix("connection failed: ") if lines else repr(error)
