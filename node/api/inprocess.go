package api

import (
	"io"
	"net/http"
	"sync"
)

// handlerTransport answers requests by calling a handler in this process. The
// one goroutine of a request ends when its answer was read or closed.
type handlerTransport struct{ handler http.Handler }

// RoundTrip implements [http.RoundTripper]. The answer is streamed: the handler
// waits until what it wrote is read.
func (t handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	// A handler may read a body that there is not, and looks at the path alone.
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	in.RequestURI = in.URL.RequestURI()
	pr, pw := io.Pipe()
	w := &pipeWriter{header: make(http.Header), pipe: pw, started: make(chan struct{})}
	go func() {
		defer func() {
			// net/http cuts the connection when a handler panics; so does this.
			if p := recover(); p != nil {
				w.start(http.StatusInternalServerError)
				pw.CloseWithError(io.ErrUnexpectedEOF)
				return
			}
			w.start(http.StatusOK)
			_ = pw.Close() // it never fails
		}()
		t.handler.ServeHTTP(w, in)
	}()
	select {
	case <-w.started:
	case <-r.Context().Done():
		pr.CloseWithError(r.Context().Err())
		return nil, r.Context().Err()
	}
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: pr, ContentLength: -1, Request: r,
	}, nil
}

// pipeWriter is the [http.ResponseWriter] of an answer in this process.
type pipeWriter struct {
	// header, until the answer is started, belongs to the handler.
	header http.Header
	pipe   *io.PipeWriter
	once   sync.Once
	// started is closed by the handler's goroutine when status and sent are
	// set, which do not change after that.
	started chan struct{}
	status  int
	sent    http.Header
}

func (w *pipeWriter) start(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.started)
	})
}

// Header implements [http.ResponseWriter].
func (w *pipeWriter) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter].
func (w *pipeWriter) WriteHeader(status int) { w.start(status) }

// Write implements [http.ResponseWriter].
func (w *pipeWriter) Write(b []byte) (int, error) {
	w.start(http.StatusOK)
	return w.pipe.Write(b)
}

// Flush implements [http.Flusher].
func (w *pipeWriter) Flush() { w.start(http.StatusOK) }
