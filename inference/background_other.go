//go:build !linux

package inference

const canLower = false

func lowerThread() {}
