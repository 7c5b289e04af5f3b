package protocol

import (
	"bytes"
	"math"
	"reflect"

	"github.com/fxamacker/cbor/v2"
)

// codec is one strict profile of DAG-CBOR (SPEC.md section 2): what it decodes
// it would have encoded to the same bytes. The whole input is checked to be well
// formed, and every count to be backed by bytes and within its limit, before any
// value is built.
type codec struct {
	enc cbor.EncMode
	dec cbor.DecMode
}

// signedCodec reads envelopes, acts and frames; contentCodec reads content,
// where records may nest deeper and say true and false; stateCodec reads what a
// node stored itself, whose lists grow with its log.
var (
	signedCodec  = newCodec(MaxDepth, MaxElements, MaxPairs, false)
	contentCodec = newCodec(MaxContentDepth, MaxContent, MaxContent, true)
	stateCodec   = newCodec(MaxDepth, math.MaxInt32, MaxPairs, false)
)

func newCodec(depth, elements, pairs int, booleans bool) codec {
	enc, err := cbor.EncOptions{
		Sort:          cbor.SortLengthFirst,
		ShortestFloat: cbor.ShortestFloatNone,
		NaNConvert:    cbor.NaNConvertReject,
		InfConvert:    cbor.InfConvertReject,
		BigIntConvert: cbor.BigIntConvertReject,
		IndefLength:   cbor.IndefLengthForbidden,
		TagsMd:        cbor.TagsForbidden,
		NilContainers: cbor.NilContainerAsEmpty,
		OmitEmpty:     cbor.OmitEmptyGoValue,
	}.EncMode()
	if err != nil {
		panic("protocol: CBOR encoding options: " + err.Error())
	}
	simple, err := cbor.NewSimpleValueRegistryFromDefaults(func(r *cbor.SimpleValueRegistry) error {
		for v := range 256 {
			if v >= 24 && v < 32 || booleans && (v == 20 || v == 21) {
				continue
			}
			if err := cbor.WithRejectedSimpleValue(cbor.SimpleValue(v))(r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		panic("protocol: CBOR simple values: " + err.Error())
	}
	dec, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		MaxNestedLevels:   depth,
		MaxArrayElements:  elements,
		MaxMapPairs:       pairs,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		UTF8:              cbor.UTF8RejectInvalid,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
		IntDec:            cbor.IntDecConvertSignedOrFail,
		BigIntDec:         cbor.BigIntDecodeValue,
		NaN:               cbor.NaNDecodeForbidden,
		Inf:               cbor.InfDecodeForbidden,
		SimpleValues:      simple,
		DefaultMapType:    reflect.TypeFor[map[string]any](),
	}.DecMode()
	if err != nil {
		panic("protocol: CBOR decoding options: " + err.Error())
	}
	return codec{enc: enc, dec: dec}
}

// decode reads b into v and rejects b if v would not be encoded to it.
func (c codec) decode(what string, b []byte, v any) error {
	if err := c.dec.Unmarshal(b, v); err != nil {
		return reject(Malformed, "%s: %v", what, err)
	}
	again, err := c.enc.Marshal(v)
	if err != nil {
		return reject(Malformed, "%s: %v", what, err)
	}
	if bytes.Equal(again, b) {
		return nil
	}
	if c.deterministic(b) {
		return reject(Malformed, "%s lacks a field, holds an empty one that must be left out, or one of the wrong length", what)
	}
	return reject(NotCanonical, "%s is not in the one encoding that is allowed", what)
}

// deterministic reports whether b is the one encoding of the data in it,
// whatever they mean.
func (c codec) deterministic(b []byte) bool {
	var data any
	if c.dec.Unmarshal(b, &data) != nil {
		return false
	}
	again, err := c.enc.Marshal(data)
	return err == nil && bytes.Equal(again, b)
}

// encode writes v, which is one of this package's own types.
func (c codec) encode(v any) []byte {
	b, err := c.enc.Marshal(v)
	if err != nil {
		panic("protocol: encoding: " + err.Error())
	}
	return b
}
