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
}

// A generated vault, some tags of which are hidden.
type generated struct {
	files  map[string]string
	hidden map[string][]string // by note
}

func (r recipe) generate() generated {
	rnd := rand.New(rand.NewPCG(r.seed, 17))
	g := generated{files: map[string]string{}, hidden: map[string][]string{}}
	first := rnd.Perm(len(topics))[:r.topics]
	of := make([]int, r.notes)
	for i := range of {
		of[i] = first[rnd.IntN(len(first))]
	}
	for i, topic := range of {
		tags, words := []string{}, []string{}
		use := func(line string) {
			name, list, _ := strings.Cut(line, ": ")
			tags, words = append(tags, name), append(words, strings.Fields(list)...)
			if rnd.Float64() < r.named {
				words = append(words, name)
			}
		}
		use(topics[topic])
		if rnd.IntN(4) == 0 {
			use(topics[first[rnd.IntN(len(first))]])
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
	if len(tags) > 0 {
		fmt.Fprintf(&b, "---\ntags: [%s]\n---\n\n", strings.Join(tags, ", "))
	}
	word := func() string {
		if rnd.Float64() < r.noise {
			return glue[rnd.IntN(len(glue))]
		}
		return words[rnd.IntN(len(words))]
	}
	fmt.Fprintf(&b, "# The %s and the %s %d\n\n", word(), word(), i)
	for range 5 + rnd.IntN(4) {
		fmt.Fprintf(&b, "The %s of the %s was with a %s, and our %s %s. ", word(), word(), word(), word(), glue[rnd.IntN(len(glue))])
	}
	for range r.links {
		to := rnd.IntN(r.notes)
		for try := 0; rnd.Float64() < r.homely && of[to] != of[i] && try < 200; try++ {
			to = rnd.IntN(r.notes)
		}
		fmt.Fprintf(&b, "See [[n%03d]]. ", to)
	}
	return b.String() + "\n"
}
