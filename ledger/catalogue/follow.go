package catalogue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
)

// Source is what the catalogue needs of a ledger.
type Source interface {
	// Events yields the events after the given one that are there now, in the
	// order of their numbers and without a gap.
	Events(after uint64) iter.Seq2[ledger.Event, error]
	// Follow does the same and then waits for more, until ctx ends.
	Follow(ctx context.Context, after uint64) iter.Seq2[ledger.Event, error]
	// What follows from several entries is read from the ledger as it is when
	// their events are taken in, which may be further on.
	register.Reader
}

const (
	// batchEvents is how many events are committed at once: enough that a commit
	// costs little beside them, few enough that readers see progress.
	batchEvents = 4000
	// purgeEvery is how often, at most, the words of erased entries are cleared
	// out of the file; the whole index is written anew for it.
	purgeEvery = 24 * time.Hour
	// purgeAgain is how soon that is tried again when a reader was in the way.
	purgeAgain = time.Minute
	// againAfter is how long to wait before a full disk, or an event that cannot
	// be read, is tried again.
	againAfter = 5 * time.Second
)

// Run takes in what is there and then what comes, until ctx ends; it then
// returns nil. A catalogue that cannot be used is built again, and on a full disk,
// or before an event that is damaged, it waits: until then readers find what was
// taken in before. Other errors are the ledger's or the disk's, and end it.
func (c *Catalogue) Run(ctx context.Context, src Source) error {
	var purged time.Time
	for {
		err := c.CatchUp(ctx, src)
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, ledger.ErrDiskFloor) || errors.Is(err, ledger.ErrDamaged) {
			c.log.WarnContext(ctx, "the catalogue falls behind", "error", err)
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(againAfter):
			}
			continue
		}
		if err != nil {
			return err
		}
		wait := purgeEvery
		if c.isStale() {
			if wait = time.Until(purged.Add(purgeEvery)); wait <= 0 {
				// On a full disk the next time will do.
				if err := c.Purge(ctx); err != nil && !errors.Is(err, ledger.ErrDiskFloor) {
					if ctx.Err() != nil {
						return nil
					}
					return err
				}
				purged, wait = time.Now(), purgeEvery
				if c.isStale() {
					purged, wait = time.Time{}, purgeAgain
				}
			}
		}
		if err := c.await(ctx, src, wait); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// await returns when there is an event to take in, a reader met damage, or the
// time is up.
func (c *Catalogue) await(ctx context.Context, src Source, most time.Duration) error {
	wait, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	c.wakeMu.Lock()
	c.wake = cancel
	c.wakeMu.Unlock()
	if c.damaged.Load() {
		return nil
	}
	for _, err := range src.Follow(wait, c.Cursor()) {
		if err != nil && wait.Err() == nil {
			return fmt.Errorf("wait for the ledger: %w", err)
		}
		break
	}
	return nil
}

func (c *Catalogue) isStale() bool {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.stale
}

// CatchUp takes in all events that are there now and returns. On a full disk it
// returns [ledger.ErrDiskFloor]; what was taken in before can be read.
func (c *Catalogue) CatchUp(ctx context.Context, src Source) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	err := c.catchUp(ctx, src)
	if err != nil && unusable(err) {
		if err = c.rebuild(ctx, err); err == nil {
			err = c.catchUp(ctx, src)
		}
	}
	if err != nil {
		return fmt.Errorf("bring the catalogue up to date: %w", explain(err))
	}
	return nil
}

func (c *Catalogue) catchUp(ctx context.Context, src Source) error {
	if c.writer == nil {
		return errClosed
	}
	if c.damaged.Load() {
		return fmt.Errorf("a reader met damage: %w", errForeign)
	}
	if !c.checked {
		if err := c.check(ctx, src); err != nil {
			return err
		}
		c.checked = true
	}
	b := batch{c: c, w: c.writer, src: src, last: c.Cursor()}
	// The driver starts a goroutine for each statement whose context can end, so
	// statements get one that cannot: ctx is looked at between events.
	whole := context.WithoutCancel(ctx)
	defer b.abandon(whole)
	for ev, err := range src.Events(c.Cursor()) {
		if err != nil {
			return fmt.Errorf("read the ledger: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.take(whole, ev); err != nil {
			return fmt.Errorf("event %d: %w", ev.Seq, err)
		}
	}
	return b.settle(ctx)
}

// check makes sure that the ledger has the last event that was taken in, and
// that it is the same one.
func (c *Catalogue) check(ctx context.Context, src Source) error {
	if c.Cursor() == 0 {
		return nil
	}
	for ev, err := range src.Events(c.Cursor() - 1) {
		if err != nil {
			return fmt.Errorf("read the ledger: %w", err)
		}
		if ev.Kind != ledger.EventEntry || ev.Entry == nil {
			return nil
		}
		var id []byte
		err := c.writer.conn.QueryRowContext(ctx, "SELECT id FROM entries WHERE event = ?", int64(ev.Seq)).Scan(&id)
		if isNoRows(err) || err == nil && !bytes.Equal(id, ev.Entry.ID[:]) {
			return fmt.Errorf("event %d is another one: %w", ev.Seq, errForeign)
		}
		return err
	}
	return fmt.Errorf("event %d is beyond its end: %w", c.Cursor(), errForeign)
}

// Purge writes the full-text index anew, so that no word of an erased or dropped
// entry is left in the file. It takes about a second for 100,000 entries, and
// for a while as much disk again as the index has. Run calls it by itself.
func (c *Catalogue) Purge(ctx context.Context) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.writer == nil {
		return errClosed
	}
	for _, s := range []string{
		"INSERT INTO words (words) VALUES ('optimize')",
		"UPDATE state SET stale = 0",
	} {
		if _, err := c.writer.conn.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("clear erased words out of the catalogue: %w", explain(err))
		}
	}
	if c.path != "" {
		var busy, pages, moved int
		if err := c.writer.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(truncate)").Scan(&busy, &pages, &moved); err != nil {
			return fmt.Errorf("clear erased words out of the catalogue's journal: %w", err)
		}
		if busy != 0 {
			if _, err := c.writer.conn.ExecContext(ctx, "UPDATE state SET stale = 1"); err != nil {
				return fmt.Errorf("note that erased words remain: %w", err)
			}
			return nil
		}
	}
	c.stale = false
	return nil
}
