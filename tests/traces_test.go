package tests

import (
	"os/exec"
	"strings"
	"testing"
)

// TestScopeOnlyAVariantLinksTheLibraryOfSpans says in so many words what the closures
// say: who builds a program without the tag gets nothing of it. The variants are the
// control.
func TestScopeOnlyAVariantLinksTheLibraryOfSpans(t *testing.T) {
	p := scopePolicy()
	linked := closures(t, p)
	variants := 0
	for _, prog := range p.Programs {
		if strings.Contains(linked[prog.Name].Text(p), "go.opentelemetry.io") != (prog.Tags == "otel") {
			t.Errorf("%s, built with the tags %q, has the library of spans, or lacks it", prog.Name, prog.Tags)
		}
		if prog.Tags == "otel" {
			variants++
		}
	}
	if variants != 2 {
		t.Errorf("%d variants", variants)
	}
}

// TestTheVariantsSendSpans runs the tests that only they have.
func TestTheVariantsSendSpans(t *testing.T) {
	c := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-tags=otel", "-run=Spans", "-v", "./terminal", "./acquirer")
	c.Dir = moduleRoot(t)
	out, err := c.CombinedOutput()
	if err != nil || strings.Count("\n"+string(out), "\n--- PASS: TestSpans") != 2 {
		t.Errorf("%v\n%s", err, out)
	}
}
