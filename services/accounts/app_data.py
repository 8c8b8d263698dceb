"""What apps store for their user, each object of a type: the rows, within a write."""

from sqlmodel import Session, func, select

from models import AccountData


def put(session: Session, user_id: int, kind: str, content: str, *, room_id: int = 0) -> None:
    """Store an object of a type, as JSON, so that apps are told of it as of the newest."""
    own = AccountData.user_id == user_id
    newest = session.exec(select(func.max(AccountData.position)).where(own)).one() or 0
    stored = session.get(AccountData, (user_id, room_id, kind)) or AccountData(
        user_id=user_id, room_id=room_id, type=kind, content="", position=0
    )
    stored.content, stored.position = content, newest + 1
    session.add(stored)
