package evidence

import "time"

// Format is the number of the JSON's form.
const Format = 1

// Verdict is how a result is read.
type Verdict string

// The verdicts. NotRun is no result: the report says what would give one. NotClaimed is
// of what holds account data or keys by nature.
const (
	Passed       Verdict = "passed"
	Failed       Verdict = "failed"
	Inconclusive Verdict = "inconclusive"
	NotRun       Verdict = "not run"
	NotClaimed   Verdict = "not claimed"
)

// Report is all that there is to show.
type Report struct {
	Format     int       `json:"format"`
	Made       time.Time `json:"made"`
	Statements []string  `json:"statements"` // what must be read first
	Verdict    Verdict   `json:"verdict"`
	Findings   []string  `json:"findings"` // why it is not passed

	Run          Run           `json:"run"`
	Isolation    Isolation     `json:"isolation"`
	Worlds       []World       `json:"worlds"`
	Surfaces     []Surface     `json:"surfaces"`
	Forms        []Form        `json:"forms"` // of the planted leaks, in the order of Surface.Forms
	Flows        []Flow        `json:"flows"`
	Keys         []Key         `json:"keys"`
	Measurements []Measurement `json:"measurements"`
	Build        Build         `json:"build"`
	Requirements []Requirement `json:"requirements"`
	Attacks      Attacks       `json:"attacks"`
	Simulation   Simulation    `json:"simulation"`
	Limits       []string      `json:"limits"`
	NotTested    []string      `json:"not_tested"`
	Duties       []string      `json:"merchants_duties"`
}

// Run is what was done.
type Run struct {
	Sales         int     `json:"sales"`        // by the lane and, with the same cards, by the control
	Seconds       float64 `json:"seconds"`      // of the sales
	Canaries      int     `json:"canary_cards"` // each with a number and a PIN of its own
	Keys          int     `json:"keys_looked_for"`
	Needles       int     `json:"byte_strings"`  // all of them in all forms
	PlantedLeaks  int     `json:"planted_leaks"` // surfaces times forms that fit there
	PlantedFound  int     `json:"planted_found"`
	CaptureDrops  int     `json:"capture_drops"` // packets that the system dropped
	Root          bool    `json:"root"`          // whether the scanners had root's rights
	ReplayCommand string  `json:"replay_command"`
}

// Isolation is what was in force, in the secure world's own words.
type Isolation struct {
	Level          string   `json:"level"`
	Memory         string   `json:"memory_protection"`
	StorageRoot    string   `json:"storage_root"`
	Attestation    string   `json:"attestation"`
	AppMeasurement string   `json:"app_measurement"`
	Transport      string   `json:"mailbox_transport"`
	Users          bool     `json:"separate_users"`
	InForce        []string `json:"in_force"`
	NotInForce     []string `json:"not_in_force"`
	Swap           string   `json:"swap"` // off, or on
	FIPS           string   `json:"fips_140"`
}

// Columns of the picture: whose a world is.
const (
	AppWorld    = "app world"
	SecureWorld = "secure world"
	Devices     = "devices"
	Host        = "host"
	Control     = "control"
)

// World is a process and what its memory was found to hold.
type World struct {
	Name    string         `json:"name"`
	Column  string         `json:"column"`
	MayHold string         `json:"may_hold"`
	Claimed bool           `json:"claimed"` // that nothing is there
	Sweeps  int            `json:"sweeps"`
	Bytes   int64          `json:"bytes"`        // searched, all sweeps
	Hidden  int64          `json:"hidden_bytes"` // there, and refused to root: the most in one sweep
	Hits    map[string]int `json:"hits"`         // by kind: pan, track2, pin, key
	More    int            `json:"more"`         // hits beyond what one sweep keeps
	Except  int            `json:"exceptions"`   // hits for keys of TLS and signatures
	Verdict Verdict        `json:"verdict"`
}

// Found is how often anything was found.
func (w World) Found() int {
	n := w.More
	for _, h := range w.Hits {
		n += h
	}
	return n
}

// Form is one form of the planted leaks.
type Form struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// How a form's control came out on a surface.
const (
	CellFound   = "found"  // the planted leak was seen
	CellMissed  = "missed" // it was not
	CellCannot  = "cannot" // no leak of this form can stand there
	CellClosed  = "closed" // the scanner does not look into members there
	CellControl = "no control"
)

// Surface is a place where something could have been left.
type Surface struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Column   string   `json:"column"`
	How      string   `json:"how"` // it was searched
	Claim    string   `json:"claim"`
	Parts    int      `json:"parts"`
	Bytes    int64    `json:"bytes"`
	Members  int      `json:"members_opened"`
	Refused  int      `json:"refused"` // parts that could not be read
	Hits     int      `json:"hits"`
	Examples []string `json:"examples,omitempty"` // kind, form and place; no canary
	Forms    []string `json:"forms"`              // each form's control: found, missed, cannot, closed
	Planted  int      `json:"planted"`
	Found    int      `json:"planted_found"`
	Absent   string   `json:"absent,omitempty"` // why there is no such surface
	Verdict  Verdict  `json:"verdict"`
}

// Flow is an arrow of the data flow as it was observed.
type Flow struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Medium  string `json:"medium"` // TCP on loopback, Unix socket
	Bytes   int64  `json:"bytes"`  // forth; only of TCP
	Back    int64  `json:"back"`
	Counted bool   `json:"counted"`
	Carries string `json:"carries"`
	Seal    string `json:"seal"` // what hides it
	Control bool   `json:"control"`
}

// Key is a line of the key table. It has no value.
type Key struct {
	Name       string `json:"name"`
	Algorithm  string `json:"algorithm"`
	Usage      string `json:"usage"`
	Custodian  string `json:"custodian"`
	State      string `json:"state"`
	CheckValue string `json:"check_value"`
	Since      string `json:"since"`
	Left       string `json:"left"` // uses, where they are counted
}

// Measurement is a digest that the device tells of itself, signed over our nonce.
type Measurement struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Build is what ran.
type Build struct {
	Commit   string    `json:"commit"`
	Modified bool      `json:"modified"` // built from a tree with changes that are in no commit
	Go       string    `json:"go"`
	GoSum    string    `json:"go_sum_sha256"`
	Programs []Program `json:"programs"`
}

// Program is a file that ran.
type Program struct {
	Name    string   `json:"name"`
	SHA256  string   `json:"sha256"`
	FIPS    string   `json:"fips_module"`
	Modules []Module `json:"modules"`
	// Links tells of some packages whether the file has code of them.
	Links map[string]bool `json:"links"`
}

// Module is a line of the bill of materials.
type Module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Sum     string `json:"sum,omitempty"`
}

// Attacks are results of the attack list.
type Attacks struct {
	Verdict Verdict  `json:"verdict"`
	Source  string   `json:"source"` // where the results come from, or how to get them
	Results []Attack `json:"results"`
}

// Attack is one attack.
type Attack struct {
	Attack  string  `json:"attack"`
	Test    string  `json:"test"`
	In      string  `json:"in"`
	Control string  `json:"control"`
	Expect  string  `json:"expect"`
	Verdict Verdict `json:"verdict"`
	Seconds float64 `json:"seconds"`
}

// Simulation are the totals of a run on virtual time.
type Simulation struct {
	Verdict Verdict `json:"verdict"`
	Source  string  `json:"source"`
	Replay  string  `json:"replay"`
	Totals  []Total `json:"totals"`
}

// Total is a line of it.
type Total struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
