package register

import "github.com/folkmoot/folkmoot/protocol"

// StateOf reads one entry: what it says, and what that is worth now. What is not
// held is an item in the state [Missing]; the error is the reader's.
func StateOf(r Reader, id protocol.EntryID) (Item, error) {
	i, err := newView(r).item(id)
	if err != nil {
		return Item{}, err
	}
	return *i, nil
}
