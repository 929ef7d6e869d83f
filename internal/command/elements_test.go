//go:build linux

package command

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/localpage"
)

func TestElementsOfMCUsThatAreNotThereAreShownAsUnreachable(t *testing.T) {
	var out, diagnostics bytes.Buffer
	gone := filepath.Join(t.TempDir(), "mcu")
	if err := Run(t.Context(), []string{"elements", "-mcu", gone + "," + gone + "2"}, &out, &diagnostics); err != nil {
		t.Fatal(err)
	}
	if strings.Count(out.String(), "unreachable") != 2 || !strings.Contains(out.String(), gone+"2") {
		t.Error(out.String())
	}
}

func TestElementsWithoutALaneOrWithAnOpenAddressAreRefused(t *testing.T) {
	var out, diagnostics bytes.Buffer
	if err := Run(t.Context(), []string{"elements", "-var", t.TempDir()}, &out, &diagnostics); !errors.Is(err, estate.ErrNoLane) {
		t.Error(err)
	}
	if err := Run(t.Context(), []string{"elements", "-mcu", "x", "-listen", "0.0.0.0:0"}, &out, &diagnostics); !errors.Is(err, localpage.ErrAddress) {
		t.Error(err)
	}
}
