package onnx

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// entryPoint is the one symbol of ONNX Runtime's library that is looked up by name.
const entryPoint = "OrtGetApiBase"

// checkLibrary refuses what the dynamic loader must not see. A loader maps a library by the sizes its header states and dies
// of SIGBUS when the file is shorter, which no Go code could catch.
func checkLibrary(path string) error {
	if !filepath.IsAbs(path) {
		return errors.New("not an absolute path")
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	switch runtime.GOOS {
	case "windows", "darwin": // their loaders check sizes and signatures themselves
		return nil
	}
	return checkELF(path, info.Size())
}

func checkELF(path string, size int64) error {
	f, err := elf.Open(path)
	if err != nil {
		return fmt.Errorf("not a shared library: %w", err)
	}
	defer f.Close()
	if machine, known := machines[runtime.GOARCH]; f.Type != elf.ET_DYN || known && f.Machine != machine {
		return fmt.Errorf("a shared library for %s is needed, this is %s for %s", runtime.GOARCH, f.Type, f.Machine)
	}
	for _, p := range f.Progs {
		if p.Off > uint64(size) || p.Filesz > uint64(size)-p.Off {
			return fmt.Errorf("the file is cut short: %d bytes", size)
		}
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return fmt.Errorf("read its symbols: %w", err)
	}
	for _, s := range symbols {
		if s.Name == entryPoint && s.Section != elf.SHN_UNDEF {
			return nil
		}
	}
	return fmt.Errorf("not ONNX Runtime: it has no symbol %s", entryPoint)
}

var machines = map[string]elf.Machine{
	"amd64": elf.EM_X86_64,
	"arm64": elf.EM_AARCH64,
	"386":   elf.EM_386,
	"arm":   elf.EM_ARM,
}
