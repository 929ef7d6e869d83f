package emv

import (
	"bytes"
	"slices"
	"testing"
)

// TestAPDOLGetsClearedResultsAndTheNameThatWasSelected: EMV 4.4 Book 3, clause
// 10.1, and Book 1, clause 12.4.
func TestAPDOLGetsClearedResultsAndTheNameThatWasSelected(t *testing.T) {
	tx := New(testConfig(t, "A000000003"), testOrder())
	tx.selection.chosen = Candidate{AID: unhex(t, "A0000000031003")}
	if !tx.acceptFCI(unhex(t, "6F158407A0000000031003A50A9F38079F060895059B02")) {
		t.Fatal("FCI refused")
	}
	a := tx.initiate()
	if want := unhex(t, "80A8000011830F"+"A000000003100300"+"0000000000"+"0000"+"00"); !bytes.Equal(a.Command, want) {
		t.Errorf("%X", a.Command)
	}
}

// TestANameGivenTwiceEndsOneAIDOnly: Book 1, clause 12.3.3. What a shorter AID
// gives again is no reason to overlook what comes behind it.
func TestANameGivenTwiceEndsOneAIDOnly(t *testing.T) {
	fci := func(name, label string) string { return "6F118407" + name + "A5065004" + label + "9000" }
	one, two := fci("A0000000031010", "41505031"), fci("A0000000032010", "41505032")
	list := [][2]string{
		{"00A404000E315041592E5359532E444446303100", "6A82"},
		{"00A4040006A0000000031000", one},
		{"00A4040206A0000000031000", "6A82"},
		{"00A4040005A00000000300", one},
		{"00A4040205A00000000300", two},
		{"00A4040205A00000000300", two}, // a card that knows no next occurrence
	}
	cfg := testConfig(t, "A00000000310", "A000000003")
	cfg.CardholderSelection = true
	card := &script{t: t, list: list}
	tx := New(cfg, testOrder())
	a := run(tx, tx.Next(Start()), card)
	want := []string{"A0000000031010", "A0000000032010"}
	if a.Kind != ActionChoose || !slices.Equal(aids(a.Candidates), want) || card.at != len(list) {
		t.Errorf("%v %v", a.Kind, aids(a.Candidates))
	}
}

// TestADirectoryEntryWithoutANameIsPassedOver: Book 1, clause 12.2.3.
func TestADirectoryEntryWithoutANameIsPassedOver(t *testing.T) {
	list := [][2]string{
		{"00A404000E315041592E5359532E444446303100", "6F15840E315041592E5359532E4444463031A5038801019000"},
		{"00B2010C00", "701461079D054141414141" + "61094F07A00000000310109000"},
		{"00B2020C00", "6A83"},
		{"00A4040007A000000003101000", "6A82"},
	}
	card := &script{t: t, list: list}
	tx := New(testConfig(t, "A000000003"), testOrder())
	if a := run(tx, tx.Next(Start()), card); a.Outcome != OutcomeNotAccepted || card.at != len(list) {
		t.Errorf("%v %s after %d", a.Outcome, a.Reason, card.at)
	}
}
