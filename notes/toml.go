package notes

import (
	"errors"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// readTOML reads a block of TOML. The library's parser alone does not see what no document may say, such as a key that stands
// twice, so its decoder reads the block too.
func readTOML(note []byte, from, to int) ([]field, error) {
	r := tomlReader{from: from}
	r.parser.Reset(note[from:to])
	prefix := ""
	for r.parser.NextExpression() {
		switch n := r.parser.Expression(); n.Kind {
		case unstable.Table, unstable.ArrayTable:
			r.enter()
			prefix, _ = r.key(n)
			prefix += "."
		case unstable.KeyValue:
			r.pair(prefix, n)
		}
	}
	var values map[string]any
	err := toml.Unmarshal(note[from:to], &values)
	if decode := new(toml.DecodeError); errors.As(err, &decode) {
		line, _ := decode.Position()
		err = lineError(note, from, line, errors.New(strings.TrimPrefix(decode.Error(), "toml: ")))
	}
	return r.fields, err
}

type tomlReader struct {
	fieldList
	parser unstable.Parser
	from   int // where the block begins
}

// key is a key with the dots between its parts, and where it stands in the block.
func (r *tomlReader) key(n *unstable.Node) (string, unstable.Range) {
	var parts []string
	var place unstable.Range
	for it := n.Key(); it.Next(); {
		if len(parts) == 0 {
			place.Offset = it.Node().Raw.Offset
		}
		parts = append(parts, string(it.Node().Data))
		place.Length = it.Node().Raw.Offset + it.Node().Raw.Length - place.Offset
	}
	return strings.Join(parts, "."), place
}

func (r *tomlReader) pair(prefix string, n *unstable.Node) {
	key, place := r.key(n)
	end := int(place.Offset + place.Length)
	rest := string(r.parser.Data()[end:])
	value := end + len(rest) - len(strings.TrimLeft(rest, " \t="))
	r.collect(r.open(field{name: prefix + key, at: r.from + int(place.Offset), value: r.from + value}), n.Value())
}

func (r *tomlReader) collect(i int, n *unstable.Node) {
	switch n.Kind {
	case unstable.Array:
		r.fields[i].list = true
		for it := n.Children(); it.Next() && r.count < maxValues; {
			r.collect(i, it.Node())
		}
	case unstable.InlineTable:
		defer r.enter()()
		for it := n.Children(); it.Next(); {
			r.pair(r.fields[i].name+".", it.Node())
		}
	default:
		r.add(i, string(n.Data), r.from+int(n.Raw.Offset))
	}
}
