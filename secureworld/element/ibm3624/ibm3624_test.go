package ibm3624

import (
	"crypto/cipher"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

type vector struct {
	PVK, PAN, Offset, PIN string
	Table                 string `json:"decimalisation_table"`
	PANOffset             int    `json:"pan_offset"`
	PANLength             int    `json:"pan_length"`
	PANPad                string `json:"pan_pad"`
}

// data builds the validation data as the vector's source describes it; ours is
// the case of all 16 digits.
func (v vector) data(t *testing.T) (out [8]byte) {
	t.Helper()
	s := v.PAN[v.PANOffset:min(len(v.PAN), v.PANOffset+v.PANLength)]
	s += strings.Repeat(v.PANPad, 16-len(s))
	copy(out[:], unhex(t, s))
	return out
}

func TestPublishedPINsAndOffsets(t *testing.T) {
	for _, v := range load(t) {
		pvk, table := key(t, v), mustTable(t, v.Table)
		natural := decimalise(pvk, table, v.data(t))
		for i := range v.PIN {
			if want := (v.PIN[i] - v.Offset[i] + 10) % 10; natural[i] != want {
				t.Errorf("natural PIN of case %s/%d differs at digit %d", v.Offset, v.PANOffset, i)
			}
		}
		if v.PANOffset != 0 || v.PANLength != 16 {
			continue
		}
		var got [MaxPIN]byte
		n, err := Offset(got[:], pvk, table, []byte(v.PAN), []byte(v.PIN))
		if err != nil || string(got[:n]) != v.Offset {
			t.Errorf("offset of case %s differs: %v", v.Offset, err)
		}
		if ok, _ := Verify(pvk, table, []byte(v.PAN), []byte(v.PIN), []byte(v.Offset)); !ok {
			t.Errorf("case %s does not verify", v.Offset)
		}
	}
}

func TestTheWholePINCounts(t *testing.T) {
	pvk, table := key(t, vector{PVK: "0123456789ABCDEFFEDCBA9876543210"}), mustTable(t, "0123456789012345")
	pan, pin := []byte("4111111111111111"), []byte("123456789012")
	var offset [MaxPIN]byte
	n, err := Offset(offset[:], pvk, table, pan, pin)
	if err != nil || n != len(pin) {
		t.Fatal("no offset for a PIN of twelve digits")
	}
	for i := range pin {
		wrong := append([]byte(nil), pin...)
		wrong[i] = '0' + (wrong[i]-'0'+1)%10
		if ok, _ := Verify(pvk, table, pan, wrong, offset[:n]); ok {
			t.Errorf("a PIN that is wrong at digit %d verifies", i)
		}
	}
	if ok, _ := Verify(pvk, table, pan, pin[:11], offset[:n]); ok {
		t.Error("a shorter PIN verifies")
	}
	if ok, _ := Verify(pvk, table, pan, pin, offset[:4]); ok {
		t.Error("a PIN verifies against the start of its reference")
	}
}

func TestBadInputIsRefused(t *testing.T) {
	pvk, table := key(t, vector{PVK: "0123456789ABCDEFFEDCBA9876543210"}), mustTable(t, "0123456789012345")
	var dst [MaxPIN]byte
	for _, c := range [][2]string{
		{"4111111111111111", "123"}, {"4111111111111111", "1234567890123"}, {"4111111111111111", "12A4"},
		{"41111111111", "1234"}, {"41111111111111111111", "1234"}, {"411111111111111A", "1234"},
	} {
		if _, err := Offset(dst[:], pvk, table, []byte(c[0]), []byte(c[1])); err == nil {
			t.Error("accepted")
		}
	}
	for _, s := range []string{"", "012345678901234", "012345678901234A", "0000000000000000", "0101010101010101"} {
		if _, err := ParseTable(s); err == nil {
			t.Errorf("table %q accepted", s)
		}
	}
}

func key(t *testing.T, v vector) cipher.Block {
	t.Helper()
	b, erase, err := schedule.NewTDES(unhex(t, v.PVK), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(erase)
	return b
}

func mustTable(t *testing.T, s string) Table {
	t.Helper()
	table, err := ParseTable(s)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func load(t *testing.T) []vector {
	t.Helper()
	dir, _ := os.Getwd()
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "..", "shared", "vectors", "cvv_pvv.json"))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the published vectors are missing")
		}
		t.Log("LEFT OUT: the published vectors are not on this machine")
		return nil
	}
	var file struct {
		IBM3624 []vector `json:"ibm3624"`
	}
	if err := json.Unmarshal(b, &file); err != nil || len(file.IBM3624) == 0 {
		t.Fatal("the published vectors cannot be read")
	}
	return file.IBM3624
}
