//go:build !unix

package pgserver

import "os/exec"

func asOrdinaryUser(*exec.Cmd) {}

func inOwnSession(*exec.Cmd) {}
