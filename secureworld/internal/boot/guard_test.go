package boot

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/tpmpipe"
)

func secret(n byte) tpmpipe.Message {
	return tpmpipe.Unsealed{Secret: bytes.Repeat([]byte{n}, tpmpipe.SecretSize)}
}

// guardedBy is a boot of this configuration that starts nothing.
func guardedBy(t *testing.T, c Config, r StorageRoot) *Boot {
	t.Helper()
	c.StorageRoot = r
	b := &Boot{cfg: c, log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	t.Cleanup(b.close)
	return b
}

// given is what a kernel would be handed over.
func (b *Boot) given(t *testing.T) string {
	t.Helper()
	if len(b.guards) != 1 {
		t.Fatalf("%d guards", len(b.guards))
	}
	content, err := io.ReadAll(io.NewSectionReader(b.guards[0].file, 0, 1000))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestASecretIsSealedOnceAndUnsealedAtEveryStart(t *testing.T) {
	c := answering(t, tpmpipe.Sealed{Sealed: []byte("sealed")}, secret(7), secret(7))
	b := guardedBy(t, c, StorageRoot{Protection: "tpm"})
	for start := range 2 {
		if err := b.openGuards(); err != nil {
			t.Fatalf("start %d: %v", start, err)
		}
		if b.given(t) != strings.Repeat("\x07", 32) || b.guards[0].told != (handover.Guard{Protection: handover.ProtectionTPM}) {
			t.Errorf("start %d: %+v", start, b.guards[0].told)
		}
		if kept, err := os.ReadFile(c.Counter + ".sealed"); err != nil || string(kept) != "sealed" {
			t.Errorf("kept: %q, %v", kept, err)
		}
	}
}

func TestASecretOfAnotherTPMStartsNoKernelAndIsNotReplaced(t *testing.T) {
	for name, c := range map[string]struct {
		kept   string
		answer tpmpipe.Message
		want   error
	}{
		"another TPM":    {"sealed", tpmpipe.Failed{Fault: tpmpipe.FaultOther}, tpmpipe.FaultOther},
		"damaged":        {"sealed", tpmpipe.Failed{Fault: tpmpipe.FaultSealed}, tpmpipe.FaultSealed},
		"empty":          {"", secret(7), tpmpipe.FaultSealed},
		"too long":       {strings.Repeat("x", tpmpipe.MaxSealed+1), secret(7), tpmpipe.FaultSealed},
		"not in order":   {"sealed", tpmpipe.Done{}, tpmpipe.ErrMalformed},
		"no answer":      {"sealed", nil, errNoTPM},
		"as it shall be": {"sealed", secret(7), nil},
	} {
		var answers []tpmpipe.Message
		if c.answer != nil {
			answers = append(answers, c.answer)
		}
		cfg := answering(t, answers...)
		cfg.Storage = t.TempDir()
		path := cfg.Counter + ".sealed"
		if err := os.WriteFile(path, []byte(c.kept), 0o600); err != nil {
			t.Fatal(err)
		}
		b := guardedBy(t, cfg, StorageRoot{Protection: "tpm"})
		if err := b.openGuards(); !errors.Is(err, c.want) || (err == nil) != (len(b.guards) == 1) {
			t.Errorf("%s: %v, %d guards", name, err, len(b.guards))
		}
		if kept, err := os.ReadFile(path); err != nil || string(kept) != c.kept {
			t.Errorf("%s: the sealed secret was changed: %v", name, err)
		}
		said, _ := os.ReadFile(cfg.Counter + ".storage.fault")
		if c.want != nil && !strings.Contains(string(said), c.want.Error()) {
			t.Errorf("%s: the operator is told %q", name, said)
		}
	}
}

func TestADeviceThatWasTamperedWithStartsWithoutItsSecret(t *testing.T) {
	cfg := answering(t, tpmpipe.Failed{Fault: tpmpipe.FaultTPM})
	b := guardedBy(t, cfg, StorageRoot{Protection: "tpm"})
	if err := os.WriteFile(b.tamperFile(), []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.openGuards(); err != nil || len(b.guards) != 0 {
		t.Errorf("%v, %d guards", err, len(b.guards))
	}
}

func TestAPassphraseComesFromAFileOrADescriptor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passphrase")
	for name, c := range map[string]struct {
		content string
		fits    bool
	}{
		"one":         {"correct horse\n", true},
		"the longest": {strings.Repeat("x", 256) + "\n", true},
		"longer":      {strings.Repeat("x", 257) + "\n", false},
		"far longer":  {strings.Repeat("x", 70000), false},
	} {
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, from := range []string{"file:" + path, "fd:" + strconv.Itoa(inherited(t, c.content))} {
			b := guardedBy(t, Config{Counter: filepath.Join(t.TempDir(), "counter")}, StorageRoot{Protection: "passphrase", Passphrase: from})
			err := b.holdPassphrases()
			for range 2 { // a kernel is started again
				if err == nil {
					err = b.openGuards()
				}
			}
			if (err == nil) != c.fits {
				t.Errorf("%s, %.3s: %v", name, from, err)
			} else if c.fits && b.given(t) != c.content {
				t.Errorf("%s, %.3s: something else", name, from)
			}
		}
	}
	b := guardedBy(t, Config{Counter: path}, StorageRoot{Protection: "passphrase", Passphrase: "file:/nowhere"})
	if err := b.openGuards(); !errors.Is(err, errNoPassphrase) {
		t.Errorf("no file: %v", err)
	}
}

// inherited is a pipe's descriptor as a program finds it that was started with it.
func inherited(t *testing.T, content string) int {
	t.Helper()
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	go func() {
		w := os.NewFile(uintptr(ends[1]), "pipe")
		_, _ = io.WriteString(w, content)
		_ = w.Close()
	}()
	return ends[0]
}

func TestAStorageRootOfTheConfigurationIsOneThatThereCanBe(t *testing.T) {
	for _, c := range []struct {
		root  StorageRoot
		tpm   string
		fault string
	}{
		{StorageRoot{}, "", ""}, {StorageRoot{Protection: "file"}, "", ""}, {StorageRoot{Protection: "tpm"}, "device:/dev/tpmrm0", ""},
		{StorageRoot{"passphrase", "file:/run/credentials/x"}, "", ""}, {StorageRoot{"passphrase", "fd:3"}, "", ""},
		{StorageRoot{Protection: "tpm"}, "", "needs tpm"}, {StorageRoot{Protection: "none"}, "", "is"},
		{StorageRoot{Protection: "passphrase"}, "", "is named"}, {StorageRoot{"file", "fd:3"}, "", "is named"}, {StorageRoot{"", "fd:3"}, "", "is named"},
		{StorageRoot{"passphrase", "fd:2"}, "", "must begin"}, {StorageRoot{"passphrase", "correct horse"}, "", "must begin"}, {StorageRoot{"passphrase", "file:x"}, "", "must begin"},
	} {
		err := c.root.check(c.tpm)
		if (err != nil) != (c.fault != "") || err != nil && (!strings.Contains(err.Error(), c.fault) || strings.Contains(err.Error(), "horse")) {
			t.Errorf("%+v: %v", c.root, err)
		}
	}
}
