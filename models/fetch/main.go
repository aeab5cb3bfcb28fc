// Command fetch fills models/assets with what a full build embeds: ONNX Runtime's library for one platform, the
// default model in full and in int8 form, its tokenizer, and the licence notices. `go generate ./...` runs it.
//
// The files come through the machine's Maven client, or from the public sources where that is absent, and are used
// only under their pinned digests. A second run finds them in place and does nothing.
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"amalfa/models"
)

func main() {
	goos := flag.String("os", envOr("GOOS", runtime.GOOS), "platform of the runtime: operating system")
	arch := flag.String("arch", envOr("GOARCH", runtime.GOARCH), "platform of the runtime: processor")
	dir := flag.String("dir", models.AssetDir, "folder to fill")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	start := time.Now()
	if err := run(ctx, *dir, *goos, *arch); err != nil {
		fmt.Fprintf(os.Stderr, "models/fetch: %v\n", err)
		os.Exit(1)
	}
	say("assets are ready in %s after %.1f s", *dir, time.Since(start).Seconds())
}

// envOr reads what go generate sets for its commands.
func envOr(key, otherwise string) string {
	if v := os.Getenv(key); v != "" {
		return v
	}
	return otherwise
}

// say reports progress, one line a step.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "models: "+format+"\n", args...)
}

//go:embed notice.txt
var notice string

// writeNotice puts our own page and then the runtime's notices for its parts into one text.
func writeNotice(path, notices string) error {
	return replace(path, func(w io.Writer) error {
		if _, err := io.WriteString(w, notice); err != nil || notices == "" {
			return err
		}
		f, err := os.Open(notices)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	})
}
