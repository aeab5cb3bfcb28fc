package pack

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// errMalformed reports bytes that are not protobuf.
var errMalformed = errors.New("malformed protobuf")

// Field numbers of onnx.proto (IR version 10).
const (
	modelGraph       = 7
	graphInitializer = 5
	tensorDataType   = 2
	tensorFloatData  = 4
	tensorRawData    = 9
	dataTypeFloat    = 1
)

// A span is a half-open range of byte offsets.
type span struct{ start, end int }

// A field is one record of a message: its value is a number, or the content in data[body.start:body.end].
type field struct {
	num   protowire.Number
	wire  protowire.Type
	value uint64
	body  span
}

// floatSpans returns, in ascending order, where data holds the little-endian float32 values of the initializers
// of an ONNX model.
func floatSpans(data []byte) ([]span, error) {
	var out []span
	err := fields(data, span{0, len(data)}, func(f field) error {
		if f.num != modelGraph || f.wire != protowire.BytesType {
			return nil
		}
		return fields(data, f.body, func(f field) error {
			if f.num != graphInitializer || f.wire != protowire.BytesType {
				return nil
			}
			s, err := tensorSpan(data, f.body)
			if s.end > s.start {
				out = append(out, s)
			}
			return err
		})
	})
	return out, err
}

// tensorSpan returns the span of a float tensor's values, empty for other tensors and those stored elsewhere.
func tensorSpan(data []byte, tensor span) (span, error) {
	var values span
	var dataType uint64
	err := fields(data, tensor, func(f field) error {
		switch {
		case f.num == tensorDataType && f.wire == protowire.VarintType:
			dataType = f.value
		case (f.num == tensorRawData || f.num == tensorFloatData) && f.wire == protowire.BytesType:
			values = f.body
		}
		return nil
	})
	if err != nil || dataType != dataTypeFloat || (values.end-values.start)%4 != 0 {
		return span{}, err
	}
	return values, nil
}

// fields calls visit for each record of the message in data[msg.start:msg.end].
func fields(data []byte, msg span, visit func(field) error) error {
	for at := msg.start; at < msg.end; {
		num, wire, n := protowire.ConsumeTag(data[at:msg.end])
		f := field{num: num, wire: wire}
		if n >= 0 {
			at += n
			n = f.consume(data[:msg.end], at)
		}
		if n < 0 {
			return fmt.Errorf("%w: field %d at byte %d: %w", errMalformed, num, at, protowire.ParseError(n))
		}
		if err := visit(f); err != nil {
			return err
		}
		at += n
	}
	return nil
}

// consume reads the value that begins at a byte, and returns its length as protowire does.
func (f *field) consume(data []byte, at int) (n int) {
	switch f.wire {
	case protowire.VarintType:
		f.value, n = protowire.ConsumeVarint(data[at:])
	case protowire.BytesType:
		var body []byte
		body, n = protowire.ConsumeBytes(data[at:])
		f.body = span{at + n - len(body), at + n}
	default:
		n = protowire.ConsumeFieldValue(f.num, f.wire, data[at:])
	}
	return n
}
