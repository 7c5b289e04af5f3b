package casebook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Config says where a casebook lies.
type Config struct {
	// Path is its file, whose folder must exist.
	Path string
	// Now is the clock; time.Now if nil.
	Now func() time.Time
}

// Casebook holds the drafts of one body.
type Casebook struct {
	db  *sql.DB
	now func() time.Time
}

// Open opens the casebook, and makes an empty one where there is none. A file
// that cannot be used is left as it is and reported as [ErrUnusable]: it may hold
// the only copy of somebody's work.
func Open(ctx context.Context, cfg Config) (*Casebook, error) {
	c, err := open(ctx, cfg, migrations)
	if err != nil {
		return nil, fmt.Errorf("open the casebook %s: %w", cfg.Path, explain(err))
	}
	return c, nil
}

func open(ctx context.Context, cfg Config, migrations []string) (*Casebook, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	db, err := openFile(ctx, cfg.Path, migrations)
	if err != nil {
		return nil, err
	}
	return &Casebook{db: db, now: cfg.Now}, nil
}

// Close closes the casebook.
func (c *Casebook) Close() error {
	if err := c.db.Close(); err != nil {
		return fmt.Errorf("close the casebook: %w", explain(err))
	}
	return nil
}

// querier reads rows: a transaction, or the casebook by itself.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// write runs f in a transaction that no other writer comes between, and commits
// what it did unless it fails.
func (c *Casebook) write(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	if err := f(tx); err != nil {
		// Closing the connection undoes it as well.
		_ = tx.Rollback()
		return explain(err)
	}
	return explain(tx.Commit())
}

// read runs f on one state of the casebook.
func (c *Casebook) read(ctx context.Context, f func(q querier) error) error {
	tx, err := c.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return explain(err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	return explain(f(tx))
}

// rows calls each for every row of a query.
func rows(ctx context.Context, q querier, each func(scan func(...any) error) error, query string, args ...any) (err error) {
	found, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	for found.Next() {
		if err := each(found.Scan); err != nil {
			return err
		}
	}
	return found.Err()
}

// millis and timeOf turn times into what the tables hold, and back.
func (c *Casebook) millis() int64 { return c.now().UnixMilli() }

func timeOf(millis int64) time.Time { return time.UnixMilli(millis).UTC() }
