package notes

import (
	"math/big"
	"strings"
)

// A unit is a factor of the base unit of its dimension.
type unit struct {
	base   string
	factor string // as big.Rat reads it
}

// units are those that people write, by their spelling; words stand without the s of the plural. Factors are those of the SI brochure and of the
// international yard and pound; bytes count in thousands, and in 1024 with an i.
var units = func() map[string]unit {
	table := map[string]unit{}
	for base, rows := range map[string]string{
		"s":   "1 s sec second; 1e-3 ms msec millisecond; 1e-6 µs μs us microsecond; 1e-9 ns nanosecond; 60 min minute; 3600 h hr hour; 86400 d day; 604800 w wk week",
		"a":   "1 a yr year; 1/12 month mo",
		"m":   "1 m meter metre; 1e3 km kilometer kilometre; 1e-2 cm centimeter centimetre; 1e-3 mm millimeter millimetre; 1e-6 µm μm um micrometer; 1e-9 nm nanometer; 0.3048 ft foot feet; 0.0254 in inch inche; 0.9144 yd yard; 1609.344 mi mile; 1852 nmi",
		"g":   "1 g gram gramme; 1e3 kg kilogram kilo; 1e-3 mg milligram; 1e6 t ton tonne; 453.59237 lb pound; 28.349523125 oz ounce",
		"l":   "1 l L liter litre; 1e-3 ml mL milliliter millilitre; 1e-2 cl; 1000 m³ m^3",
		"B":   "1 B byte; 1e3 kB KB kilobyte; 1e6 MB megabyte; 1e9 GB gigabyte; 1e12 TB terabyte; 1e15 PB; 1024 KiB; 1048576 MiB; 1073741824 GiB; 1099511627776 TiB",
		"Hz":  "1 Hz hertz; 1e3 kHz; 1e6 MHz; 1e9 GHz",
		"W":   "1 W watt; 1e-3 mW; 1e3 kW kilowatt; 1e6 MW megawatt; 1e9 GW",
		"Wh":  "1 Wh; 1e3 kWh; 1e6 MWh",
		"V":   "1 V volt; 1e-3 mV; 1e3 kV",
		"%":   "1 % percent pct",
		"°C":  "1 °C ℃ celsius degC",
		"°F":  "1 °F ℉ fahrenheit degF",
		"USD": "1 $ US$ USD dollar; 1/100 ¢ cent",
		"EUR": "1 € EUR euro",
		"GBP": "1 £ GBP",
		"JPY": "1 ¥ JPY yen",
		"INR": "1 ₹ INR rupee",
		"m/s": "1 m/s; 5/18 km/h kmh kph",
		"":    "1e3 thousand tsd k K; 1e6 million mio mln M; 1e9 billion bn mrd; 1e12 trillion",
	} {
		for row := range strings.SplitSeq(rows, ";") {
			words := strings.Fields(row)
			for _, w := range words[1:] {
				table[w] = unit{base, words[0]}
			}
		}
	}
	return table
}()

// isUnit tells whether a word is one of the units.
func isUnit(word string) bool { _, ok := findUnit(word); return ok }

// findUnit looks a unit up as it is written, then in small letters and without the s of the plural: MB and mb are bytes, MW and mW are not one.
func findUnit(word string) (unit, bool) {
	word = strings.TrimSuffix(word, ".")
	lower := strings.ToLower(word)
	for _, w := range []string{word, lower, strings.ToUpper(word), strings.TrimSuffix(lower, "s")} {
		if u, ok := units[w]; ok && (len(lower)-len(w) == 0 || len(w) > 1) {
			return u, true
		}
	}
	return unit{}, false
}

// unitsOf are the normal forms of a number with a unit: in the base unit where it is known, else as it is written. "5 m" may be minutes.
func unitsOf(word string, n *big.Rat) []string {
	word = strings.TrimSpace(word)
	if first, rest, ok := strings.Cut(word, " "); ok || word != "" {
		if u, known := findUnit(first); known && u.base == "" && (len(first) > 1 || !ok) { // "5 million people", "5M"
			n, word = times(n, u), rest
		}
	}
	if word == "" {
		return []string{n.RatString()}
	}
	u, ok := findUnit(word)
	if !ok {
		return []string{n.RatString() + " " + strings.TrimSuffix(strings.ToLower(word), "s")}
	}
	forms := []string{times(n, u).RatString() + " " + u.base}
	if word == "m" {
		forms = append(forms, times(n, units["min"]).RatString()+" s")
	}
	return forms
}

func times(n *big.Rat, u unit) *big.Rat {
	factor, _ := new(big.Rat).SetString(u.factor) // those of the table are sound
	return new(big.Rat).Mul(n, factor)
}
