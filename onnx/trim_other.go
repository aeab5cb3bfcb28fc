//go:build cgo && !linux

package onnx

// Trim does nothing here: only glibc holds back what was freed.
func Trim() {}

func mapLarge() {}
