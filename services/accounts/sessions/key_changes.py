"""Which devices of a user have keys: that it has changed, and forgetting those that have ended.

Only within the write of what changes it, so that both are stored or neither is.
"""

from collections.abc import Sequence

import sqlalchemy
from sqlmodel import Session, func

from models import DeviceListChange, KeyDevice, KeySignature, LoginSession
from models.base import table

_DEVICES, _SIGNATURES = table(KeyDevice), table(KeySignature)
_CHANGES, _SESSIONS = table(DeviceListChange), table(LoginSession)


def record_change(session: Session, user_id: int) -> None:
    """Record, within a write, that a user has other devices or keys than before."""
    session.flush()
    connection = session.connection()
    newest = connection.scalar(sqlalchemy.select(func.max(_CHANGES.c.position))) or 0
    at = {"position": newest + 1}
    own = _CHANGES.c.user_id == user_id
    if not connection.execute(_CHANGES.update().where(own).values(at)).rowcount:
        connection.execute(_CHANGES.insert().values(user_id=user_id, **at))


def forget_signatures(session: Session, user_id: int, device_ids: Sequence[str]) -> None:
    """Forget, within a write, what was signed of a user's devices, and what these have signed."""
    by_devices = (_SIGNATURES.c.signer_id == user_id) & _SIGNATURES.c.signer_key.in_(
        [f"ed25519:{each}" for each in device_ids]
    )
    of_devices = (_SIGNATURES.c.user_id == user_id) & _SIGNATURES.c.key_id.in_(device_ids)
    session.connection().execute(_SIGNATURES.delete().where(by_devices | of_devices))


def forget_ended(session: Session, user_id: int) -> None:
    """Forget, within a write that has ended sessions of a user, the keys of their devices.

    A session that is over by its age was not ended: its app may come back with its keys.
    """
    session.flush()
    connection = session.connection()
    open_ones = sqlalchemy.select(_SESSIONS.c.device_id).where(
        _SESSIONS.c.user_id == user_id,
        _SESSIONS.c.device_id.is_not(None),
        _SESSIONS.c.revoked_at.is_(None),
    )
    is_ended = (_DEVICES.c.user_id == user_id) & _DEVICES.c.device_id.not_in(open_ones)
    ended = connection.execute(
        sqlalchemy.select(_DEVICES.c.device_id, _DEVICES.c.identity).where(is_ended)
    ).all()
    if not ended:
        return
    names = [device_id for device_id, _keys in ended]
    forget_signatures(session, user_id, names)
    connection.execute(
        _DEVICES.delete().where(_DEVICES.c.user_id == user_id, _DEVICES.c.device_id.in_(names))
    )
    if any(keys is not None for _device_id, keys in ended):
        record_change(session, user_id)
