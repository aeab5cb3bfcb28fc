//go:build cgo

package onnx

import (
	"fmt"
	"os"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// The runtime's environment is one per process by the library's own design, so what was loaded is kept here rather than in a
// value that could be made twice.
var library struct {
	sync.Mutex
	path string
}

// Init loads ONNX Runtime (1.24 or newer) from an absolute path, once per process. A call for the library that is loaded
// returns nil, one for another is an error, and after an error Init may be called again. Safe for concurrent use.
//
// The library's own log is set to fatal errors, on stderr: what goes wrong comes back as an error anyway.
func Init(libPath string) error {
	library.Lock()
	defer library.Unlock()
	switch library.path {
	case libPath:
		if libPath != "" {
			return nil
		}
	case "":
	default:
		return fmt.Errorf("load ONNX Runtime %s: this process runs %s already", libPath, library.path)
	}
	if err := checkLibrary(libPath); err != nil {
		return fmt.Errorf("load ONNX Runtime %s: %w", libPath, err)
	}
	mapLarge()
	if err := muteTelemetry(); err != nil {
		return err
	}
	ort.SetSharedLibraryPath(libPath)
	if err := ort.InitializeEnvironment(ort.WithLogLevelFatal()); err != nil {
		return fmt.Errorf("load ONNX Runtime %s (1.24 or newer is needed): %w", libPath, err)
	}
	if err := ort.DisableTelemetry(); err != nil {
		return fmt.Errorf("turn off the telemetry of ONNX Runtime %s: %w", libPath, err)
	}
	library.path = libPath
	return nil
}

// Version returns the loaded library's version, like "1.29.0", and "" before [Init].
func Version() string {
	library.Lock()
	defer library.Unlock()
	if library.path == "" {
		return ""
	}
	return ort.GetVersion()
}

// muteTelemetry keeps the library from reporting to its maker. Builds for Linux such as 1.29 start a reporter, with a log
// file in the temporary folder and the address of its maker's servers, as soon as they are loaded, unless this variable
// stands; the switch of its interface comes too late.
func muteTelemetry() error {
	if err := os.Setenv("ORT_DISABLE_TELEMETRY", "1"); err != nil {
		return fmt.Errorf("turn off the telemetry of ONNX Runtime: %w", err)
	}
	return nil
}
