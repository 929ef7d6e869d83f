package entrypoint

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
)

// The recorded type approval cases: what a terminal with given settings sends,
// shows and starts, event by event.
type vectors struct {
	Terminals map[string]struct {
		Autorun struct {
			Enabled bool
			Type    int // 0 purchase, 1 with cashback, 2 cash advance, 3 refund
			Amount  uint64
		}
		Sets []vectorSet
	}
	Cases []vectorCase
}

type vectorSet struct {
	Types        []string
	StatusCheck  bool    `json:"status_check_support"`
	ZeroAmount   *bool   `json:"zero_amount_allowed"`
	Extended     bool    `json:"ext_selection_support"`
	Limit        *uint64 `json:"reader_ctls_txn_limit"`
	Floor        *uint64 `json:"reader_ctls_floor_limit"`
	Terminal     *uint64 `json:"terminal_floor_limit"`
	CVM          *uint64 `json:"reader_cvm_reqd_limit"`
	TTQ          emv.Hex
	Combinations []struct{ AID, Kernel emv.Hex }
}

type vectorCase struct {
	Test, Title, Terminal string
	Transactions          []struct {
		Type   emv.Hex
		Amount uint64
		Other  uint64 `json:"amount_other"`
	}
	Autorun *struct {
		Type   emv.Hex
		Amount uint64
	}
	Events []string
}

func readVectors(t testing.TB) (v vectors, ok bool) {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		b, err := os.ReadFile(filepath.Join(dir, "..", "shared", "vectors", "entrypoint.json"))
		if err != nil {
			continue
		}
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		return v, true
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("the type approval cases are missing and this is CI")
	}
	t.Log("LEFT OUT: ../shared/vectors/entrypoint.json is not here")
	return v, false
}

func (v vectors) config(t testing.TB, terminal string) Config {
	t.Helper()
	c := Config{Autorun: v.Terminals[terminal].Autorun.Enabled}
	for _, s := range v.Terminals[terminal].Sets {
		set := Set{
			StatusCheckSupport: s.StatusCheck, ZeroAmountAllowed: s.ZeroAmount, ExtendedSelection: s.Extended,
			TransactionLimit: s.Limit, FloorLimit: s.Floor, TerminalFloorLimit: s.Terminal,
			CVMRequiredLimit: s.CVM, TTQ: s.TTQ,
		}
		for _, name := range s.Types {
			set.TransactionTypes = append(set.TransactionTypes, unhex(t, name[:2])...)
		}
		for _, one := range s.Combinations {
			set.Combinations = append(set.Combinations, Combination{AID: one.AID, KernelID: one.Kernel})
		}
		c.Sets = append(c.Sets, set)
	}
	b, err := json.Marshal(c) // settings travel as JSON
	if err != nil {
		t.Fatal(err)
	}
	if c, err = ParseConfig(b); err != nil {
		t.Fatalf("terminal %s: %v", terminal, err)
	}
	return c
}

// orders are the transactions that a case starts; with autorun the one that the
// case names, or else the one that the terminal is set to.
func (v vectors) orders(c vectorCase) (out []emv.Order) {
	if c.Autorun != nil {
		return []emv.Order{{TransactionType: c.Autorun.Type[0], Amount: c.Autorun.Amount}}
	}
	if auto := v.Terminals[c.Terminal].Autorun; auto.Enabled {
		types := []byte{0x00, 0x09, 0x01, 0x20}
		return []emv.Order{{TransactionType: types[auto.Type], Amount: auto.Amount}}
	}
	for _, one := range c.Transactions {
		out = append(out, emv.Order{TransactionType: one.Type[0], Amount: one.Amount, AmountOther: one.Other})
	}
	return out
}
