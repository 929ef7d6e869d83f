package pool

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"text/tabwriter"
)

// built is the folder of the programs.
var built string //nolint:gochecknoglobals // made once for all tests, by TestMain

// results are what the tests measured.
var results table //nolint:gochecknoglobals // printed at the end, by TestMain

func TestMain(m *testing.M) {
	code, err := testMain(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func testMain(m *testing.M) (code int, err error) {
	if built, err = os.MkdirTemp("", "pool"); err != nil {
		return 1, err
	}
	defer os.RemoveAll(built) //nolint:errcheck // temporary
	for name, folder := range map[string]string{
		"stdlib": "secureworld/element/stdlib", "gcrypt": "secureworld/element/gcrypt", "nettle": "secureworld/element/nettle",
		"mcu": "secureworld/element/mcu", "traitor": "tests/pool/traitor",
		"hub": "secureworld/element/bus/hub", "auditor": "secureworld/element/auditor/command", "strongroom": ".",
	} {
		c := exec.Command("go", "build", "-o", filepath.Join(built, name), "./"+folder) //nolint:gosec,noctx // own programs
		c.Dir, c.Stderr = filepath.Join("..", ".."), os.Stderr
		if err := c.Run(); err != nil {
			return 1, fmt.Errorf("building %s: %w", name, err)
		}
	}
	code = m.Run()
	results.print()
	return code, nil
}

// result is one row of the table.
type result struct {
	Case     string  `json:"case"`
	Found    string  `json:"found"`            // by whom, and what became of it
	FoundMS  float64 `json:"found_ms"`         // from the first misbehaviour; 0: nothing was to be found
	Answers  int     `json:"answers"`          // in the whole run
	Wrong    int     `json:"wrong"`            // taken by the client
	Lost     int     `json:"lost"`             // never answered
	WorstMS  float64 `json:"worst_ms"`         // of one answer
	Released uint64  `json:"before,omitempty"` // wrong answers before detection, where a whole group lies
}

type table struct {
	mu   sync.Mutex
	rows []result
}

func (t *table) add(tb testing.TB, r result) {
	line, err := json.Marshal(r)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Logf("%s", line)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows = append(t.rows, r)
}

func (t *table) print() {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "case\tfound\tafter ms\tanswers\twrong\tlost\tslowest ms")
	for _, r := range t.rows {
		fmt.Fprintf(w, "%s\t%s\t%.0f\t%d\t%d\t%d\t%.0f\n", r.Case, r.Found, r.FoundMS, r.Answers, r.Wrong, r.Lost, r.WorstMS)
	}
	_ = w.Flush()
}
