"""Starting and stopping the application: database, context, Lobby and background jobs."""

import secrets
from contextlib import AbstractContextManager

from sqlalchemy import Connection

from services.accounts.names import namesakes
from services.accounts.passwords.passwords import Passwords
from services.accounts.security import security_log
from services.accounts.sessions import recent_bearers
from services.backup import integrity, schedule
from services.core import app_context, hub
from services.core.app_context import AppContext
from services.core.disk import data_folder
from services.core.limits.rate_limits import Budget, RateLimit, RateLimits
from services.core.settings import Settings
from services.db import database, engines
from services.db.database import Database
from services.db.engines import Engine
from services.files import orphans, previews
from services.files.store import stores
from services.host import appearance
from services.links import switch, unfurling
from services.messages import rendered
from services.messages.scheduling import scheduler
from services.push import delivery
from services.rooms import presence, purge, room_names, rooms
from services.rooms.reading import read_positions
from services.search import erasing
from services.sync import epoch, polls, server_name


async def startup(settings: Settings, *, is_primary: bool = True) -> None:
    """Open everything for `settings`: create or upgrade the database, start the threads.

    Without `is_primary`, beside a running server, the background jobs and the checkpoints of
    the database are left to that server.

    Raises `Unavailable` with one sentence when the data folder cannot be used.
    """
    folder = settings.data
    connected = hub.make(settings)
    try:
        engine = _engine(settings)
        engine.prepare(is_primary=is_primary)
        key = engine.device_key(folder / data_folder.DEVICE_KEY, lambda: secrets.token_bytes(32))
        files = stores.open(settings, key, clears=is_primary)
    except OSError as error:
        raise data_folder.unusable(folder, error) from error
    context = AppContext(
        settings=settings,
        passwords=Passwords(
            settings.argon2_memory_kib, settings.argon2_time_cost, settings.argon2_parallelism
        ),
        rate_limits=RateLimits(
            message=RateLimit(settings.message_rate),
            text=Budget(settings.daily_text, per_second=settings.daily_text / 86400),
        ),
        files=files,
        device_key=key,
        hub=connected,
    )
    database.use(Database(engine.backend(is_primary=is_primary)))
    app_context.use(context)
    try:
        await _begin()
        if is_primary:
            _begin_jobs(settings)
        if connected is not None:
            await connected.start()
    except BaseException:
        await shutdown()  # the threads of the database would keep the process for ever
        raise


async def _begin() -> None:
    """Load what is asked for all the time, and complete what an earlier version has stored."""
    security_log.start()
    await appearance.load()
    await switch.load()
    await rooms.make_lobby()
    await room_names.fill()
    await namesakes.fill()
    await server_name.load()
    await epoch.load()


def _begin_jobs(settings: Settings) -> None:
    """Start the background jobs; of those that only one process may do, if this is the one."""
    previews.start()
    rendered.start()
    unfurling.start()
    recent_bearers.start()
    polls.start()
    if settings.bus is None:
        _begin_single_jobs()
    else:
        from services.cluster import cluster  # needs a library that few starts need

        cluster.start(settings, _begin_single_jobs, _end_single_jobs)


def _begin_single_jobs() -> None:
    purge.start()
    orphans.start()
    schedule.start()
    erasing.start()
    delivery.start()
    scheduler.start()
    if _fills_index():
        from services.search.tsvector import filling

        filling.start()


def _fills_index() -> bool:
    """Return whether an index is filled in the background: that of PostgreSQL."""
    return app_context.is_open() and app_context.current().settings.postgres is not None


async def _end_single_jobs() -> None:
    if _fills_index():
        from services.search.tsvector import filling

        await filling.stop()
    await scheduler.stop()
    await delivery.stop()
    await purge.stop()
    await orphans.stop()
    await schedule.stop()
    await erasing.stop()


async def shutdown() -> None:
    """Store what is not stored yet, and close everything. Nothing happens when nothing is open."""
    if not app_context.is_open():
        return
    try:
        await _stop_jobs()
    finally:
        await database.current().close()
        app_context.current().passwords.close()
        app_context.current().files.close()
        database.use(None)
        app_context.use(None)


async def _stop_jobs() -> None:
    polls.stop()
    recent_bearers.stop()
    if app_context.is_open() and (connected := hub.asked()) is not None:
        await connected.stop()
    await _end_single_jobs()
    await unfurling.stop()
    presence.close()
    await read_positions.flush()
    if app_context.is_open() and app_context.current().settings.bus is not None:
        from services.cluster import cluster

        await cluster.stop()  # the others have heard what was read
        await _end_single_jobs()  # it may have come to do them in between
    await previews.stop()
    await rendered.stop()
    await security_log.stop()


def prepare_database(settings: Settings, *, is_primary: bool = True) -> None:
    """Create the database, or upgrade an older one; in a file, check the result beforehand.

    Raises `Unavailable` with one sentence when it cannot be used, or the bus cannot.
    """
    _engine(settings).prepare(is_primary=is_primary)
    if settings.bus is not None:
        from services.bus import redis_bus

        redis_bus.require(settings.bus.get_secret_value())


def prepare_files(settings: Settings) -> None:
    """Look whether the files are where the settings say, and can be stored there.

    Raises `Unavailable` with one sentence otherwise.
    """
    try:
        stores.prepare(settings)
    except OSError as error:
        raise data_folder.unusable(settings.data, error) from error


def reading(settings: Settings) -> AbstractContextManager[Connection]:
    """Open a transaction that reads the database, whether a server is running or not.

    Raises `Unavailable` with one sentence when it cannot be read.
    """
    return _engine(settings).reading()


def is_other_version(settings: Settings) -> bool | None:
    """Return whether the database is of another version, so that `prepare_database` upgrades it.

    None if there is no chat in it. Raises `Unavailable` with one sentence when it cannot be read.
    """
    return _engine(settings).is_other_version()


def _engine(settings: Settings) -> Engine:
    return engines.of(settings, integrity.run, _tsvector)


def _tsvector() -> engines.Index:
    from services.search.tsvector import indexing, schema

    return engines.Index(schema.STATEMENTS, indexing.store)
