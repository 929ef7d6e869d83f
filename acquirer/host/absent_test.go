package host_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"testing"
)

// assertAbsent looks for digits as text and as BCD in a database and its log.
// The terminal's id, which is there, is the control.
func assertAbsent(t *testing.T, path string, digits ...string) {
	t.Helper()
	var all []byte
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	if !bytes.Contains(all, []byte("TERM0001")) {
		t.Fatal("the control is not there: the search would find nothing")
	}
	for _, d := range digits {
		bcd, _ := hex.DecodeString(d)
		if bytes.Contains(all, []byte(d)) || bytes.Contains(all, bcd) {
			t.Error("secret digits are in the database")
		}
	}
}
