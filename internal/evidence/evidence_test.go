package evidence

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// sample is a report of a run in which everything held.
func sample(t *testing.T) *Report {
	t.Helper()
	requirements, err := Requirements()
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]int{"pan": 0, "track2": 0, "pin": 0, "key": 0}
	r := &Report{
		Format: Format, Made: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC),
		Run:   Run{Sales: 2, Canaries: 2, Needles: 100, Keys: 10, Root: true, ReplayCommand: "strongroom scope -sales 2"},
		Forms: []Form{{"ASCII", "pan"}, {"gzip member", "pan"}},
		Worlds: []World{
			{Name: "terminal", Column: AppWorld, Claimed: true, Sweeps: 2, Bytes: 2 << 20, Hits: held},
			{Name: plain, Column: Control, Sweeps: 2, Bytes: 2 << 20, Hits: map[string]int{"pan": 7}},
		},
		Surfaces: []Surface{
			{ID: "app-memory", Name: "memory of terminal", Column: AppWorld, Bytes: 2 << 20, Forms: []string{CellFound, CellClosed}},
			{ID: "app-files", Name: "files of terminal", Column: AppWorld, Bytes: 100, Forms: []string{CellFound, CellFound}},
			{ID: "metrics", Name: "metrics", Column: AppWorld, Absent: "there are none", Forms: []string{CellFound, CellFound}},
		},
		Flows:        []Flow{{From: "till", To: "terminal", Medium: "TCP, loopback", Bytes: 10, Back: 20, Counted: true}},
		Requirements: requirements,
		Attacks:      Attacks{Verdict: NotRun, Source: "not run"},
		Simulation:   Simulation{Verdict: NotRun, Source: "not run"},
	}
	r.State()
	r.Judge()
	return r
}

const plain = "plain control terminal"

func TestAReportIsPassedOnlyWhereEveryClaimAndControlHeld(t *testing.T) {
	if r := sample(t); r.Verdict != Passed || len(r.Findings) > 0 {
		t.Fatalf("%s: %q", r.Verdict, r.Findings)
	}
	for name, c := range map[string]struct {
		spoil func(*Report)
		want  Verdict
	}{
		"a hit in memory":                   {func(r *Report) { r.Worlds[0].Hits = map[string]int{"pin": 1} }, Failed},
		"more hits than a sweep keeps":      {func(r *Report) { r.Worlds[0].More = 1 }, Failed},
		"a hit on a surface":                {func(r *Report) { r.Surfaces[1].Hits = 1 }, Failed},
		"a hit where there is no surface":   {func(r *Report) { r.Surfaces[2].Hits = 1 }, Failed},
		"an attack with another end":        {func(r *Report) { r.Attacks.Verdict = Failed }, Failed},
		"an invariant broken":               {func(r *Report) { r.Simulation.Verdict = Failed }, Failed},
		"memory that was not swept":         {func(r *Report) { r.Worlds[0].Sweeps = 0 }, Inconclusive},
		"a sweep that saw next to nothing":  {func(r *Report) { r.Worlds[0].Bytes = 4096 }, Inconclusive},
		"no plain terminal":                 {func(r *Report) { r.Worlds = r.Worlds[:1] }, Inconclusive},
		"a plain terminal that holds none":  {func(r *Report) { r.Worlds[1].Hits = map[string]int{} }, Inconclusive},
		"a planted leak that was not found": {func(r *Report) { r.Surfaces[0].Forms = []string{CellMissed, CellClosed} }, Inconclusive},
		"no control":                        {func(r *Report) { r.Surfaces[1].Forms = []string{CellControl, CellControl} }, Inconclusive},
		"no form that can stand there":      {func(r *Report) { r.Surfaces[1].Forms = []string{CellCannot, CellCannot} }, Inconclusive},
		"nothing searched":                  {func(r *Report) { r.Surfaces[1].Bytes = 0 }, Inconclusive},
		"a part that was refused":           {func(r *Report) { r.Surfaces[1].Refused = 1 }, Inconclusive},
		"not root":                          {func(r *Report) { r.Run.Root = false }, Inconclusive},
		"packets dropped":                   {func(r *Report) { r.Run.CaptureDrops = 1 }, Inconclusive},
		"no sale":                           {func(r *Report) { r.Run.Sales = 0 }, Inconclusive},
	} {
		r := sample(t)
		c.spoil(r)
		r.Judge()
		if r.Verdict != c.want || len(r.Findings) == 0 {
			t.Errorf("%s: %s, findings %q", name, r.Verdict, r.Findings)
		}
		page, err := r.HTML()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(page), "held no account data") || !strings.Contains(string(page), `class="verdict `+string(c.want)) {
			t.Errorf("%s: the page claims what was not shown", name)
		}
	}
}

func TestARequirementIsNoBetterThanItsEvidence(t *testing.T) {
	r := sample(t)
	r.Requirements = []Requirement{
		{Surfaces: []string{"app-files"}}, {Surfaces: []string{"app-files"}, Tests: []string{"tests/attacks:TestA"}},
		{Tests: []string{"tests/attacks:TestA"}}, {Tests: []string{"tests/attacks:TestB"}}, {Note: "a duty"}, {Surfaces: []string{"metrics"}},
	}
	r.AddResults(Results{"tests/attacks:TestB": {Verdict: Failed}})
	r.Judge()
	for i, want := range []Verdict{Passed, InPart, NotRun, Failed, NotRun, NotRun} {
		if got := r.Requirements[i].Verdict; got != want {
			t.Errorf("requirement %d: %s, want %s", i, got, want)
		}
	}
}

func TestAProgramWithoutCodeCountsOnlyBesideOneThatHasIt(t *testing.T) {
	for _, c := range []struct {
		terminal, other bool
		want            Verdict
	}{{false, true, Passed}, {true, true, Failed}, {false, false, Inconclusive}} {
		r := &Report{Build: Build{Programs: []Program{
			{Name: "terminal", Links: map[string]bool{"dukpt": c.terminal}}, {Name: "reader", Links: map[string]bool{"dukpt": c.other}},
		}}}
		if got := r.linked("dukpt"); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestAChangedReportIsSeen(t *testing.T) {
	dir := t.TempDir()
	key, err := DemoKey(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := DemoKey(filepath.Join(dir, "key"))
	if err != nil || !again.Equal(key) {
		t.Fatal("the key is another one now")
	}
	out := filepath.Join(dir, "out")
	if err := Write(out, sample(t), key); err != nil {
		t.Fatal(err)
	}
	seal, err := Verify(out, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(out, Fingerprint(seal.Key)); err != nil {
		t.Error(err)
	}
	if _, err := Verify(out, strings.Repeat("0", 32)); !errors.Is(err, ErrKey) {
		t.Errorf("another key: %v", err)
	}
	for _, name := range []string{FileHTML, FileJSON, FileSeal} {
		path := filepath.Join(out, name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := slices.Clone(b)
		at := slices.Index(changed, '6') // in a date, a digest or a signature
		changed[at] = '7'
		if err := os.WriteFile(path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Verify(out, ""); err == nil {
			t.Errorf("a changed %s is not seen", name)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatAReportTellsIsEscaped(t *testing.T) {
	r := sample(t)
	r.Findings = append(r.Findings, "<script>1</script>")
	r.Flows[0].Carries, r.Flows[0].From = "<img src=x>", "<b>"
	r.Surfaces[0].Examples = []string{"<script>2</script>"}
	page, err := r.HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "<img", "<b>"} {
		if strings.Contains(string(page), bad+">") || strings.Contains(string(page), bad+" ") && bad != "<b>" {
			t.Errorf("the page has %s", bad)
		}
	}
}

func TestResultsOfTestsAreRead(t *testing.T) {
	results := Results{}
	err := results.Read(strings.NewReader(`# a build's words
{"Action":"pass","Package":"github.com/strongroom-pos/strongroom/tests/attacks","Test":"TestA","Elapsed":1.5}
{"Action":"fail","Package":"github.com/strongroom-pos/strongroom/tests/attacks","Test":"TestB"}
{"Action":"pass","Package":"github.com/strongroom-pos/strongroom/tests/attacks","Test":"TestB/a_part"}
{"Action":"skip","Package":"github.com/strongroom-pos/strongroom/tests/attacks","Test":"TestC"}
`))
	if err != nil {
		t.Fatal(err)
	}
	list, err := ReadAttacks(strings.NewReader("# Attacks\n\n| attack | test | in | control | result |\n|---|---|---|---|---|\n" +
		"| one | `TestA` | `tests/attacks` | a control | refused |\n| two | `TestB` | `tests/attacks` | another | refused |\n| three | `TestC` | `tests/attacks` | x | y |\n"))
	if err != nil || len(list) != 3 {
		t.Fatalf("%d attacks, %v", len(list), err)
	}
	var r Report
	r.AddAttacks(list, results, "a test")
	if r.Attacks.Verdict != Failed || list[0].Verdict != Passed || list[0].Seconds != 1.5 || list[1].Verdict != Failed || list[2].Verdict != NotRun {
		t.Errorf("%+v", r.Attacks)
	}
}

func TestTotalsOfASimulationAreRead(t *testing.T) {
	got := Totals([]byte("payment lives       2604, and more\nfaults by kind\n  till link         91\nviolations   0\n"))
	if want := []Total{{"payment lives", "2604, and more"}, {"till link", "91"}, {"violations", "0"}}; !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

func FuzzResultsAreReadOrRefused(f *testing.F) {
	f.Add(`{"Action":"pass","Package":"p","Test":"TestA"}`)
	f.Add("| a | `TestA` | b | c | d |")
	f.Fuzz(func(_ *testing.T, text string) {
		_ = Results{}.Read(strings.NewReader(text))
		_, _ = ReadAttacks(strings.NewReader(text))
		_ = Totals([]byte(text))
	})
}
