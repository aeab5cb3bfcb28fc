//go:build !linux

package sonar

// strangerURL and visitAsStranger belong to a test that only Linux can run.
const strangerURL = "AMALFA_TEST_STRANGER_URL"

func visitAsStranger(string) {}
