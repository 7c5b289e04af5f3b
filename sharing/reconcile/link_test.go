package reconcile_test

import (
	"io"
	"sync"
)

// link is one direction of a stream in memory: it holds as much as a stream
// multiplexer's window, and makes the writer wait when that is full.
type link struct {
	mu     sync.Mutex
	cond   *sync.Cond
	data   []byte
	closed bool
	total  int
}

const window = 256 << 10

func newLink() *link {
	l := new(link)
	l.cond = sync.NewCond(&l.mu)
	return l
}

func (l *link) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for n < len(b) {
		for len(l.data) >= window && !l.closed {
			l.cond.Wait()
		}
		if l.closed {
			return n, io.ErrClosedPipe
		}
		k := min(len(b)-n, window-len(l.data))
		l.data = append(l.data, b[n:n+k]...)
		l.total += k
		n += k
		l.cond.Broadcast()
	}
	return n, nil
}

func (l *link) Read(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.data) == 0 && !l.closed {
		l.cond.Wait()
	}
	if len(l.data) == 0 {
		return 0, io.EOF
	}
	n := copy(b, l.data)
	l.data = l.data[n:]
	l.cond.Broadcast()
	return n, nil
}

func (l *link) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.cond.Broadcast()
}

// end is one side of a stream. It counts the turns: how often it waits for an
// answer after it has written.
type end struct {
	in, out *link
	wrote   bool
	turns   int
}

func (e *end) Read(b []byte) (int, error) {
	if e.wrote {
		e.turns++
		e.wrote = false
	}
	return e.in.Read(b)
}

func (e *end) Write(b []byte) (int, error) {
	e.wrote = true
	return e.out.Write(b)
}

// close ends both directions.
func (e *end) close() {
	e.in.close()
	e.out.close()
}

// stream returns the two sides of a stream.
func stream() (opener, responder *end) {
	there, back := newLink(), newLink()
	return &end{in: back, out: there}, &end{in: there, out: back}
}
