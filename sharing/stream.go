package sharing

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
)

// minRate is the number of bytes a second that a stream must move in the long
// run.
const minRate = 4 << 10

// errStalled is returned by a stream that kept this node waiting too long.
var errStalled = errors.New("the peer kept the stream waiting")

// patientStream is a stream with a deadline that moves with progress. It has a
// budget of waiting: time that a read or write is blocked is taken from it, and
// every byte gives some back. So neither a silent peer nor one that sends a byte
// now and then can hold it, and time that this node itself takes costs nothing.
// One goroutine may read while another writes.
type patientStream struct {
	network.Stream
	most time.Duration

	mu     sync.Mutex
	budget time.Duration
	heard  bool
}

// newPatientStream begins with a sixth of the budget: a peer that has not sent a
// byte yet is owed less patience, since any number of them can be made.
func newPatientStream(s network.Stream, most time.Duration) *patientStream {
	return &patientStream{Stream: s, budget: most / 6, most: most}
}

// Read reads as the stream does, within the budget.
func (s *patientStream) Read(p []byte) (int, error) {
	n, err := s.wait(s.SetReadDeadline, s.Stream.Read, p)
	if n > 0 {
		s.hear()
	}
	return n, err
}

// Write writes as the stream does, within the budget.
func (s *patientStream) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		// Pieces, so that a slow but honest reader earns time on the way.
		piece := p[written:min(len(p), written+64<<10)]
		n, err := s.wait(s.SetWriteDeadline, s.Stream.Write, piece)
		written += n
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

func (s *patientStream) wait(deadline func(time.Time) error, do func([]byte) (int, error), p []byte) (int, error) {
	budget := s.left()
	if budget <= 0 {
		return 0, errStalled
	}
	start := time.Now()
	if err := deadline(start.Add(budget)); err != nil {
		return 0, fmt.Errorf("set the deadline of a stream: %w", err)
	}
	n, err := do(p)
	s.spend(time.Since(start), n)
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		err = fmt.Errorf("%w: %w", errStalled, err) // each transport has its own error
	}
	return n, err
}

func (s *patientStream) left() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.budget
}

// hear gives the rest of the patience, once, to a peer that sends something.
func (s *patientStream) hear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.heard {
		s.heard = true
		s.budget = min(s.budget+s.most-s.most/6, s.most)
	}
}

// spend takes the time that was waited, and gives what n bytes earned.
func (s *patientStream) spend(waited time.Duration, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.budget = min(s.budget-waited+time.Duration(n)*time.Second/minRate, s.most)
}
