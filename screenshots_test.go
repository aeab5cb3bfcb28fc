package main

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// imagesDir is where README's pictures lie.
const imagesDir = "docs/images"

// A picture is one of README's, of a page of the dashboard over the demo's notes, once ready is true of it.
type picture struct{ name, theme, view, ready string }

var pictures = []picture{
	{"search", "light", "/?q=how+do+we+keep+the+ferry+timetable+correct+when+the+clocks+change%3F", `document.querySelectorAll("#_results .hit").length > 2`},
	{"note", "light", "/doc/notes/runbooks/timetable-import.md?line=24", `document.querySelector("#_related a") !== null`},
	{"graph", "dark", "/?view=graph", `document.querySelector("#_map").dataset.drawn !== undefined`},
	{"health", "dark", "/?view=health", `document.querySelectorAll("#_health").length > 0`},
}

// maxPicture bounds a picture, in bytes: they are read over the network, and stay in the repository for good.
const maxPicture = 120 << 10

// TestScreenshots takes README's pictures of the released program with Chromium; with -update they are kept (task screenshots). What they show is
// for people to judge: no pixels are compared.
func TestScreenshots(t *testing.T) {
	b := browserIn(t, func(t testing.TB) *place {
		dir := filepath.Join(t.TempDir(), "skerry-lines")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		return placeIn(t, dir)
	})
	b.run("vector", "start")
	b.run("watcher", "start")
	for _, p := range pictures {
		data := small(t, b.take(p))
		if len(data) > maxPicture {
			t.Errorf("%s.png has %d bytes", p.name, len(data))
		}
		if n := coloured(t, data); n < 500 {
			t.Errorf("%s.png has %d pixels of a colour", p.name, n)
		}
		if !*update {
			continue
		}
		if err := os.MkdirAll(imagesDir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(imagesDir, p.name+".png"), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range b.faults {
		t.Error(f)
	}
}

// take is a picture of a page, as PNG.
func (b *browser) take(p picture) []byte {
	b.t.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: p.theme}}})
	b.do(chromedp.EmulateViewport(1100, 720), chromedp.Navigate(b.url+p.view), chromedp.WaitVisible(chromedp.CSS("footer")))
	b.until(p.ready)
	return ask(b, chromedp.CaptureScreenshot())
}

// small is a PNG with its 256 commonest colours, and for all others the nearest of these: a third of the bytes, and nobody sees it on a page of
// text.
func small(t *testing.T, data []byte) []byte {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	count := map[color.RGBA]int{}
	eachPixel(img, func(_, _ int, c color.RGBA) { count[c]++ })
	colours := make([]color.RGBA, 0, len(count))
	for c := range count {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.RGBA) int {
		return cmp.Or(count[b]-count[a], int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B))
	})
	palette := color.Palette{}
	for _, c := range colours[:min(len(colours), 256)] {
		palette = append(palette, c)
	}
	index := map[color.RGBA]uint8{}
	for _, c := range colours {
		index[c] = uint8(palette.Index(c))
	}
	out := image.NewPaletted(img.Bounds(), palette)
	eachPixel(img, func(x, y int, c color.RGBA) { out.SetColorIndex(x, y, index[c]) })
	var buf bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&buf, out); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func eachPixel(img image.Image, see func(x, y int, c color.RGBA)) {
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			see(x, y, color.RGBAModel.Convert(img.At(x, y)).(color.RGBA))
		}
	}
}

var shownPicture = regexp.MustCompile(`!\[([^\]]+)\]\(([^)]+)\)`)

// TestPicturesOfReadme holds that README shows each picture that the command takes, with words for who does not see it, and no other.
func TestPicturesOfReadme(t *testing.T) {
	want := map[string]bool{}
	for _, p := range pictures {
		want[imagesDir+"/"+p.name+".png"] = true
	}
	for _, m := range shownPicture.FindAllStringSubmatch(strings.Join(lines(t, "README.md"), "\n"), -1) {
		alt, file := m[1], m[2]
		if !want[file] || len(alt) < 20 {
			t.Errorf("README shows %s as %q", file, alt)
		}
		delete(want, file)
		data, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		if img, err := png.Decode(bytes.NewReader(data)); err != nil || img.Bounds().Dx() != 1100 || len(data) > maxPicture {
			t.Errorf("%s: %v, %d bytes", file, err, len(data))
		}
	}
	for file := range want {
		t.Errorf("README does not show %s", file)
	}
	there, err := os.ReadDir(imagesDir)
	if err != nil || len(there) != len(pictures) {
		t.Errorf("%s holds %d files, not %d: %v", imagesDir, len(there), len(pictures), err)
	}
}
