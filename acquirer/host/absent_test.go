package host_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/internal/testdb"
)

// assertAbsent looks for digits as text and as BCD in a database and its log.
// The terminal's id, which is there, is the control.
func assertAbsent(t *testing.T, path string, digits ...string) {
	t.Helper()
	all := testdb.Bytes(t, path)
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
