-- One row: how far the catalogue has come, whether words of erased entries may
-- still lie in the segments of the full-text index, and the version of the web of
-- trust.
CREATE TABLE state (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  cursor INTEGER NOT NULL,
  stale  INTEGER NOT NULL,
  web    INTEGER NOT NULL
);
INSERT INTO state VALUES (1, 0, 0, 0);

-- Short numbers for bodies. id is the 32 bytes of the identifier; network is the
-- basis of its network, by the profile that counts: that of entries which do not
-- name one.
CREATE TABLE bodies (
  n       INTEGER PRIMARY KEY,
  id      BLOB NOT NULL UNIQUE,
  frozen  INTEGER NOT NULL DEFAULT 0,
  network TEXT NOT NULL DEFAULT ''
);

-- One row for each entry, in arrival order. Title and
-- summary are cut to the length that the rules allow; what is not known is ''. The last four are the article's axes.
-- state is what the author's later records make of an entry: 0 it stands, 1 it was
-- amended, 2 withdrawn.
CREATE TABLE entries (
  event    INTEGER PRIMARY KEY,
  id       BLOB NOT NULL,
  body     INTEGER NOT NULL REFERENCES bodies (n),
  seq      INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  at       INTEGER NOT NULL,
  disowned INTEGER NOT NULL DEFAULT 0,
  erased   INTEGER NOT NULL DEFAULT 0,
  state    INTEGER NOT NULL DEFAULT 0,
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
  website    TEXT NOT NULL,
  network    TEXT NOT NULL
);
CREATE INDEX profiles_body ON profiles (body, seq);

-- How many entries that are not disowned have a value on an axis, so that the
-- first page need not count. Axes that begin with '=' are those of the summary:
-- only what stands counts there.
CREATE TABLE counts (
  axis  TEXT NOT NULL,
  value TEXT NOT NULL,
  n     INTEGER NOT NULL,
  PRIMARY KEY (axis, value)
) WITHOUT ROWID;

-- Short numbers for the bodies that duties and edges name, whether any entry of
-- theirs is held or not.
CREATE TABLE parties (
  n  INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE
);

-- What bodies were asked or undertook: an index by time. row is the number of the
-- decision's first version times 65536, plus the place among its duties; that
-- number is the event of its entry, or the one in unheld. version is the event of
-- the version that counts, 0 if it is not held. lane is how the duty stands until
-- due and from then on (lane.go); due is 2^63-1 where there is no date.
CREATE TABLE duties (
  row     INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  ref     TEXT NOT NULL,
  party   INTEGER NOT NULL REFERENCES parties (n),
  asker   INTEGER NOT NULL,
  lane    INTEGER NOT NULL,
  due     INTEGER NOT NULL,
  moved   INTEGER NOT NULL
);
CREATE INDEX duties_lane ON duties (lane, due);
CREATE INDEX duties_party ON duties (party, lane, due, moved);
CREATE INDEX duties_asker ON duties (asker, lane, due);
CREATE INDEX duties_version ON duties (version);

-- How many duties a party has in a lane at a date, so that sums over all need not
-- count. The triggers below keep it.
CREATE TABLE duty_counts (
  party INTEGER NOT NULL,
  lane  INTEGER NOT NULL,
  due   INTEGER NOT NULL,
  n     INTEGER NOT NULL,
  moved INTEGER NOT NULL,
  PRIMARY KEY (party, lane, due)
) WITHOUT ROWID;
CREATE TRIGGER duty_added AFTER INSERT ON duties BEGIN
  INSERT INTO duty_counts VALUES (new.party, new.lane, new.due, 1, new.moved)
    ON CONFLICT DO UPDATE SET n = n + 1, moved = moved + excluded.moved;
END;
CREATE TRIGGER duty_dropped AFTER DELETE ON duties BEGIN
  UPDATE duty_counts SET n = n - 1, moved = moved - old.moved WHERE party = old.party AND lane = old.lane AND due = old.due;
  DELETE FROM duty_counts WHERE party = old.party AND lane = old.lane AND due = old.due AND n = 0;
END;

-- Decisions that are not held and that somebody answered. Numbers are negative.
CREATE TABLE unheld (
  n  INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE
);

-- What is still to be read from the ledger: decisions whose duties may have
-- changed, and entries that changed or that change what others are worth. They
-- are noted in the transaction of the event, so that none is lost in a crash.
CREATE TABLE dirty (decision BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE pending (entry INTEGER PRIMARY KEY);

-- Who vouches for whom by a mandate or an attestation that stands.
CREATE TABLE edges (
  entry    INTEGER PRIMARY KEY REFERENCES entries (event),
  giver    INTEGER NOT NULL REFERENCES parties (n),
  taker    INTEGER NOT NULL REFERENCES parties (n),
  identity INTEGER NOT NULL
);

-- The hashes of the keys that controls name, those of earlier controls too.
CREATE TABLE keys (
  entry INTEGER NOT NULL REFERENCES entries (event),
  key   BLOB NOT NULL,
  PRIMARY KEY (entry, key)
) WITHOUT ROWID;

-- The words alone: the text itself stays in the ledger. tags holds one made-up
-- word for each value that a search filters by, so that the index intersects
-- filters and words before any row is read.
CREATE VIRTUAL TABLE words USING fts5 (
  title, text, tags,
  content = '', contentless_delete = 1, detail = column,
  tokenize = 'porter unicode61 remove_diacritics 2'
);
