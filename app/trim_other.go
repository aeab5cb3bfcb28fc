//go:build !linux

package app

func trimProgram() {}
