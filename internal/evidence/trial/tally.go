//go:build linux

package trial

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/strongroom-pos/strongroom/internal/evidence"
	"github.com/strongroom-pos/strongroom/internal/evidence/leak"
	"github.com/strongroom-pos/strongroom/internal/evidence/members"
	"github.com/strongroom-pos/strongroom/internal/scan"
)

// tally is what a surface and its control came to. The same methods search both.
type tally struct {
	evidence.Surface
	matcher *scan.Matcher
	counts  func(scan.Match) bool // whether a hit is against the claim
	found   map[string]bool       // forms of planted leaks
	leaks   []leak.Leak
	planted bool // what is searched now is the control
}

func (t *Trial) tally(s evidence.Surface, counts func(scan.Match) bool) *tally {
	return &tally{Surface: s, matcher: t.matcher, counts: counts, found: map[string]bool{}, leaks: t.leaks}
}

// What is claimed to be nowhere on a surface.
func anything(scan.Match) bool { return true }

// accountData leaves keys out, where a device keeps its own.
func accountData(m scan.Match) bool { return m.Kind != scan.KindKey }

// text searches what is in memory here, and the members in it.
func (s *tally) text(b []byte, where string) {
	s.size(1, int64(len(b)))
	s.Members += members.Search(s.matcher, b, func(m scan.Match) { s.see(m, where) })
}

func (s *tally) size(parts int, bytes int64) {
	if !s.planted {
		s.Parts, s.Bytes = s.Parts+parts, s.Bytes+bytes
	}
}

func (s *tally) see(m scan.Match, where string) {
	if leak.Planted(m.ID) {
		for _, l := range s.leaks {
			if l.IsSeenIn(m) {
				s.found[l.Form] = true
			}
		}
		if s.planted {
			return
		}
	}
	if s.planted || !s.counts(m) {
		return
	}
	s.Hits++
	if example := fmt.Sprintf("%s as %s in %s", what(m), m.Encoding, where); len(s.Examples) < maxExamples && !slices.Contains(s.Examples, example) {
		s.Examples = append(s.Examples, example)
	}
}

// memory searches a process.
func (s *tally) memory(pid int) error {
	r, err := scan.ScanProcess(pid, s.matcher)
	s.take(r)
	return err
}

func (s *tally) take(r scan.Result) {
	s.size(r.Regions, r.Bytes)
	for _, h := range r.Hits {
		s.see(h.Match, h.Where)
	}
	if !s.planted {
		s.Hits += r.Dropped
	}
}

// files searches every file below a folder, names and members too.
func (s *tally) files(root string) error {
	r, err := scan.ScanFiles(root, s.matcher)
	if err != nil {
		return err
	}
	s.take(r)
	if !s.planted {
		s.Refused += r.Refused
	}
	return filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil //nolint:nilerr // ScanFiles has counted it
		}
		s.inside(path, filepath.Base(path))
		return nil
	})
}

// file searches one file.
func (s *tally) file(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := s.matcher.SearchReader(f, func(m scan.Match) { s.see(m, filepath.Base(path)) })
	s.size(1, n)
	s.inside(path, filepath.Base(path))
	return err
}

// maxInside is how much of a file is looked through for members.
const maxInside = 256 << 20

// inside searches the members of a file.
func (s *tally) inside(path, where string) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxInside))
	if err == nil {
		s.Members += members.Inside(s.matcher, b, func(m scan.Match) { s.see(m, where+", in a member") })
	}
	clear(b)
}

// process searches what any user of the machine may read of a process, and its
// environment.
func (s *tally) process(pid int, name string) error {
	for _, file := range []string{"cmdline", "environ"} {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
		if err != nil {
			return err
		}
		s.text(b, name+" "+file)
	}
	return nil
}

// control searches the leaky program's part by what do does, which is what searches the
// surface itself. fits tells which forms can stand there.
func (s *tally) control(t *Trial, fits func(leak.Leak) string, do func(*leak.Program) error) error {
	if t.Leaky != nil {
		s.planted = true
		err := do(t.Leaky)
		s.planted = false
		if err != nil {
			return fmt.Errorf("the control of %s: %w", s.Name, err)
		}
	}
	for _, l := range t.leaks {
		cell := fits(l)
		switch {
		case cell != "":
		case t.Leaky == nil:
			cell = evidence.CellControl
		case s.found[l.Form]:
			cell = evidence.CellFound
		default:
			cell = evidence.CellMissed
		}
		s.Forms = append(s.Forms, cell)
	}
	return nil
}

// Which forms can stand where: empty where they can.
func everyForm(leak.Leak) string { return "" }

func inMemory(l leak.Leak) string {
	if l.Member {
		return evidence.CellClosed
	}
	return ""
}

func textForms(l leak.Leak) string {
	if !l.Text() {
		return evidence.CellCannot
	}
	return ""
}

func argumentForms(l leak.Leak) string {
	if !l.Argument() {
		return evidence.CellCannot
	}
	return ""
}
