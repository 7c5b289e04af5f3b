package vectors

import (
	"fmt"
	"iter"

	"github.com/folkmoot/folkmoot/protocol"
)

// Places, services, methods and depths of a town's records.
const (
	townPlaces   = 300
	townServices = 40
)

var (
	townMethods = []string{"operational_engagement", "non_binding_deliberation", "binding_deliberation", "formal_governance"}
	townDepths  = []string{"inform", "consult", "involve", "collaborate", "empower"}
)

// Town yields councils, each with a forum that asks it for something under one
// mandate, and the logs of both: so many decisions in all, spread evenly, every
// other one answered by a commitment that is due between 2026 and 2034. It is for
// benchmarks that need a ledger as large as one likes; nothing of it is kept.
func Town(pairs, decisions int) iter.Seq2[*Author, *Author] {
	return func(yield func(council, forum *Author) bool) {
		for p := range pairs {
			if !yield(townPair(p, pairs, decisions)) {
				return
			}
		}
	}
}

// townPair writes every pairs-th of the decisions, from the p-th on.
func townPair(p, pairs, decisions int) (council, forum *Author) {
	council, forum = NewAuthor(fmt.Sprint("council ", p), 0, nil), NewAuthor(fmt.Sprint("forum ", p), 0, nil)
	forum.Publish("body", map[string]any{"name": "Forum", "network": map[string]any{"basis": "place"}})
	mandate := council.Publish("mandate", townRecord(p, map[string]any{
		"to": protocol.EntryID(forum.Body()).String(), "method": "non_binding_deliberation", "from": "2020",
	})).ID.String()
	for i := p; i < decisions; i += pairs {
		forum.Clock += 1200
		decision := forum.Publish("decision", townRecord(i, map[string]any{
			"mandate": mandate, "decision": "The path is mended before the winter.", "reasons": "People fall.",
			"method": townMethods[i%len(townMethods)], "process": map[string]any{"depth": townDepths[i%len(townDepths)]},
			"asks": []any{map[string]any{"ref": "1", "of": protocol.EntryID(council.Body()).String(), "action": "Mend the path."}},
		}))
		council.Clock = forum.Clock
		if i%2 == 0 {
			council.Publish("response", townRecord(i, map[string]any{"decision": decision.ID.String(), "answers": []any{map[string]any{
				"ref": "1", "answer": "accept", "commitment": map[string]any{
					"action": "It is mended.", "due": fmt.Sprintf("20%02d-03-%02d", 26+i%9, 1+i%28), "office": "clerk",
				},
			}}}))
		}
	}
	return council, forum
}

// townRecord adds what all records have.
func townRecord(i int, fields map[string]any) map[string]any {
	fields["title"], fields["lang"], fields["licence"], fields["signed_as"] = fmt.Sprintf("Record %d (example)", i), "en", "CC-BY-4.0", "clerk"
	fields["places"] = []any{map[string]any{"scheme": "gss", "code": fmt.Sprintf("E07%06d", i%townPlaces), "name": "Somewhere"}}
	fields["service"] = map[string]any{"label": fmt.Sprintf("Service %d", i%townServices)}
	return fields
}
