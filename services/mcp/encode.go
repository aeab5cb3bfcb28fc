package mcp

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// encode writes v as JSON: fields in the order of their types, so that what matters comes first; no \u003c for "<", which costs a
// model four tokens; fractions with four places, since nobody's judgement is finer. A brief form leaves out what is absent or
// empty, and the fields that are marked with brief:"-".
func encode(v any, brief bool) string {
	var b bytes.Buffer
	writeValue(&b, reflect.ValueOf(v), brief)
	return b.String()
}

func writeValue(b *bytes.Buffer, v reflect.Value, brief bool) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("null")
			return
		}
		writeValue(b, v.Elem(), brief)
	case reflect.Struct:
		writeStruct(b, v, brief)
	case reflect.Slice, reflect.Array:
		b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				b.WriteByte(',')
			}
			writeValue(b, v.Index(i), brief)
		}
		b.WriteByte(']')
	case reflect.Float64:
		b.WriteString(strconv.FormatFloat(math.Round(v.Float()*1e4)/1e4, 'f', -1, 64))
	case reflect.String:
		b.WriteString(quoteText(v.String()))
	default:
		data, err := json.Marshal(v.Interface())
		if err != nil {
			panic("mcp: encode an answer: " + err.Error()) // integers, truth values and maps of texts
		}
		b.Write(data)
	}
}

func writeStruct(b *bytes.Buffer, v reflect.Value, brief bool) {
	b.WriteByte('{')
	first := true
	writeFields(b, v, brief, &first)
	b.WriteByte('}')
}

// writeFields writes the fields of an embedded struct as those of the struct around it.
func writeFields(b *bytes.Buffer, v reflect.Value, brief bool, first *bool) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			writeFields(b, v.Field(i), brief, first)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || strings.Contains(options, "omit") && v.Field(i).IsZero() || brief && (f.Tag.Get("brief") == "-" || isAbsent(v.Field(i))) {
			continue
		}
		if !*first {
			b.WriteByte(',')
		}
		*first = false
		b.WriteString(`"` + name + `":`)
		writeValue(b, v.Field(i), brief)
	}
}

// isAbsent reports an absent value or an empty text.
func isAbsent(v reflect.Value) bool {
	return (v.Kind() == reflect.Pointer || v.Kind() == reflect.String) && v.IsZero()
}

// quoteText writes a text as JSON does, but for the characters that only web pages need escaped.
func quoteText(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("mcp: encode a text: " + err.Error()) // a text can always be written
	}
	return strings.TrimSuffix(b.String(), "\n")
}
