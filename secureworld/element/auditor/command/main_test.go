package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/auditor"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity/authority"
	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// client is an identity in a folder.
func client(t *testing.T, name string) (folder string) {
	t.Helper()
	a, err := authority.New("a")
	if err != nil {
		t.Fatal(err)
	}
	folder = filepath.Join(t.TempDir(), "client")
	if err := authority.WriteClient(folder, name, a, a); err != nil {
		t.Fatal(err)
	}
	return folder
}

func evidence(t *testing.T, folder string) (file string, b []byte) {
	t.Helper()
	who, err := identity.LoadClient(folder)
	if err != nil {
		t.Fatal(err)
	}
	f := auditor.Finding{Group: "north/g1", Named: true, Against: "canary mac 1", Kind: 4, After: 59, Share: 0.05, Question: []byte{0xAB}, Want: []byte{1}, Said: []byte{2}}
	if b, err = auditor.Sign(auditor.State(f, "2026-01-02T03:04:05Z", door.Description{}), who); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "evidence.json")
	if err := os.WriteFile(file, append(b, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, b
}

func TestAnyoneWhoTrustsTheAuthoritiesCanReadEvidence(t *testing.T) {
	folder := client(t, "audit")
	file, _ := evidence(t, folder)
	var out bytes.Buffer
	if err := run(t.Context(), []string{"verify", "-client", folder, file}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"audit states", "north/g1 answered 04 otherwise than canary mac 1", "question ab", "59 answers", "0.048"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}

func TestEvidenceThatWasChangedOrIsAStrangersProvesNothing(t *testing.T) {
	folder := client(t, "audit")
	file, b := evidence(t, folder)
	if run(t.Context(), []string{"verify", "-client", client(t, "audit"), file}, io.Discard, io.Discard) == nil {
		t.Error("a stranger's word is taken")
	}
	changed := bytes.Replace(b, []byte("north/g1"), []byte("north/g2"), 1)
	if bytes.Equal(changed, b) {
		t.Fatal("nothing was changed")
	}
	by, err := identity.LoadAuthorities(folder)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"changed": changed, "cut": b[:len(b)/2], "nothing": nil} {
		if _, err := auditor.VerifyEvidence(b, by); err == nil {
			t.Errorf("%s: it proves something", name)
		}
	}
}

func TestWrongArgumentsAreRefused(t *testing.T) {
	folder := client(t, "audit")
	none := filepath.Join(folder, "none")
	for name, args := range map[string][]string{
		"nothing":            {},
		"no groups":          {"-client", folder, "-canaries", none},
		"no canaries":        {"-mcu", "a", "-client", folder, "-canaries", none},
		"canaries that bark": {"-mcu", "a", "-client", folder, "-canaries", filepath.Join(folder, "client.pem")},
		"no identity":        {"-mcu", "a", "-client", none, "-canaries", none},
		"canaries of nobody": {"make", "-ksn", "1234567890123456"},
		"a key too short":    {"make", "-element", "e", "-ksn", "12"},
		"an element gone":    {"make", "-element", none, "-ksn", "1234567890123456"},
		"evidence of none":   {"verify", "-client", folder},
		"evidence not there": {"verify", "-client", folder, none},
		"clear nothing":      {"clear", "-star", "nats://127.0.0.1:1"},
		"clear with no bus":  {"clear", "-star", "nats://127.0.0.1:1", "north/g1"},
	} {
		if run(t.Context(), args, io.Discard, io.Discard) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestQuestionsNeedNoSecretAndAreOnlyOfTestPANs(t *testing.T) {
	for range 100 {
		for _, q := range questions(make([]byte, 8)) {
			if q.name == "" || q.request == nil {
				t.Errorf("%+v", q)
			}
		}
	}
	if got := string(testPAN([]byte("000000000"))); len(got) != 16 || !strings.HasPrefix(got, "476173") || !luhn(got) {
		t.Error(got)
	}
}

func luhn(pan string) bool {
	sum := 0
	for i := range pan {
		n := int(pan[len(pan)-1-i] - '0')
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}
