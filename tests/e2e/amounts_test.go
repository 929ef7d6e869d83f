//go:build linux

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// The books are asked for a payment by its amount, on one lane for all scripts.
func TestNoTwoScriptsPayTheSameAmount(t *testing.T) {
	paid := regexp.MustCompile(`(?m)^(?:pay|paykeyed|payas|payfor|sale|onfile|giveback|refund|capture|increment)\s+([0-9]+\.[0-9]{2})`)
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	owner := map[string]string{}
	for _, file := range files {
		script, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range paid.FindAllStringSubmatch(string(script), -1) {
			if other, ok := owner[m[1]]; ok && other != file {
				t.Errorf("%s and %s both pay %s", other, file, m[1])
			}
			owner[m[1]] = file
		}
	}
	if len(owner) == 0 {
		t.Error("no script pays anything")
	}
}
