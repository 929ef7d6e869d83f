package bureau

import (
	"crypto/rand"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/ibm3624"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

func testBureau(t *testing.T) *Bureau {
	t.Helper()
	kbpk, key := make([]byte, 32), make([]byte, 16)
	_, _ = rand.Read(kbpk)
	var f element.KeyFile
	for slot, usage := range map[element.Slot]string{element.SlotIssuerAC: "E0X", element.SlotPVK: "V1C", element.SlotCVK: "C0C"} {
		_, _ = rand.Read(key)
		h := keyblock.Header{Version: 'D', Usage: usage[:2], Algorithm: 'T', Mode: usage[2], KeyVersion: "00", Exportability: 'N'}
		block, err := keyblock.Wrap(kbpk, h, key, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		f.Keys = append(f.Keys, element.KeyEntry{Slot: slot, Block: string(block), Decimalisation: "0123456789012345"})
	}
	b, err := open(f, kbpk)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestACardsOffsetBelongsToItsPINAlone(t *testing.T) {
	b := testBureau(t)
	c, err := b.Make(Order{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	pan, offset := []byte(c.Profile.PAN), []byte(c.Issued.PINOffset)
	if ok, err := ibm3624.Verify(b.pvk, b.table, pan, []byte(c.PIN), offset); !ok || err != nil {
		t.Errorf("right PIN: %v %v", ok, err)
	}
	for range 20 {
		if ok, _ := ibm3624.Verify(b.pvk, b.table, pan, []byte(c.WrongPIN()), offset); ok {
			t.Error("a wrong PIN fits")
		}
	}
}

func TestNoTwoCardsShareNumberOrKey(t *testing.T) {
	b := testBureau(t)
	cards, err := b.Wallet()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range cards {
		for _, s := range []string{c.Name, c.Profile.PAN, string(c.Profile.CardMasterKey)} {
			if seen[s] {
				t.Error("repeated")
			}
			seen[s] = true
		}
		if len(c.Profile.IssuerMasterKey) != 0 {
			t.Error("a card holds its issuer's key")
		}
	}
}

func TestAWalletIsReadAsItWasWritten(t *testing.T) {
	b, dir := testBureau(t), t.TempDir()
	cards, err := b.Wallet()
	if err != nil {
		t.Fatal(err)
	}
	if err := Save(dir, cards); err != nil {
		t.Fatal(err)
	}
	again, err := LoadAll(dir)
	if err != nil || len(again) != len(cards) {
		t.Fatalf("%d of %d cards, %v", len(again), len(cards), err)
	}
	for i, c := range cards {
		if again[i].Name != c.Name || again[i].Profile.PAN != c.Profile.PAN || again[i].Issued != c.Issued {
			t.Errorf("card %d differs", i)
		}
	}
}

func TestNamesThatAreNoCardAreRefused(t *testing.T) {
	for _, name := range []string{"", "nothing", "../ceremony", "A", "a/b"} {
		if _, err := Load(t.TempDir(), name); !errors.Is(err, ErrNoCard) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestAKeyFileWithoutTheIssuersKeysIsRefused(t *testing.T) {
	if _, err := open(element.KeyFile{}, make([]byte, 32)); err == nil {
		t.Error("accepted")
	}
}
