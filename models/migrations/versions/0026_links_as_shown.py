"""In the full-text index, a message has a link if its HTML has one."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

# Nobody can type this: `<` is escaped.
HAS_LINK = """(instr({html}, '<a href="') > 0)"""
# Rendering again changes the HTML of many messages, and the links of few.
CHANGED = f"""
  old.text IS NOT new.text OR (old.html IS NULL) <> (new.html IS NULL)
  OR {HAS_LINK.format(html="old.html")} <> {HAS_LINK.format(html="new.html")}
"""
FORGET = """
  INSERT INTO search (search, rowid, text, tags)
  SELECT 'delete', place, text, tags FROM searched WHERE id = old.id;
"""
ADD = """
  INSERT INTO search (rowid, text, tags)
  SELECT place, text, tags FROM searched WHERE id = new.id;
"""


def upgrade() -> None:
    """Index messages again whose text and HTML disagree, and from now on when the HTML changes."""
    said, searched = (_sql(name) for name in ("said", "searched"))
    head, _, rest = said.partition("iif(")
    by_text, _, tail = rest.partition(", ' link', '')")
    by_html = HAS_LINK.format(html="html")
    disagrees = f"html IS NOT NULL AND ({by_text}) <> {by_html}"
    op.execute(f"CREATE TEMP TABLE link_changed AS SELECT id FROM messages WHERE {disagrees}")  # noqa: S608
    _index("search, rowid, text, tags", "'delete', place, text, tags")
    op.execute("DROP VIEW searched")
    op.execute("DROP VIEW said")
    # What was never rendered goes by its text, as before.
    op.execute(f"{head}iif(iif(html IS NULL, {by_text}, {by_html}), ' link', ''){tail}")
    op.execute(searched)
    _index("rowid, text, tags", "place, text, tags")
    op.execute("DROP TABLE link_changed")
    for name, moment, work in (
        ("search_before_edit", "BEFORE", FORGET),
        ("search_after_edit", "AFTER", ADD),
    ):
        op.execute(f"DROP TRIGGER {name}")
        op.execute(
            f"CREATE TRIGGER {name} {moment} UPDATE OF text, html ON messages"
            f" WHEN {CHANGED} BEGIN {work} END"
        )


def _sql(name: str) -> str:
    query = sa.text("SELECT sql FROM sqlite_master WHERE name = :name")
    found: str = op.get_bind().execute(query, {"name": name}).scalar_one()
    return found


def _index(columns: str, values: str) -> None:
    op.execute(
        f"INSERT INTO search ({columns}) SELECT {values} FROM searched"  # noqa: S608
        " WHERE id IN (SELECT id FROM link_changed) ORDER BY place"
    )
