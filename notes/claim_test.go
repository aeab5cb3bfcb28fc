package notes

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestClaims(t *testing.T) {
	date := func(forms ...string) []Claim { return []Claim{{DateClaim, false, forms}} }
	number := func(forms ...string) []Claim { return []Claim{{NumberClaim, false, forms}} }
	version := func(form string) []Claim { return []Claim{{VersionClaim, false, []string{form}}} }
	plain := func(number string, version string) []Claim {
		return []Claim{{NumberClaim, false, []string{number}}, {VersionClaim, true, []string{version}}}
	}
	for value, want := range map[string][]Claim{
		"2024-01-02": date("2024-01-02"), "Jan 2, 2024": date("2024-01-02"), "02.01.2024": date("2024-01-02"), "**2 January 2024**.": date("2024-01-02"),
		"2024-01": date("2024-01"), "January 2024": date("2024-01"), "1/2/2024": date("2024-01-02", "2024-02-01"), "[[2024-01-02]]": date("2024-01-02"),
		"2024-01-02 10:00": date("2024-01-02T10:00"), "2024-01-02T00:00:00Z": date("2024-01-02", "2024-01-02"),
		"2024-01-02T12:00:00+02:00": date("2024-01-02T12:00", "2024-01-02T10:00"),
		"1000":                      plain("1000", "1000"), "1,000": number("1000", "1"), "1.000": {{NumberClaim, false, []string{"1", "1000"}}, {VersionClaim, true, []string{"1.000"}}},
		"1_000": number("1000"), "1 000": number("1000"), "1e3": number("1000"), "1.000,50 €": number("2001/2 EUR", "2001/2"), "1,5 m": number("3/2 m", "90 s", "3/2"),
		"−5 °C": number("-5 °C", "-5"), "5 km": number("5000 m", "5"), "5 kilometres": number("5000 m", "5"), "5000m": number("5000 m", "300000 s", "5000"),
		"30 sec": number("30 s", "30"), "1 minute": number("60 s", "1"), "`30s`": number("30 s", "30"), "$1,000": number("1000 USD", "1 USD", "1000", "1"), "100 USD": number("100 USD", "100"),
		"8.4 million": number("8400000", "42/5"), "5k": number("5000", "5"), "5 people": number("5 people", "5"), "80 (TCP)": plain("80", "80"), "100%": number("100 %", "100"),
		"36 km/h": number("10 m/s", "36"), "9.8 m/s²": number("49/5 m/s²", "49/5"), "1 GiB": number("1073741824 B", "1"),
		"v1.2": version("1.2"), "1.2.0": version("1.2"), "Version 2": version("2"), "2.0.0-RC.1": version("2-rc.1"), "1.2.3+build7": version("1.2.3"),
		"1.2": plain("6/5", "1.2"), "Python 3.11": {{"version of python", false, []string{"3.11"}}}, "go1.21": {{"version of go", false, []string{"1.21"}}},
		"20240102": {{DateClaim, true, []string{"2024-01-02"}}, {NumberClaim, false, []string{"20240102"}}, {VersionClaim, true, []string{"20240102"}}},
		"tomorrow": nil, "Figure 3.2": nil, "~50%": nil, "5-10": nil, "1:2": nil, "10x20": nil, "": nil, "see 5 and 6": nil, "^1.2.0": nil, "1/3": nil, "RFC 9110": nil,
	} {
		if d := cmp.Diff(want, Claims(value)); d != "" {
			t.Errorf("%q: %s", value, d)
		}
	}
}

func FuzzClaims(f *testing.F) {
	f.Add("1.000,50 €")
	f.Fuzz(func(t *testing.T, value string) {
		for _, c := range Claims(value) {
			if c.Kind == "" || len(c.Forms) == 0 {
				t.Errorf("%+v of %q", c, value)
			}
		}
	})
}
