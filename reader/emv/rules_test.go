package emv

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

type supported struct{ AID, Match string }

type rules struct {
	CVMList []struct {
		List, Error string
		X, Y        uint32
		Rules       []string
	} `json:"cvm_list"`
	CandidateList struct {
		Supported []supported
		Cases     []struct {
			Name       string
			Exchanges  [][2]string
			Expect     string
			Candidates []string
			Choose     bool `json:"cardholder_selection_or_confirmation"`
		}
	} `json:"candidate_list"`
	FinalSelection struct {
		Supported []supported
		Runs      []struct {
			Start [][2]string
			Steps []struct {
				What      string
				Index     int
				Exchanges [][2]string
				Expect    string
				Remaining []int
			}
		}
	} `json:"final_selection"`
	GPO struct {
		Terminal []map[string]string
		Cases    []struct {
			What, FCI string
			Exchanges [][2]string
			Expect    string
			AIP, AFL  string
		}
	} `json:"gpo"`
	ReadRecords struct {
		Cases []struct {
			What, AFL string
			Exchanges [][2]string
			Expect    string
		}
	} `json:"read_records"`
	Restrictions struct {
		Cases []struct {
			Name                string
			Config, Params, ICC map[string]string
			ExpectTVR           string `json:"expect_tvr"`
		}
	} `json:"processing_restrictions"`
	Risk struct {
		Cases []struct {
			Name                string
			Config, Params, ICC map[string]string
			Log                 []struct {
				PAN    string
				Amount uint64
			}
			Exchanges [][2]string
			ExpectTVR string `json:"expect_tvr"`
			ExpectTSI string `json:"expect_tsi"`
		}
	} `json:"terminal_risk_management"`
}

// everyRule is the rules of the project and those beside it.
func everyRule(t *testing.T) (list []rules) {
	t.Helper()
	files := []string{"testdata/rules.json"}
	if dir, ok := transcripts(t); ok {
		files = append(files, filepath.Join(filepath.Dir(dir), "emv_rules.json"))
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var r rules
		if err := json.Unmarshal(raw, &r); err != nil {
			t.Fatal(name, err)
		}
		list = append(list, r)
	}
	return list
}

func configFor(t *testing.T, list []supported) Config {
	c := testConfig(t)
	c.CardholderSelection = true
	for _, s := range list {
		c.Applications = append(c.Applications, testApplication(t, s.AID, s.Match == "partial"))
	}
	return c
}

func TestPublishedCandidateLists(t *testing.T) {
	for _, r := range everyRule(t) {
		publishedCandidateLists(t, r)
	}
}

func publishedCandidateLists(t *testing.T, all rules) {
	r := all.CandidateList
	outcomes := map[string]Outcome{"card blocked": OutcomeCardBlocked, "not accepted": OutcomeNotAccepted}
	for _, c := range r.Cases {
		t.Run(c.Name, func(t *testing.T) {
			tx := New(configFor(t, r.Supported), testOrder())
			card := &script{t: t, list: c.Exchanges}
			a := tx.Next(Start())
			for a.Kind == ActionTransmit && card.at < len(card.list) {
				a = step(tx, a, card)
			}
			if o, ends := outcomes[c.Expect]; ends {
				if a.Outcome != o || card.at != len(card.list) {
					t.Fatalf("%v %v", a.Outcome, a.Reason)
				}
				return
			}
			// A single application is selected at once: it has left the list.
			got := aids(tx.selection.candidates)
			if a.Kind == ActionTransmit {
				got = append(aids([]Candidate{tx.selection.chosen}), got...)
			}
			if !slices.Equal(got, c.Candidates) || (a.Kind == ActionChoose) != c.Choose {
				t.Fatalf("%v, choose %v", got, a.Kind == ActionChoose)
			}
		})
	}
}

func aids(list []Candidate) []string {
	out := []string{}
	for _, c := range list {
		out = append(out, fmt.Sprintf("%X", c.AID))
	}
	return out
}

func TestPublishedFinalSelections(t *testing.T) {
	for _, r := range everyRule(t) {
		publishedFinalSelections(t, r)
	}
}

func publishedFinalSelections(t *testing.T, all rules) {
	r := all.FinalSelection
	for i, c := range r.Runs {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			tx := New(configFor(t, r.Supported), testOrder())
			card := &script{t: t, list: c.Start}
			a := run(tx, tx.Next(Start()), card)
			if a.Kind != ActionChoose {
				t.Fatalf("no choice: %v", a)
			}
			for _, s := range c.Steps {
				card.list, card.at = s.Exchanges, 0
				if a.Kind == ActionChoose {
					a = tx.Next(Selected(s.Index))
				}
				a = step(tx, a, card)
				checkSelection(t, s.What, s.Expect, a)
				if got := labels(t, tx); !slices.Equal(got, s.Remaining) || card.at != len(card.list) {
					t.Fatalf("%s: remaining %v, want %v", s.What, got, s.Remaining)
				}
				if a.Kind != ActionChoose && len(s.Remaining) > 1 { // go on from here, as the run does
					tx.last = tx.choose()
					a = tx.last
				}
			}
		})
	}
}

func checkSelection(t *testing.T, what, expect string, a Action) {
	t.Helper()
	ok := false
	switch expect {
	case "ok":
		ok = a.Kind == ActionTransmit && a.Command[1] == 0xA8
	case "try again", "invalid index, list unchanged":
		ok = a.Kind == ActionChoose || a.Kind == ActionTransmit && a.Command[1] == 0xA4
	case "card error":
		ok = a.Outcome == OutcomeCardError
	case "card blocked":
		ok = a.Outcome == OutcomeCardBlocked
	case "not accepted":
		ok = a.Outcome == OutcomeNotAccepted
	}
	if !ok {
		t.Fatalf("%s: want %s, got %v %v %v", what, expect, a.Kind, a.Outcome, a.Reason)
	}
}

// labels gives the numbers in "APP n"; one that is being selected by itself
// still counts as remaining.
func labels(t *testing.T, tx *Transaction) []int {
	out := []int{}
	list := tx.selection.candidates
	if a := tx.last; a.Kind == ActionTransmit && a.Command[1] == 0xA4 {
		list = append([]Candidate{tx.selection.chosen}, list...)
	}
	for _, c := range list {
		n, err := strconv.Atoi(strings.TrimPrefix(c.Label, "APP "))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

func TestPublishedProcessingOptions(t *testing.T) {
	for _, r := range everyRule(t) {
		publishedProcessingOptions(t, r)
	}
}

func publishedProcessingOptions(t *testing.T, all rules) {
	r := all.GPO
	for _, c := range r.Cases {
		t.Run(c.What, func(t *testing.T) {
			name := nameOf(t, c.FCI)
			tx := New(testConfig(t, name), testOrder())
			tx.selection.chosen = Candidate{AID: unhex(t, name)}
			if !tx.acceptFCI(unhex(t, c.FCI)) {
				t.Fatal("FCI refused")
			}
			for _, source := range slices.Backward(r.Terminal) { // the first source wins
				put(t, &tx.terminal, source)
			}
			card := &script{t: t, list: c.Exchanges}
			tx.last = tx.initiate()
			a := step(tx, tx.last, card)
			if card.at != len(card.list) {
				t.Fatal("commands missing")
			}
			switch c.Expect {
			case "card error":
				if a.Outcome != OutcomeCardError {
					t.Fatal(a)
				}
			case "ok":
				aip, afl := tx.card.Value(tlv.Tag82ApplicationInterchangeProfile), tx.card.Value(tlv.Tag94ApplicationFileLocator)
				if fmt.Sprintf("%X %X", aip, afl) != c.AIP+" "+c.AFL || a.Kind != ActionTransmit {
					t.Fatalf("%X %X", aip, afl)
				}
			default:
				if a.Outcome != OutcomeNotAccepted { // back to a list that is empty
					t.Fatal(a)
				}
			}
		})
	}
}

func nameOf(t *testing.T, fci string) string {
	t.Helper()
	l, err := tlv.ParseCard(unhex(t, fci))
	if err != nil {
		t.Fatal(err)
	}
	name, _ := l.Find(tlv.Tag84DedicatedFileName)
	return fmt.Sprintf("%X", name)
}

// atApplication puts the kernel where it has an application and AIP and AFL.
func atApplication(t testing.TB, tx *Transaction, aip, afl string) {
	tx.app = tx.cfg.Applications[0]
	tx.reset()
	tx.card.Set(tlv.Tag82ApplicationInterchangeProfile, unhex(t, aip))
	tx.card.Set(tlv.Tag94ApplicationFileLocator, unhex(t, afl))
	tx.fromFCI = tx.card.Count()
	tx.records = recordCursor{afl: tx.card.Value(tlv.Tag94ApplicationFileLocator)}
}

func TestPublishedRecords(t *testing.T) {
	for _, r := range everyRule(t) {
		publishedRecords(t, r)
	}
}

func publishedRecords(t *testing.T, all rules) {
	for _, c := range all.ReadRecords.Cases {
		t.Run(c.What, func(t *testing.T) {
			tx := New(testConfig(t, "A0000000031010"), testOrder())
			atApplication(t, tx, "0000", c.AFL)
			card := &script{t: t, list: c.Exchanges}
			tx.last = tx.nextRecord()
			a := tx.last
			for a.Kind == ActionTransmit && a.Command[1] == 0xB2 {
				a = step(tx, a, card)
			}
			if card.at != len(card.list) {
				t.Fatal("commands missing")
			}
			good := c.Expect == "ok" || strings.HasPrefix(c.Expect, "readable")
			if good != (a.Kind == ActionTransmit && a.Command[1] == 0xAE) || !good && a.Outcome != OutcomeCardError {
				t.Fatalf("want %s, got %v %s", c.Expect, a.Outcome, a.Reason)
			}
		})
	}
}

func put(t testing.TB, s *objects.Store, from map[string]string) {
	for k, v := range from {
		s.Set(tagOf(t, k), unhex(t, v))
	}
}

func TestPublishedProcessingRestrictions(t *testing.T) {
	for _, r := range everyRule(t) {
		publishedProcessingRestrictions(t, r)
	}
}

func publishedProcessingRestrictions(t *testing.T, all rules) {
	for _, c := range all.Restrictions.Cases {
		o := testOrder()
		o.TransactionType = unhex(t, c.Params["9C"])[0]
		o.Date = [3]byte(unhex(t, c.Params["9A"]))
		tx := New(testConfig(t, "A0000000031010"), o)
		atApplication(t, tx, "0000", "08010100")
		tx.terminal.Set(tlv.Tag95TerminalVerificationResults, make([]byte, 5))
		put(t, &tx.terminal, c.Config)
		put(t, &tx.card, c.ICC)
		why := tx.restrict()
		if got := tx.terminal.Value(tlv.Tag95TerminalVerificationResults); why != ReasonNone || fmt.Sprintf("%X", got) != c.ExpectTVR {
			t.Errorf("%s: TVR %X, want %s", c.Name, got, c.ExpectTVR)
		}
	}
}

func TestPublishedRiskManagement(t *testing.T) {
	for _, r := range everyRule(t) {
		publishedRiskManagement(t, r)
	}
}

func publishedRiskManagement(t *testing.T, all rules) {
	for _, c := range all.Risk.Cases {
		o := testOrder()
		o.Amount = uint64(binary.BigEndian.Uint32(unhex(t, c.Params["81"])))
		cfg := testConfig(t, "A0000000031010")
		cfg.Applications[0].FloorLimit = binary.BigEndian.Uint32(unhex(t, c.Config["9F1B"]))
		tx := New(cfg, o)
		atApplication(t, tx, "0800", "08010100")
		tx.terminal.Set(tlv.Tag95TerminalVerificationResults, make([]byte, 5))
		put(t, &tx.card, c.ICC)
		var logged uint64
		for _, e := range c.Log {
			if e.PAN == c.ICC["5A"] {
				logged = e.Amount // the newest counts
			}
		}
		tx.checkFloorLimit(logged)
		card := &script{t: t, list: c.Exchanges}
		tx.last = tx.manageRisk()
		a := tx.last
		for a.Kind == ActionTransmit && a.Command[1] == 0xCA {
			a = step(tx, a, card)
		}
		tvr, tsi := tx.terminal.Value(tlv.Tag95TerminalVerificationResults), tx.terminal.Value(tlv.Tag9BTransactionStatusInformation)
		if fmt.Sprintf("%X %X", tvr, tsi) != c.ExpectTVR+" "+c.ExpectTSI || card.at != len(card.list) {
			t.Errorf("%s: TVR %X TSI %X", c.Name, tvr, tsi)
		}
	}
}

func TestPublishedCVMLists(t *testing.T) {
	for _, r := range everyRule(t) {
		publishedCVMLists(t, r)
	}
}

func publishedCVMLists(t *testing.T, all rules) {
	for _, c := range all.CVMList {
		l, err := parseCVMList(unhex(t, c.List))
		if c.Error != "" {
			if err == nil {
				t.Errorf("%s: accepted", c.List)
			}
			continue
		}
		got := []string{}
		for _, r := range l.rules {
			got = append(got, fmt.Sprintf("%X", r[:]))
		}
		if err != nil || l.x != c.X || l.y != c.Y || !slices.Equal(got, c.Rules) {
			t.Errorf("%s: %v %v", c.List, l, err)
		}
	}
}
