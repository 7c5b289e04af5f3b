package ledger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// refValue is what stands under a reference: the entry that refers, its body, its
// position and time as varints, and its kind.
func refValue(e *protocol.Entry) []byte {
	body := e.Body()
	b := make([]byte, 0, 2*idSize+2*binary.MaxVarintLen64+len(e.Envelope.Kind))
	b = append(append(b, e.ID[:]...), body[:]...)
	b = binary.AppendUvarint(binary.AppendUvarint(b, e.Envelope.Seq), e.Envelope.At)
	return append(b, e.Envelope.Kind...)
}

// decodeRef reads a reference.
func decodeRef(key, value []byte) (Reference, error) {
	field, ok := refField(key)
	if !ok || len(value) < 2*idSize {
		return Reference{}, fmt.Errorf("the reference under %x: %w", key, ErrDamaged)
	}
	ref := Reference{From: protocol.EntryID(value), Event: lastNumber(key), Field: field, Body: protocol.BodyID(value[idSize:])}
	value = value[2*idSize:]
	for _, to := range []*uint64{&ref.Seq, &ref.At} {
		n, size := binary.Uvarint(value)
		if size <= 0 {
			return Reference{}, fmt.Errorf("the reference under %x: %w", key, ErrDamaged)
		}
		*to, value = n, value[size:]
	}
	ref.Kind = protocol.Kind(value)
	return ref, nil
}

// maxHeads is how many bodies' heads are remembered while references are read.
const maxHeads = 1024

// References yields what refers to an entry, whether the entry itself is held or
// not: in arrival order what does so in one of the fields, or, where none is
// named, all of it, field by field and in arrival order within each. An entry
// that refers in several fields comes once for each. What lost its place in a log
// is left out. The cost grows with what refers in those fields.
func (l *Ledger) References(id protocol.EntryID, fields ...string) iter.Seq2[Reference, error] {
	return func(yield func(Reference, error) bool) {
		err := l.db.View(func(txn *badger.Txn) error {
			cursors := refCursors(txn, id, fields)
			defer func() {
				for _, c := range cursors {
					c.it.Close()
				}
			}()
			heads := make(headCache)
			for c := earliest(cursors); c != nil; c = earliest(cursors) {
				ref, err := c.read()
				if err != nil {
					return err
				}
				in, err := heads.have(txn, &ref)
				if err != nil {
					return err
				}
				if in && !yield(ref, nil) {
					return nil
				}
				c.it.Next()
			}
			return nil
		})
		if err != nil {
			yield(Reference{}, fmt.Errorf("what refers to %s: %w", id, err))
		}
	}
}

// headCache remembers the heads of bodies while references are read.
type headCache map[protocol.BodyID]storedHead

// have reports whether who refers stands in its body's log. A log that was dropped
// has nothing.
func (c headCache) have(txn *badger.Txn, ref *Reference) (bool, error) {
	h, ok := c[ref.Body]
	if !ok {
		var err error
		if h, err = readHead(txn, ref.Body); errors.Is(err, ErrNotFound) {
			return false, nil
		} else if err != nil {
			return false, err
		}
		if len(c) < maxHeads {
			c[ref.Body] = h
		}
	}
	return h.has(txn, ref.Seq, ref.From)
}

// refCursor walks over the references to one entry, in one field or in all.
type refCursor struct {
	it     *badger.Iterator
	prefix []byte
}

// refCursors returns a cursor for each field in which something refers to id.
// The caller closes their iterators.
func refCursors(txn *badger.Txn, id protocol.EntryID, fields []string) []*refCursor {
	open := func(prefix []byte) *refCursor {
		c := &refCursor{txn.NewIterator(badger.IteratorOptions{Prefix: prefix}), prefix}
		c.it.Seek(prefix)
		return c
	}
	first := open(refPrefix(id))
	if len(fields) == 0 || !first.it.Valid() {
		return []*refCursor{first}
	}
	defer first.it.Close()
	var cursors []*refCursor
	for i, field := range fields {
		if len(field) > maxField || slices.Contains(fields[:i], field) {
			continue
		}
		prefix := refFieldPrefix(id, field)
		if first.it.Seek(prefix); first.it.ValidForPrefix(prefix) {
			cursors = append(cursors, open(prefix))
		}
	}
	return cursors
}

// earliest returns the cursor whose reference arrived first, nil at the end of all.
func earliest(cursors []*refCursor) *refCursor {
	var first *refCursor
	var event uint64
	for _, c := range cursors {
		if !c.it.ValidForPrefix(c.prefix) {
			continue
		}
		if at := lastNumber(c.it.Item().Key()); first == nil || at < event {
			first, event = c, at
		}
	}
	return first
}

// read returns the reference under the cursor.
func (c *refCursor) read() (Reference, error) {
	value, err := c.it.Item().ValueCopy(nil)
	if err != nil {
		return Reference{}, fmt.Errorf("read the store: %w", err)
	}
	return decodeRef(c.it.Item().Key(), value)
}

// refPrefix begins the keys of all that refers to an entry.
func refPrefix(id protocol.EntryID) []byte { return append([]byte{keyRef}, id[:]...) }

// refFieldPrefix begins those of what refers to it in a field, whose name is at
// most [maxField] bytes long.
func refFieldPrefix(id protocol.EntryID, field string) []byte {
	return append(append(refPrefix(id), byte(len(field))), field...)
}

func refKey(ref record.Ref, event uint64) []byte {
	return binary.BigEndian.AppendUint64(refFieldPrefix(ref.ID, ref.Field), event)
}

// refField reads the field out of a key.
func refField(key []byte) (string, bool) {
	const head = 1 + idSize + 1
	if len(key) < head+8 || len(key) != head+int(key[head-1])+8 {
		return "", false
	}
	return string(key[head : len(key)-8]), true
}

// idMark is how identifiers begin in text: content without it refers to
// nothing, and need not be decoded.
var idMark = []byte("bafyrei")

// references lists what an entry refers to.
func references(e *protocol.Entry) []record.Ref {
	if !bytes.Contains(e.Content, idMark) {
		return nil
	}
	fields, err := protocol.DecodeContent(e.Content)
	if err != nil {
		return nil // content that is not sound is a finding, and refers to nothing
	}
	refs := record.References(fields)
	return slices.DeleteFunc(refs, func(r record.Ref) bool { return len(r.Field) > maxField })
}

// maxField is the longest name of a field, in bytes, that is followed: no kind
// has one as long, and a stranger's could fill the index.
const maxField = 64
