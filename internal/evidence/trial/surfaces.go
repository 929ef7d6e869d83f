//go:build linux

package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/evidence"
	"github.com/strongroom-pos/strongroom/internal/evidence/keyring"
	"github.com/strongroom-pos/strongroom/internal/evidence/leak"
	"github.com/strongroom-pos/strongroom/internal/scan"
)

// search looks at every surface and at its control, while the lane still runs and its
// databases have their logs beside them. The terminal is aborted before its log is
// searched.
func (t *Trial) search(ctx context.Context) error {
	t.options.Say("searching files, logs, answers, lines, an image of the terminal")
	err := errors.Join(t.client.around(ctx), t.client.askMetrics(ctx, t.Lane), t.client.controls(ctx, t))
	if err != nil {
		return err
	}
	for _, surface := range []func() (*tally, error){
		t.appMemory, t.secureMemory, t.crash, t.appFiles, t.secureFiles, t.deviceFiles, t.environment, t.abort, t.logs,
	} {
		s, err := surface()
		if err != nil {
			return fmt.Errorf("searching %s: %w", s.Name, err)
		}
		t.add(s)
	}
	for _, s := range []*tally{t.client.answers, t.client.header, t.events, t.client.metrics} {
		t.add(s)
	}
	return t.lines()
}

func (t *Trial) add(s *tally) {
	if s != nil {
		t.report.Surfaces = append(t.report.Surfaces, s.Surface)
	}
}

func (t *Trial) appMemory() (*tally, error) {
	s := t.tally(evidence.Surface{ID: "app-memory", Name: "memory of terminal", Column: evidence.AppWorld, How: "/proc/PID/mem as root, after the sales; during them: table above", Claim: "nothing of any kind"}, anything)
	return s, errors.Join(denied(s, s.memory(t.Lane.PID(estate.Terminal))), s.control(t, inMemory, func(p *leak.Program) error { return denied(s, s.memory(p.PID)) }))
}

// denied: what this user may not read is refused, and no error of the run.
func denied(s *tally, err error) error {
	if errors.Is(err, os.ErrPermission) {
		s.Refused++
		return nil
	}
	return err
}

func notException(m scan.Match) bool { return !isException(m.ID) }

func (t *Trial) secureMemory() (*tally, error) {
	s := t.tally(evidence.Surface{ID: "secure-memory", Name: "readable memory of boot and kernel", Column: evidence.SecureWorld, How: "/proc/PID/mem as root", Claim: "no account data, PIN or payment key that root could read"}, notException)
	err := denied(s, s.memory(t.Lane.PID(estate.Boot)))
	if t.secretMemory() {
		err = errors.Join(err, denied(s, s.memory(t.Lane.PID(estate.Kernel))))
	} else {
		s.Name, s.Claim = "memory of boot", "no account data, PIN or payment key; the kernel's memory is not hidden from root here, so nothing is claimed of it"
	}
	return s, errors.Join(err, s.control(t, inMemory, func(p *leak.Program) error { return denied(s, s.memory(p.PID)) }))
}

// crash searches what a debugger would write of the terminal.
func (t *Trial) crash() (*tally, error) {
	s := t.tally(evidence.Surface{ID: "crash", Name: "crash image of terminal", Column: evidence.AppWorld, How: "every readable page written to a file as a debugger's core, members opened", Claim: "nothing of any kind"}, anything)
	image := func(pid int) error {
		path := filepath.Join(t.work, "image.core")
		defer os.Remove(path)
		if err := denied(s, writeImage(pid, path)); err != nil {
			return err
		}
		if _, err := os.Stat(path); err != nil {
			return nil //nolint:nilerr // it was denied
		}
		return s.file(path)
	}
	return s, errors.Join(image(t.Lane.PID(estate.Terminal)), s.control(t, everyForm, func(p *leak.Program) error { return image(p.PID) }))
}

func (t *Trial) filesOf(s *tally, folders ...string) (*tally, error) {
	var err error
	for _, f := range folders {
		err = errors.Join(err, s.files(filepath.Join(t.Lane.Run, f)))
	}
	return s, errors.Join(err, s.control(t, everyForm, func(p *leak.Program) error { return s.files(filepath.Join(p.Directory, "files")) }))
}

const howFiles = "every file with its -wal and -shm, names too, gzip and zip members opened"

func (t *Trial) appFiles() (*tally, error) {
	return t.filesOf(t.tally(evidence.Surface{ID: "app-files", Name: "files of terminal", Column: evidence.AppWorld, How: howFiles, Claim: "nothing of any kind"}, anything), "terminal")
}

func (t *Trial) secureFiles() (*tally, error) {
	s := evidence.Surface{ID: "secure-files", Name: "files of the secure world", Column: evidence.SecureWorld, How: howFiles, Claim: "no account data, PIN or payment key"}
	rooted := t.report.Isolation.StorageRoot == "file"
	if rooted {
		s.Claim += "; the root of the storage's keys lies in a file, as storage_root says"
	}
	return t.filesOf(t.tally(s, func(m scan.Match) bool {
		return notException(m) && (m.ID != keyring.FirmwareRoot || !rooted)
	}), "secureworld")
}

func (t *Trial) deviceFiles() (*tally, error) {
	return t.filesOf(t.tally(evidence.Surface{ID: "device-files", Name: "files of reader, PIN pad and acquirer", Column: evidence.Devices, How: howFiles, Claim: "no account data, no PIN; they keep keys in files by nature"}, accountData), "reader", "pinpad", "acquirer")
}

func (t *Trial) environment() (*tally, error) {
	s := t.tally(evidence.Surface{ID: "environment", Name: "command lines and environments", Column: evidence.AppWorld, How: "of all processes of the lane", Claim: "nothing of any kind"}, anything)
	var err error
	for _, p := range t.Lane.Processes() {
		err = errors.Join(err, denied(s, s.process(p.PID, p.Name)))
	}
	return s, errors.Join(err, s.control(t, argumentForms, func(p *leak.Program) error { return s.process(p.Shown, "leaky") }))
}

// abort ends the terminal with a signal that has Go's runtime write its stacks, which
// the next surface searches.
func (t *Trial) abort() (*tally, error) {
	pid := t.Lane.PID(estate.Terminal)
	if err := syscall.Kill(pid, syscall.SIGABRT); err != nil {
		return &tally{}, err
	}
	for range int(patience / abortedLook) {
		if t.Lane.PID(estate.Terminal) != pid {
			return nil, nil //nolint:nilnil // no surface of its own
		}
		time.Sleep(abortedLook)
	}
	return &tally{}, errors.New("an aborted terminal goes on")
}

const abortedLook = 20 * time.Millisecond

func (t *Trial) logs() (*tally, error) {
	s := t.tally(evidence.Surface{ID: "app-logs", Name: "logs of all programs", Column: evidence.AppWorld, How: "standard output and error, the stacks of the aborted terminal among them", Claim: "nothing of any kind"}, anything)
	err := s.files(filepath.Join(t.home, "logs"))
	return s, errors.Join(err, s.control(t, everyForm, func(p *leak.Program) error { return s.file(p.Output()) }))
}

// ReportSurface searches the report itself.
func (t *Trial) ReportSurface(texts ...[]byte) (evidence.Surface, error) {
	s := t.tally(evidence.Surface{ID: "report", Name: "this report", Column: evidence.Control, How: "report.html and report.json before they were sealed", Claim: "nothing of any kind"}, anything)
	for _, b := range texts {
		s.text(b, "the report")
	}
	err := s.control(t, everyForm, func(p *leak.Program) error {
		for _, l := range p.Leaks {
			s.text(l.Bytes, "")
		}
		return nil
	})
	return s.Surface, err
}

// SearchReport searches the report as it would be written, and adds that surface to it.
func (t *Trial) SearchReport(r *evidence.Report) error {
	r.Judge()
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	page, err := r.HTML()
	if err != nil {
		return err
	}
	s, err := t.ReportSurface(text, page)
	r.Surfaces = append(r.Surfaces, s)
	return err
}

// Again searches files of the terminal once more, with its control if it still runs:
// tests plant something there first.
func (t *Trial) Again() (evidence.Surface, error) {
	s, err := t.appFiles()
	return s.Surface, err
}

// Canary is the number of a card of this run.
func (t *Trial) Canary() string { return t.cards[0].Profile.PAN }

// WithoutControls ends the controls, and what is searched from then on has none.
func (t *Trial) WithoutControls() {
	if t.Leaky != nil {
		t.Leaky.Stop()
	}
	t.Leaky = nil
}
