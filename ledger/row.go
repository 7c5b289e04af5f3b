package ledger

import (
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// row is a key of an index with what stands under it.
type row struct{ key, value []byte }

// rowLetters are the indexes whose rows follow from one entry and its number alone.
var rowLetters = []byte{keyID, keyRef, keyApproved, keyBody, keyErase}

// rowsOf are the rows of those indexes for an entry that arrived under a number.
func rowsOf(e *protocol.Entry, event uint64) []row {
	rows := []row{{idKey(e.ID), eventKey(event)[1:]}}
	for _, ref := range references(e) {
		rows = append(rows, row{refKey(ref, event), refValue(e)})
	}
	if len(e.Envelope.Approvals) > 0 && !e.Envelope.Kind.IsControl() {
		rows = append(rows, row{approvedKey(e, event), nil})
	}
	if e.Envelope.Kind == record.KindBody {
		rows = append(rows, row{profileKey(e.Body(), e.Envelope.Seq, event), nil})
	}
	if act := e.Erase(); act != nil {
		mark := erasing{event: event, seq: e.Envelope.Seq, id: e.ID}.encode()
		for _, seq := range act.Positions {
			key := eraseKey(e.Body(), seq, event)
			rows = append(rows, row{key, sealed(key, mark)})
		}
	}
	return rows
}
