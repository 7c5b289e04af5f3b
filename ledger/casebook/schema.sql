-- Times are milliseconds since 1970. Identifiers of entries are their 32 bytes.

-- revision is the last that was taken; kind and title are what it says, as far
-- as it could be read. turn grows with every change, so that the last saved comes
-- first whatever the clock did. entry and published are set together.
CREATE TABLE drafts (
  id        TEXT PRIMARY KEY,
  state     TEXT NOT NULL CHECK (state IN ('open', 'published', 'discarded')),
  kind      TEXT NOT NULL,
  title     TEXT NOT NULL,
  revision  INTEGER NOT NULL,
  created   INTEGER NOT NULL,
  saved     INTEGER NOT NULL,
  turn      INTEGER NOT NULL,
  entry     BLOB CHECK (length(entry) = 32),
  published INTEGER,
  CHECK ((state = 'published') = (entry IS NOT NULL) AND (entry IS NULL) = (published IS NULL))
) STRICT;
CREATE INDEX drafts_turn ON drafts (turn);
CREATE INDEX drafts_state ON drafts (state, turn);

-- All savings, those that came too late to be taken among them.
CREATE TABLE revisions (
  draft    TEXT NOT NULL REFERENCES drafts (id),
  revision INTEGER NOT NULL,
  saved    INTEGER NOT NULL,
  by       TEXT NOT NULL,
  format   TEXT NOT NULL CHECK (format IN ('json', 'yaml')),
  taken    INTEGER NOT NULL CHECK (taken IN (0, 1)),
  text     TEXT NOT NULL,
  PRIMARY KEY (draft, revision)
) STRICT;

-- What people let stand. draft is NULL for a record that never was one. content
-- is the SHA-256 of the content that the passage was to be published in, if it
-- came to that.
CREATE TABLE confirmations (
  n       INTEGER PRIMARY KEY,
  draft   TEXT REFERENCES drafts (id),
  hit     TEXT NOT NULL,
  excerpt TEXT NOT NULL,
  field   TEXT NOT NULL,
  rule    TEXT NOT NULL,
  reason  TEXT NOT NULL,
  by      TEXT NOT NULL,
  at      INTEGER NOT NULL,
  content BLOB CHECK (length(content) = 32),
  entry   BLOB CHECK (length(entry) = 32)
) STRICT;
CREATE INDEX confirmations_draft ON confirmations (draft, hit);
CREATE INDEX confirmations_content ON confirmations (content);
CREATE INDEX confirmations_entry ON confirmations (entry);

-- Publications that were begun and of which it is not known what became.
CREATE TABLE attempts (
  content  BLOB PRIMARY KEY CHECK (length(content) = 32),
  draft    TEXT REFERENCES drafts (id),
  revision INTEGER,
  position INTEGER NOT NULL,
  at       INTEGER NOT NULL
) STRICT;
