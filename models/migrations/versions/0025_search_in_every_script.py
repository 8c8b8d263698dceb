"""Full-text search in scripts without spaces, and without regard to more than Latin accents."""

import logging

import sqlalchemy as sa
from alembic import op

from models import migrations, scripts

revision = "0025"
down_revision = "0024"

log = logging.getLogger(__name__)
SECONDS_PER_MESSAGE = 200e-6
CHUNK = 64
"""Characters that are taken from a text at a time: each is found by counting from the first."""

LATIN = "\t-ʯ\u2010-\u205e🌀-\U0001faff"
"""Latin letters, punctuation and emoji: texts of these are tried first."""
LATIN_COARSE = "ª-¾ÆØßæøĐđĦ-ǿ"
"""Where those of them are that may have to change: tried before each of these."""
LATIN_FOLDED = "".join(sorted(each for each in scripts.folds() if "\x80" < each < "ʰ"))
FOLD = "coalesce((SELECT fold FROM search_folds WHERE sign = character), character)"

# The view of migration 0004 is what is written. Triggers and repairs fill the index from
# `searched`, in any program that opens the database: nothing of it is Python. A text that is
# ASCII or has none of these signs stays as it is; any other is put together again from what
# stands for each of its characters.
SEARCHED = f"""
  CREATE VIEW searched AS
  SELECT id, room_id, seq, place,
    CASE
      WHEN length(text) = length(CAST(text AS BLOB)) THEN text
      ELSE (
        SELECT CASE
          WHEN whole NOT GLOB '*[^{LATIN}]*'
            AND (whole NOT GLOB '*[{LATIN_COARSE}]*' OR whole NOT GLOB '*[{LATIN_FOLDED}]*')
            THEN whole
          ELSE (SELECT group_concat(
          CASE
            WHEN character BETWEEN '㐀' AND '鿿' OR character BETWEEN '가' AND '힣'
              OR character BETWEEN 'ぁ' AND 'ゖ' OR character BETWEEN 'ァ' AND 'ヺ'
              THEN ' ' || character
            WHEN character < '¡' AND before < '¡' THEN character
            WHEN character GLOB '[{scripts.SIGNS}]' THEN
              iif(character GLOB '[{scripts.ATTACHED}]'
                OR before GLOB '[{scripts.ATTACHING}]' AND character < '{scripts.FAR_EAST}',
                '', ' ')
              || coalesce(
                (SELECT fold FROM search_folds WHERE sign = character || after), {FOLD})
            WHEN before NOT GLOB '[{scripts.SIGNS}]' THEN {FOLD}
            WHEN character GLOB '[]{scripts.GAPS}[\\^-]' THEN
              iif(after GLOB '[{scripts.ALPHANUMERIC}]', ' ', ' {scripts.GAP} ')
            ELSE ' ' || {FOLD}
          END, '')
          FROM (
          SELECT substr(chunk, search_places.n + 1, 1) AS before,
                 substr(chunk, search_places.n + 2, 1) AS character,
                 substr(chunk, search_places.n + 3, 1) AS after
          FROM (
            SELECT substr(whole, {CHUNK} * n + 1, {CHUNK} + 2) AS chunk
            FROM search_places WHERE {CHUNK} * n < length(whole) - 1 ORDER BY n LIMIT -1
          ) CROSS JOIN search_places
          WHERE search_places.n < {CHUNK} AND character <> '' LIMIT -1
        ))
        END
        FROM (SELECT char(10) || written.text AS whole LIMIT 1)
      )
    END AS text,
    tags
  FROM written
"""  # noqa: S608 (only constants)


def upgrade() -> None:
    """Change the view, and fill the index from it again."""
    connection = op.get_bind()
    (written,) = connection.execute(
        sa.text("SELECT sql FROM sqlite_master WHERE name = 'searched'")
    ).one()
    op.execute("DROP VIEW searched")
    op.execute(written.replace("searched", "written", 1))
    _make_tables(connection)
    connection.exec_driver_sql(SEARCHED)
    _fill(connection)


def _make_tables(connection: sa.Connection) -> None:
    op.execute(
        "CREATE TABLE search_folds (sign TEXT PRIMARY KEY, fold TEXT NOT NULL) WITHOUT ROWID"
    )
    connection.exec_driver_sql(
        "INSERT INTO search_folds (sign, fold) VALUES (?, ?)", list(scripts.folds().items())
    )
    op.execute("CREATE TABLE search_places (n INTEGER PRIMARY KEY)")
    connection.exec_driver_sql(
        "INSERT INTO search_places (n) VALUES (?)", [(n,) for n in range(2 * CHUNK)]
    )


def _fill(connection: sa.Connection) -> None:
    """Fill the index, in the order of its rows; a crash leaves all as it was before."""
    count = connection.exec_driver_sql("SELECT count(*) FROM messages").scalar_one()
    if count >= migrations.MANY:
        log.warning(
            "Indexing %d messages again for search, which may take %d seconds. Let it run.",
            count,
            1 + count * SECONDS_PER_MESSAGE,
        )
    for step in (
        "INSERT INTO search (search) VALUES ('delete-all')",
        "INSERT INTO search (rowid, text, tags)"
        " SELECT place, text, tags FROM searched ORDER BY room_id, seq",
        "INSERT INTO search (search) VALUES ('optimize')",
    ):
        connection.exec_driver_sql(step)
