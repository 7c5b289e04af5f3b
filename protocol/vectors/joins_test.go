package vectors

import "github.com/folkmoot/folkmoot/protocol"

// history adds a join of the whole logs of several authors of one body. The log
// that must come out is the first length entries of the first of them.
func (g *generator) history(name, why string, length int, out Outcome, authors ...*Author) {
	c := JoinCase{Case: Case{name, why}, Length: uint64(length), Outcome: out}
	for i, a := range authors {
		b := Branch{}
		for p, earlier := range authors[:i] {
			if at := shared(a, earlier); at > b.At {
				b.Parent, b.At = p, at
			}
		}
		for _, e := range a.Log[b.At:] {
			b.Entries = append(b.Entries, e.WithoutContent().Encode())
		}
		c.Branches = append(c.Branches, b)
	}
	var tree protocol.Tree
	for _, e := range authors[0].Log[:length] {
		tree = tree.Append(e.ID)
	}
	root := tree.Root()
	c.Root = root[:]
	g.joins = append(g.joins, c)
}

func shared(a, b *Author) int {
	n := 0
	for n < len(a.Log) && n < len(b.Log) && a.Log[n].ID == b.Log[n].ID {
		n++
	}
	return n
}

// say continues an author's log with a decision of its own.
func say(a *Author, titles ...string) *Author {
	b := a.Clone()
	for _, t := range titles {
		b.Publish("decision", map[string]any{"title": t})
	}
	return b
}

// change continues with a change of control by a recovery key.
func change(a *Author, rank int, under uint64, reason string) *Author {
	b := a.Clone()
	b.Recover(rank, under, reason)
	return b
}

// elect continues with a change of control by two officers under the charter.
func elect(a *Author, label string) *Author {
	b := a.Clone()
	base := b.controlAt(0)
	b.Key = Secret(b.Name + "/elected/" + label)
	c := b.Control(b.Key, base.Control.Quorum)
	c.Recovery, c.Reason = base.Control.Recovery, protocol.ReasonOfficers
	env := b.Act(protocol.KindKeys, controlPairs(c).encode())
	env.Under = 0
	message := protocol.RecoveryMessage(b.Body(), base.ID, env.Seq, env.Root, env.Act)
	for _, k := range b.Officers[:2] {
		env.Approvals = append(env.Approvals, protocol.Approval{
			Key: protocol.Ed25519OfficerKey(k.Public()), Sig: k.Sign(protocol.PurposeRecovery, message),
		})
	}
	b.MustAdd(env)
	return b
}

func (g *generator) makeJoins() {
	none, forked := Outcome{Freeze: "none"}, Outcome{Freeze: "forked"}
	contested := func(under uint64, rank uint8) Outcome { return Outcome{"contested", under, rank} }
	start := say(NewAuthor("joined", 3, map[protocol.Kind]uint64{"keys": 2}), "One", "Two")
	long := say(start, "Three", "Four", "Five")
	g.history("one branch", "Nothing contradicts.", 6, none, long)
	g.history("a prefix too", "A shorter copy of the same log adds nothing.", 6, none, long, start)
	fork := say(start, "Three, but other")
	g.history("fork", "Two entries at one position, by the same key: the log ends before them, however long a branch is.", 3, forked, long, fork)
	g.history("fork of three", "A third branch changes nothing.", 3, forked, long, fork, say(start, "A third"))
	g.history("fork in a fork", "The earlier parting decides.", 3, forked, long, fork, say(say(start, "Three"), "Four, but other"))
	healed := say(change(long, 0, 0, "fork"), "Seven")
	g.history("fork resolved", "A change under a control from before the parting chooses its branch.", 8, none, healed, fork)
	g.history("own keys of a branch", "A change under a control that stands after the parting counts for nothing against another branch that is older.", 8, none,
		healed, change(change(fork, 1, 0, "fork"), 0, 4, "rotation"))
	thief := change(fork, 1, 0, "rotation")
	g.history("thief with the second key", "The first recovery key outranks the second, wherever it was used.", 8, none, healed, thief)
	officers := elect(say(start, "Three by the officers"), "a")
	g.history("officers against a fork", "A quorum resolves a fork.", 5, none, officers, fork, long)
	g.history("officers against a recovery key", "Any recovery key outranks a quorum of the same control.", 8, none, healed, officers)
	g.history("officers against officers", "Two elections under one control are contested.", 3, contested(0, 3), officers, elect(fork, "b"))
	again := change(fork, 0, 0, "fork")
	g.history("contested", "One recovery key made two changes.", 3, contested(0, 0), healed, again)
	g.history("contested, later growth", "A branch does not grow out of a contest by its own later keys.", 3, contested(0, 0), change(healed, 1, 6, "rotation"), again)
	second := change(say(start, "Three"), 1, 0, "key_stolen")
	other := change(say(start, "Three, but other"), 1, 0, "key_stolen")
	resolved := say(change(second, 0, 0, "fork"), "After")
	resolved.Name = "joined"
	g.history("contested, resolved", "A stronger change on one of the branches settles it.", 7, none, resolved, other)
	sealed := change(start, 1, 0, "rotation")
	past := say(sealed, "Four", "Five")
	g.history("control seals what precedes it", "A retired key that writes on from before the change makes nobody freeze.", 6, none, past, say(start, "By the retired key"))
	late := say(change(sealed, 1, 3, "rotation"), "Five")
	rewrite := change(say(start, "By the second key"), 1, 0, "restore")
	g.history("the last key against an old one", "A change under the newer control does not outweigh an equal change under the older one.", 3, contested(0, 1), late, rewrite)
	back := change(start, 0, 0, "key_stolen")
	g.history("earlier control is stronger", "The charter's first key takes the log back from a later control's keys.", 4, none, back, late, rewrite)
	after := say(late, "Six")
	g.history("fork after a change", "The freeze stands after the last shared entry.", 6, forked, after, say(late, "Six, but other"))
	g.history("fork under a fork", "A winning branch may be forked itself.", 8, forked, say(healed, "Eight"), say(healed, "Eight, but other"), fork)
	g.history("fork by three changes", "Of three branches the two strongest are equal.", 3, contested(0, 1), second, other, say(start, "Three, plainly"), elect(say(start, "Three by vote"), "c"))
	g.history("two changes in a row", "A branch is as strong as its strongest change.", 6, none,
		change(change(say(start, "Three"), 1, 0, "rotation"), 0, 0, "key_stolen"), change(say(start, "Three, but other"), 1, 0, "key_stolen"))
}
