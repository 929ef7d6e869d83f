package sensitive_test

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/sensitive"
)

const canary = "CANARY-8f3b0c97!"

type exported struct{ Secret sensitive.Bytes }
type unexported struct{ secret sensitive.Bytes }
type deeper struct{ inner unexported }

// naked is the control: what the same shapes print without protection.
type naked struct{ secret []byte }

// shapes are the ways in which a secret ends up in a print call.
func shapes(b sensitive.Bytes) map[string]any {
	return map[string]any{
		"value":                     b,
		"pointer":                   &b,
		"exported field":            exported{b},
		"unexported field":          unexported{b},
		"pointer to a struct":       &unexported{b},
		"field of a field":          deeper{unexported{b}},
		"slice":                     []unexported{{b}},
		"map":                       map[string]unexported{"k": {b}},
		"interface":                 any(unexported{b}),
		"pointer to pointer inside": struct{ p *unexported }{&unexported{b}},
	}
}

func TestNoPrintingShowsTheSecret(t *testing.T) {
	for name, v := range shapes(sensitive.New([]byte(canary))) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			if out := fmt.Sprintf(verb, v); reveals(out) {
				t.Errorf("%s printed with %s shows the secret", name, verb)
			}
		}
		if out := logged(v); reveals(out) {
			t.Errorf("%s shows the secret in a log", name)
		}
	}
}

func TestTheDetectorSeesAnUnprotectedSecret(t *testing.T) {
	v := naked{[]byte(canary)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		if !reveals(fmt.Sprintf(verb, v)) {
			t.Errorf("the detector misses a secret printed with %s", verb)
		}
	}
	if !reveals(logged(v)) {
		t.Error("the detector misses a secret in a log")
	}
}

func TestEncodersFail(t *testing.T) {
	v := exported{sensitive.New([]byte(canary))}
	var sink bytes.Buffer
	encoders := map[string]func() error{
		"json":   func() error { return json.NewEncoder(&sink).Encode(v) },
		"xml":    func() error { return xml.NewEncoder(&sink).Encode(v) },
		"gob":    func() error { return gob.NewEncoder(&sink).Encode(v) },
		"text":   func() error { _, err := v.Secret.MarshalText(); return err },
		"binary": func() error { _, err := v.Secret.MarshalBinary(); return err },
	}
	for name, encode := range encoders {
		if encode() == nil {
			t.Errorf("%s encoded a secret", name)
		}
	}
	if reveals(sink.String()) {
		t.Error("an encoder wrote the secret")
	}
}

func TestUnexportedFieldsAreNotEncoded(t *testing.T) {
	out, _ := json.Marshal(unexported{sensitive.New([]byte(canary))})
	if reveals(string(out)) {
		t.Error("json wrote an unexported secret")
	}
}

func TestWipeReachesEveryCopyAndTheBytes(t *testing.T) {
	memory := []byte(canary)
	b := sensitive.New(memory)
	c := b
	c.Wipe()
	if b.Len() != 0 || !bytes.Equal(memory, make([]byte, len(memory))) {
		t.Error("the secret outlived its wipe")
	}
	b.Use(func(s []byte) {
		if s != nil {
			t.Error("a wiped secret can still be used")
		}
	})
}

func TestEqualComparesContents(t *testing.T) {
	a, same := sensitive.New([]byte(canary)), sensitive.New([]byte(canary))
	other, shorter := sensitive.New([]byte("CANARY-8f3b0c97?")), sensitive.New([]byte(canary[:8]))
	if !a.Equal(same) || a.Equal(other) || a.Equal(shorter) {
		t.Error("Equal does not compare contents")
	}
	same.Wipe()
	if a.Equal(same) || same.Equal(same) || (sensitive.Bytes{}).Equal(sensitive.Bytes{}) {
		t.Error("an empty secret equals something")
	}
}

func TestUseSeesTheCallersMemory(t *testing.T) {
	memory := []byte(canary)
	sensitive.New(memory).Use(func(s []byte) {
		if &s[0] != &memory[0] || len(s) != len(memory) {
			t.Error("the secret was copied")
		}
	})
}

func logged(v any) string {
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v)
	return out.String()
}

// reveals looks for the canary as text, hex, base64 and decimal byte lists.
func reveals(out string) bool {
	decimal := strings.Trim(fmt.Sprint([]byte(canary)), "[]")
	hexList := strings.Trim(strings.ReplaceAll(fmt.Sprintf("%#v", []byte(canary)), "[]byte", ""), "{}")
	for _, form := range []string{canary, hex.EncodeToString([]byte(canary)), decimal, hexList,
		base64.StdEncoding.EncodeToString([]byte(canary))} {
		if strings.Contains(strings.ToLower(out), strings.ToLower(form)) {
			return true
		}
	}
	return false
}
