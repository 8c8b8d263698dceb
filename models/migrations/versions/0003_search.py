"""Search: an index of every word that was said, kept by the database itself."""

from alembic import op

revision = "0003"
down_revision = "0002"

# What makes a link without `https://` in front, see `rendering.markdown.ENDINGS`.
ENDINGS = ("com", "org", "net", "edu", "gov", "info", "dev", "app", "io", "ac.in", "co.in", "ac.uk")
BARE_LINKS = " OR ".join(
    f"lower(text) || ' ' GLOB '*[a-z0-9].{ending}[^a-z0-9]*'" for ending in ENDINGS
)
# Most messages have no dot with a letter after it, and need not be looked at a dozen times.
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
    # A message's place is its room and its number in one: the places of a room stand side by
    # side, so that looking in one room costs the same however much is said in the others, and
    # what somebody may not see is not even looked at. Zero-width joiners are left out: a Hindi
    # word is the same with and without.
    f"""
    CREATE VIEW searched AS
    SELECT id, room_id, seq, (room_id << 32) | seq AS place,
           replace(replace(text, char(8204), ''), char(8205), '') AS text,
           'u' || author_id || iif({HAS_LINK}, ' link', '') AS tags
    FROM messages
    WHERE text <> ''
    """,  # noqa: S608 (of what stands above)
    # The index keeps no text of its own (`content`), nor lengths that only its own ranking would
    # need (`columnsize`). Marks belong to the letter before them: else `unicode61` would part a
    # word at every vowel sign of Devanagari.
    """
    CREATE VIRTUAL TABLE search USING fts5 (
      text, tags, content = '', columnsize = 0, prefix = '2 3 4',
      tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
    )
    """,
    # In the order of their places, as the index itself is.
    """
    INSERT INTO search (rowid, text, tags)
    SELECT place, text, tags FROM searched ORDER BY room_id, seq
    """,
    "INSERT INTO search (search) VALUES ('optimize')",
    _trigger("search_new", "AFTER INSERT", ADD),
    # The index forgets a message by its old words, so it is told before they change.
    _trigger("search_before_edit", "BEFORE UPDATE OF text", FORGET),
    _trigger("search_after_edit", "AFTER UPDATE OF text", ADD),
    _trigger("search_before_erasing", "BEFORE DELETE", FORGET),
)


def upgrade() -> None:
    """Index what is there, and have every change of it followed."""
    for step in STEPS:
        op.execute(step)
