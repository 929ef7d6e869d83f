//go:build linux

package evidence

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
	"github.com/strongroom-pos/strongroom/internal/evidence"
	"github.com/strongroom-pos/strongroom/internal/evidence/leak"
	"github.com/strongroom-pos/strongroom/internal/evidence/trial"
)

func TestMain(m *testing.M) {
	pcscbox.RunIfChild()
	leak.RunIfChild()
	os.Exit(m.Run())
}

const (
	root  = "../.."
	sales = 3
)

// One lane for all: a report of a run in which everything held, then the same run
// spoilt in two ways.
func TestTheScopeReportShowsWhatItClaimsAndClaimsNoMore(t *testing.T) {
	programs, chromium, ok := ready(t)
	if !ok {
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	run, err := trial.Start(t.Context(), trial.Options{Programs: programs, Sales: sales, Self: []string{self}, DirectCards: true, Say: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := run.Stop(); err != nil {
			t.Error(err)
		}
	})
	b := browse(t, chromium)
	t.Run("live, while a sale is made", func(t *testing.T) { b.watches(t, run) })
	r := report(t, run)
	dir := written(t, r, "passed")

	t.Run("passed, with every control above nothing", func(t *testing.T) { holds(t, r) })
	t.Run("one page that asks for nothing and says first what it is not", func(t *testing.T) { b.opens(t, dir, evidence.Passed) })
	t.Run("sealed", func(t *testing.T) { sealed(t, dir) })
	t.Run("failed where something was planted", func(t *testing.T) {
		spoilt := copied(t, r)
		plant(t, run)
		replace(t, spoilt, run)
		if spoilt.Judge(); spoilt.Verdict != evidence.Failed {
			t.Errorf("%s", spoilt.Verdict)
		}
		b.opens(t, written(t, spoilt, "failed"), evidence.Failed)
	})
	t.Run("inconclusive without controls", func(t *testing.T) {
		spoilt := copied(t, r)
		if err := os.Remove(plantedAt(run)); err != nil {
			t.Fatal(err)
		}
		run.WithoutControls()
		replace(t, spoilt, run)
		if spoilt.Judge(); spoilt.Verdict != evidence.Inconclusive {
			t.Errorf("%s", spoilt.Verdict)
		}
		b.opens(t, written(t, spoilt, "inconclusive"), evidence.Inconclusive)
	})
}

// report makes the run and completes it, as the command does.
func report(t *testing.T, run *trial.Trial) *evidence.Report {
	t.Helper()
	r, err := run.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Requirements, err = evidence.Requirements(); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(root, "tests", "attacks", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := evidence.ReadAttacks(f)
	if err != nil || len(list) < 40 {
		t.Fatalf("%d attacks, %v", len(list), err)
	}
	r.AddAttacks(list, evidence.Results{}, "not run in this test")
	r.AddResults(evidence.Results{})
	r.Simulation = evidence.Simulation{Verdict: evidence.NotRun, Source: "not run in this test", Replay: "make sim SECONDS=60"}
	r.Build.AddGoSum(root)
	r.State()
	if err := run.SearchReport(r); err != nil {
		t.Fatal(err)
	}
	r.Judge()
	return r
}

// holds: the report's verdict, and that its numbers can bear it.
func holds(t *testing.T, r *evidence.Report) {
	if r.Verdict != evidence.Passed {
		t.Errorf("%s: %q", r.Verdict, r.Findings)
	}
	if n := r.InAppWorld(); n != 0 {
		t.Errorf("%d canaries in the app world", n)
	}
	if r.InControl() == 0 || r.Run.PlantedLeaks < 300 || r.Run.PlantedFound != r.Run.PlantedLeaks {
		t.Errorf("control: %d in the plain terminal, %d of %d planted", r.InControl(), r.Run.PlantedFound, r.Run.PlantedLeaks)
	}
	for _, want := range []string{"till>terminal", "kernel>acquirer", "reader>kernel", "pinpad>kernel", "terminal>kernel", "plain control terminal>acquirer"} {
		if !hasFlow(r, want) {
			t.Errorf("the arrow %s was not observed", want)
		}
	}
	for name, there := range map[string]bool{
		"keys": len(r.Keys) > 5, "measurements": len(r.Measurements) > 4, "programs": len(r.Build.Programs) > 7,
		"go.sum": r.Build.GoSum != "", "forms": len(r.Forms) > 30, "limits": len(r.Limits) > 5, "surfaces": len(r.Surfaces) >= 15,
	} {
		if !there {
			t.Errorf("the report has no %s", name)
		}
	}
}

func hasFlow(r *evidence.Report, arrow string) bool {
	for _, f := range r.Flows {
		if f.From+">"+f.To == arrow && (!f.Counted || f.Bytes > 0 && f.Back > 0) {
			return true
		}
	}
	return false
}

func sealed(t *testing.T, dir string) {
	seal, err := evidence.Verify(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := evidence.Verify(dir, evidence.Fingerprint(seal.Key)); err != nil {
		t.Error(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, evidence.FileHTML), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(" ")
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := evidence.Verify(dir, ""); !errors.Is(err, evidence.ErrChanged) {
		t.Errorf("a page that was changed: %v", err)
	}
}

// plant leaves a card's number in a file of the terminal, as a careless change would.
func plant(t *testing.T, run *trial.Trial) {
	t.Helper()
	line := fmt.Sprintf("level=DEBUG msg=\"card read\" pan=%s\n", run.Canary())
	if err := os.WriteFile(plantedAt(run), []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
}

func plantedAt(run *trial.Trial) string {
	return filepath.Join(run.Lane.Run, "terminal", "debug.log")
}

// replace searches the terminal's files again and puts that into the report.
func replace(t *testing.T, r *evidence.Report, run *trial.Trial) {
	t.Helper()
	again, err := run.Again()
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Surfaces {
		if r.Surfaces[i].ID == again.ID {
			r.Surfaces[i] = again
			return
		}
	}
	t.Fatal("the report has no such surface")
}

func copied(t *testing.T, r *evidence.Report) *evidence.Report {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var c evidence.Report
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

// written is the folder of a sealed report.
func written(t *testing.T, r *evidence.Report, name string) string {
	t.Helper()
	key, err := evidence.DemoKey(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(folder(t), name)
	if err := evidence.Write(dir, r, key); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Every test that the requirements name is one, and every surface has its place.
func TestTheRequirementsNameTestsThatThereAre(t *testing.T) {
	requirements, err := evidence.Requirements()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range requirements {
		for _, name := range q.Tests {
			folder, test, ok := strings.Cut(name, ":")
			if !ok || !declared(t, filepath.Join(root, folder), test) {
				t.Errorf("%s %s: there is no test %s", q.Standard, q.Number, name)
			}
		}
	}
}

func declared(t *testing.T, folder, test string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	head := regexp.MustCompile(`(?m)^func ` + test + `\(`)
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil && head.Match(b) {
			return true
		}
	}
	return false
}

// ready fails where everything is required, and elsewhere says what was left out.
func ready(t *testing.T) (programs, chromium string, ok bool) {
	t.Helper()
	programs, err := filepath.Abs(filepath.Join(root, "bin"))
	if dir := os.Getenv("STRONGROOM_BIN"); dir != "" {
		programs, err = filepath.Abs(dir)
	}
	missing := ""
	if err == nil {
		err = estate.Built(programs)
	}
	if err == nil {
		_, err = os.Stat(filepath.Join(programs, "plainterminal"))
	}
	if err != nil {
		missing = "make build"
	}
	if os.Geteuid() != 0 {
		missing = "root's rights"
	}
	if chromium, err = exec.LookPath("chromium"); err != nil {
		if chromium, err = exec.LookPath("chromium-browser"); err != nil {
			missing = "chromium"
		}
	}
	switch {
	case missing == "":
		return programs, chromium, true
	case os.Getenv("STRONGROOM_REQUIRE") == "all":
		t.Fatalf("%s is missing and required", missing)
	}
	t.Logf("LEFT OUT: this needs %s", missing)
	return "", "", false
}

// folder keeps what was written and seen, for people.
func folder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(root, "var", "evidence")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}
