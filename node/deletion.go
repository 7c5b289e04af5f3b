package node

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

const (
	// deleteEvery is how often it is looked, at least, whether erased content is
	// to be deleted; deletePause is the time between two looks at least, deleteAgain that after a failure.
	deleteEvery = time.Hour
	deletePause = time.Second
	deleteAgain = time.Minute
	// deletedNote is the ledger's note that keeps up to which event the casebook
	// knows what was deleted.
	deletedNote = "deleted"
)

// deleteErased deletes what was erased when its time has come, until ctx ends.
// What fails is tried again: an erasure is owed, and nothing else depends on it.
func (n *Node) deleteErased(ctx context.Context) error {
	for {
		// Before the look: what comes during it is looked at next.
		after := n.ledger.Last()
		next, err := n.deleteDue(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			n.log.ErrorContext(ctx, "erased content is not deleted yet; it will be tried again", "error", err)
		}
		if err := n.awaitDeletion(ctx, after, next, err != nil); err != nil {
			return err
		}
	}
}

// awaitDeletion returns when there may be something to delete: at the time given
// if there is one, or when something happened after an event, but never at once.
// After a failure it returns in a while.
func (n *Node) awaitDeletion(ctx context.Context, after uint64, next time.Time, failed bool) error {
	wait := deleteEvery
	if !next.IsZero() {
		wait = min(wait, max(next.Sub(n.cfg.Now()), deletePause))
	}
	if failed {
		wait = min(wait, deleteAgain)
	}
	pause := time.NewTimer(deletePause)
	defer pause.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-pause.C:
	}
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if failed {
		<-waiting.Done()
		return ctx.Err()
	}
	for ev, err := range n.ledger.Follow(waiting, after) {
		// Only what changes a log's erasures is of interest.
		if err != nil || ev.Kind != ledger.EventEntry || ev.Entry.Erase() != nil {
			break
		}
	}
	return ctx.Err()
}

// deleteDue deletes what is due: in the ledger, in the casebook, and with the
// stores that were put aside.
func (n *Node) deleteDue(ctx context.Context) (next time.Time, err error) {
	if next, err = n.ledger.DeleteErased(ctx); err != nil {
		return next, err
	}
	return next, errors.Join(n.forgetDrafts(ctx), n.removeDamaged())
}

// forgetDrafts lets the casebook forget the text of own entries that were
// deleted since it was last told. The note is kept after that, so that a crash
// tells it twice.
func (n *Node) forgetDrafts(ctx context.Context) error {
	if n.own() == nil {
		return nil
	}
	note, err := n.ledger.Note(deletedNote)
	if err != nil {
		return err
	}
	var told uint64
	if len(note) == 8 {
		told = binary.BigEndian.Uint64(note)
	}
	last := told
	var gone []protocol.EntryID
	for ev, err := range n.ledger.Events(told) {
		if err != nil {
			return fmt.Errorf("look for what was deleted: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		last = ev.Seq
		if ev.Kind == ledger.EventErased && ev.Body == n.own().body {
			gone = append(gone, ev.Entries...)
		}
	}
	if len(gone) > 0 {
		if err := n.casebook.Erase(ctx, gone); err != nil {
			return err
		}
	}
	if last == told || len(gone) == 0 && last-told < notedEvery {
		return nil
	}
	return n.ledger.PutNote(deletedNote, binary.BigEndian.AppendUint64(nil, last))
}

// notedEvery is how many events without a deletion are looked at again rather
// than noted.
const notedEvery = 1000

// deleteOffline deletes what is due for a command that runs while no node does.
// The command has another purpose, which does not fail with it.
func (n *Node) deleteOffline(ctx context.Context) {
	before := n.ledger.Last()
	_, err := n.deleteDue(ctx)
	if err == nil && n.ledger.Last() != before {
		// Nothing follows the ledger, and nothing clears the catalogue.
		if err = n.catchUp(ctx); err == nil {
			err = n.catalogue.Purge(ctx)
		}
	}
	if err != nil {
		n.log.WarnContext(ctx, "erased content is not deleted yet; a node that runs does it", "error", err)
	}
}
