package record

import (
	"bytes"
	"fmt"
	"maps"

	"github.com/folkmoot/folkmoot/protocol"
)

// The fields that records of every kind have, by the names they bear in CBOR,
// JSON and CSV.
const (
	FieldTitle    = "title"
	FieldSummary  = "summary"
	FieldLang     = "lang"
	FieldLicence  = "licence"
	FieldSignedAs = "signed_as"
	FieldPlaces   = "places"
	FieldService  = "service"
	FieldSources  = "sources"
	FieldRevises  = "revises"
)

// FieldSalt is where content holds its salt. It is no field of a record: an
// entry gets its salt when it is made.
const FieldSalt = "salt"

// fieldKind is the member of JSON that names the kind, which an entry says in
// its envelope.
const fieldKind = "kind"

// DefaultLicence is the licence that an author gives who names none.
const DefaultLicence = "CC-BY-4.0"

// Record is what one entry says.
type Record struct {
	// Kind is the kind of the entry.
	Kind protocol.Kind
	// Fields are what its content holds but for the salt. Values are those of
	// [protocol.EncodeContent]; integers that were read are int64. Fields that
	// this software does not know are among them.
	Fields map[string]any
}

// Decode reads the content of an entry of the given kind. The error is that of
// [protocol.DecodeContent]: such content is in the log all the same.
func Decode(kind protocol.Kind, content []byte) (*Record, error) {
	fields, err := protocol.DecodeContent(content)
	if err != nil {
		return nil, fmt.Errorf("read a %s record: %w", kind, err)
	}
	delete(fields, FieldSalt)
	return &Record{Kind: kind, Fields: fields}, nil
}

// Encode returns the record as content with the salt given, which must be
// [protocol.SaltSize] random bytes. It fails for what content cannot hold, for
// more than [protocol.MaxContent] bytes, and for a field that is called salt.
func (r *Record) Encode(salt []byte) ([]byte, error) {
	if len(salt) != protocol.SaltSize {
		return nil, fmt.Errorf("write a %s record: the salt has %d bytes, not %d", r.Kind, len(salt), protocol.SaltSize)
	}
	if _, ok := r.Fields[FieldSalt]; ok {
		return nil, fmt.Errorf("write a %s record: it has a salt of its own", r.Kind)
	}
	all := make(map[string]any, len(r.Fields)+1)
	maps.Copy(all, r.Fields)
	all[FieldSalt] = bytes.Clone(salt)
	content, err := protocol.EncodeContent(all)
	if err != nil {
		return nil, fmt.Errorf("write a %s record: %w", r.Kind, err)
	}
	return content, nil
}

// Text is the field of the given name if it is text, else empty.
func (r *Record) Text(name string) string { return textOf(r.Fields, name) }

// Title is the record's title.
func (r *Record) Title() string { return r.Text(FieldTitle) }

// Summary is what the record says in short.
func (r *Record) Summary() string { return r.Text(FieldSummary) }

// Lang is the language tag of the record's text (BCP 47).
func (r *Record) Lang() string { return r.Text(FieldLang) }

// Licence is the SPDX identifier under which the record may be used; empty when
// it names none. [FromJSON] writes [DefaultLicence] into an author's own record;
// nobody gives a licence in another's name.
func (r *Record) Licence() string { return r.Text(FieldLicence) }

// SignedAs is the office that signed, such as "clerk".
func (r *Record) SignedAs() string { return r.Text(FieldSignedAs) }

// Place is where a record applies.
type Place struct {
	// Scheme is one of [Schemes], Code the place's code in it.
	Scheme string `record:"scheme"`
	Code   string `record:"code"`
	Name   string `record:"name"`
}

// Places are where the record applies. What is not a place is left out.
func (r *Record) Places() []Place {
	var out []Place
	for _, m := range mapsIn(r.Fields, FieldPlaces) {
		if p := (Place{Scheme: textOf(m, "scheme"), Code: textOf(m, "code"), Name: textOf(m, "name")}); p != (Place{}) {
			out = append(out, p)
		}
	}
	return out
}

// Service is a service that a record is about.
type Service struct {
	// Label is what people call it.
	Label string
	// Duty is one of [Duties], or empty.
	Duty string
}

// Service is the service that the record is about; zero when it names none.
func (r *Record) Service() Service {
	m, _ := r.Fields[FieldService].(map[string]any)
	return Service{Label: textOf(m, "label"), Duty: textOf(m, "duty")}
}

// Source is where something in a record can be read up.
type Source struct {
	// ID is what figures of the same record call it.
	ID, Title, URL string
	// Accessed is the date on which it was read, as the author wrote it.
	Accessed string
}

// Sources are what the record relies on.
func (r *Record) Sources() []Source {
	var out []Source
	for _, m := range mapsIn(r.Fields, FieldSources) {
		out = append(out, Source{
			ID: textOf(m, "id"), Title: textOf(m, "title"), URL: textOf(m, "url"), Accessed: textOf(m, "accessed"),
		})
	}
	return out
}

// Revises is the earlier entry that this one replaces; zero when there is none.
func (r *Record) Revises() protocol.EntryID {
	id, err := protocol.ParseEntryID(r.Text(FieldRevises))
	if err != nil {
		return protocol.EntryID{}
	}
	return id
}

func textOf(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

// mapsIn returns the maps in the list of the given name.
func mapsIn(m map[string]any, name string) []map[string]any {
	list, _ := m[name].([]any)
	var out []map[string]any
	for _, v := range list {
		if e, ok := v.(map[string]any); ok {
			out = append(out, e)
		}
	}
	return out
}
