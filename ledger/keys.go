package ledger

import (
	"encoding/binary"

	"github.com/folkmoot/folkmoot/protocol"
)

// The store's keys. Numbers are big-endian so that they sort.
//
//	e event              -> record       the arrival order; entries lie here
//	i entry              -> event        where an entry arrived
//	b body seq           -> event ids    a segment of a body's log
//	h body               -> head         what is held of a body
//	t body index         -> hash         Merkle nodes over 256 entries of a log
//	k kind 0 event       -> at event ... entries of a kind that came together
//	r entry field event  -> entry ...    what refers to an entry
//	f body branch seq    -> entry        the two branches that prove a freeze
//	x body seq event     -> erasing      what erase entries name
//	q at event           -> nothing      erase entries whose deletion is to come
//	c event              -> nothing      entries stored without their content
//	y event              -> refs         what entries referred to whose content was deleted
//	p body seq event     -> nothing      where a body says who it is
//	a body digest event  -> nothing      entries with approvals, by what they say
//	d body seq event     -> entry        what a log gave up
//	g body               -> parted       a dropped log whose entries are still to be removed
//	n name               -> bytes        notes of other parts of the node
//	m                    -> counters     totals and the schema
const (
	keyEvent    = 'e'
	keyID       = 'i'
	keyLog      = 'b'
	keyHead     = 'h'
	keyTile     = 't'
	keyKind     = 'k'
	keyRef      = 'r'
	keyBranch   = 'f'
	keyErase    = 'x'
	keyQueue    = 'q'
	keyBare     = 'c'
	keyNamed    = 'y'
	keyBody     = 'p'
	keyApproved = 'a'
	keyGivenUp  = 'd'
	keyGone     = 'g'
	keyNote     = 'n'
	keyMeta     = 'm'
)

func eventKey(event uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{keyEvent}, event)
}

func idKey(id protocol.EntryID) []byte { return append([]byte{keyID}, id[:]...) }

func bodyKey(letter byte, body protocol.BodyID) []byte { return append([]byte{letter}, body[:]...) }

func logKey(body protocol.BodyID, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(bodyKey(keyLog, body), seq)
}

func headKey(body protocol.BodyID) []byte { return bodyKey(keyHead, body) }

func tileKey(body protocol.BodyID, index uint64) []byte {
	return binary.BigEndian.AppendUint64(bodyKey(keyTile, body), index)
}

func kindPrefix(kind protocol.Kind) []byte {
	return append(append([]byte{keyKind}, kind...), 0)
}

func kindKey(kind protocol.Kind, event uint64) []byte {
	return binary.BigEndian.AppendUint64(kindPrefix(kind), event)
}

func branchPrefix(body protocol.BodyID, branch int) []byte {
	return append(bodyKey(keyBranch, body), byte(branch))
}

func branchKey(body protocol.BodyID, branch int, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(branchPrefix(body, branch), seq)
}

func erasePrefix(body protocol.BodyID, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(bodyKey(keyErase, body), seq)
}

func eraseKey(body protocol.BodyID, seq, event uint64) []byte {
	return binary.BigEndian.AppendUint64(erasePrefix(body, seq), event)
}

func queueKey(at, event uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64([]byte{keyQueue}, at), event)
}

func bareKey(event uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{keyBare}, event)
}

func namedKey(event uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{keyNamed}, event)
}

func profileKey(body protocol.BodyID, seq, event uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(bodyKey(keyBody, body), seq), event)
}

func noteKey(name string) []byte { return append([]byte{keyNote}, name...) }

// lastNumber reads the number at the end of a key.
func lastNumber(key []byte) uint64 { return binary.BigEndian.Uint64(key[len(key)-8:]) }
