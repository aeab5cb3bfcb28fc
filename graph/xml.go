package graph

import (
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode/utf8"
)

// WriteGraphML writes GraphML (graphml.graphdrawing.org). Nodes have the attributes kind and title, terms a state, edges type, source_line and weight.
func (d Drawing) WriteGraphML(w io.Writer) error {
	p := printer{w: w}
	p.line(`<?xml version="1.0" encoding="UTF-8"?>`)
	p.line(`<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">`)
	for _, k := range []struct{ name, of, kind string }{
		{"kind", "node", "string"}, {"title", "node", "string"}, {"state", "node", "string"}, {"type", "edge", "string"}, {"source_line", "edge", "int"}, {"weight", "edge", "double"},
	} {
		p.line(`  <key id="%[1]s" for="%[2]s" attr.name="%[1]s" attr.type="%[3]s"/>`, k.name, k.of, k.kind)
	}
	p.line(`  <graph id="amalfa" edgedefault="directed">`)
	for _, n := range d.Nodes {
		state := ""
		if n.State != "" {
			state = fmt.Sprintf(`<data key="state">%s</data>`, xmlText(n.State))
		}
		p.line(`    <node id="%s"><data key="kind">%s</data><data key="title">%s</data>%s</node>`, xmlID(n.ID), n.Kind, xmlText(n.Title), state)
	}
	for _, e := range d.Edges {
		p.line(`    <edge source="%s" target="%s"><data key="type">%s</data><data key="source_line">%d</data><data key="weight">%v</data></edge>`,
			xmlID(e.Source), xmlID(e.Target), xmlText(e.Type), e.Line, e.Weight)
	}
	p.line("  </graph>\n</graphml>")
	return p.err
}

// WriteGEXF writes GEXF (gexf.net) in its version 1.2, which says all that there is to say and which more programs read than 1.3: networkx does
// since long, and Gephi.
func (d Drawing) WriteGEXF(w io.Writer) error {
	p := printer{w: w}
	p.line(`<?xml version="1.0" encoding="UTF-8"?>`)
	p.line(`<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">`)
	p.line(`  <graph defaultedgetype="directed" mode="static">`)
	p.line(`    <attributes class="node"><attribute id="kind" title="kind" type="string"/></attributes>`)
	p.line(`    <attributes class="edge"><attribute id="type" title="type" type="string"/><attribute id="source_line" title="source_line" type="integer"/></attributes>`)
	p.line("    <nodes>")
	for _, n := range d.Nodes {
		p.line(`      <node id="%s" label="%s"><attvalues><attvalue for="kind" value="%s"/></attvalues></node>`, xmlID(n.ID), xmlText(n.Title), n.Kind)
	}
	p.line("    </nodes>\n    <edges>")
	for i, e := range d.Edges {
		p.line(`      <edge id="%d" source="%s" target="%s" weight="%v"><attvalues><attvalue for="type" value="%s"/><attvalue for="source_line" value="%d"/></attvalues></edge>`,
			i, xmlID(e.Source), xmlID(e.Target), e.Weight, xmlText(e.Type), e.Line)
	}
	p.line("    </edges>\n  </graph>\n</gexf>")
	return p.err
}

// xmlText escapes a text, and has a substitute for what XML 1.0 cannot hold.
func xmlText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\t' || r == '\n' || r == '\r':
			fmt.Fprintf(&b, "&#%d;", r)
		case isXML(r):
			b.WriteRune(r)
		default:
			b.WriteRune(utf8.RuneError)
		}
	}
	return b.String()
}

// xmlID is xmlText for ids, of which no two may become the same: those that XML cannot hold are written as in addresses.
func xmlID(id string) string {
	if !utf8.ValidString(id) || strings.ContainsFunc(id, func(r rune) bool { return !isXML(r) }) {
		id = url.PathEscape(id)
	}
	return xmlText(id)
}

// isXML tells whether XML 1.0 can hold a character (section 2.2).
func isXML(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000
}
