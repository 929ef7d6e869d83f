package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/identity/authority"
	"github.com/strongroom-pos/strongroom/secureworld/element/overseer"
	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

func TestTheProgramLinksNothingThatOpensAQuestion(t *testing.T) {
	list, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	const elements = "github.com/strongroom-pos/strongroom/secureworld/element/"
	seen := false
	for dep := range strings.FieldsSeq(string(list)) {
		own, ok := strings.CutPrefix(dep, elements)
		switch {
		case strings.HasPrefix(dep, "github.com/strongroom-pos/strongroom/") && strings.Contains(dep, "dukpt"):
			t.Errorf("links %s", dep)
		case ok:
			seen = seen || own == "overseer"
			switch strings.Split(own, "/")[0] {
			case "overseer", "bus", "mcu", "listener", "wire":
			case "group":
				if own != "group/door" {
					t.Errorf("links %s", own)
				}
			default:
				t.Errorf("links %s", own)
			}
		}
	}
	if !seen {
		t.Error("go list tells nothing")
	}
}

func folder(t *testing.T) string {
	t.Helper()
	m, err := authority.New("m")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "mcu")
	if err := authority.WriteMCU(dir, "mcu", m, m); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTheProgramServesUntilItIsTold(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "mcu.sock")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	mcu := folder(t)
	if err := os.Remove(filepath.Join(mcu, "mcu.key")); err != nil { // not needed
		t.Fatal(err)
	}
	go func() {
		done <- run(ctx, []string{"-socket", socket, "-group", "g", "-elements", filepath.Join(dir, "a"), "-mcu", mcu}, io.Discard, io.Discard)
	}()
	link := overseer.Dial(socket)
	answered := false
	for limit := time.Now().Add(10 * time.Second); !answered && time.Now().Before(limit); time.Sleep(5 * time.Millisecond) {
		kind, _, err := link.Do(ctx, door.KindView, nil)
		answered = err == nil && kind == door.KindView|door.KindAnswer
	}
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v", err)
	}
	cancel()
	if err := <-done; err != nil || !answered {
		t.Errorf("answered: %t, ended with %v", answered, err)
	}
}

func TestWrongArgumentsAreRefused(t *testing.T) {
	mcu := folder(t)
	for name, args := range map[string][]string{
		"none":               nil,
		"no such mode":       {"-socket", "s", "-group", "g", "-elements", "e", "-mcu", mcu, "-mode", "all"},
		"no folder":          {"-socket", "s", "-group", "g", "-elements", "e", "-mcu", t.TempDir()},
		"a name too long":    {"-socket", "s", "-group", "ninechars", "-elements", "e", "-mcu", mcu},
		"words left over":    {"-socket", "s", "-group", "g", "-elements", "e", "-mcu", mcu, "more"},
		"evidence of none":   {"evidence", "-mcu", mcu},
		"evidence not there": {"evidence", "-mcu", mcu, filepath.Join(mcu, "no")},
		"evidence, no roots": {"evidence", "-mcu", t.TempDir(), filepath.Join(mcu, "mcu.pem")},
		"no such policy":     {"-socket", "s", "-group", "g", "-elements", "e", "-mcu", mcu, "-policy", "3"},
		"arbitrate nobody":   {"arbitrate", "-evidence", mcu},
		"arbitrate no stop":  {"arbitrate", "-evidence", mcu, "none"},
		"readmit nobody":     {"readmit", "-evidence", mcu},
		"readmit a path":     {"readmit", "-evidence", mcu, "../../etc/passwd"},
		"readmit a healthy":  {"readmit", "-evidence", mcu, "0011223344556677"},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestArbitrationNamesOneOfTheTwoOrNeither(t *testing.T) {
	for liar, held := range map[string]bool{"0011223344556677": true, "none": false} {
		dir := t.TempDir()
		if err := os.WriteFile(overseer.StopFile(dir), []byte("0011223344556677\n8899aabbccddeeff\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := run(t.Context(), []string{"arbitrate", "-evidence", dir, liar}, io.Discard, io.Discard); err != nil {
			t.Fatal(err)
		}
		_, err := os.Stat(overseer.QuarantineFile(dir, "0011223344556677"))
		if (err == nil) != held || overseer.Stopped(dir) != nil {
			t.Errorf("%s: quarantine %v", liar, err)
		}
	}
}

func TestReadmitTakesTheQuarantineAway(t *testing.T) {
	dir := t.TempDir()
	file := overseer.QuarantineFile(dir, "0011223344556677")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"readmit", "-evidence", dir, "0011223344556677"}, &out, &out); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("it is still there")
	}
}
