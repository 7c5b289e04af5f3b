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

	// prepared are all of them.
	prepared []*sql.Stmt

	// bodies are numbers of bodies by identifier: a cache, emptied when full and
	// when a transaction is given up.
	bodies map[protocol.BodyID]int64
}

// maxBodies is how many numbers of bodies are kept in memory.
const maxBodies = 8192

func newWriter(ctx context.Context, db *sql.DB) (w *writer, err error) {
	w = &writer{db: db, bodies: map[protocol.BodyID]int64{}}
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
		{&w.addProfile, "INSERT INTO profiles (entry, body, seq, name, role, legal_form, website) VALUES (?,?,?,?,?,?,?)"},
		{&w.addBody, "INSERT INTO bodies (id) VALUES (?)"},
		{&w.findBody, "SELECT n FROM bodies WHERE id = ?"},
		{&w.findEntry, "SELECT event FROM entries WHERE body = ? AND seq = ? AND id = ?"},
		{&w.count, "INSERT INTO counts (axis, value, n) VALUES (?,?,?) ON CONFLICT DO UPDATE SET n = n + excluded.n"},
		{&w.clearCounts, "DELETE FROM counts WHERE n = 0"},
		{&w.setCursor, "UPDATE state SET cursor = ?, stale = max(stale, ?)"},
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
	if n, ok := w.bodies[id]; ok {
		return n, nil
	}
	var n int64
	err := w.findBody.QueryRowContext(ctx, id[:]).Scan(&n)
	if isNoRows(err) {
		var res sql.Result
		if res, err = w.addBody.ExecContext(ctx, id[:]); err == nil {
			n, err = res.LastInsertId()
		}
	}
	if err != nil {
		return 0, fmt.Errorf("number of body %s: %w", id, err)
	}
	if len(w.bodies) >= maxBodies {
		clear(w.bodies)
	}
	w.bodies[id] = n
	return n, nil
}

func isNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }
