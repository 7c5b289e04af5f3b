package api_test

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/folkmoot/folkmoot/node/api"
)

// contract is the description of the API, made strict: a member that it does not
// name is an error. It is safe for concurrent use.
type contract struct {
	doc map[string]any

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
}

// contractAt is where the description is thought to lie.
const contractAt = "https://folkmoot.test/openapi.json"

// theContract reads the description once for all tests.
var theContract = sync.OnceValues(func() (*contract, error) {
	b, err := api.OpenAPI()
	if err != nil {
		return nil, err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	doc := v.(map[string]any)
	for _, s := range at(doc, "components", "schemas") {
		strict(s, false)
	}
	for _, item := range at(doc, "paths") {
		for _, r := range at(item, "get", "responses") {
			strictContent(r)
		}
	}
	for _, r := range at(doc, "components", "responses") {
		strictContent(r)
	}
	c := &contract{doc: doc, compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{}}
	c.compiler.AssertFormat()
	return c, c.compiler.AddResource(contractAt, doc)
})

func strictContent(response any) {
	for _, media := range at(response, "content") {
		if s, ok := media.(map[string]any)["schema"]; ok {
			strict(s, true)
		}
	}
}

// strict closes a schema and those in it. What stands in allOf is closed by what
// holds it.
func strict(schema any, closed bool) {
	m, ok := schema.(map[string]any)
	if !ok {
		return
	}
	for _, p := range at(m, "properties") {
		strict(p, true)
	}
	for _, key := range []string{"items", "additionalProperties"} {
		strict(m[key], true)
	}
	for key, closed := range map[string]bool{"allOf": false, "oneOf": true} {
		list, _ := m[key].([]any)
		for _, s := range list {
			strict(s, closed)
		}
	}
	if _, open := m["additionalProperties"]; closed && !open {
		m["unevaluatedProperties"] = false
	}
}

// at descends into maps; nil where there is nothing.
func at(v any, keys ...string) map[string]any {
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	m, _ := v.(map[string]any)
	return m
}

// schema compiles what a JSON pointer names.
func (c *contract) schema(pointer ...string) (*jsonschema.Schema, error) {
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	var where strings.Builder
	for _, p := range pointer {
		where.WriteString("/" + url.PathEscape(escape.Replace(p)))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.compiled[where.String()]; ok {
		return s, nil
	}
	s, err := c.compiler.Compile(contractAt + "#" + where.String())
	if err == nil {
		c.compiled[where.String()] = s
	}
	return s, err
}

// template finds the path of the description that a path is of.
func (c *contract) template(path string) (string, bool) {
	best, literal := "", -1
	for t := range at(c.doc, "paths") {
		want, got := strings.Split(t, "/"), strings.Split(path, "/")
		same, n := len(want) == len(got), 0
		for i := 0; same && i < len(want); i++ {
			if strings.HasPrefix(want[i], "{") {
				continue
			}
			same = want[i] == got[i]
			n++
		}
		if same && n > literal {
			best, literal = t, n
		}
	}
	return best, literal >= 0
}

// check compares an answer with the description.
func (c *contract) check(method, path string, status int, header http.Header, body []byte) error {
	template, ok := c.template(path)
	if !ok || method != http.MethodGet && method != http.MethodHead {
		if !strings.HasPrefix(path, "/api/") {
			return nil // the pages
		}
		if status != http.StatusNotFound && status != http.StatusMethodNotAllowed {
			return fmt.Errorf("%d for what is not described", status)
		}
		return c.valid(body, "components", "responses", "NotFound", "content", "application/problem+json", "schema")
	}
	where := []string{"paths", template, "get", "responses", fmt.Sprint(status)}
	response := at(c.doc, where...)
	if response == nil {
		return fmt.Errorf("the status %d is not described", status)
	}
	if ref, ok := response["$ref"].(string); ok {
		where = strings.Split(strings.TrimPrefix(ref, "#/"), "/")
		response = at(c.doc, where...)
	}
	if tag := at(response, "headers")["ETag"]; tag != nil && !strings.HasSuffix(at(tag)["$ref"].(string), "TagIfAt") && header.Get("ETag") == "" {
		return fmt.Errorf("there is no ETag")
	} else if tag == nil && header.Get("ETag") != "" {
		return fmt.Errorf("the ETag is not described")
	}
	content := at(response, "content")
	if content == nil {
		if len(body) > 0 {
			return fmt.Errorf("a body of %d bytes is not described", len(body))
		}
		return nil
	}
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return err
	}
	if content[media] == nil {
		return fmt.Errorf("the media type %s is not described", media)
	}
	if method == http.MethodHead {
		return nil
	}
	where = append(where, "content", media)
	schema := at(content, media, "schema")
	switch {
	case media == "application/x-ndjson":
		for line := range bytes.Lines(body) {
			if err := c.valid(line, "components", "schemas", "ExportLine"); err != nil {
				return fmt.Errorf("line %.80s: %w", line, err)
			}
		}
		return nil
	case schema == nil:
		return nil
	case media == "text/plain":
		s, err := c.schema(append(where, "schema")...)
		if err != nil {
			return err
		}
		return s.Validate(string(body))
	}
	return c.valid(body, append(where, "schema")...)
}

// valid validates JSON by the schema that a pointer names.
func (c *contract) valid(body []byte, pointer ...string) error {
	s, err := c.schema(pointer...)
	if err != nil {
		return fmt.Errorf("compile %v: %w", pointer, err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// checked compares every answer of a handler with the description.
func checked(t testing.TB, h http.Handler) http.Handler {
	t.Helper()
	c, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tee := &teeWriter{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(tee, r)
		if err := c.check(r.Method, r.URL.Path, tee.status, w.Header(), tee.body.Bytes()); err != nil {
			t.Errorf("%s %s: %d is not as described: %v\n%.600s", r.Method, r.URL, tee.status, err, tee.body.Bytes())
		}
	})
}

// teeWriter keeps what is written.
type teeWriter struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (w *teeWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *teeWriter) Write(b []byte) (int, error) {
	w.body.Write(b)
	return w.ResponseWriter.Write(b)
}

// Unwrap lets a stream set its deadlines.
func (w *teeWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
