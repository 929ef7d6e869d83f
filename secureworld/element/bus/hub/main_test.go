package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/bustest"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/central"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
)

// key makes an NKey by the program itself.
func key(t *testing.T, path string) (public string) {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"key", path}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out.String())
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs a hub until the test ends.
func start(t *testing.T, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context())) // until groups have left
	var running sync.WaitGroup
	running.Go(func() {
		if err := run(ctx, args, io.Discard, io.Discard); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); running.Wait() })
}

// look reads one report.
func look(socket string) (r central.Report, ok bool) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return r, false
	}
	defer conn.Close()
	return r, json.NewDecoder(conn).Decode(&r) == nil
}

func TestACentreTellsOfAGroupInABranchThatJoinedByItsKey(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	leaf, mcu := key(t, at("leaf.seed")), key(t, at("mcu.seed"))
	users := func(name, text string) string {
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	leaves, listen, view := freeAddress(t), freeAddress(t), at("view")
	start(t, "-name", "centre", "-listen", "127.0.0.1:0", "-leaves", leaves, "-folder", at("centre"), "-domain", "centre",
		"-users", users("centre.json", fmt.Sprintf(`[{"role":{"kind":"leaf","branch":"north"},"nkey":%q}]`, leaf)),
		"-branches", "north", "-view", view)
	start(t, "-name", "north", "-listen", listen, "-folder", at("north"), "-domain", "north", "-centre", leaves, "-seed", at("leaf.seed"),
		"-users", users("north.json", fmt.Sprintf(`[{"role":{"kind":"mcu","name":"a","branch":"north","group":"g1"},"nkey":%q}]`, mcu)))

	var conn *bus.Conn
	eventually(t, "the branch's server listens", func() (ok bool) {
		var err error
		conn, err = bus.Connect(bus.Config{
			URLs: []string{listen}, Seed: at("mcu.seed"),
			Role: subject.Role{Kind: subject.MCU, Name: "a", Branch: "north", Group: "g1"},
		})
		return err == nil
	})
	t.Cleanup(conn.Close)
	ctx, cancel := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	serving.Go(func() { _ = bus.Serve(ctx, conn, "north", "g1", &bustest.Group{Branch: "north", Name: "g1", Epoch: 4}) })
	t.Cleanup(func() { cancel(); serving.Wait() })

	eventually(t, "the centre tells of the group", func() bool {
		r, ok := look(view)
		return ok && len(r.Groups) == 1 && r.Groups[0].Epoch == 4 && r.Groups[0].State == "serving" &&
			len(r.Branches) == 2 && r.Branches[1].Name == "north" && r.Branches[1].Linked && r.Branches[1].Reached
	})
	if info, err := os.Stat(view); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal("the socket is not its owner's alone", err)
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("not within 20 s: %s", what)
}

func TestAKeyIsNeverOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seed")
	key(t, path)
	if run(t.Context(), []string{"key", path}, io.Discard, io.Discard) == nil {
		t.Fatal("overwritten")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal("the seed is not its owner's alone", err)
	}
}

func TestArgumentsThatAreIncompleteAreRefused(t *testing.T) {
	folder := t.TempDir()
	bad := filepath.Join(folder, "users")
	if err := os.WriteFile(bad, []byte(`{"role":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"nothing":         {},
		"no users":        {"-name", "a", "-folder", folder},
		"no such file":    {"-name", "a", "-folder", folder, "-users", filepath.Join(folder, "none")},
		"users that bark": {"-name", "a", "-folder", folder, "-users", bad},
		"key of nothing":  {"key"},
	} {
		if run(t.Context(), args, io.Discard, io.Discard) == nil {
			t.Error(name, "is taken")
		}
	}
}
