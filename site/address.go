package site

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
)

// Extension is what a note's page has after the note's name, so that two notes never share one.
const Extension = ".html"

// maxName is how many bytes a name has at most on the file systems of Linux, macOS and Windows.
const maxName = 255

// file is where a note's page lies, from the top of the site, with slashes. No two notes have the same, and none lies where a folder is: a folder
// whose name ends as pages do has one "_" more behind it.
func file(id string) string {
	parts := strings.Split(id, "/")
	last := len(parts) - 1
	for i, name := range parts[:last] {
		if strings.HasSuffix(strings.ToLower(strings.TrimRight(name, "_")), Extension) {
			name += "_"
		}
		parts[i] = short(name, maxName)
	}
	parts[last] = short(parts[last], maxName-len(Extension)) + Extension
	return strings.Join(parts, "/")
}

// short is a name that fits: a longer one ends with the beginning of its hash.
func short(name string, most int) string {
	if len(name) <= most {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	mark := "~" + hex.EncodeToString(sum[:8])
	return strings.ToValidUTF8(name[:most-len(mark)], "") + mark
}

// address is a note's page, from the top of the site. A colon would make a scheme of what is before it.
func address(id string) string {
	return strings.ReplaceAll((&url.URL{Path: "./" + file(id)}).EscapedPath()[2:], ":", "%3A")
}

// between is the address of a note's page from that of another.
func between(from, to string) string {
	return strings.Repeat("../", strings.Count(from, "/")) + address(to)
}
