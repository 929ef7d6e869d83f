//go:build linux

package command

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/doctor"
	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/child"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
)

// operate looks at a running lane as who looks after it does.
func operate(t *testing.T, lane *estate.Lane, home, programs string) {
	t.Helper()
	scrape(t, lane)
	o, err := run(t, "status", "-var", home)
	for _, words := range []string{"ready", "signed on yes", "ledger balanced yes", "queue      0 waiting", "batch      1, open", "fewest uses left", "isolation process", "not pci listed", "kernel 1"} {
		if err != nil || !strings.Contains(o.out.String(), words) {
			t.Errorf("%v: no %q in\n%s", err, words, &o.out)
		}
	}
	if n := strings.Count(o.out.String(), "\n"); n > 24 {
		t.Errorf("%d lines are more than a screen", n)
	}
	o, err = run(t, "status", "--json", "-var", home)
	var s Status
	if err != nil || json.Unmarshal(o.out.Bytes(), &s) != nil || s.State != "ready" || s.Batch.Batch != 1 || len(s.Keys) == 0 || s.Acquirer == nil || !s.Acquirer.Balanced {
		t.Errorf("%v\n%s", err, &o.out)
	}
	diagnose(t, home, programs)
	readLogs(t, home)
}

// readLogs holds what every program of the lane has written to one form.
func readLogs(t *testing.T, home string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(home, "logs", "*.log"))
	if err != nil || len(files) < 6 {
		t.Fatalf("%v: %v", err, files)
	}
	programs := map[string]bool{}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			if strings.HasPrefix(line, "display: ") || line == "element: ready\n" || filepath.Base(name) == "pcscd.log" {
				continue // what is shown, all that an element says, and another's program
			}
			var l struct{ Time, Level, Msg, Program string }
			if json.Unmarshal([]byte(line), &l) != nil || l.Time == "" || l.Level == "" || l.Msg == "" || l.Program == "" {
				t.Errorf("%s: a line of another form: %s", filepath.Base(name), line)
			}
			programs[l.Program] = true
		}
	}
	for _, p := range []string{"terminal", "secureworld"} { // the others are silent while all is well
		if !programs[p] {
			t.Errorf("%s wrote nothing", p)
		}
	}
}

// withMetrics has the lane's terminal and acquirer say theirs.
func withMetrics(name string, c *child.Config) {
	if name == estate.Terminal || name == estate.Acquirer {
		c.Args = append(c.Args, "-metrics", "127.0.0.1:0")
	}
}

// scrape sells to a canary's card and looks for it in what the programs say in metrics.
func scrape(t *testing.T, lane *estate.Lane) {
	t.Helper()
	card, err := lane.NewCard(t.Context(), bureau.Order{Name: "canary", Balance: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	p, err := lane.Sell(t.Context(), estate.Sale{Request: till.Request{Amount: 250, Currency: "EUR"}, Card: card})
	if err != nil || p.Outcome != "approved" || p.Card == nil {
		t.Fatalf("%+v %v", p, err)
	}
	for world, want := range map[string]string{
		estate.Terminal: `strongroom_payments_total{outcome="approved"} 1`,
		estate.Acquirer: `strongroom_acquirer_message_duration_seconds_count{mti="0200",result="taken"} 1`,
	} {
		page := metricsOf(t, filepath.Join(lane.Run, world, "addresses.json"))
		if !strings.Contains(page, want) {
			t.Errorf("%s does not say %s", world, want)
		}
		for _, canary := range []string{card.Profile.PAN, p.Card.Token, p.Card.Masked, p.ID, `="` + p.Card.Last4 + `"`} {
			if canary == "" || strings.Contains(page, canary) {
				t.Errorf("%s says %q in its metrics", world, canary)
			}
		}
	}
	if err := lane.Pull(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func metricsOf(t *testing.T, addresses string) string {
	t.Helper()
	var at struct{ Metrics string }
	b, err := os.ReadFile(addresses)
	if err != nil || json.Unmarshal(b, &at) != nil {
		t.Fatal("no addresses")
	}
	answer, err := http.Get(at.Metrics)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if b, err = io.ReadAll(answer.Body); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// diagnose holds the doctor to a lane that is well: no check of it fails.
func diagnose(t *testing.T, home, programs string) {
	t.Helper()
	o, err := run(t, "doctor", "--json", "-var", home, "-bin", programs)
	var exit *ExitError
	if err != nil && (!errors.As(err, &exit) || exit.Code == 2) {
		t.Errorf("%v", err)
	}
	var r doctor.Report
	if err := json.Unmarshal(o.out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range r.Findings {
		seen[f.Check] = true
		if f.Result == doctor.Fail {
			t.Errorf("%+v", f)
		}
	}
	for _, check := range []string{"lane", "secure world", "reader", "PIN pad", "card service", "acquirer", "keys", "queue", "batch", "journal", "protection"} {
		if !seen[check] {
			t.Errorf("%s was not looked at", check)
		}
	}
}

// TestEveryCommandIsInTheUsageAndSoCompleted compares the words that Run knows with
// those that are completed.
func TestEveryCommandIsInTheUsageAndSoCompleted(t *testing.T) {
	source, err := os.ReadFile("command.go")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, c := range commands() {
		known[c.Path[0]] = true
	}
	cases := regexp.MustCompile(`(?m)^\tcase "([a-z]+)":$`).FindAllStringSubmatch(string(source), -1)
	if len(cases) < 15 {
		t.Fatalf("%d commands", len(cases))
	}
	for _, c := range cases {
		if !known[c[1]] {
			t.Errorf("%s is in no usage", c[1])
		}
	}
}

func TestBashCompletesTheCommandsOwnFlags(t *testing.T) {
	o, err := run(t, "completion", "bash")
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"'' ": "", "sta": "status", "card 'sw'": "swipe", "doctor '-j'": "-json", "update 'st'": "stage status",
		"completion 'f'": "fish", "up '-misbehave-'": "-misbehave-seed",
	} {
		script := o.out.String() + "\nCOMP_WORDS=(strongroom " + line + "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); COMPREPLY=(); _strongroom; echo \"${COMPREPLY[*]-}\""
		out, err := exec.Command("bash", "-u", "-c", script).CombinedOutput()
		got := strings.TrimSpace(string(out))
		if err != nil || want != "" && got != want || want == "" && !strings.Contains(got, "doctor") {
			t.Errorf("%s: %v %q", line, err, got)
		}
	}
	if _, err := run(t, "completion", "tcsh"); err == nil {
		t.Error("another shell is completed")
	}
}
