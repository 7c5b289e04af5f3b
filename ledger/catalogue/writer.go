package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/folkmoot/folkmoot/protocol"
)

// writer is the one connection that writes, with its statements.
type writer struct {
	db   *sql.DB
	conn *sql.Conn

	begin, commit, rollback                  *sql.Stmt
	addEntry, addWords, addPlace, addRef     *sql.Stmt
	addProfile, addBody, findBody, findEntry *sql.Stmt
	count, clearCounts, setCursor            *sql.Stmt
	addKey, addEdge, dropEdge, edge          *sql.Stmt
	addParty, findParty                      *sql.Stmt
	addDirty, dropDirty, addPending          *sql.Stmt
	dropPending, dropDuties, addDuty         *sql.Stmt
	unheld, stateOf                          *sql.Stmt

	// prepared are all of them.
	prepared []*sql.Stmt

	// bodies are numbers of bodies by identifier: a cache, emptied when full and
	// when a transaction is given up.
	bodies map[protocol.BodyID]int64
	// parties are the same for those that duties and edges name.
	parties map[protocol.BodyID]int64
	// networks are those of bodies by number.
	networks map[int64]string
}

// maxBodies is how many numbers of bodies are kept in memory.
const maxBodies = 8192

func newWriter(ctx context.Context, db *sql.DB) (w *writer, err error) {
	w = &writer{db: db, bodies: map[protocol.BodyID]int64{}, parties: map[protocol.BodyID]int64{}, networks: map[int64]string{}}
	if w.conn, err = db.Conn(ctx); err != nil {
		return nil, fmt.Errorf("writing connection: %w", err)
	}
	for _, s := range []struct {
		to  **sql.Stmt
		sql string
	}{
		{&w.begin, "BEGIN IMMEDIATE"},
		{&w.commit, "COMMIT"},
		{&w.rollback, "ROLLBACK"},
		{&w.addEntry, `INSERT INTO entries (event, id, body, seq, kind, at, erased, lang, title, summary, service, network, method, depth)
			VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`},
		{&w.addWords, "INSERT INTO words (rowid, title, text, tags) VALUES (?,?,?,?)"},
		{&w.addPlace, "INSERT OR IGNORE INTO places (entry, code, scheme, name) VALUES (?,?,?,?)"},
		{&w.addRef, "INSERT OR IGNORE INTO refs (entry, field, target) VALUES (?,?,?)"},
		{&w.addProfile, "INSERT INTO profiles (entry, body, seq, name, role, legal_form, website, network) VALUES (?,?,?,?,?,?,?,?)"},
		{&w.addBody, "INSERT INTO bodies (id) VALUES (?)"},
		{&w.findBody, "SELECT n FROM bodies WHERE id = ?"},
		{&w.findEntry, "SELECT event FROM entries WHERE body = ? AND seq = ? AND id = ?"},
		{&w.count, "INSERT INTO counts (axis, value, n) VALUES (?,?,?) ON CONFLICT DO UPDATE SET n = n + excluded.n"},
		{&w.clearCounts, "DELETE FROM counts WHERE n = 0"},
		{&w.setCursor, "UPDATE state SET cursor = ?, stale = max(stale, ?), web = ?"},
		{&w.addKey, "INSERT OR IGNORE INTO keys (entry, key) VALUES (?,?)"},
		{&w.addEdge, "INSERT OR REPLACE INTO edges (entry, giver, taker, identity) VALUES (?,?,?,?)"},
		{&w.dropEdge, "DELETE FROM edges WHERE entry = ?"},
		{&w.edge, "SELECT giver, taker, identity FROM edges WHERE entry = ?"},
		{&w.addParty, "INSERT INTO parties (id) VALUES (?)"},
		{&w.findParty, "SELECT n FROM parties WHERE id = ?"},
		{&w.addDirty, "INSERT OR IGNORE INTO dirty (decision) VALUES (?)"},
		{&w.dropDirty, "DELETE FROM dirty WHERE decision = ?"},
		{&w.addPending, "INSERT OR IGNORE INTO pending (entry) VALUES (?)"},
		{&w.dropPending, "DELETE FROM pending WHERE entry = ?"},
		{&w.dropDuties, "DELETE FROM duties WHERE row >= ?1 * 65536 AND row < (?1 + 1) * 65536"},
		{&w.addDuty, "INSERT INTO duties (row, version, kind, ref, party, asker, lane, due, moved) VALUES (?,?,?,?,?,?,?,?,?)"},
		{&w.unheld, "SELECT n FROM unheld WHERE id = ?"},
		{&w.stateOf, "SELECT state, disowned, body FROM entries WHERE event = ?"},
	} {
		if *s.to, err = w.conn.PrepareContext(ctx, s.sql); err != nil {
			w.db = nil // the caller's still
			return nil, errors.Join(fmt.Errorf("prepare %q: %w", s.sql, err), w.close())
		}
		w.prepared = append(w.prepared, *s.to)
	}
	return w, nil
}

// close closes the connection. SQLite folds the journal into the file only when
// no statement of the last connection is left.
func (w *writer) close() error {
	var errs []error
	for _, s := range w.prepared {
		errs = append(errs, s.Close())
	}
	errs = append(errs, w.conn.Close())
	if w.db != nil {
		errs = append(errs, w.db.Close())
	}
	return errors.Join(errs...)
}

// body returns the number of a body, and gives it one.
func (w *writer) body(ctx context.Context, id protocol.BodyID) (int64, error) {
	return number(ctx, w.bodies, w.findBody, w.addBody, id)
}

// number looks a body up in a cache and then in its table, and adds it there.
func number(ctx context.Context, cache map[protocol.BodyID]int64, find, add *sql.Stmt, id protocol.BodyID) (int64, error) {
	if n, ok := cache[id]; ok {
		return n, nil
	}
	var n int64
	err := find.QueryRowContext(ctx, id[:]).Scan(&n)
	if isNoRows(err) {
		var res sql.Result
		if res, err = add.ExecContext(ctx, id[:]); err == nil {
			n, err = res.LastInsertId()
		}
	}
	if err != nil {
		return 0, fmt.Errorf("number of body %s: %w", id, err)
	}
	if len(cache) >= maxBodies {
		clear(cache)
	}
	cache[id] = n
	return n, nil
}

// party returns the number of a body that a duty or an edge names, and gives it
// one; 0 for none.
func (w *writer) party(ctx context.Context, id protocol.BodyID) (int64, error) {
	if id.IsZero() {
		return 0, nil
	}
	return number(ctx, w.parties, w.findParty, w.addParty, id)
}

func isNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }
