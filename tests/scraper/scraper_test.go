//go:build linux

package scraper

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/evidence/keyring"
	"github.com/strongroom-pos/strongroom/internal/scan"
)

const (
	salesVariable    = "STRONGROOM_SCRAPER_SALES"  // how many, 200 by default
	reportVariable   = "STRONGROOM_SCRAPER_REPORT" // where to, var/scraper.json by default
	programsVariable = "STRONGROOM_BIN"            // folder of the built programs, bin by default
	secretMemory     = "memfd_secret"
)

// The name says what is proved where secret memory is in force. Where it is not,
// the report says so, and only what is claimed is asserted.
func TestScraperFindsNothingWhereSecretMemoryIsInForce(t *testing.T) {
	root := moduleRoot(t)
	programs := programsFolder(root)
	built := errors.Join(estate.Built(programs), builtControl(programs))
	if !requireOrFail(t, os.Geteuid() == 0, "only root can read the memory of other users' processes") ||
		!requireOrFail(t, built == nil, fmt.Sprint(built)) {
		return
	}
	r := &run{surroundings: bringUp(t, programs), t: t}
	r.prepare(sales(t))
	r.sellAndSweep()
	r.sweepSurfaces()
	r.judge()
	t.Log(r.report.String())
	if err := r.report.write(reportPath(root)); err != nil {
		t.Error(err)
	}
}

// run is one run of the scraper.
type run struct {
	*surroundings
	t *testing.T

	cards   []bureau.Card
	matcher *scan.Matcher
	sweeper *sweeper
	client  *client
	events  *Surface
	report  Report
}

// prepare personalises the canaries, gives them to the issuer and makes needles
// of all that there is to be found.
func (r *run) prepare(sales int) {
	r.t.Helper()
	var err error
	if r.cards, err = makeCards(r.Bureau, sales); err != nil {
		r.t.Fatal(err)
	}
	var issued acquirer.Cards
	for _, c := range r.cards {
		issued.Cards = append(issued.Cards, c.Issued)
	}
	if err := r.Desk.AddCards(r.t.Context(), issued); err != nil {
		r.t.Fatal(err)
	}
	var n scan.Needles
	if err := errors.Join(r.keys.Working(sales), addCards(&n, r.cards), r.keys.AddTo(&n)); err != nil {
		r.t.Fatal(err)
	}
	r.matcher = n.Compile()
	security, err := r.Till.Security(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	r.report = Report{Sales: sales, MemoryProtection: security.MemoryProtection, StorageRoot: security.StorageRoot, Needles: n.Len(), Keys: r.keys.Len()}
	r.sweeper = newSweeper(r.matcher, r.targets())
	r.client = newClient(r.t, r.Lane, r.matcher)
}

// targets are all processes of the lane and the control. The kernel, where
// account data become clear, is swept most often. pcscd and the card tray are
// not in the list: they are the card.
func (r *run) targets() []target {
	var list []target
	for _, p := range r.Processes() {
		weight := 1
		if p.Name == estate.Kernel {
			weight = 4
		}
		list = append(list, target{p.Name, func() int { return r.PID(p.Name) }, weight})
	}
	list = append(list, target{plainName, func() int { return r.plain.process.Process.Pid }, 1})
	for _, left := range unswept(r.t, list) {
		r.t.Errorf("a process of the lane is not swept: %s", left)
	}
	return list
}

const plainName = "plain control terminal"

// sellAndSweep makes the sales, through the lane and through the control at the
// same time, while all memory is swept.
func (r *run) sellAndSweep() {
	r.t.Helper()
	ctx, stop := context.WithCancel(r.t.Context())
	defer stop()
	r.events = &Surface{Name: "the terminal's event stream"}
	var streaming sync.WaitGroup
	streaming.Go(func() {
		if err := r.client.follow(ctx, r.events); err != nil {
			r.t.Error(err)
		}
	})
	r.sweeper.start(ctx)
	begun := time.Now()
	for i, card := range r.cards {
		if err := r.both(ctx, card); err != nil {
			r.t.Fatalf("sale %d: %v\n%s", i, err, r.crashed())
		}
	}
	r.report.Seconds = time.Since(begun).Seconds()
	if crash := r.crashed(); crash != noCrash {
		r.t.Error(crash)
	}
	stop()
	streaming.Wait()
	r.sweeper.wait.Wait()
	r.sweeper.once() // what stayed behind
}

// both makes the same sale in both terminals at the same time.
func (r *run) both(ctx context.Context, card bureau.Card) error {
	plain := make(chan error, 1)
	go func() { plain <- r.plain.sell(card) }()
	id, err := r.sell(ctx, card)
	if err == nil {
		err = r.client.askAbout(ctx, id)
	}
	return errors.Join(err, <-plain)
}

func (r *run) crashed() string {
	select {
	case c := <-r.Crashes():
		return fmt.Sprintf("%s ended (%s): %s", c.Name, c.How, strings.Join(c.LastLines, "\n"))
	default:
		return noCrash
	}
}

const noCrash = "no program has ended"

// sweepSurfaces looks at everything that is no memory, while the lane still runs
// and its databases have their logs beside them.
func (r *run) sweepSurfaces() {
	r.t.Helper()
	if err := r.client.askAround(r.t.Context()); err != nil {
		r.t.Error(err)
	}
	in := func(name string) string { return filepath.Join(r.Run, name) }
	logs := filepath.Join(r.Home, "logs")
	r.report.Surfaces = []*Surface{
		files(r.t, r.matcher, "files of the terminal", in("terminal"), anything),
		files(r.t, r.matcher, "files of the secure world", in("secureworld"), r.sealedStorage),
		files(r.t, r.matcher, "files of the reader, its keys apart", in("reader"), accountData),
		files(r.t, r.matcher, "files of the PIN pad, its keys apart", in("pinpad"), accountData),
		files(r.t, r.matcher, "files of the acquirer, its keys apart", in("acquirer"), accountData),
		files(r.t, r.matcher, "standard output and error of all programs", logs, anything),
		commandLines(r.t, r.matcher, r.Processes()),
		r.client.surface, r.events,
		plantedFile(r.t, r.matcher, r.cards[0]),
		plantedAnswer(r.t, r.matcher, r.cards[0]),
	}
}

// sealedStorage counts everything but the key from which the storage's own keys
// are derived, where the report says that a file holds it.
func (r *run) sealedStorage(m scan.Match) bool {
	return anything(m) && (m.ID != keyring.FirmwareRoot || r.report.StorageRoot != "file")
}

// judge holds the results to the claims, and to their controls.
func (r *run) judge() {
	r.t.Helper()
	swept, err := r.sweeper.results()
	if err != nil {
		r.t.Error(err)
	}
	r.report.Processes = swept
	r.report.Claims = []string{"terminal: no account data, PIN or key of any kind", "every surface listed: none, the controls apart"}
	r.report.Exceptions = []string{"keys of TLS sessions and signatures live on the Go heap of their process; nothing of value rests on them alone"}
	if r.report.StorageRoot == "file" {
		r.report.Exceptions = append(r.report.Exceptions, "the firmware root key lies in a file of the secure world's storage, as storage_root says: root that reads the disk opens it")
	}
	if r.report.MemoryProtection == secretMemory {
		r.report.Claims = append(r.report.Claims, "boot and kernel: no account data, PIN or payment key in any readable page")
	} else {
		r.report.Exceptions = append(r.report.Exceptions, "memfd_secret is not in force ("+r.report.MemoryProtection+"): root can read the kernel's memory, and hits there are the limit that is stated")
	}
	for _, p := range swept {
		r.judgeProcess(p)
	}
	for _, s := range r.report.Surfaces {
		r.judgeSurface(s)
	}
	r.conclude()
}

func (r *run) judgeProcess(p *Swept) {
	if p.Sweeps < 2 || p.Bytes < 1<<20 {
		r.inconclusive("%s was swept %d times, %d bytes", p.Process, p.Sweeps, p.Bytes)
	}
	switch p.Process {
	case plainName, estate.Reader, estate.PINPad:
		if p.Found() == 0 {
			r.inconclusive("the control found nothing in %s", p.Process)
		}
	case estate.Terminal:
		r.none(p)
	case estate.Boot, estate.Kernel:
		if r.report.MemoryProtection == secretMemory {
			r.none(p)
		}
	}
	for kind, hits := range p.Hits {
		if p.Process == plainName && hits == 0 {
			r.inconclusive("the control found no %s in %s", kind, p.Process)
		}
	}
	if p.Process == estate.Kernel && r.report.MemoryProtection == secretMemory && p.Unreadable == 0 {
		r.inconclusive("the kernel has no memory that root cannot read")
	}
}

func (r *run) none(p *Swept) {
	if p.Found() > 0 {
		r.fail("%s: %d hits\n    %s", p.Process, p.Found(), strings.Join(p.Examples, "\n    "))
	}
}

func (r *run) judgeSurface(s *Surface) {
	switch {
	case s.Bytes == 0:
		r.inconclusive("%s: nothing was searched", s.Name)
	case s.Control && s.Hits == 0:
		r.inconclusive("%s was not found", s.Name)
	case !s.Control && s.Hits > 0:
		r.fail("%s: %d hits\n    %s", s.Name, s.Hits, strings.Join(s.Examples, "\n    "))
	}
}

func (r *run) fail(format string, a ...any) {
	r.report.Findings = append(r.report.Findings, fmt.Sprintf(format, a...))
	r.report.Verdict = "failed"
	r.t.Errorf(format, a...)
}

func (r *run) inconclusive(format string, a ...any) {
	r.report.Findings = append(r.report.Findings, "inconclusive: "+fmt.Sprintf(format, a...))
	if r.report.Verdict == "" {
		r.report.Verdict = "inconclusive"
	}
	r.t.Errorf("inconclusive: "+format, a...)
}

func (r *run) conclude() {
	switch {
	case r.report.Verdict != "":
	case r.t.Failed():
		r.report.Verdict = "failed"
	default:
		r.report.Verdict = "passed"
	}
}

func sales(t *testing.T) int {
	t.Helper()
	text := os.Getenv(salesVariable)
	if text == "" {
		return 200
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is no number of sales", salesVariable)
	}
	return n
}

func programsFolder(root string) string {
	if dir := os.Getenv(programsVariable); dir != "" {
		return dir
	}
	return filepath.Join(root, "bin")
}

func builtControl(programs string) error {
	if _, err := os.Stat(filepath.Join(programs, controlProgram)); err != nil {
		return fmt.Errorf("%s is not in %s: run make build", controlProgram, programs)
	}
	return nil
}

func reportPath(root string) string {
	if path := os.Getenv(reportVariable); path != "" {
		return path
	}
	return filepath.Join(root, "var", "scraper.json")
}

// requireOrFail fails where everything is required, and elsewhere says loudly
// what was left out.
func requireOrFail(t *testing.T, ok bool, why string) bool {
	t.Helper()
	switch {
	case ok:
	case os.Getenv("STRONGROOM_REQUIRE") == "all":
		t.Fatal(why)
	default:
		t.Logf("LEFT OUT: %s", why)
	}
	return ok
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	t.Fatal("there is no go.mod above the test")
	return ""
}
