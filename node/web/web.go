package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol/record"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// policy lets a page load its own stylesheet and pictures, send its own forms, and
// nothing else.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Config is what pages need. All fields are required.
type Config struct {
	// API answers the questions of anybody.
	API *api.Client
	// Status describes the node, Peers lists those that it is connected to; pages
	// show of them nothing that says where anybody is.
	Status func(context.Context) (api.Status, error)
	Peers  func() ([]api.Peer, error)
	Log    *slog.Logger
}

// site is all pages.
type site struct {
	cfg       Config
	words     *catalogue
	templates map[string]*template.Template
	// style is part of the address of the stylesheet, which changes with it.
	style string
}

// view is what a page shows: which template, under which title, with what data.
type view struct {
	name, title string
	// section is the entry of the menu that the page belongs to.
	section string
	status  int
	data    any
	// elsewhere is the address of the page that answers instead; empty for none.
	elsewhere string
}

// frame is what templates get.
type frame struct {
	*words
	Title, Section, Style string
	Menu                  []string
	// Query is what stands in the search box of the page.
	Query   string
	Network string
	Data    any
}

// New returns the handler of all pages.
func New(cfg Config) (http.Handler, error) {
	s := &site{cfg: cfg}
	var err error
	if s.words, err = loadCatalogue(); err != nil {
		return nil, err
	}
	if err := s.parse(); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	if err := s.serveStatic(mux); err != nil {
		return nil, err
	}
	for pattern, page := range map[string]func(*http.Request, *words) (*view, error){
		"GET /{$}":                s.home,
		"GET /search":             s.search,
		"GET /bodies":             s.bodies,
		"GET /bodies/{body}":      s.body,
		"GET /entries/{id}":       s.entry,
		"GET /entries/{id}/proof": s.proof,
		"GET /owed":               s.owed,
		"GET /places":             s.places,
		"GET /places/{place}":     s.place,
		"GET /summary":            s.summary,
		"GET /network":            s.network,
		"GET /about":              s.about,
		"GET /":                   func(*http.Request, *words) (*view, error) { return nil, errNoPage },
	} {
		mux.Handle(pattern, s.page(page))
	}
	return mux, nil
}

// menu are the sections in the order in which they are shown; each is a path.
var menu = []string{"search", "bodies", "owed", "places", "summary", "network"}

// errNoPage is the error of an address that there is not.
var errNoPage = &api.Problem{Status: http.StatusNotFound, Code: api.CodeNotFound}

func (s *site) parse() error {
	// The methods of words are called on the frame; these need no language.
	funcs := template.FuncMap{
		"short": short, "list": func(items []string) string { return strings.Join(items, ", ") },
		"link": entryLink, "placeLink": placeLink, "dict": dict, "kind": kindLabel, "role": record.Roles.Label,
		// A node's identifier begins alike everywhere.
		"tail": func(id string) string { return "…" + id[max(0, len(id)-12):] },
	}
	layout, err := template.New("layout.html").Funcs(funcs).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return fmt.Errorf("read the templates: %w", err)
	}
	s.templates = make(map[string]*template.Template)
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return fmt.Errorf("list the templates: %w", err)
	}
	for _, name := range names {
		page := strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".html")
		if page == "layout" || page == "parts" {
			continue
		}
		t, err := template.Must(layout.Clone()).ParseFS(templateFiles, name)
		if err != nil {
			return fmt.Errorf("read the template %s: %w", name, err)
		}
		s.templates[page] = t
	}
	return nil
}

func (s *site) serveStatic(mux *http.ServeMux) error {
	files, err := fs.Sub(staticFiles, "static")
	if err != nil {
		return err
	}
	css, err := fs.ReadFile(files, "folkmoot.css")
	if err != nil {
		return fmt.Errorf("read the stylesheet: %w", err)
	}
	sum := sha256.Sum256(css)
	s.style = hex.EncodeToString(sum[:8])
	for name, media := range map[string]string{"folkmoot.css": "text/css; charset=utf-8", "folkmoot.svg": "image/svg+xml"} {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		mux.HandleFunc("GET /static/"+name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", media)
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
		})
	}
	return nil
}

// page answers with what a page shows, or says what is wrong.
func (s *site) page(show func(*http.Request, *words) (*view, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		words := s.words.of(r)
		v, err := show(r, words)
		if err != nil {
			v = s.wrong(r, words, err)
		}
		if v.elsewhere != "" {
			http.Redirect(w, r, v.elsewhere, http.StatusSeeOther)
			return
		}
		b, err := s.render(r, words, v)
		if err != nil && v.name != "wrong" {
			v = s.wrong(r, words, err)
			b, err = s.render(r, words, v)
		}
		if err != nil {
			s.cfg.Log.ErrorContext(r.Context(), "a page cannot be shown", "path", r.URL.Path, "error", err)
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			return
		}
		s.send(w, r, words, v, b)
	})
}

func (s *site) send(w http.ResponseWriter, r *http.Request, words *words, v *view, b []byte) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Content-Language", words.Lang())
	h.Set("Vary", "Accept-Language")
	h.Set("Content-Type", "text/html; charset=utf-8")
	if v.status != 0 {
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Length", strconv.Itoa(len(b)))
		w.WriteHeader(v.status)
	} else {
		sum := sha256.Sum256(b)
		tag := `"` + hex.EncodeToString(sum[:16]) + `"`
		h.Set("ETag", tag)
		h.Set("Cache-Control", "no-cache")
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Length", strconv.Itoa(len(b)))
	}
	if r.Method != http.MethodHead {
		// A failure to write is the reader's: there is nobody left to tell.
		_, _ = w.Write(b)
	}
}

func (s *site) render(r *http.Request, words *words, v *view) ([]byte, error) {
	status, err := s.cfg.Status(r.Context())
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = s.templates[v.name].ExecuteTemplate(&out, "layout.html", frame{
		words: words, Title: v.title, Section: v.section, Style: s.style, Menu: menu, Query: r.URL.Query().Get("q"), Network: status.Network, Data: v.data,
	})
	return out.Bytes(), err
}

// wrong is the page that says what is wrong.
func (s *site) wrong(r *http.Request, w *words, err error) *view {
	v := &view{name: "wrong", title: w.T("wrong.title"), status: http.StatusInternalServerError}
	var p *api.Problem
	switch {
	case errors.Is(err, errNoPage):
		v.title, v.status = w.T("wrong.nopage"), http.StatusNotFound
		v.data = w.T("wrong.nopage.text")
	case errors.As(err, &p) && p.Code == api.CodeHidden:
		v.title, v.status = w.T("wrong.hidden"), p.Status
		v.data = w.T("wrong.hidden.text")
	case errors.As(err, &p) && p.Status == http.StatusNotFound:
		v.title, v.status = w.T("wrong.notheld"), p.Status
		v.data = w.T("wrong.notheld.text")
	case errors.As(err, &p) && p.Status == http.StatusBadRequest:
		v.title, v.status = w.T("wrong.asked"), p.Status
		v.data = p.Detail
	case errors.As(err, &p) && p.Status == http.StatusServiceUnavailable:
		v.title, v.status = w.T("wrong.busy"), p.Status
		v.data = w.T("wrong.busy.text")
	case r.Context().Err() != nil:
		// The reader left, and will not see this.
		v.data = w.T("wrong.busy.text")
	default:
		s.cfg.Log.ErrorContext(r.Context(), "a page failed", "path", r.URL.Path, "error", err)
		v.data = w.T("wrong.text")
	}
	return v
}

// short is the part of an identifier that tells it apart.
func short(id fmt.Stringer) string {
	s := id.String()
	return s[:min(len(s), 16)] + "…"
}

func entryLink(id fmt.Stringer) string { return "/entries/" + id.String() }

func placeLink(code string) string { return "/places/" + url.PathEscape(code) }

// dict makes a map of names and values, to hand several to a template.
func dict(pairs ...any) map[string]any { return places(pairs) }
