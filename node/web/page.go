package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Page is what the status page shows.
type Page struct {
	Network, Version string
	// Body is the identifier of the node's own body, Name and Role what it says
	// of itself; empty for an observer.
	Body, Name, Role string
	// Bodies, Entries and Frozen are how many are held, Peers how many nodes
	// are connected: only their number, since addresses are personal data.
	Bodies, Entries, Frozen uint64
	Peers                   int
	// Missing is what keeps the node from being ready.
	Missing []string
	// Newest are the last entries that arrived, List the bodies; More says that
	// there are more of them.
	Newest []Entry
	List   []Body
	More   bool
}

// Entry is one row of the newest entries.
type Entry struct {
	ID, Title, Kind, Body, BodyName string
	At                              time.Time
	// Content is "held", "none", "erased" or "missing".
	Content string
	// Unapproved reports that fewer officers approved it than must.
	Unapproved bool
	// Erasure says when and why the content was erased; nil for others.
	Erasure *Erasure
}

// Erasure is what erased an entry's content.
type Erasure struct {
	At     time.Time
	Reason string
	// Offices are those that approved it.
	Offices []string
}

// Body is one row of the bodies.
type Body struct {
	ID, Name, Role string
	// Domain is that of its website, Checked the day on which it was last seen to
	// name the body; empty where it does not.
	Domain, Checked string
	Length, Erased  uint64
	At              time.Time
	// Freeze is "forked" or "contested"; empty for a sound log.
	Freeze string
}

//go:embed home.html
var homeHTML string

//go:embed style.css
var styleCSS []byte

// policy lets a page load its own stylesheet and nothing else.
const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler answers / with the status page and /style.css with its stylesheet.
// Other paths are not found. page gathers what to show.
func Handler(page func(context.Context) (Page, error), log *slog.Logger) http.Handler {
	sum := sha256.Sum256(styleCSS)
	style := hex.EncodeToString(sum[:8])
	home := template.Must(template.New("home").Funcs(template.FuncMap{
		"date": func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
		"iso":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		// short is the beginning of an identifier's part that tells it apart.
		"short": func(id string) string { return id[:min(len(id), 16)] + "…" },
		"words": func(code string) string { return strings.ReplaceAll(code, "_", " ") },
		"list":  func(items []string) string { return strings.Join(items, ", ") },
		"style": func() string { return style },
		"thousands": func(n uint64) string {
			s := strconv.FormatUint(n, 10)
			for i := len(s) - 3; i > 0; i -= 3 {
				s = s[:i] + "\u00a0" + s[i:]
			}
			return s
		},
	}).Parse(homeHTML))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		http.ServeContent(w, r, "style.css", time.Time{}, bytes.NewReader(styleCSS))
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		p, err := page(r.Context())
		var out bytes.Buffer
		if err == nil {
			err = home.Execute(&out, p)
		}
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("Cache-Control", "no-store")
		if err != nil {
			log.ErrorContext(r.Context(), "status page failed", "error", err)
			http.Error(w, "This page cannot be shown just now. The node's log says why; try again in a while.", http.StatusInternalServerError)
			return
		}
		header.Set("Content-Type", "text/html; charset=utf-8")
		header.Set("Content-Length", strconv.Itoa(out.Len()))
		if r.Method != http.MethodHead {
			// A failure to write is the reader's: there is nobody left to tell.
			_, _ = w.Write(out.Bytes())
		}
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = fmt.Fprintln(w, "There is no such page. The status of this node is at /, its data at /api/v1/bodies.")
	})
	return mux
}
