package pack

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// errMalformed reports bytes that are not protobuf.
var errMalformed = errors.New("malformed protobuf")

// Field numbers of onnx.proto (IR version 10).
const (
	modelGraph        = 7
	graphInitializer  = 5
	tensorDataType    = 2
	tensorFloatData   = 4
	tensorRawData     = 9
	dataTypeFloat     = 1
	wireVarint        = 0
	wireFixed64       = 1
	wireLen           = 2
	wireFixed32       = 5
	maxVarintBytes    = 10
	fieldShift, wires = 3, 7
)

// A span is a half-open range of byte offsets.
type span struct{ start, end int }

// A field is one record of a message: for wireLen the payload's span, for wireVarint the value.
type field struct {
	num, wire int
	value     uint64
	body      span
}

// floatSpans returns, in ascending order, where data holds the little-endian float32 values of the initializers
// of an ONNX model.
func floatSpans(data []byte) ([]span, error) {
	var out []span
	err := fields(data, span{0, len(data)}, func(f field) error {
		if f.num != modelGraph || f.wire != wireLen {
			return nil
		}
		return fields(data, f.body, func(f field) error {
			if f.num != graphInitializer || f.wire != wireLen {
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
		case f.num == tensorDataType && f.wire == wireVarint:
			dataType = f.value
		case (f.num == tensorRawData || f.num == tensorFloatData) && f.wire == wireLen:
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
		f, next, err := readField(data, at, msg.end)
		if err != nil {
			return err
		}
		if err := visit(f); err != nil {
			return err
		}
		at = next
	}
	return nil
}

func readField(data []byte, at, end int) (f field, next int, err error) {
	key, at, err := readVarint(data, at, end)
	if err != nil {
		return field{}, 0, err
	}
	f = field{num: int(key >> fieldShift), wire: int(key & wires)}
	width := uint64(0)
	switch f.wire {
	case wireVarint:
		f.value, at, err = readVarint(data, at, end)
	case wireFixed64:
		width = 8
	case wireFixed32:
		width = 4
	case wireLen:
		width, at, err = readVarint(data, at, end)
	default:
		err = fmt.Errorf("%w: wire type %d at byte %d", errMalformed, f.wire, at)
	}
	if err != nil {
		return field{}, 0, err
	}
	if width > uint64(end-at) {
		return field{}, 0, fmt.Errorf("%w: field %d at byte %d runs past its message", errMalformed, f.num, at)
	}
	f.body = span{at, at + int(width)}
	return f, f.body.end, nil
}

func readVarint(data []byte, at, end int) (v uint64, next int, err error) {
	v, n := binary.Uvarint(data[at:min(end, at+maxVarintBytes)])
	if n <= 0 {
		return 0, 0, fmt.Errorf("%w: varint at byte %d", errMalformed, at)
	}
	return v, at + n, nil
}
