// Command tcb counts what has to be trusted: lines of code of boot, kernel, trusted
// applications and doors, what is linked from others, how large the programs are, and
// how wide the interfaces between the worlds are. Everything is read from the sources
// and from what the build links; nothing is written down here but the budgets.
//
// Lines of code are lines on which a token of the language stands: blank lines,
// comments and tests do not count, a line with code and a comment does. Only files
// that the build of that program takes count (operating system, cgo, WebAssembly).
// Lines of assembler and C are those that are not blank. What a program links of the
// standard library is given as its number of packages and lines, apart from modules of
// others.
//
// It prints a table and writes the same as JSON. `make tcb` calls it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "tcb:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("tcb", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", "", "`file` for the figures as JSON")
	bin := flags.String("bin", "bin", "`folder` of the built programs")
	root := flags.String("root", ".", "`folder` of the module")
	if err := flags.Parse(args); err != nil {
		return err
	}
	f, err := measure(*root, *bin)
	if err != nil {
		return err
	}
	if err := f.print(stdout); err != nil || *out == "" {
		return err
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(*out), 0o700); err != nil {
		return err
	}
	return os.WriteFile(*out, append(b, '\n'), 0o644) //nolint:gosec // figures, no secret
}
