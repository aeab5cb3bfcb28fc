package consent

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// letters makes the part of a secret that is random. What stands in this file is none: issuers' prefixes are joined at run time.
func letters(n int, alphabet string) string {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	var b strings.Builder
	for range n {
		b.WriteByte(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

const (
	word = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	caps = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	hex  = "0123456789abcdef"
)

func keyBlock(name string) string {
	var b strings.Builder
	b.WriteString("-----BEGIN " + name + "-----\n")
	for i := range 12 { // lines that differ
		b.WriteString(letters(64-i, word) + "\n")
	}
	return b.String() + letters(9, word) + "=\n-----END " + name + "-----"
}

// planted are secrets of each kind, as people keep them in notes. The text between ‹ and › must not leave.
func planted() map[string]string {
	w := func(n int) string { return letters(n, word) }
	return map[string]string{
		"rsa":        "key:\n\n‹" + keyBlock("RSA PRIVATE KEY") + "›\n\nend",
		"openssh":    "```\n‹" + keyBlock("OPENSSH PRIVATE KEY") + "›\n```\n",
		"encrypted":  "‹" + strings.Replace(keyBlock("ENCRYPTED PRIVATE KEY"), "-----\n", "-----\nProc-Type: 4,ENCRYPTED\n\n", 1) + "›",
		"quoted":     "> ‹" + strings.ReplaceAll(keyBlock("EC PRIVATE KEY"), "\n", "\n> ") + "›",
		"json":       `{"key": "‹` + strings.ReplaceAll(keyBlock("PRIVATE KEY"), "\n", `\n`) + `›"}`,
		"pgp":        "‹" + keyBlock("PGP PRIVATE KEY BLOCK") + "›",
		"no end":     "‹-----BEGIN PRIVATE KEY-----\n" + w(64) + "\n" + w(64) + "›\n\nSome prose.",
		"age":        "‹AGE-SECRET-KEY-1" + letters(58, caps) + "›",
		"github":     "token ‹gh" + "p_" + w(36) + "› for the bot",
		"github2":    "‹github" + "_pat_" + w(22) + "_" + w(59) + "›",
		"gitlab":     "‹gl" + "pat-" + w(20) + "›",
		"aws":        "id ‹AK" + "IA" + letters(16, caps) + "›",
		"aws secret": "aws_secret_access_key = ‹" + w(39) + "/›",
		"google":     "‹AI" + "za" + w(35) + "›",
		"slack":      "‹xo" + "xb-" + letters(12, "0123456789") + "-" + w(24) + "›",
		"hook":       "‹https://hooks.slack" + ".com/services/T0000/B0000/" + w(24) + "›",
		"discord":    "‹https://discord" + ".com/api/webhooks/123456789012345678/" + w(68) + "›",
		"telegram":   "‹123456789:" + "AA" + w(33) + "›",
		"stripe":     "‹sk" + "_live_" + w(24) + "›",
		"openai":     "OPENAI is ‹s" + "k-proj-" + w(48) + "›",
		"anthropic":  "‹s" + "k-ant-api03-" + w(80) + "›",
		"openrouter": "‹s" + "k-or-v1-" + letters(64, hex) + "›",
		"hub":        "‹h" + "f_" + w(34) + "›",
		"npm":        "‹np" + "m_" + w(36) + "›",
		"npmrc":      "//registry/:_authToken=‹" + w(30) + "›",
		"pypi":       "‹py" + "pi-AgEIcHlwaS5vcmc" + w(60) + "›",
		"sendgrid":   "‹S" + "G." + w(22) + "." + w(43) + "›",
		"vault":      "‹hv" + "s." + w(24) + "›",
		"notion":     "‹nt" + "n_" + w(46) + "›",
		"azure":      "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=‹" + w(86) + "==›;EndpointSuffix=x",
		"jwt":        "‹ey" + "J" + w(20) + ".ey" + "J" + w(40) + "." + w(43) + "›",
		"url":        "postgres://app:‹hunter2!›@db.internal:5432/app",
		"url2":       "see https://me:‹" + w(12) + "›@example.org/x",
		"header":     "curl -H 'Authorization: Bearer ‹" + w(40) + "›' https://x",
		"basic":      `"Authorization": "Basic ‹dXNlcjpodW50ZXIyMg==›"`,
		"netrc":      "machine host login me password ‹hunter22›",
		"env":        "DB_PASSWORD=‹hunter2hunter›",
		"env lower":  "export db_password='‹correct horse battery staple›'",
		"prose":      "The wifi password: ‹hunter2-blue›, ask Ann.",
		"bold":       "**Password:** ‹Tr0ub4dor&3›",
		"german":     "Passwort: ‹geheim123!›",
		"yaml":       "client_secret: \"‹" + w(30) + "›\"",
		"json2":      `{"api_key": "‹` + w(24) + `›"}`,
		"go":         `const apiKey = "‹` + w(20) + `›"`,
		"chinese":    "密码：‹hunter2!!›",
		"table":      "| what | value |\n| --- | --- |\n| user | ann |\n| Password | ‹hunter2!blue› |\n",
		"table2":     "| user | password | since |\n|---|:---:|---|\n| ann | ‹hunter2!blue› | 2024 |\n",
		"table3":     "> site | **API key**\n> --- | ---\n> a.example | `‹" + w(24) + "›`\n",
		"table4":     "| door | PIN |\n|---|---|\n| cellar | ‹481516› |\n",
		"env2":       "# settings\nAPP_NAME=shop\nSTRIPE_KEY=‹" + w(24) + "›\nPORT=80",
		"env3":       "```\nexport SENTRY_DSN='‹https9" + w(24) + "›'\n```",
		"env4":       "JWT_SALT_V2=‹" + w(16) + "› # old",
		"dockerfile": "ENV DEPLOY_TOKEN=‹" + w(24) + "›",
		"option":     "run `deploy --token ‹" + w(24) + "›` by hand",
		"option2":    "$ psql --password=‹hunter2!blue› shop",
		"sshpass":    "sshpass -p '‹hunter2!blue›' ssh ann@host",
		"mysql":      "mysqldump -u root -p‹hunter2blue› shop",
		"curl":       "curl -s -u ann:‹hunter2blue› https://host.example/x",
		"cookie":     "Cookie: theme=dark; sessionid=‹" + w(32) + "›; lang=en",
		"short name": "router pw: ‹hunter2!blue›",
		"wlan":       "ssid=home\npsk=\"‹hunter2!blue›\"",
		"pin":        "The card's PIN: ‹4815›, valid in May.",
		"wallet":     "Seed phrase: ‹abandon ability able about above absent absorb abstract absurd abuse access accident›\n",
		"mongodb":    "mongodb+srv://app:‹" + w(12) + "›@cluster.example/x?retryWrites=true",
		"redis":      "redis://:‹" + w(12) + "›@cache.example:6379",
		"sqlserver":  "Server=tcp:db.example,1433;User ID=app;Password=‹hunter2!blue›;Encrypt=True",
		"jdbc":       "jdbc:postgresql://db.example/x?user=app&password=‹hunter2!blue›",
		"account":    `{"type":"service_account","private_key":"‹` + strings.ReplaceAll(keyBlock("PRIVATE KEY"), "\n", `\n`) + `›","client_id":"1"}`,
	}
}

func TestSecretsAreFound(t *testing.T) {
	for name, text := range planted() {
		before, rest, _ := strings.Cut(text, "‹")
		value, after, _ := strings.Cut(rest, "›")
		whole := before + value + after
		n := &note{lines: strings.SplitAfter(whole, "\n")}
		got, held := n.clean(Passage{ID: "a.md", Lines: [2]int{1, 1 + strings.Count(whole, "\n")}, Text: whole})
		for line := range strings.Lines(value) {
			if line = strings.Trim(line, "> \n"); len(line) >= 4 && strings.Contains(got, line) {
				t.Errorf("%s: %q left in %q", name, line, got)
				break
			}
		}
		if len(held) == 0 || strings.Contains(held[0].String(), value) {
			t.Errorf("%s: %v", name, held)
		}
		if !strings.HasPrefix(got, strings.TrimRight(before, " >\n")) || !strings.HasSuffix(strings.TrimSpace(got), strings.TrimSpace(after)) {
			t.Errorf("%s: the rest did not stay: %q", name, got)
		}
		if first := 1 + strings.Count(before, "\n"); len(held) > 0 && held[0].Lines[0] != first {
			t.Errorf("%s: line %d, want %d", name, held[0].Lines[0], first)
		}
	}
}

// TestPartsOfSecretsAreFound cuts passages out of notes at every place of a secret: neither half may leave.
func TestPartsOfSecretsAreFound(t *testing.T) {
	for name, text := range planted() {
		before, rest, _ := strings.Cut(text, "‹")
		value, after, _ := strings.Cut(rest, "›")
		whole := before + value + after
		n := &note{lines: strings.SplitAfter(whole, "\n")}
		lines := [2]int{1, 1 + strings.Count(whole, "\n")}
		for cut := leastPart; cut < len(value)-leastPart; cut += 1 + len(value)/40 {
			for _, part := range []string{whole[:len(before)+cut], whole[len(before)+cut:]} {
				got, _ := n.clean(Passage{ID: "a.md", Lines: lines, Text: part})
				inner := strings.TrimSpace(value[:cut])
				if part == whole[len(before)+cut:] {
					inner = strings.TrimSpace(value[cut:])
				}
				for line := range strings.Lines(inner) {
					if line = strings.Trim(line, "> \n"); len(line) >= leastPart && strings.Contains(got, line) {
						t.Fatalf("%s cut at %d: %q left in %q", name, cut, line, got)
					}
				}
			}
		}
	}
}

// TestNoSecrets has what looks a little like one and must stay readable.
func TestNoSecrets(t *testing.T) {
	for _, text := range []string{
		"The password: choose a good one. A token: a word of a text. Secret: patience.",
		"password = getenv(\"DB\") and token = strings.Split(s) and apiKey: config.Sonar.Key",
		"export TOKEN=${GITHUB_TOKEN} PASSWORD=<password> API_KEY=your-api-key-here KEY=xxxxxxxxxxxxxxxx",
		"https://example.org/a:b/c and mailto:me@example.org and https://user:password@host",
		"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"commit 3f786850e387550fdab836ed7e6dc881de23001b, id 123e4567-e89b-12d3-a456-426614174000",
		"maxTokens: 4096, tokensPerHour: 100000, token_count: 12",
		"The secretary keeps the keys: one for the door. Monkey: banana.",
		"The private key stays on disk; BEGIN RSA is how it starts.",
		"sk-learn and risk-averse; task-oriented-programming-language-server; key-value-store",
		"| key | default | what it is |\n|---|---|---|\n| `sonar.apiKey` |  | key of the server |\n| token | `x` | a word |\n",
		"| token | meaning |\n|---|---|\n| `++` | adds |\n| ident | a name |\n",
		"| password | yes |\n| --- | --- |\n| length | 12 |\n",
		"OPTIONS: --password PASSWORD, --token <token>, --api-key your-key; -p prints",
		"pin: 2024 was the year; the pins are 1 to 8; PIN: none",
		"seed: the words that a person picks are in this list and not in that one, as we have seen with our own eyes today",
		"pass: all tests pass; pw is short for password",
		"COPY . . AND KEY = VALUE, PUBLIC_KEYS=2, TOKENS=12000",
		"authorization: required for all routes, bearer tokens are explained below",
	} {
		if found := find(text); len(found) > 0 {
			for _, s := range found {
				t.Errorf("%q: %s %q", text, s.kind, text[s.start:s.end])
			}
		}
	}
}

func FuzzSecrets(f *testing.F) {
	for _, text := range planted() {
		f.Add(strings.NewReplacer("‹", "", "›", "").Replace(text), 3, 9)
	}
	f.Fuzz(func(t *testing.T, text string, from, to int) {
		n := &note{lines: strings.SplitAfter(text, "\n")}
		_, _ = n.clean(Passage{ID: "a", Lines: [2]int{from, to}, Text: text})
		for _, s := range find(text) {
			if s.start < 0 || s.end > len(text) || s.start >= s.end {
				t.Errorf("%q: %+v", text, s)
			}
		}
	})
}

// TestFalsePositives tells what is found in the texts below the folders of AMALFA_SECRETS, so that it can be judged by eye: none of
// these folders is known to hold a secret.
func TestFalsePositives(t *testing.T) {
	dirs := filepath.SplitList(os.Getenv("AMALFA_SECRETS"))
	if len(dirs) == 0 {
		t.Skip("AMALFA_SECRETS names no folders")
	}
	for _, dir := range dirs {
		count, files, size := map[string]int{}, 0, 0
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil || !utf8.Valid(data) {
				return err
			}
			files, size = files+1, size+len(data)
			for _, s := range find(string(data)) {
				count[s.kind]++
				t.Logf("%s: %s: %.60q", path, s.kind, data[s.start:s.end])
			}
			return nil
		})
		t.Logf("%s: %d files, %d bytes, %v, %v", dir, files, size, count, err)
	}
}
