package ask

import (
	"regexp"
	"strings"
)

var functionWords = listed(`a about after again against all also am an and any are as at be because been before being below between both but by can
	could did do does doing down during each either for from further had has have having he her here hers him his how however i if in into is it its
	itself just may me might more most must my no nor not of off on once only or other our out over own same she should so some such than that the
	their them then there these they this those through to too under until up upon us very was we were what when where whether which while who whom
	whose why will with within without would you your according notes note says say said given they're it's
	der die das den dem des ein eine einer eines einem einen und oder aber nicht kein keine ist sind war waren wird werden wurde wurden hat haben
	hatte im in am an auf aus bei mit nach seit von vom zu zum zur für um über unter zwischen durch ohne gegen als wie wenn weil dass daß ob es er
	sie wir ihr ich du man sich auch nur noch schon sehr so dann da dort hier diese dieser dieses diesen diesem jede jeder jedes alle sein ihre
	le la les un une des du de et ou mais ne pas est sont était en dans sur pour par avec sans que qui ce cette ces il elle ils elles au aux
	el los las una unos unas del y o pero es son fue en por con sin que se su sus al lo como más`)

// starters are words that begin sentences and are no names, whatever follows.
var starters = listed(`ask use run see keep hold check save open close press wait call set make put take get start stop look write read send enter give turn swap replace
	please always never yes some several many most few people staff everyone everybody someone somebody nobody anyone anybody anything something everything nothing
	today now still first second third finally also according unlike besides despite thanks each every both once twice another whoever whatever whichever`)

// units are the spellings of units of measure, and the one that stands for all of them.
var units = spellings(map[string]string{
	"%": "% percent prozent pct procent", "ms": "ms millisecond milliseconds millisekunden", "s": "s sec secs second seconds sekunde sekunden",
	"min": "min mins minute minutes minuten", "h": "h hr hrs hour hours stunde stunden", "day": "d day days tag tage tagen", "week": "week weeks woche wochen",
	"month": "month months monat monate monaten", "year": "year years jahr jahre jahren", "decade": "decade decades jahrzehnt jahrzehnte", "byte": "byte bytes", "times": "times mal fois veces", "m": "m metre metres meter meters metern", "cm": "cm centimetre centimetres centimeter centimeters zentimeter",
	"mm": "mm millimetre millimetres millimeter millimeters", "km": "km kilometre kilometres kilometer kilometers", "kg": "kg kilogram kilograms kilogramm kilo kilos", "g": "g gram grams gramm",
	"t": "t tonne tonnes tonnen", "l": "l litre litres liter liters litern", "ml": "ml millilitre millilitres milliliter", "bar": "bar bars", "kb": "kb kilobyte kilobytes kib", "mb": "mb megabyte megabytes mib",
	"gb": "gb gigabyte gigabytes gib", "tb": "tb terabyte terabytes", "v": "V volt volts", "A": "A amp amps ampere", "w": "W watt watts", "kw": "kw kilowatt kilowatts", "mw": "mw megawatt megawatts", "hz": "hz hertz",
	"khz": "khz", "mhz": "mhz", "ghz": "ghz", "°c": "°c celsius", "°f": "°f fahrenheit", "€": "€ eur euro euros", "$": "$ usd dollar dollars", "£": "£ gbp pound pounds", "kn": "kn knot knots knoten", "kpa": "kpa", "km/h": "km/h", "m/s": "m/s",
})

func spellings(names map[string]string) map[string]string {
	all := map[string]string{}
	for one, list := range names {
		for name := range strings.FieldsSeq(list) {
			all[name] = one
		}
	}
	return all
}

func listed(s string) map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		all[w] = true
	}
	return all
}

var (
	denial    = regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|nicht|kein|keine|keinen|keinem|keiner|nie|niemals|ohne|weder|jamais|sans|nunca|sin|ningún|ninguna|не|нет|без|никогда)(?:[^\p{L}]|$)|\p{L}n['’]t(?:[^\p{L}]|$)|(?:^|\s)n(?:e\s|['’])\p{L}+(?:\s\p{L}+)?\s(?:pas|jamais|plus|rien)(?:[^\p{L}]|$)`)
	seemingly = regexp.MustCompile(`(?i)not only|no longer than|no more than|no later than|no less than|nicht nur|or not\b|oder nicht\b|no\. ?\d`)
	opposites = [][2]string{{"enabled", "disabled"}, {"enable", "disable"}, {"allowed", "forbidden"}, {"allows", "forbids"}, {"open", "closed"}, {"increase", "decrease"}, {"increased", "decreased"}, {"always", "never"}, {"before", "after"}, {"minimum", "maximum"}, {"accepted", "rejected"}, {"on", "off"}, {"required", "optional"}, {"above", "below"}, {"public", "private"}, {"north", "south"}, {"east", "west"}, {"left", "right"}, {"earlier", "later"}, {"indoors", "outdoors"}, {"success", "failure"}, {"valid", "invalid"}}
)

// isNegative tells whether a text denies: an odd number of its words do.
func isNegative(s string) bool {
	s = seemingly.ReplaceAllString(s, " ")
	n := 0
	for {
		loc := denial.FindStringIndex(s)
		if loc == nil {
			return n%2 == 1
		}
		n++
		s = s[max(loc[1]-1, loc[0]+1):]
	}
}

// opposed tells that one text has a word where the other has its opposite.
func opposed(a, b string) bool {
	wa, wb := listed(wordsOnly(a)), listed(wordsOnly(b))
	for _, o := range opposites {
		if wa[o[0]] && wb[o[1]] && !wa[o[1]] && !wb[o[0]] || wa[o[1]] && wb[o[0]] && !wa[o[0]] && !wb[o[1]] {
			return true
		}
	}
	return false
}

func wordsOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(".,;:!?()[]\"'`", r) {
			return ' '
		}
		return r
	}, strings.ToLower(s))
}

// languageWords are function words by which languages are told apart: such as are in one of them alone.
var languageWords = map[string]map[string]bool{
	"en": listed(`the of and to is are was were with that this for it they which when have has been not its on at by from be should must`),
	"de": listed(`der die das und ist sind nicht mit von wird werden wurde ein eine einen dem den des im zu auf nach für sich auch`),
	"es": listed(`el los las del que con por para una se es son está sin como más su al lo nos`),
	"fr": listed(`le les des est une dans pour avec sur qui pas sont aux du ce cette il elle nous`),
	"ru": listed(`и в не на что он она это как по из для от при до с к`),
}

// languageOf is the language of a text, "" where fewer than two of its function words tell.
func languageOf(s string) (best string) {
	counts := map[string]int{}
	for word := range strings.FieldsSeq(wordsOnly(s)) {
		for language, list := range languageWords {
			if list[word] {
				counts[language]++
			}
		}
	}
	most := 1
	for _, language := range []string{"en", "de", "es", "fr", "ru"} {
		if counts[language] > most {
			most, best = counts[language], language
		}
	}
	return best
}
