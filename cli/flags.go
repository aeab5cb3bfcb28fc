package cli

import (
	"fmt"
	"strconv"
	"time"

	"github.com/urfave/cli/v3"
)

// kindOf names the type of a flag's value: bool, int, float, duration or string.
func kindOf(f cli.Flag) string {
	if typed, ok := f.(cli.DocGenerationFlag); ok {
		return typed.TypeName()
	}
	return "string"
}

// isMany reports that a flag may stand more than once.
func isMany(f cli.Flag) bool {
	many, ok := f.(cli.DocGenerationMultiValueFlag)
	return ok && many.IsMultiValueFlag()
}

// wanted says what a flag takes.
func wanted(f cli.Flag) string {
	switch kindOf(f) {
	case "int":
		return "a whole number"
	case "float":
		return "a number"
	case "duration":
		return "a time such as 30s or 2m"
	case "bool":
		return "true or false"
	}
	return "a value"
}

// valueError checks a value as the library will.
func valueError(f cli.Flag, value string) (err error) {
	switch kindOf(f) {
	case "int":
		_, err = strconv.ParseInt(value, 0, 64)
	case "float":
		_, err = strconv.ParseFloat(value, 64)
	case "duration":
		_, err = time.ParseDuration(value)
	case "bool":
		_, err = strconv.ParseBool(value)
	}
	return err
}

// example shows the flag in use.
func (l *commandLine) example(f cli.Flag, name string) string {
	value := map[string]string{"int": "5", "float": "0.5", "duration": "30s", "bool": "true"}[kindOf(f)]
	if value == "" {
		return helpHint(l.path)
	}
	if kindOf(f) == "bool" {
		return fmt.Sprintf("write %s alone, or leave it out", dashed(name))
	}
	return fmt.Sprintf("for example: %s %s %s", l.name(), dashed(name), value)
}

func dashed(name string) string {
	if len([]rune(name)) == 1 {
		return "-" + name
	}
	return "--" + name
}
