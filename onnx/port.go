package onnx

import (
	"encoding/binary"
	"fmt"
)

func appendPort(ports []Port, info span) ([]Port, error) {
	var p Port
	for f, err := range info.fields() {
		if err != nil {
			return nil, err
		}
		switch {
		case f.wire != wireBytes:
		case f.number == 1:
			p.Name, err = f.text()
		case f.number == 2:
			err = p.readType(f.body)
		}
		if err != nil {
			return nil, err
		}
	}
	return append(ports, p), nil
}

// readType leaves Element 0 for what is not a tensor.
func (p *Port) readType(typ span) error {
	const tensorType = 1
	for f, err := range typ.fields() {
		if err != nil {
			return err
		}
		if f.number != tensorType || f.wire != wireBytes {
			continue
		}
		for g, err := range f.body.fields() {
			if err != nil {
				return err
			}
			switch {
			case g.number == 1 && g.wire == wireVarint:
				p.Element = ElementType(g.value)
			case g.number == 2 && g.wire == wireBytes:
				if p.Shape, err = readShape(g.body); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func readShape(shape span) ([]int64, error) {
	const dimension, dimensionValue = 1, 1
	dims := []int64{}
	for f, err := range shape.fields() {
		if err != nil {
			return nil, err
		}
		if f.number != dimension || f.wire != wireBytes {
			continue
		}
		size := int64(-1)
		for g, err := range f.body.fields() {
			if err != nil {
				return nil, err
			}
			if g.number == dimensionValue && g.wire == wireVarint {
				size = int64(g.value)
			}
		}
		dims = append(dims, size)
	}
	return dims, nil
}

// appendDims reads a repeated integer, which writers may or may not pack.
func appendDims(dims []int64, f field) ([]int64, error) {
	if f.wire == wireVarint {
		return append(dims, int64(f.value)), nil
	}
	packed, err := f.text()
	if err != nil {
		return nil, err
	}
	for rest := []byte(packed); len(rest) > 0; {
		v, n := binary.Uvarint(rest)
		if n <= 0 {
			return nil, fmt.Errorf("%w: broken dimensions", errMalformed)
		}
		dims, rest = append(dims, int64(v)), rest[n:]
	}
	return dims, nil
}
