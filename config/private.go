package config

import (
	"fmt"
	"strings"

	"amalfa/notes"
)

const privateKey = "private" // its lists are joined: no file takes back what another one says

// setPrivate adds patterns of private notes.
func setPrivate(s *Settings, v any) error {
	var more []string
	if err := texts(privateKey, nil, project, "", checkPatterns, func(*Settings) *[]string { return &more }).set(s, v); err != nil {
		return err
	}
	s.Private = append(s.Private, more...)
	return nil
}

func checkPatterns(patterns []string) error {
	for _, p := range patterns {
		if err := notes.CheckPrivatePattern(p); err != nil {
			return err
		}
	}
	return nil
}

// hostNames refuses what stands for more than one host.
func hostNames(hosts []string) error {
	for _, h := range hosts {
		if strings.TrimSpace(h) == "" || strings.ContainsAny(h, "*? \t\r\n,") {
			return fmt.Errorf("want the name of one host, as openrouter.ai, have %q", h)
		}
	}
	return nil
}
