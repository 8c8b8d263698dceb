"""The table of the full-text index in PostgreSQL, and what tells which messages to index.

The words are made in Python (`services.search.tsvector.indexing`), just before the commit. Until
then the triggers note the messages in a setting of the transaction, which costs no row. They also
take out at once what no longer holds: should a program that knows nothing of the index change a
message, its old words are not found any more.
"""

_HAS_LINK = """coalesce(position('<a href="' IN {row}.html), 0) > 0"""


def _function(name: str, ids: str, *, forgets: str = "") -> str:
    """Return a trigger function that notes messages, and forgets the words of one."""
    forget = f"DELETE FROM search_entries WHERE message_id = {forgets};" * bool(forgets)  # noqa: S608
    return f"""
    CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      {forget}
      PERFORM set_config(
        'chat.unindexed',
        concat_ws(',', nullif(current_setting('chat.unindexed', true), ''), {ids}),
        true
      );
      RETURN NULL;
    END
    $body$
    """


STATEMENTS: tuple[str, ...] = (
    # A table of its own, so that reactions and pins do not write the words again. The deletion of
    # a message takes its entry along.
    """
    CREATE TABLE search_entries (
      message_id bigint PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
      seq bigint NOT NULL,
      lexemes tsvector NOT NULL
    )
    """,
    # Without `fastupdate`: searches would read the list of what is not in the index yet, each of
    # their lookups anew.
    """
    CREATE INDEX ix_search_entries_lexemes ON search_entries
    USING gin (lexemes) WITH (fastupdate = off)
    """,
    _function("search_added", "(SELECT string_agg(CAST(id AS text), ',') FROM added)"),
    """
    CREATE TRIGGER search_added AFTER INSERT ON messages
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION search_added()
    """,
    _function("search_changed", "NEW.id", forgets="NEW.id"),
    f"""
    CREATE TRIGGER search_changed AFTER UPDATE OF text, html ON messages FOR EACH ROW
    WHEN (
      OLD.text IS DISTINCT FROM NEW.text
      OR ({_HAS_LINK.format(row="OLD")}) <> ({_HAS_LINK.format(row="NEW")})
    )
    EXECUTE FUNCTION search_changed()
    """,
    _function("search_file_added", "NEW.message_id", forgets="NEW.message_id"),
    """
    CREATE TRIGGER search_file_added AFTER INSERT OR UPDATE OF name ON attachments
    FOR EACH ROW EXECUTE FUNCTION search_file_added()
    """,
    _function("search_file_removed", "OLD.message_id", forgets="OLD.message_id"),
    """
    CREATE TRIGGER search_file_removed AFTER DELETE ON attachments
    FOR EACH ROW EXECUTE FUNCTION search_file_removed()
    """,
)
"""What a new database gets after the tables of the models."""
