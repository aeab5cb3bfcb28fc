// Command amalfa is a local memory for AI agents and their people: it indexes
// a folder of notes, answers questions over it, and runs the services behind it.
package main

import (
	"os"

	"amalfa/cli"
)

func main() {
	os.Exit(cli.Main(os.Args))
}
