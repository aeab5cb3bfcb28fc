package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"
)

// unknownWord says that a group has no such command: with those that are meant by it or look like it, else with all.
func unknownWord(path []*cli.Command, word string) error {
	name := fullName(path)
	message := fmt.Sprintf("%s has no command %q", name, word)
	group := path[len(path)-1]
	if said, ok := answers()[strings.ToLower(word)]; ok && len(path) == 1 {
		return usageError(message, said)
	}
	near := meant(group, word)
	if len(near) == 0 {
		near = nearest(word, namesOf(group))
	}
	if len(near) == 0 {
		return usageError(message, fmt.Sprintf("the commands are %s; \"%s --help\" says what they do", strings.Join(namesOf(group), ", "), name))
	}
	for i, n := range near {
		near[i] = fmt.Sprintf("%q", name+" "+n)
	}
	return usageError(message, "did you mean "+strings.Join(near, " or ")+"?")
}

func namesOf(group *cli.Command) []string {
	var names []string
	for _, c := range visible(group) {
		names = append(names, c.Name)
	}
	return names
}

// meant are the commands of a group that do what other programs call word.
func meant(group *cli.Command, word string) []string {
	var found []string
	for _, line := range meanings() {
		words, command, _ := strings.Cut(line, " = ")
		if slices.Contains(strings.Fields(words), strings.ToLower(word)) && has(group, strings.Fields(command)) {
			found = append(found, command)
		}
	}
	return found
}

func has(group *cli.Command, path []string) bool {
	for _, name := range path {
		if strings.HasPrefix(name, "-") {
			return true
		}
		i := slices.IndexFunc(visible(group), func(c *cli.Command) bool { return c.Name == name })
		if i < 0 {
			return false
		}
		group = visible(group)[i]
	}
	return true
}

// meanings are words of other programs, and the command of ours behind each. Commands that a group does not have are
// left out of what it suggests; TestMeanings finds those that no group has.
func meanings() []string {
	return []string{
		"update reindex re-index sync index refresh scan ingest build rebuild add create new begin setup reload crawl learn = init",
		"reset recreate clean wipe = init --force",
		"find query grep q s look lookup fts retrieve recall = search",
		"question answer = ask",
		"status stat st daemons daemon service services server ps top ping processes = servers",
		"status stat info count summary size = stats",
		"health check diagnose diagnostics troubleshoot self-test = doctor",
		"check lint test audit fsck integrity = validate",
		"up start run launch boot = servers start",
		"stop quit exit down shutdown halt end = stop-all",
		"reboot reload restart = servers restart",
		"ls list files dir sources = list-sources",
		"ls list files indexed skipped = coverage",
		"cat show get open view print display less head = read",
		"history log recent diff events activity journal = changes",
		"site html publish website ssr-docs = docs export",
		"graph links backlinks neighbors neighbours connections network = explore",
		"similar like neighbors neighbours see-also = related",
		"orphans orphan unlinked = stats --orphans",
		"tags tag label = inject-tags",
		"route connect between = path",
		"setup install connect agent agents claude cursor integrate register client clients = setup-mcp",
		"chat talk llm = sonar chat",
		"pull download fetch install = models pull",
		"model = models",
		"save dump snapshot copy = backup",
		"upload migrate = index push",
		"save dump jsonl = export",
		"load = import",
		"rollback = restore",
		"revert unedit = undo",
		"move rename relocate = mv",
		"clear purge clear-cache = cache clear",
		"why explain debug = why-not",
		"man usage commands manual ? = help",
		"ver about release build-info = version",
		"example examples tutorial quickstart try tour = demo",
		"benchmark perf = bench",
		"vectorize vectorise vector-of encode = embed",
		"sort rank score = rerank",
		"describe annotate about = context",
		"tokens people users user access bearer = token", "audit = token log",
		"workspace vaults vault projects folders roots = workspaces",
		"team publish database = share", "unpublish = unshare",
		"terms glossary entities extract = harvest", "enrich autotag suggest = ember scan", "merge graft = squash",
		// of the groups
		"up run launch begin boot on = start",
		"down kill quit exit halt end shutdown off = stop",
		"reload reboot = restart",
		"info health ps show state = status",
		"foreground fg run = serve",
		"ls show all = list",
		"download get fetch install add = pull",
		"remove delete del erase = rm",
		"check sha256 checksum = verify",
		"where which dir location = path",
		"clean purge rm reset empty delete = clear",
		"add edit put write describe = set",
		"rm delete del unset = remove",
		"get cat read = show",
		"add new make issue mint = create",
		"rm remove delete del end expire = revoke",
		"powershell ps1 = pwsh",
	}
}

// answers are words for what amalfa does not do, and what to do instead.
func answers() map[string]string {
	const (
		page    = `the page in a browser is "amalfa dashboard open"`
		account = "there is no account: everything stays on this computer"
		newer   = `amalfa does not replace itself: put the newer program in its place, then run "amalfa servers restart" ("amalfa init" brings the index up to date)`
		remove  = `to drop a note, delete its file and run "amalfa init"; "amalfa models rm NAME" removes a model, "amalfa cache clear" the kept vectors`
		logs    = `each service writes .amalfa/logs/NAME.log; "amalfa doctor" names what failed`
	)
	return map[string]string{
		"ui": page, "web": page, "gui": page, "browser": page, "webui": page,
		"login": account, "logout": account, "signup": account, "auth": account, "whoami": account, "register": account, "signin": account,
		"upgrade": newer, "self-update": newer, "selfupdate": newer,
		"remove": remove, "rm": remove, "delete": remove, "del": remove, "forget": remove,
		"logs": logs, "tail": logs,
	}
}
