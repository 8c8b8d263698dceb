"""Full-text index over messages, maintained by triggers."""

from alembic import op

revision = "0003"
down_revision = "0002"

# Domains that make a link without `https://`, see `rendering.markdown.ENDINGS`.
ENDINGS = ("com", "org", "net", "edu", "gov", "info", "dev", "app", "io", "ac.in", "co.in", "ac.uk")
BARE_LINKS = " OR ".join(
    f"lower(text) || ' ' GLOB '*[a-z0-9].{ending}[^a-z0-9]*'" for ending in ENDINGS
)
# The first GLOB spares most messages the other dozen: they have no dot before a letter.
HAS_LINK = f"text LIKE '%://%' OR (text GLOB '*.[A-Za-z]*' AND ({BARE_LINKS}))"

ADD = """
  INSERT INTO search (rowid, text, tags)
  SELECT place, text, tags FROM searched WHERE id = new.id;
"""
FORGET = """
  INSERT INTO search (search, rowid, text, tags)
  SELECT 'delete', place, text, tags FROM searched WHERE id = old.id;
"""


def _trigger(name: str, event: str, work: str) -> str:
    return f"CREATE TRIGGER {name} {event} ON messages BEGIN {work} END"


STEPS = (
    # `place` is the rowid in the index: room and `seq` in one number. The entries of a room are
    # adjacent, so a lookup in one room does not depend on the others, and rooms that a person
    # may not see are not read at all. Zero-width joiners are removed: a Hindi word is the same
    # with and without them.
    f"""
    CREATE VIEW searched AS
    SELECT id, room_id, seq, (room_id << 32) | seq AS place,
           replace(replace(text, char(8204), ''), char(8205), '') AS text,
           'u' || author_id || iif({HAS_LINK}, ' link', '') AS tags
    FROM messages
    WHERE text <> ''
    """,  # noqa: S608 (only constants from above)
    # The index stores neither the text (`content`) nor the lengths that bm25 would need
    # (`columnsize`). Marks are word characters: otherwise `unicode61` would split words at every
    # vowel sign of Devanagari.
    """
    CREATE VIRTUAL TABLE search USING fts5 (
      text, tags, content = '', columnsize = 0, prefix = '2 3 4',
      tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
    )
    """,
    # In the order of rowids, like the index.
    """
    INSERT INTO search (rowid, text, tags)
    SELECT place, text, tags FROM searched ORDER BY room_id, seq
    """,
    "INSERT INTO search (search) VALUES ('optimize')",
    _trigger("search_new", "AFTER INSERT", ADD),
    # FTS5 needs the old text to delete an entry, so this runs before the update.
    _trigger("search_before_edit", "BEFORE UPDATE OF text", FORGET),
    _trigger("search_after_edit", "AFTER UPDATE OF text", ADD),
    _trigger("search_before_erasing", "BEFORE DELETE", FORGET),
)


def upgrade() -> None:
    """Index all messages, and add triggers for every change."""
    for step in STEPS:
        op.execute(step)
