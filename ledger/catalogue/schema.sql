-- One row: how far the catalogue has come, and whether words of erased entries
-- may still lie in the segments of the full-text index.
CREATE TABLE state (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  cursor INTEGER NOT NULL,
  stale  INTEGER NOT NULL
);
INSERT INTO state VALUES (1, 0, 0);

-- Short numbers for bodies. id is the 32 bytes of the identifier.
CREATE TABLE bodies (
  n      INTEGER PRIMARY KEY,
  id     BLOB NOT NULL UNIQUE,
  frozen INTEGER NOT NULL DEFAULT 0
);

-- One row for each entry, in arrival order. Title and
-- summary are cut to the length that the rules allow; what is not known is ''. The last four are the article's axes.
CREATE TABLE entries (
  event    INTEGER PRIMARY KEY,
  id       BLOB NOT NULL,
  body     INTEGER NOT NULL REFERENCES bodies (n),
  seq      INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  at       INTEGER NOT NULL,
  disowned INTEGER NOT NULL DEFAULT 0,
  erased   INTEGER NOT NULL DEFAULT 0,
  lang     TEXT NOT NULL,
  title    TEXT NOT NULL,
  summary  TEXT NOT NULL,
  service  TEXT NOT NULL,
  network  TEXT NOT NULL,
  method   TEXT NOT NULL,
  depth    TEXT NOT NULL
);
CREATE INDEX entries_body ON entries (body, seq);
CREATE INDEX entries_at ON entries (at);

CREATE TABLE places (
  entry  INTEGER NOT NULL REFERENCES entries (event),
  code   TEXT NOT NULL,
  scheme TEXT NOT NULL,
  name   TEXT NOT NULL,
  PRIMARY KEY (entry, code, scheme)
) WITHOUT ROWID;

-- What an entry names: target is the 32 bytes of an identifier.
CREATE TABLE refs (
  entry  INTEGER NOT NULL REFERENCES entries (event),
  field  TEXT NOT NULL,
  target BLOB NOT NULL,
  PRIMARY KEY (entry, field, target)
) WITHOUT ROWID;

-- Which erase entries name which entries. An entry whose content is erased is
-- empty while one of its erase entries stands; were that a thief's and disowned,
-- the content is read from the ledger again.
CREATE TABLE erasures (
  erase INTEGER NOT NULL REFERENCES entries (event),
  entry INTEGER NOT NULL REFERENCES entries (event),
  PRIMARY KEY (erase, entry)
) WITHOUT ROWID;
CREATE INDEX erasures_entry ON erasures (entry);

-- What bodies say of themselves; the last one that stands counts.
CREATE TABLE profiles (
  entry      INTEGER PRIMARY KEY REFERENCES entries (event),
  body       INTEGER NOT NULL REFERENCES bodies (n),
  seq        INTEGER NOT NULL,
  name       TEXT NOT NULL,
  role       TEXT NOT NULL,
  legal_form TEXT NOT NULL,
  website    TEXT NOT NULL
);
CREATE INDEX profiles_body ON profiles (body, seq);

-- How many entries that are not disowned have a value on an axis, so that the
-- first page need not count.
CREATE TABLE counts (
  axis  TEXT NOT NULL,
  value TEXT NOT NULL,
  n     INTEGER NOT NULL,
  PRIMARY KEY (axis, value)
) WITHOUT ROWID;

-- The words alone: the text itself stays in the ledger. tags holds one made-up
-- word for each value that a search filters by, so that the index intersects
-- filters and words before any row is read.
CREATE VIRTUAL TABLE words USING fts5 (
  title, text, tags,
  content = '', contentless_delete = 1, detail = column,
  tokenize = 'porter unicode61 remove_diacritics 2'
);
