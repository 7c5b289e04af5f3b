package api

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"

	"go.yaml.in/yaml/v4"
)

//go:embed openapi.yaml
var openAPISource []byte

// OpenAPI returns the description of the public API as JSON: OpenAPI 3.1, with
// schemas in JSON Schema 2020-12. It describes what anybody can ask; the pages
// for people, and what only the node's owner can ask, are not part of it.
func OpenAPI() ([]byte, error) {
	var doc map[string]any
	if err := yaml.Unmarshal(openAPISource, &doc); err != nil {
		return nil, fmt.Errorf("read the description of the API: %w", err)
	}
	b, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encode the description of the API: %w", err)
	}
	return b, nil
}

func (s *server) openAPI(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	b, err := s.document()
	return typed{"application/json", b}, err
}
