package record

import (
	"encoding"
	"reflect"
)

// Read returns what a record says as the type of its kind, such as
//
//	m := record.Read[record.Mandate](r)
//
// It is lenient: a member that is missing, or of another type than its field
// asks for, is left at its zero value, and what T does not know is passed over.
// T is one of the structs of this package.
func Read[T any](r *Record) T {
	var out T
	if r != nil {
		fill(reflect.ValueOf(&out).Elem(), r.Fields)
	}
	return out
}

// fill sets the tagged fields of a struct from the members of m.
func fill(to reflect.Value, m map[string]any) {
	t := to.Type()
	for i := range t.NumField() {
		name, tagged := t.Field(i).Tag.Lookup(fieldTag)
		if v, ok := m[name]; ok && tagged {
			set(to.Field(i), v)
		}
	}
}

// fieldTag is the struct tag that names a member.
const fieldTag = "record"

// set stores v if it has the form that to asks for.
func set(to reflect.Value, v any) {
	if u, ok := to.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if s, ok := v.(string); ok && u.UnmarshalText([]byte(s)) != nil {
			to.SetZero()
		}
		return
	}
	switch to.Kind() {
	case reflect.String:
		if s, ok := v.(string); ok {
			to.SetString(s)
		}
	case reflect.Int64:
		if n, ok := wholeOf(v); ok {
			to.SetInt(n)
		}
	case reflect.Bool:
		if b, ok := v.(bool); ok {
			to.SetBool(b)
		}
	case reflect.Struct:
		if m, ok := v.(map[string]any); ok {
			fill(to, m)
		}
	case reflect.Slice:
		list, _ := v.([]any)
		for _, e := range list {
			item := reflect.New(to.Type().Elem()).Elem()
			set(item, e)
			if !item.IsZero() {
				to.Set(reflect.Append(to, item))
			}
		}
	}
}
