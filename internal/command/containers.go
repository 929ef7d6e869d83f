//go:build linux

package command

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/strongroom-pos/strongroom/internal/containers"
)

// prepareContainers is `strongroom containers`.
func prepareContainers(args []string, stdout, stderr io.Writer) error {
	var s settings
	f := flags("containers", stderr, &s)
	f.StringVar(&s.programs, "bin", defaultPrograms(), "`directory` of the built programs")
	if err := parse(f, args); err != nil {
		return help(err)
	}
	dir := filepath.Join(s.home, "compose")
	if err := containers.Prepare(s.home, dir, s.programs, time.Now()); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "a demo lane for compose.yaml is in %s; packaging/compose/images makes its images\n", dir)
	return nil
}
