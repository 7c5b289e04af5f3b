package api

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Codes are all lists of codes.
type Codes struct {
	Lists []record.CodeList `json:"lists"`
}

// typed is an answer that is encoded already, with its media type.
type typed struct {
	media string
	json  []byte
}

// schemaType is the media type of a JSON Schema.
const schemaType = "application/schema+json"

// constant answers what follows from the software alone, under a tag made from
// the answer.
func (s *server) constant(h func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := h(r)
		if err != nil {
			fail(w, r, s.Logger, err)
			return
		}
		answer, ok := v.(typed)
		if !ok {
			answer.media = "application/json"
			if answer.json, err = json.Marshal(v); err != nil {
				fail(w, r, s.Logger, fmt.Errorf("encode the answer: %w", err))
				return
			}
		}
		digest := protocol.HashOf(answer.json)
		unlessMatched(w, r, `"`+hex.EncodeToString(digest[:8])+`"`, func(w http.ResponseWriter, r *http.Request) {
			writeJSON(w, r, answer.media, answer.json)
		})
	})
}

func (s *server) codes(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	return Codes{Lists: record.Lists()}, nil
}

func (s *server) schemas(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	return typed{schemaType, record.Schemas()}, nil
}

func (s *server) schema(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	name := r.PathValue("kind")
	text, ok := record.Schema(protocol.Kind(name))
	if !ok {
		advice := "The kinds are listed at /api/v1/schema."
		if near := record.NearestKind(name); near != "" {
			advice = fmt.Sprintf("Did you mean %q? %s", near, advice)
		}
		return nil, newProblem(http.StatusNotFound, CodeNotFound, fmt.Sprintf("There is no kind %q of record. %s", clip(name), advice))
	}
	return typed{schemaType, text}, nil
}
