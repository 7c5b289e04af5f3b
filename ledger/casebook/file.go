package casebook

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed schema.sql
var schema string

//go:embed proposals.sql
var proposals string

// migrations lead from each version to the next, the first from nothing to
// version 1. What stands here never changes: files were made by it.
var migrations = []string{schema, proposals}

// applicationID marks the file as a casebook, in its header.
const applicationID = 0x666d6362 // "fmcb"

// openFile opens the file, makes it if need be, and brings it up to date. A file
// that is refused was only read.
func openFile(ctx context.Context, path string, migrations []string) (_ *sql.DB, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("path: %w", err)
	}
	if err := makeFile(path); err != nil {
		return nil, err
	}
	if err := probe(ctx, path, len(migrations)); err != nil {
		return nil, err
	}
	db, err := connect(path, "rw", "journal_mode(wal)", "synchronous(full)", "secure_delete(on)", "foreign_keys(on)",
		"cache_size(-1024)", "journal_size_limit(1048576)")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	if err = migrate(ctx, db, migrations); err != nil {
		return nil, err
	}
	// A copy that came back from a backup may be open to others.
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(path, 0o600); err != nil {
			return nil, fmt.Errorf("keep it from others: %w", err)
		}
	}
	return db, nil
}

// makeFile makes an empty file for its owner alone, unless there is a file. What
// SQLite puts beside it gets the same mode.
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the file: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("make the file: %w", err)
	}
	return nil
}

// connect returns a handle with one connection: calls of one process wait in
// line rather than for a lock.
func connect(path, mode string, pragmas ...string) (*sql.DB, error) {
	v := url.Values{
		"mode": {mode}, "_txlock": {"immediate"},
		"_pragma": append([]string{"busy_timeout(10000)", "trusted_schema(0)", "mmap_size(0)", "temp_store(memory)"}, pragmas...),
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: v.Encode()}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// probe looks at a file without changing it, and refuses what is not a casebook
// that this software can use.
func probe(ctx context.Context, path string, newest int) (err error) {
	db, err := connect(path, "ro")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	version, err := versionOf(ctx, db, newest)
	var e *sqlite.Error
	if errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_READONLY_ROLLBACK || e.Code() == sqlite3.SQLITE_READONLY_RECOVERY) {
		// A crash left something to put right first, which takes writing; the
		// version is looked at again after it.
		return nil
	}
	if err != nil || version == 0 {
		return err
	}
	var first string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&first); err != nil {
		return err
	}
	if first != "ok" {
		return fmt.Errorf("%w: it is damaged (%s); keep the file, and restore a backup, or move it elsewhere to begin an empty one", ErrUnusable, first)
	}
	return nil
}

// versionOf returns the version of a casebook, 0 for an empty file, or
// [ErrUnusable].
func versionOf(ctx context.Context, q querier, newest int) (int, error) {
	var app, version, tables int
	err := q.QueryRowContext(ctx, `SELECT a.application_id, v.user_version, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_application_id a, pragma_user_version v`).Scan(&app, &version, &tables)
	switch {
	case err != nil:
		return 0, err
	case app == 0 && version == 0 && tables == 0:
		return 0, nil
	case app != applicationID || version < 1:
		return 0, fmt.Errorf("%w: the file is something else; move it elsewhere, or restore the casebook from a backup", ErrUnusable)
	case version > newest:
		return 0, fmt.Errorf("%w: newer software made it (version %d, this software knows %d); update folkmoot", ErrUnusable, version, newest)
	}
	return version, nil
}

// migrate brings the tables up to date, in one transaction.
func migrate(ctx context.Context, db *sql.DB, migrations []string) error {
	// The lock for writing is only asked for when there is something to do.
	if version, err := versionOf(ctx, db, len(migrations)); err != nil || version == len(migrations) {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to undo
	version, err := versionOf(ctx, tx, len(migrations))
	if err != nil {
		return err
	}
	for i, step := range migrations[version:] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("bring the tables to version %d: %w", version+i+1, err)
		}
	}
	marks := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(migrations))
	if _, err := tx.ExecContext(ctx, marks); err != nil {
		return fmt.Errorf("mark the version: %w", err)
	}
	return tx.Commit()
}
