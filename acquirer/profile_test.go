package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheProfileCommandChecksAFile(t *testing.T) {
	var said bytes.Buffer
	if err := checkProfile(t.Context(), []string{"profile", "hostspec/profile/testdata/example.json"}, &said); err != nil || !strings.Contains(said.String(), "20 response codes") {
		t.Errorf("%v, %s", err, &said)
	}
	bad := filepath.Join(t.TempDir(), "bad.json")
	write(t, bad, []byte(`{"canary": 1}`))
	if err := checkProfile(t.Context(), []string{"profile", bad}, &said); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v", err)
	}
}
