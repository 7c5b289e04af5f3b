-- Entries as they would be signed, put before the officers. payload is the content
-- of a record, with its salt, or the act of a change of control or an erasure.
-- control is the identifier of the control that the approvals name. seq, root and
-- under place a change of control, whose approvals name its position too.
CREATE TABLE proposals (
  id       TEXT PRIMARY KEY,
  state    TEXT NOT NULL CHECK (state IN ('open', 'published', 'withdrawn')),
  kind     TEXT NOT NULL,
  payload  BLOB NOT NULL,
  control  BLOB NOT NULL CHECK (length(control) = 32),
  draft    TEXT REFERENCES drafts (id),
  revision INTEGER,
  seq      INTEGER,
  root     BLOB CHECK (length(root) = 32),
  under    INTEGER,
  created  INTEGER NOT NULL,
  entry    BLOB CHECK (length(entry) = 32),
  CHECK ((state = 'published') = (entry IS NOT NULL))
) STRICT;
CREATE INDEX proposals_state ON proposals (state, created);
CREATE INDEX proposals_draft ON proposals (draft);

-- What officers signed for a proposal. key is the officer's, or the recovery key.
CREATE TABLE approvals (
  proposal TEXT NOT NULL REFERENCES proposals (id),
  key      BLOB NOT NULL,
  office   TEXT NOT NULL,
  approval BLOB NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (proposal, key)
) STRICT;
