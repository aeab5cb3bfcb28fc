package consent

import (
	"regexp"
	"sync"
)

// passwordName is what people call a password.
// #nosec G101 -- a pattern
const passwordName = `(?:passw(?:or)?ds?|passwd|pwd|passphrase|passcode|passwort|kennwort|contrase(?:ñ|n)a|mot[ _-]de[ _-]passe|password[ae]|senha|wachtwoord|пароль|密码|パスワード)`

// rules are the forms of secrets, compiled once: what issuers say of their keys, and what people write beside a password.
var rules = sync.OnceValue(func() []rule {
	var all []rule
	add := func(kind, form string, holds func(string, string) bool, words ...string) {
		all = append(all, rule{kind, words, regexp.MustCompile(form), holds})
	}
	const between = `(?:\\[nr]|[\s>|"',])`
	add("private key", `-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:`+between+`|[A-Za-z0-9+/=]{16,}|[A-Z][\w-]{2,30}: [^\n]*\n)*`+
		`(?:(?:[A-Za-z0-9+/=]{1,15}`+between+`*){0,2}-----END [A-Z0-9 ]*-----)?`, nil, "private key")
	add("private key", `(?s)PuTTY-User-Key-File-\d+:.*?(?:Private-MAC:[^\n]*|\z)`, nil, "putty-user-key-file")
	add("private key", `\bAGE-SECRET-KEY-1[0-9A-Za-z]{50,}`, nil, "age-secret-key-1")
	add("GitHub token", `\b(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{22,255})`, nil, "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_")
	add("GitLab token", `\bgl[a-z]{1,5}-[\w-]{20,}`, isBearer, "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "gloas-", "glagent-", "glimt-")
	add("AWS key", `\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b`, nil, "akia", "asia", "abia", "acca")
	add("AWS key", `(?i)aws[\w .-]{0,30}(?:secret|key|token)[\w .-]{0,20}["']?\s*[:=]\s*["']?([A-Za-z0-9/+=]{40,})`, nil, "aws")
	add("Google key", `\b(?:AIza[\w-]{35}|ya29\.[\w.-]{20,}|GOCSPX-[\w-]{20,})`, nil, "aiza", "ya29.", "gocspx-")
	add("Slack token", `\bxox[a-z](?:-|\.)[\w.-]{10,}|\bxapp-\d-[\w-]{10,}|https://hooks\.slack\.com/[\w/+-]{20,}`, nil, "xox", "xapp-", "hooks.slack.com")
	add("Discord token", `https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/\d+/[\w-]{30,}|\b[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}`, nil, "discord")
	add("Telegram token", `\b\d{8,10}:AA[\w-]{32,}`, nil, ":aa")
	add("Stripe key", `\b(?:sk|rk|pk)_(?:live|test|prod)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9+/=]{20,}`, nil, "_live_", "_test_", "_prod_", "whsec_")
	add("API key", `\b(?:sk|pk|rk)-[A-Za-z0-9_-]{20,}`, isBearer, "sk-", "pk-", "rk-")
	add("Hugging Face token", `\bhf_[A-Za-z0-9]{30,}`, nil, "hf_")
	add("npm token", `\bnpm_[A-Za-z0-9]{36,}|_authToken\s*=\s*(\S{8,})`, isBearer, "npm_", "_authtoken")
	add("PyPI token", `\bpypi-[\w-]{40,}`, nil, "pypi-")
	add("API key", `\bSG\.[\w-]{16,}\.[\w-]{16,}|\bkey-[0-9a-f]{32}\b|\bSK[0-9a-f]{32}\b|\bshp[a-z]{2}_[0-9a-fA-F]{32}|\bdo[opr]_v1_[0-9a-f]{32,}|\bhv[sbr]\.[\w-]{20,}`, nil,
		"sg.", "key-", "sk", "shp", "_v1_", "hvs.", "hvb.", "hvr.")
	add("API key", `\b(?:lin_api_|ntn_|secret_|glc_|glsa_|dapi|dp\.pt\.|rubygems_|sntrys_|sntryu_|PMAK-|figd_|pat-[a-z]{2}\d-|EAAC|tskey-[a-z]+-|ATATT3|ATCTT3|xai-|gsk_|r8_|pplx-|nvapi-|fo1_|eyJrIjoi)[\w.=-]{20,}`, isBearer,
		"lin_api_", "ntn_", "secret_", "glc_", "glsa_", "dapi", "dp.pt.", "rubygems_", "sntry", "pmak-", "figd_", "pat-", "eaac", "tskey-", "atatt3", "atctt3", "xai-", "gsk_", "r8_", "pplx-", "nvapi-", "fo1_", "eyjrijoi")
	add("Azure key", `(?i)\b(?:AccountKey|SharedAccessKey|sig)=([A-Za-z0-9%+/=_-]{30,})`, nil, "accountkey", "sharedaccesskey", "sig=")
	add("web token", `\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}`, nil, "eyj")
	add("password in an address", `(?i)\b[a-z][a-z0-9+.-]*://[^\s/:@"'<>]*:([^\s/@"'<>]+)@`, func(v, _ string) bool { return isFilledIn(v) }, "://")
	add("authorization", `(?i)\bauthorization["']?\s*[:=]\s*["']?(?:bearer|basic|token|apikey)?\s*([A-Za-z0-9._~+/=-]{8,})`, isBearer, "authorization")
	add("authorization", `(?i)\bbearer\s+([A-Za-z0-9._~+/=-]{20,})`, isBearer, "bearer")
	add("password", `(?i)\bmachine\s+\S+\s+login\s+\S+\s+password\s+(\S+)`, func(v, _ string) bool { return isFilledIn(v) }, "machine")
	const key = `(?:api[ _-]?keys?|apikey|access[ _-]?(?:key|token)|auth[ _-]?(?:key|token)|secret(?:[ _-]?(?:key|access|token))*|private[ _-]?key|client[ _-]?secret|tokens?|credentials?|encryption[ _-]?key|signing[ _-]?key|pin)`
	const assign = `[\w-]*["'` + "`" + `*_]*\s*(?::=|=>|==?|:|：)[*_]*\s*`
	add("password", `(?i)`+passwordName+assign+`(?:["'`+"`"+`]([^"'`+"`"+`\n]{4,})["'`+"`"+`]|([^\s"'`+"`"+`,;]{4,}))`, isAssigned,
		"passw", "passwd", "pwd", "passphrase", "passcode", "kennwort", "contrase", "mot", "senha", "wachtwoord", "пароль", "密码", "パスワード")
	add("token", `(?i)`+key+assign+`(?:["'`+"`"+`]([^\s"'`+"`"+`]{8,})["'`+"`"+`]|([^\s"'`+"`"+`,;]{8,}))`, isAssigned, "key", "token", "secret", "credential", "pin")
	add("password", `(?i)\b(?:pw|pass|psw|psk)`+assign+`(?:["'`+"`"+`]([^"'`+"`"+`\n]{4,})["'`+"`"+`]|([^\s"'`+"`"+`,;]{4,}))`, isAssigned, "pw", "pass", "psw", "psk")
	add("PIN", `\b(?i:pin)(?i: code)?[*_]*\s*(?:=|:|：|is)[*_]*\s*([0-9]{4,8})\b`, isSecretNumber, "pin")
	add("variable", `(?m)^[\s>]*(?:(?:export|set|ENV|\$env:)\s*)?[A-Z][A-Z0-9_]*(?:KEY|TOKEN|SECRET|PASS|PASSWD|PASSWORD|PWD|SALT|DSN|AUTH|CREDENTIALS?)(?:_[A-Z0-9]+)*\s*=\s*["']?([^\s"'#]{8,})`, isBearer,
		"key", "token", "secret", "pass", "pwd", "salt", "dsn", "auth", "credential")
	add("option", `(?i)(?:^|\s)--?(?:password|passwd|pass|token|secret|api[_-]?key|access[_-]?token|auth[_-]?token)(?:=|\s+)["']?([^\s"'`+"`"+`]{4,})`, isBearer, "-pass", "-token", "-secret", "-api", "-access", "-auth")
	add("option", `\bsshpass\s+-p\s*["']?([^\s"']+)|\bmysql(?:dump|admin)?\b[^\n|;]*\s-p["']?([^\s"']{4,})`, isBearer, "sshpass", "mysql")
	add("option", `\b(?:curl|wget|http)\b[^\n]*\s(?:-u|--user|-a|--auth)[\s=]*["']?[^\s:"']+:([^\s"']{4,})`, func(v, _ string) bool { return isFilledIn(v) }, "curl", "wget", "http ")
	add("cookie", `(?i)\b(?:\w*sess(?:ion)?(?:_?id)?|sid|connect\.sid|auth|remember_\w+)=([A-Za-z0-9%._~+/-]{20,})`, isBearer, "sess", "sid=", "auth", "remember_")
	add("recovery words", `(?i)\b(?:seed|recovery|mnemonic|backup)[ -]?(?:phrase|words?|seed)?\s*(?::|=|is)\s*["'`+"`"+`]?((?:[a-z]{3,8}[\s,]+){11,23}[a-z]{3,8})`, isWordList, "seed", "recovery", "mnemonic", "backup")
	return all
})
