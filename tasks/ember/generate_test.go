package ember

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// topics of generated vaults: a name, which is the tag, and words of its field.
var topics = strings.Split(strings.TrimSpace(`
gardening: compost seedlings pruning mulch greenhouse perennials trellis irrigation topsoil weeding cuttings orchard pollinators frost
astronomy: telescope nebula eclipse orbit galaxy comet spectrum observatory redshift constellation supernova parallax exoplanet aperture
baking: sourdough flour yeast oven crust proofing dough butter pastry kneading gluten loaf glaze starter
finance: invoice budget ledger dividend mortgage pension audit interest portfolio liquidity bond tax expense quarter
networking: router packet firewall subnet latency bandwidth gateway protocol switch tunnel dns congestion ethernet handshake
databases: index transaction schema query replication shard deadlock join migration snapshot cursor vacuum partition isolation
photography: lens shutter exposure tripod portrait focus flash contrast negative darkroom bokeh histogram filter composition
music: chord melody rhythm harmony tempo violin rehearsal score octave drummer scale tuning encore ballad
medicine: diagnosis symptom vaccine dosage surgery antibiotic clinic pulse infection therapy nurse allergy prescription fracture
law: contract tribunal statute plaintiff appeal clause verdict liability evidence solicitor precedent injunction testimony deposition
sailing: mast rudder harbour tide anchor mainsail regatta buoy knot skipper keel headwind jib mooring
climbing: belay carabiner summit ridge crevasse rope harness glacier ascent boulder chalk overhang avalanche bivouac
chess: opening gambit bishop endgame checkmate castling knight pawn blunder rook tournament zugzwang queen sacrifice
linguistics: phoneme syntax morpheme dialect verb grammar vowel inflection pragmatics corpus etymology clause pronoun orthography
geology: sediment basalt fault erosion mineral stratum magma quartz fossil tectonic limestone crystal aquifer outcrop
beekeeping: hive queen brood honey swarm nectar smoker frame varroa drone pollen apiary wax forage
robotics: actuator servo gripper kinematics lidar odometry encoder torque joint localization chassis controller waypoint payload
travel: itinerary passport hostel luggage ferry visa museum timetable souvenir border airport detour customs booking
woodworking: chisel dovetail plane veneer lathe sawdust clamp varnish mortise oak joinery sandpaper hinge workbench
statistics: variance regression sampling quantile likelihood outlier correlation histogram estimator bias confidence residual prior hypothesis
coffee: espresso roast grinder crema barista filter beans aroma tamper kettle latte blend acidity portafilter
cycling: derailleur pedal saddle peloton chainring spoke puncture brake handlebar cadence sprint tyre crankset velodrome
theatre: curtain rehearsal prompter audience playwright stage costume matinee understudy lighting prop monologue applause director
security: password encryption phishing token certificate breach malware authentication exploit sandbox audit credential patch keylogger
`), "\n")

// kinds are what else notes are tagged by, each with the words by which it shows.
var kinds = []string{
	"meeting: agenda attendees minutes decided postponed chaired", "howto: step first then finally instructions carefully",
	"idea: maybe imagine could someday wonder sketch", "review: rating pros cons recommended disappointing verdict",
	"journal: today morning evening felt walked tired", "question: why unclear unknown answer asked puzzling",
}

var glue = strings.Fields(`people often think results later morning table under small large important second part system group work place next week result
	change different against simple early problem list thing general note water house number side point example case line`)

// A recipe says what a vault is like.
type recipe struct {
	seed     uint64
	notes    int
	topics   int
	noise    float64 // share of words that have nothing to do with the topic
	named    float64 // chance that the text names its tag
	links    int     // of a note
	homely   float64 // chance that a link stays within the topic
	kinds    bool    // half of the notes have a tag of kinds too
	untagged float64 // share of notes without tags of their own
	form     string  // of tags: "nested" below an area, "inline" in the text, else in front matter
	language string  // "" for English
}

// A tongue is what notes of a language are made of. sentence takes five words.
type tongue struct {
	topics, glue    []string
	title, sentence string
}

func lines(s string) []string { return strings.Split(strings.TrimSpace(s), "\n") }

func (r recipe) tongue() tongue {
	switch r.language {
	case "german":
		return tongue{lines(`
garten: kompost setzling beet gießkanne gewächshaus hecke unkraut ernte rasen laube
himmel: fernrohr nebel finsternis umlaufbahn galaxie komet sternwarte sternbild
backen: sauerteig mehl hefe ofen kruste teig butter glasur brotlaib
geld: rechnung haushalt hypothek zinsen rente steuer dividende sparbuch
netzwerk: paket leitung anschluss verzögerung vermittler tunnel kabel bandbreite
segeln: mast ruder hafen gezeiten anker boje knoten kiel schot
recht: vertrag gericht kläger berufung klausel urteil zeuge haftung
musik: akkord melodie takt geige probe partitur oktave orchester
schach: läufer endspiel springer bauer turm eröffnung rochade remis
wald: buche fichte förster lichtung moos wildschwein rinde pilz`), strings.Fields(`leute später tisch klein gruppe arbeit woche ergebnis
			einfach problem liste ding wasser haus seite beispiel`), "Vom %s und vom %s %d", "Das Ding %s war bei %s mit %s, und unser Ort %s %s. "}
	case "russian":
		return tongue{lines(`
сад: компост рассада грядка теплица урожай сорняк яблоня лейка
космос: телескоп туманность затмение орбита галактика комета спутник
выпечка: закваска мука дрожжи печь корка тесто сахар пирог
деньги: счёт бюджет ипотека пенсия процент налог вклад
море: мачта якорь гавань прилив парус буй узел киль
право: договор суд истец жалоба приговор свидетель ответственность
музыка: аккорд мелодия ритм скрипка репетиция партитура октава
шахматы: слон эндшпиль конь пешка ладья дебют ничья`), strings.Fields(`люди потом утро стол малый группа работа неделя итог простой список вещь вода дом пример`),
			"Про %s и про %s %d", "Здесь %s была у %s вместе с %s, и наше место %s %s. "}
	case "japanese":
		return tongue{lines(`
園芸: 堆肥 苗木 剪定 温室 収穫 雑草 果樹 土壌
天文: 望遠鏡 星雲 日食 軌道 銀河 彗星 観測所
製菓: 酵母 小麦粉 生地 焼成 砂糖 菓子 窯
財務: 請求書 予算 配当 年金 利息 税金 預金
航海: 帆柱 港湾 潮汐 錨地 浮標 船長 風向
法律: 契約 裁判所 原告 条項 判決 証人 責任
音楽: 和音 旋律 拍子 提琴 楽譜 合奏 音階
将棋: 王将 飛車 角行 歩兵 定跡 終盤 対局`), strings.Fields(`人々 午後 机上 全体 仕事 来週 結果 問題 一覧 事柄 家屋 番号 実例`),
			"%sと%sの話 %d", "ここでは%sが%sと%sのそばにあり、その%sは%sだ。"}
	}
	return tongue{topics, glue, "The %s and the %s %d", "The %s of the %s was with a %s, and our %s %s. "}
}

// A generated vault, some tags of which are hidden.
type generated struct {
	files  map[string]string
	hidden map[string][]string // by note
}

func (r recipe) generate() generated {
	rnd := rand.New(rand.NewPCG(r.seed, 17))
	g := generated{files: map[string]string{}, hidden: map[string][]string{}}
	from := r.tongue().topics
	first := rnd.Perm(len(from))[:r.topics]
	of := make([]int, r.notes)
	for i := range of {
		of[i] = first[rnd.IntN(len(first))]
	}
	for i, topic := range of {
		tags, words := []string{}, []string{}
		use := func(line string) {
			name, list, _ := strings.Cut(line, ": ")
			tag := name
			if r.form == "nested" {
				tag = fmt.Sprintf("area-%d/%s", len(name)%4, name)
			}
			tags, words = append(tags, tag), append(words, strings.Fields(list)...)
			if rnd.Float64() < r.named {
				words = append(words, name)
			}
		}
		use(from[topic])
		if rnd.IntN(4) == 0 {
			use(from[first[rnd.IntN(len(first))]])
		}
		if r.kinds && rnd.IntN(2) == 0 {
			use(kinds[rnd.IntN(len(kinds))])
		}
		slices.Sort(tags)
		tags = slices.Compact(tags)
		id := fmt.Sprintf("n%03d.md", i)
		if rnd.Float64() < 0.3 {
			at := rnd.IntN(len(tags))
			g.hidden[id] = []string{tags[at]}
			tags = slices.Delete(tags, at, at+1)
		} else if rnd.Float64() < r.untagged {
			tags = nil
		}
		g.files[id] = r.note(rnd, i, of, tags, words)
	}
	return g
}

func (r recipe) note(rnd *rand.Rand, i int, of []int, tags, words []string) string {
	var b strings.Builder
	lang := r.tongue()
	if len(tags) > 0 && r.form != "inline" {
		fmt.Fprintf(&b, "---\ntags: [%s]\n---\n\n", strings.Join(tags, ", "))
	}
	word := func() string {
		if rnd.Float64() < r.noise {
			return lang.glue[rnd.IntN(len(lang.glue))]
		}
		return words[rnd.IntN(len(words))]
	}
	fmt.Fprintf(&b, "# "+lang.title+"\n\n", word(), word(), i)
	for range 5 + rnd.IntN(4) {
		fmt.Fprintf(&b, lang.sentence, word(), word(), word(), word(), lang.glue[rnd.IntN(len(lang.glue))])
	}
	for range r.links {
		to := rnd.IntN(r.notes)
		for try := 0; rnd.Float64() < r.homely && of[to] != of[i] && try < 200; try++ {
			to = rnd.IntN(r.notes)
		}
		fmt.Fprintf(&b, "See [[n%03d]]. ", to)
	}
	for _, tag := range tags {
		if r.form == "inline" {
			fmt.Fprintf(&b, "#%s ", tag)
		}
	}
	return b.String() + "\n"
}
