package client

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
	"github.com/strongroom-pos/strongroom/terminal/internal/testterminal"
)

// The TypeScript client holds to its types, and pays over a line that loses answers.
// Debian's nodejs and node-typescript, which make deps installs, are enough.
func TestTheTypeScriptClientPays(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "tsc", "-p", "../../web/client", "--outDir", dir).CombinedOutput(); err != nil {
		t.Fatalf("tsc: %v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"type":"module"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	terminal := testterminal.Start(t, standin.Lives)
	node := exec.CommandContext(t.Context(), "node", "strongroom.test.js")
	node.Dir = dir
	node.Env = append(os.Environ(), "TERMINAL="+terminal.Base, "TOKEN="+terminal.Token)
	out, err := node.CombinedOutput()
	if err != nil || !strings.HasSuffix(strings.TrimSpace(string(out)), "whole true") {
		t.Fatalf("node: %v\n%s", err, out)
	}
	if n := terminal.World.Starts(); n != 7 {
		t.Errorf("%d payments began, not 7", n)
	}
}
