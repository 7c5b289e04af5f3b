package api

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// described is the description as maps and lists.
func described(t *testing.T) map[string]any {
	t.Helper()
	b, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	doc, ok := v.(map[string]any)
	if !ok {
		t.Fatal("the description is not an object")
	}
	return doc
}

func within(v any, keys ...string) map[string]any {
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	m, _ := v.(map[string]any)
	return m
}

// TestOpenAPIIsValid validates the description by the JSON Schema that the
// OpenAPI Initiative publishes for version 3.1 (testdata, Apache License 2.0).
func TestOpenAPIIsValid(t *testing.T) {
	raw, err := os.ReadFile("testdata/openapi-3.1-schema.json")
	if err != nil {
		t.Fatal(err)
	}
	official, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("oas.json", official); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("oas.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(described(t)); err != nil {
		t.Error(err)
	}
	broken := described(t)
	delete(within(broken, "info"), "version")
	if schema.Validate(broken) == nil {
		t.Error("a description without a version is valid, so the check checks nothing")
	}
}

// TestEveryRouteIsDescribed compares the paths of the description with those that
// are answered.
func TestEveryRouteIsDescribed(t *testing.T) {
	var want, got []string
	for path, item := range within(described(t), "paths") {
		for method := range within(item) {
			want = append(want, strings.ToUpper(method)+" "+path)
		}
	}
	for _, r := range newServer(Config{Gatherer: prometheus.NewRegistry()}).publicRoutes() {
		got = append(got, r.pattern)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("described:\n%s\nanswered:\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
}

func TestOpenAPIHoldsTogether(t *testing.T) {
	doc := described(t)
	inPath := regexp.MustCompile(`\{(\w+)\}`)
	ids := map[string]bool{}
	for path, item := range within(doc, "paths") {
		op := within(item, "get")
		id, _ := op["operationId"].(string)
		if id == "" || ids[id] {
			t.Errorf("%s: operationId %q is missing or used twice", path, id)
		}
		ids[id] = true
		var declared []string
		list, _ := op["parameters"].([]any)
		for _, p := range list {
			param := within(p)
			if ref, ok := param["$ref"].(string); ok {
				param = within(doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
			}
			if param["in"] == "path" {
				declared = append(declared, fmt.Sprint(param["name"]))
			}
		}
		var used []string
		for _, m := range inPath.FindAllStringSubmatch(path, -1) {
			used = append(used, m[1])
		}
		slices.Sort(declared)
		slices.Sort(used)
		if !slices.Equal(declared, used) {
			t.Errorf("%s: parameters of the path: %v declared", path, declared)
		}
	}
	if len(ids) < 20 {
		t.Errorf("only %d operations", len(ids))
	}
	refs := map[string]bool{}
	walk(doc, func(m map[string]any) {
		ref, ok := m["$ref"].(string)
		if !ok {
			return
		}
		refs[ref] = true
		if !strings.HasPrefix(ref, "#/") || within(doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...) == nil {
			t.Errorf("%s leads nowhere", ref)
		}
	})
	for _, of := range []string{"schemas", "parameters", "responses", "headers"} {
		for name := range within(doc, "components", of) {
			if ref := "#/components/" + of + "/" + name; !refs[ref] && name != "ExportLine" {
				t.Errorf("nothing refers to %s", ref)
			}
		}
	}
}

func walk(v any, f func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		f(v)
		for _, e := range v {
			walk(e, f)
		}
	case []any:
		for _, e := range v {
			walk(e, f)
		}
	}
}

// TestOpenAPISchemas compiles every schema by the rules of JSON Schema 2020-12.
func TestOpenAPISchemas(t *testing.T) {
	doc := described(t)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("https://folkmoot.test/doc", doc); err != nil {
		t.Fatal(err)
	}
	for name, s := range within(doc, "components", "schemas") {
		if _, err := c.Compile("https://folkmoot.test/doc#/components/schemas/" + name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// A member that must be there has to be described.
		walk(s, func(m map[string]any) {
			required, _ := m["required"].([]any)
			for _, r := range required {
				if _, ok := within(m, "properties")[fmt.Sprint(r)]; !ok {
					t.Errorf("%s requires %q, which it does not describe", name, r)
				}
			}
		})
	}
}

// TestProblemCodesAreDescribed reads the codes from the source, so that none is
// forgotten.
func TestProblemCodesAreDescribed(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "problem.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == "Code" {
			for _, v := range spec.Values {
				if lit, ok := v.(*ast.BasicLit); ok {
					if text, err := strconv.Unquote(lit.Value); err == nil {
						got = append(got, text)
					}
				}
			}
		}
		return true
	})
	codes, _ := within(described(t), "components", "schemas", "Problem", "properties", "code")["enum"].([]any)
	for _, c := range codes {
		want = append(want, fmt.Sprint(c))
	}
	slices.Sort(got)
	slices.Sort(want)
	if len(got) < 15 || !slices.Equal(got, want) {
		t.Errorf("in the source: %v\ndescribed: %v", got, want)
	}
}
