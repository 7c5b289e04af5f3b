package api

import (
	"bufio"
	"net/http"
	"time"
)

// stream is a long answer. It has no end that is known beforehand, so the
// deadline to write moves on with each part that the reader takes, and a reader
// that takes nothing is cut off.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	buf     *bufio.Writer
}

const streamBuffer = 64 << 10

func newStream(w http.ResponseWriter) *stream {
	s := &stream{w: w, control: http.NewResponseController(w)}
	s.buf = bufio.NewWriterSize(deadlineWriter{s}, streamBuffer)
	return s
}

// Write buffers b.
func (s *stream) Write(b []byte) (int, error) { return s.buf.Write(b) }

// Flush sends what is buffered.
func (s *stream) Flush() error {
	if err := s.buf.Flush(); err != nil {
		return err
	}
	return s.control.Flush()
}

// abort cuts the connection, so that the reader knows that the answer is not
// whole: its status has been sent long ago.
func (s *stream) abort() { panic(http.ErrAbortHandler) }

type deadlineWriter struct{ s *stream }

func (d deadlineWriter) Write(b []byte) (int, error) {
	// Only a handler that is driven without a connection has no deadline.
	_ = d.s.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	return d.s.w.Write(b)
}
