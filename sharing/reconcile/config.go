package reconcile

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// Store is what a session needs of a ledger; [ledger.Ledger] is one.
type Store interface {
	// Head returns what is held of a body, or [ledger.ErrNotFound].
	Head(body protocol.BodyID) (ledger.Head, error)
	// RootAt returns the root of the first entries of a log, or
	// [ledger.ErrNotFound] when it is not that long.
	RootAt(body protocol.BodyID, length uint64) (protocol.Root, error)
	// Encoded yields the entries at positions [from, to), as far as the log goes,
	// in their stored encoding but without content that is erased; each until the
	// next is asked for.
	Encoded(body protocol.BodyID, from, to uint64) iter.Seq2[[]byte, error]
	// Branches returns the proof that a log is frozen, or [ledger.ErrNotFound].
	Branches(body protocol.BodyID) ([2]ledger.Run, error)
	// Erasure returns the `erase` entry that names a position and stands in its
	// log, or [ledger.ErrNotFound].
	Erasure(body protocol.BodyID, seq uint64) (ledger.Event, error)
	// Lacking lists up to limit entries that are held without content that nothing
	// erased; see [ledger.Ledger.Lacking].
	Lacking(limit int) ([]ledger.Lack, error)
	// JoinStream adds what is received; see [ledger.Ledger.JoinStream].
	JoinStream(ctx context.Context, runs iter.Seq2[ledger.Run, error], done func(ledger.Run, ledger.Outcome) error) error
}

// Config says for which network a session is, and bounds it.
type Config struct {
	// Network is the network's name, the same on both sides.
	Network string
	// MaxBytes is how much is read, or in [Serve] written, in one session: 0 is
	// 1 GiB. What is left waits for the next.
	MaxBytes uint64
	// MaxBodies is how many differing bodies are dealt with in one session: 0 is
	// 100,000.
	MaxBodies int
	// Peer names the other side, so that what it keeps is remembered from one
	// session to the next.
	Peer string
	// Choose says what becomes of a body that the peer keeps and that is not in
	// the index; nil keeps every body. It is asked often and must be quick.
	Choose func(body protocol.BodyID) Choice
	// Choices changes when Choose may answer otherwise than before.
	Choices uint64
	// Heard is told of bodies that wait or are left, with the state that the peer
	// claims of them; nil is not told.
	Heard func(State)
	// Room says how many entries of the beginning of a waiting body's log may be
	// taken, 0 for none, and Wait takes them, unverified. Nil takes none.
	Room func(State) int
	Wait func(State, ledger.Run)
	// Nonce is 16 fresh random bytes with which a session becomes an audit: sums
	// are over leaves salted by both sides, made anew for it, so that sums that
	// somebody made collide are told apart. [Pull] asks for one if there is a
	// nonce; [Serve] takes part only then, since it costs a walk through all that
	// is kept.
	Nonce []byte
	// Skip tells Pull to leave out a body in a state that the peer claims:
	// asking for it brought nothing before. Nil leaves out none. For the content of
	// an entry the leaf is the entry's identifier.
	Skip func(body protocol.BodyID, leaf protocol.Digest) bool
}

// Choice is what becomes of a body that a peer keeps.
type Choice uint8

// Choices.
const (
	// Keep: its log is fetched whole.
	Keep Choice = iota
	// Wait: the beginning of its log may wait in a room outside the ledger.
	Wait
	// Leave: nothing is taken.
	Leave
)

func (c Config) withDefaults() Config {
	if c.MaxBytes == 0 {
		c.MaxBytes = 1 << 30
	}
	if c.MaxBodies == 0 {
		c.MaxBodies = 100_000
	}
	if c.Heard == nil {
		c.Heard = func(State) {}
	}
	return c
}

const (
	// maxRounds bounds how often a session divides or halves: more than any
	// honest difference needs.
	maxRounds = 64
	// maxBranch bounds a branch that contradicts what is held, which must be in
	// memory as a whole before it is judged.
	maxBranchEntries = 20_000
	maxBranchBytes   = 16 << 20
	// maxRoots is how many roots are asked for at a time to find a parting.
	maxRoots = 16
	// maxHave is how many logs an opener may hold and still ask for everything.
	maxHave = 32
	// maxFrames bounds how many requests one session may make.
	maxFrames = 1 << 16
	// atOnce is how many ranges are asked about in one request.
	atOnce = 1024
	// listBelow is the number of bodies under which a range is listed and not
	// divided further.
	listBelow = 40
	// maxLacking is how many entries are asked for, in one session, whose content
	// is missing.
	maxLacking = 64
	// partingsAtOnce is how many logs are searched for their parting together.
	partingsAtOnce = 128
	// wantedAtOnce is how many bodies that came to be kept are looked up in one
	// session, waitAtOnce how many that wait.
	wantedAtOnce, waitAtOnce = atOnce, 64
	// maxLearned is how much is learned in one session of what the peer keeps.
	maxLearned = 200_000
	// nonceSize is the length of a nonce.
	nonceSize = 16
	// wantWindow is how many wants are sent before their answers are read: few
	// enough that they fit into the stream's buffers and nobody waits for the
	// other in a circle.
	wantWindow = 512
)

// Report is what a [Pull] did.
type Report struct {
	// Agreed is true when from the start both sides knew what the other keeps, held
	// the same of what both keep, and nothing was wanted.
	Agreed bool
	// Audited is true when the peer took part in an audit.
	Audited bool
	// Bodies is how many bodies differed, Entries how many entries were new.
	Bodies, Entries int
	// Read and Written are the bytes of the session.
	Read, Written uint64
	// Deferred is true when a bound ended the session before all was done.
	Deferred bool
	// Offences counts what the peer sent that no honest peer sends, by code.
	Offences map[protocol.Code]int
	// Fruitless are bodies that were asked for and of which the ledger does not
	// hold the state that the peer claimed, now that the session is over, with
	// the leaf of that state: the peer may be ahead of what it sent, weaker than
	// what is held, or lying.
	Fruitless map[protocol.BodyID]protocol.Digest
	// Postponed are bodies whose logs were contradicted too often lately, so that
	// the ledger did not look at what came, and when it will again.
	Postponed map[protocol.BodyID]time.Time
	// Unkept counts the bodies of which less came than the peer said it has.
	Unkept int
	// Lacking are the entries whose content was asked for and did not come.
	Lacking []ledger.Lack
	// Remote is what the peer said of itself.
	Remote Remote
}

// Remote is what a peer says it keeps, and holds of what both keep.
type Remote struct{ Keep, Shared Summary }

// ErrStranger is returned when the other side is of another network, or speaks
// another version of the exchange. That is nobody's fault.
var ErrStranger = errors.New("the peer is of another network or version")

// ServeReport is what a [Serve] did.
type ServeReport struct {
	// Differs is true when the opener keeps or holds something else than was known:
	// it may be worth a pull in the other direction.
	Differs bool
	// Remote is what the opener said of itself.
	Remote Remote
	// Entries is how many entries were sent.
	Entries int
	// Audited is true when the session was an audit.
	Audited bool
	// Read and Written are the bytes of the session.
	Read, Written uint64
}
