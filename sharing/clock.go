package sharing

import (
	"slices"
	"time"
)

// MaxClock is how far this node's clock may be from the median of those of its
// peers before it is thought to be wrong.
const MaxClock = 10 * time.Minute

// maxTime is the last second that a peer's clock may show; it keeps differences
// within what a Duration holds.
const maxTime = 1 << 33

// Clock compares this node's clock with those of peers.
type Clock struct {
	// Behind is how far this node's clock is behind the median of theirs; below 0
	// when it is ahead.
	Behind time.Duration
	// Peers is how many were asked: those that the operator named or, when none
	// of them is connected, those that this node dialled.
	Peers int
}

// Wrong reports whether the clock here is thought to be wrong.
func (c Clock) Wrong() bool { return c.Peers > 0 && c.Behind.Abs() > MaxClock }

// Clock compares this node's clock with what peers of its choice said when they
// greeted it last.
func (n *Network) Clock() Clock {
	var named, dialled []time.Duration
	n.mu.Lock()
	for id, s := range n.sessions {
		switch {
		case !s.timed:
		case n.book.isNamed(id):
			named = append(named, s.ahead)
		case n.dialled(id):
			dialled = append(dialled, s.ahead)
		}
	}
	n.mu.Unlock()
	if len(named) == 0 {
		named = dialled
	}
	if len(named) == 0 {
		return Clock{}
	}
	slices.Sort(named)
	// Of an even number the smaller of the two in the middle: half of the peers
	// at least must be as far off before the clock here is doubted.
	low, high := named[(len(named)-1)/2], named[len(named)/2]
	median := low
	if high.Abs() < low.Abs() {
		median = high
	}
	return Clock{Behind: median, Peers: len(named)}
}

// compareClock notes what a peer's clock said between two readings of this
// node's, unless this one's was set meanwhile.
func (n *Network) compareClock(s *session, h *hello, before, after time.Time) {
	if between := after.Sub(before); h.At == 0 || h.At > maxTime || between < 0 || between > MaxClock/10 {
		return
	}
	s.timed = true
	s.ahead = time.Unix(int64(h.At), 0).Sub(before.Add(after.Sub(before) / 2))
}

// watchClock tells the operator when the clock is first thought to be wrong.
func (n *Network) watchClock() {
	c := n.Clock()
	if wrong := c.Wrong(); n.clockWrong.Swap(wrong) != wrong && wrong {
		n.cfg.Logger.Warn("the clock of this machine differs from those of its peers; set it right", "behind", c.Behind.Round(time.Second), "peers", c.Peers)
	}
}
