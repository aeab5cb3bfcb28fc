package dashboard

//go:generate go run ./fetch

// A Part is something of others that the page loads, as npm has it. Its files lie in assets/vendor under their own names; what is there is
// committed, so that a plain `go install` has the whole page.
type Part struct {
	Package, Version, Licence string
	Files                     []PartFile
}

// A PartFile is one of its files: where the package has it, its name here, and the digest under which alone it is used.
type PartFile struct{ Member, Name, SHA256 string }

// Parts are all of them. Digests are of the bytes as npm gave them on 2026-11-29.
func Parts() []Part {
	return []Part{
		{"sigma", "3.0.3", "MIT", []PartFile{
			{"dist/sigma.min.js", "sigma.min.js", "58e30383ab428f832068d9d16a5215c65ba12430d438ed091c5703f398de9e16"},
			{"LICENSE.txt", "sigma.LICENSE.txt", "2d6beb4435a5186414986ef25facdea68619d0f3e1043b9a795f5c6233914013"},
		}},
		{"graphology", "0.26.0", "MIT", []PartFile{
			{"dist/graphology.umd.min.js", "graphology.umd.min.js", "dc337efa23903f61e064c8e7e7f93a429e6855dccfc2458802b4ed30c621c087"},
			{"LICENSE.txt", "graphology.LICENSE.txt", "9d396b4882c329077f32861c0d6822dcee48f2d0ff6196d8459af70844196275"},
		}},
	}
}
