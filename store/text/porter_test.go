package text

import (
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

// FTS5's own stemmer is the reference: every word of Go's documentation, and words made of what the steps look at.
func TestStemIsThatOfFTS5(t *testing.T) {
	words := docWords(t)
	for _, head := range []string{"a", "be", "cat", "hop", "fil", "troubl", "oscillat", "relat", "syzyg", "yy", "é", "by", "controll"} {
		for _, tail := range []string{"", "s", "es", "ies", "sses", "ed", "eed", "ing", "ating", "bling", "izing", "y", "ational", "tional",
			"enci", "anci", "izer", "logi", "bli", "alli", "entli", "eli", "ousli", "ization", "ation", "ator", "alism", "iveness",
			"fulness", "ousness", "aliti", "iviti", "biliti", "icate", "ative", "alize", "iciti", "ical", "ful", "ness", "al", "ance",
			"ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "sion", "ou", "ism", "ate", "iti", "ous", "ive", "ize", "e", "ll", "lle"} {
			words = append(words, head+tail)
		}
	}
	slices.Sort(words)
	words = slices.Compact(words)
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE VIRTUAL TABLE f USING fts5(x, tokenize = 'porter ascii tokenchars ''_+#''');
		CREATE VIRTUAL TABLE v USING fts5vocab(f, instance)`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("INSERT INTO f VALUES (?)", strings.Join(words, " ")); err != nil {
		t.Fatal(err)
	}
	rows, err := db.QueryContext(context.Background(), `SELECT term, "offset" FROM v`)
	wrong := 0
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var term string
		var at int
		if err := rows.Scan(&term, &at); err != nil {
			t.Fatal(err)
		}
		if got := Stem(words[at]); got != term {
			if wrong++; wrong < 20 {
				t.Errorf("Stem(%s) = %s, FTS5 says %s", words[at], got, term)
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d words, %d differ", len(words), wrong)
}

// docWords are the words of a few large packages of the standard library.
func docWords(t *testing.T) []string {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, pattern := range []string{"net/http/*.go", "go/*/*.go", "crypto/tls/*.go"} {
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "src", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			words = append(words, Terms(string(text))...)
		}
	}
	return words
}
