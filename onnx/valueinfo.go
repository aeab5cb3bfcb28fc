package onnx

import "google.golang.org/protobuf/encoding/protowire"

func readValueInfos(entries []field) ([]ValueInfo, error) {
	list := make([]ValueInfo, len(entries))
	for i, f := range entries {
		var err error
		if list[i], err = readValueInfo(f.body); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func readValueInfo(info span) (p ValueInfo, err error) {
	for f, err := range info.fields() {
		if err != nil {
			return p, err
		}
		switch {
		case f.wire != protowire.BytesType:
		case f.number == 1:
			p.Name, err = f.text()
		case f.number == 2:
			err = p.readType(f.body)
		}
		if err != nil {
			return p, err
		}
	}
	return p, nil
}

// readType leaves Element 0 for what is not a tensor.
func (p *ValueInfo) readType(typ span) error {
	const tensorType = 1
	for f, err := range typ.fields() {
		if err != nil {
			return err
		}
		if f.number != tensorType || f.wire != protowire.BytesType {
			continue
		}
		for g, err := range f.body.fields() {
			if err != nil {
				return err
			}
			switch {
			case g.number == 1 && g.wire == protowire.VarintType:
				p.Element = ElementType(g.value)
			case g.number == 2 && g.wire == protowire.BytesType:
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
		if f.number != dimension || f.wire != protowire.BytesType {
			continue
		}
		size := int64(-1)
		for g, err := range f.body.fields() {
			if err != nil {
				return nil, err
			}
			if g.number == dimensionValue && g.wire == protowire.VarintType {
				size = int64(g.value)
			}
		}
		dims = append(dims, size)
	}
	return dims, nil
}
