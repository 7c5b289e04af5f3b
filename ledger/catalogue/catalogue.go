package catalogue

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// schemaVersion is the version of schema.sql and of how its rows are made. A
// catalogue of another version is built again.
const schemaVersion = 4

//go:embed schema.sql
var schema string

// Errors that callers branch on.
var (
	// ErrNotFound: the catalogue has no such body.
	ErrNotFound = errors.New("not in the catalogue")
	// ErrBadCursor: a cursor that no page of this order gave.
	ErrBadCursor = errors.New("not a cursor of this search")
	// errClosed: after Close.
	errClosed = errors.New("the catalogue is closed")
	// errForeign: the catalogue was made from another ledger.
	errForeign = errors.New("the catalogue does not belong to this ledger")
)

// Config says where a catalogue lies.
type Config struct {
	// Path is its file, whose folder must exist; ":memory:" keeps none.
	Path string
	// Entry reads an entry of the ledger, for the sentences that are shown with
	// what a search finds: the catalogue does not keep text a second time. nil
	// shows summaries alone.
	Entry func(protocol.EntryID) (ledger.Event, error)
	// Logger takes warnings; nil discards them.
	Logger *slog.Logger
}

// Catalogue is the ledger as tables. It is safe for concurrent use.
type Catalogue struct {
	path    string
	entry   func(protocol.EntryID) (ledger.Event, error)
	log     *slog.Logger
	scratch *scratch
	damaged atomic.Bool
	// cursor is the last event that was taken in. Only the writer sets it.
	cursor atomic.Uint64
	// web is the version of the web of trust. Only the writer sets it.
	web atomic.Uint64

	// One writer at a time holds writing; it guards the fields below it.
	writing sync.Mutex
	// checked is whether the cursor was compared with the ledger.
	checked bool
	stale   bool
	writer  *writer

	// swap is held by readers, and exclusively while the file is replaced.
	swap sync.RWMutex
	read *sql.DB

	// wakeMu guards wake, which makes Run look at the catalogue again.
	wakeMu sync.Mutex
	wake   context.CancelFunc
}

// Open opens a catalogue, and makes an empty one where there is none or what is
// there cannot be used.
func Open(cfg Config) (*Catalogue, error) {
	c := &Catalogue{path: cfg.Path, entry: cfg.Entry, log: cfg.Logger}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.path == ":memory:" {
		c.path = ""
	}
	var err error
	if c.scratch, err = newScratch(); err != nil {
		return nil, err
	}
	ctx := context.Background()
	if err = c.open(ctx); err != nil && c.path != "" && unusable(err) {
		c.log.Warn("the catalogue cannot be used and is built again", "path", c.path, "error", err)
		if err = c.remove(); err == nil {
			err = c.open(ctx)
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the catalogue: %w", explain(err)), c.scratch.close())
	}
	return c, nil
}

// Close closes the catalogue. Run must have returned; reads fail from now on.
func (c *Catalogue) Close() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.swap.Lock()
	defer c.swap.Unlock()
	return errors.Join(c.shut(), c.scratch.close())
}

// errSchema: a file of another version of this software, or of none.
var errSchema = errors.New("the catalogue has another schema")

// memories numbers catalogues in memory, which share a name between their
// connections.
var memories atomic.Uint64

// dsn names the database for the driver. Nothing is lost when the machine stops
// between a commit and its reaching the disk: what is missing, or damaged, is
// built again from the ledger. So no commit waits for the disk.
func (c *Catalogue) dsn(name string, pragmas ...string) string {
	v := url.Values{"_pragma": append([]string{
		"busy_timeout(10000)", "mmap_size(0)", "temp_store(memory)", "trusted_schema(0)",
	}, pragmas...)}
	if c.path == "" {
		v.Set("vfs", "memdb")
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: name, RawQuery: v.Encode()}).String()
}

// open opens both ends; the caller holds swap or nobody else has c.
func (c *Catalogue) open(ctx context.Context) (err error) {
	name := fmt.Sprintf("/folkmoot-catalogue-%d", memories.Add(1))
	if c.path != "" {
		if name, err = filepath.Abs(c.path); err != nil {
			return fmt.Errorf("path of the catalogue: %w", err)
		}
	}
	write, err := sql.Open("sqlite", c.dsn(name, "journal_mode(wal)", "synchronous(off)", "secure_delete(on)",
		"cache_size(-4096)", "journal_size_limit(4194304)", "wal_autocheckpoint(500)"))
	if err != nil {
		return fmt.Errorf("writing end: %w", err)
	}
	write.SetMaxOpenConns(1)
	defer func() {
		if err != nil {
			err = errors.Join(err, write.Close())
		}
	}()
	if err = prepareSchema(ctx, write); err != nil {
		return err
	}
	// Words wait in memory until a batch ends, so that the index is written in
	// fewer and longer pieces.
	if _, err = write.ExecContext(ctx, "INSERT INTO words (words, rank) VALUES ('hashsize', 2097152)"); err != nil {
		return fmt.Errorf("set up the full-text index: %w", err)
	}
	w, err := newWriter(ctx, write)
	if err != nil {
		return err
	}
	var cursor, web int64
	if err = w.conn.QueryRowContext(ctx, "SELECT cursor, stale, web FROM state").Scan(&cursor, &c.stale, &web); err != nil {
		return errors.Join(fmt.Errorf("read the cursor: %w", err), w.close())
	}
	// A catalogue that is built again counts on, so that no version means two webs.
	web = max(web, int64(c.web.Load())+1) //nolint:gosec // counts what happened
	c.web.Store(uint64(web))              //nolint:gosec // never negative
	read, err := sql.Open("sqlite", c.dsn(name, "query_only(1)", "cache_size(-2048)"))
	if err != nil {
		return errors.Join(fmt.Errorf("reading end: %w", err), w.close())
	}
	read.SetMaxOpenConns(4)
	read.SetMaxIdleConns(2)
	c.cursor.Store(uint64(cursor))
	c.checked, c.writer, c.read = false, w, read
	return nil
}

func prepareSchema(ctx context.Context, db *sql.DB) error {
	var version, tables int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if version == schemaVersion {
		return nil
	}
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	if version != 0 || tables != 0 {
		return fmt.Errorf("version %d, this software has %d: %w", version, schemaVersion, errSchema)
	}
	if _, err := db.ExecContext(ctx, fmt.Sprintf("BEGIN; %s; PRAGMA user_version = %d; COMMIT", schema, schemaVersion)); err != nil {
		return fmt.Errorf("make the tables: %w", err)
	}
	return nil
}

// shut closes both ends.
func (c *Catalogue) shut() error {
	var errs []error
	if c.read != nil {
		errs = append(errs, c.read.Close())
	}
	if c.writer != nil {
		errs = append(errs, c.writer.close())
	}
	c.read, c.writer = nil, nil
	return errors.Join(errs...)
}

func (c *Catalogue) remove() error {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(c.path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete the old catalogue: %w", err)
		}
	}
	return nil
}

// rebuild starts again from nothing; the caller holds writing.
func (c *Catalogue) rebuild(ctx context.Context, why error) error {
	c.log.Warn("the catalogue is built again", "path", c.path, "error", why)
	c.swap.Lock()
	defer c.swap.Unlock()
	if err := c.shut(); err != nil {
		c.log.Warn("closing the old catalogue failed", "error", err)
	}
	if c.path != "" {
		if err := c.remove(); err != nil {
			return err
		}
	}
	c.damaged.Store(false)
	if err := c.open(ctx); err != nil {
		return fmt.Errorf("build the catalogue again: %w", err)
	}
	return nil
}

// unusable reports whether err says that the file itself is at fault.
func unusable(err error) bool {
	if errors.Is(err, errSchema) || errors.Is(err, errForeign) {
		return true
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	code := e.Code() & 0xff
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}

// explain adds [ledger.ErrDiskFloor] to an error that says that the disk is full.
func explain(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Code()&0xff == sqlite3.SQLITE_FULL, e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE, errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w: %w", ledger.ErrDiskFloor, err)
	}
	return err
}

// reading calls f with the reading end. When the file turns out to be damaged,
// Run is told to build it again.
func (c *Catalogue) reading(f func(*sql.DB) error) error {
	c.swap.RLock()
	defer c.swap.RUnlock()
	if c.read == nil {
		return errClosed
	}
	err := f(c.read)
	if err != nil && unusable(err) {
		c.damaged.Store(true)
		c.wakeMu.Lock()
		defer c.wakeMu.Unlock()
		if c.wake != nil {
			c.wake()
		}
	}
	return err
}

// Cursor is the last event of the ledger that the catalogue has taken in.
func (c *Catalogue) Cursor() uint64 { return c.cursor.Load() }
