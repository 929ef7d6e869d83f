package deviceroot

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/internal/durable/durabletest"
	fp "github.com/strongroom-pos/strongroom/secureworld/internal/fingerprint"
)

func phrase(s string) Guard { return Guard{ByPassphrase, []byte(s)} }

// chip is what a TPM unseals; each number is another TPM.
func chip(n byte) Guard { return Guard{ByTPM, bytes.Repeat([]byte{n}, keySize)} }

// madeUnder is a storage under a guard after its first start, and a key of it.
func madeUnder(t testing.TB, g Guard) (Config, string) {
	t.Helper()
	cfg := storage(t)
	cfg.Guard = g
	r, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Renew(); err != nil {
		t.Fatal(err)
	}
	cfg.Fresh = false
	return cfg, derived(t, r)
}

func TestAStorageOpensUnderItsOwnGuardAndNoOther(t *testing.T) {
	for name, c := range map[string]struct {
		made, now Guard
		want      error
	}{
		"the passphrase":                 {phrase("correct horse"), phrase("correct horse"), nil},
		"another passphrase":             {phrase("correct horse"), phrase("correct horsf"), ErrPassphrase},
		"a guess that is too short":      {phrase("correct horse"), phrase("1"), ErrPassphrase},
		"a TPM for a passphrase":         {phrase("correct horse"), chip(1), ErrProtection},
		"nothing for a passphrase":       {phrase("correct horse"), Guard{}, ErrProtection},
		"the TPM":                        {chip(1), chip(1), nil},
		"another TPM":                    {chip(1), chip(2), ErrSealed},
		"nothing for a TPM":              {chip(1), Guard{}, ErrProtection},
		"what a TPM knows as passphrase": {chip(1), Guard{ByPassphrase, chip(1).Secret}, ErrProtection},
	} {
		cfg, key := madeUnder(t, c.made)
		before := read(t, filepath.Join(cfg.Dir, RecordFile))
		own := cfg.Guard
		cfg.Guard = c.now
		if r, err := Open(cfg); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		} else if err == nil && (derived(t, r) != key || r.Protection() != c.made.Protection) {
			t.Errorf("%s: another key, or protected by %d", name, r.Protection())
		}
		if !bytes.Equal(before, read(t, filepath.Join(cfg.Dir, RecordFile))) {
			t.Errorf("%s: the record was changed", name)
		}
		cfg.Guard = own
		if r, err := Open(cfg); err != nil || derived(t, r) != key {
			t.Errorf("%s: and then its own does not open: %v", name, err)
		}
	}
}

func TestAWrongPassphraseIsToldFromADamagedRecordAndAnotherDevice(t *testing.T) {
	cfg, _ := madeUnder(t, phrase("correct horse"))
	path := filepath.Join(cfg.Dir, RecordFile)
	good := read(t, path)
	bad := bytes.Clone(good)
	bad[headSize+3] ^= 1 // the salt
	write(t, path, bad)
	if _, err := Open(cfg); !errors.Is(err, ErrDamaged) {
		t.Errorf("damaged: %v", err)
	}
	copy(bad[len(bad)-checksumSize:], checksum(bad[:len(bad)-checksumSize]))
	write(t, path, bad)
	if _, err := Open(cfg); !errors.Is(err, ErrForged) {
		t.Errorf("forged: %v", err)
	}
	write(t, path, good)
	cfg.Parts = parts(0, 1, 2, 3)
	if _, err := Open(cfg); !errors.Is(err, ErrOtherDevice) {
		t.Errorf("another device: %v", err)
	}
}

// Each change needs the guard before, and counts once the start has succeeded.
func TestAnotherGuardIsPutOnAndTheKeyStays(t *testing.T) {
	cfg, key := made(t)
	for _, next := range []Guard{phrase("correct horse"), phrase("battery staple"), chip(1), {}, chip(2)} {
		old := cfg.Guard
		cfg.Guard, cfg.Before = next, old
		if old.Protection != ByFile {
			without := cfg
			without.Before = Guard{}
			if _, err := Open(without); err == nil {
				t.Fatalf("%d after %d opens without the one before", next.Protection, old.Protection)
			}
		}
		r, err := Open(cfg)
		if err != nil || derived(t, r) != key || !r.Regarded() || r.Protection() != old.Protection {
			t.Fatalf("%d after %d: %v", next.Protection, old.Protection, err)
		}
		if r, err = Open(cfg); err != nil { // not renewed: the one before counts still
			t.Fatal(err)
		}
		if err := r.Renew(); err != nil || r.Regarded() || r.Protection() != next.Protection {
			t.Fatalf("%d after %d: %v", next.Protection, old.Protection, err)
		}
		if r, err = Open(cfg); err != nil || r.Regarded() {
			t.Fatalf("with the one before told still: %v", err)
		}
		cfg.Before = Guard{}
		if r, err = Open(cfg); err != nil || derived(t, r) != key || r.Regarded() {
			t.Fatalf("afterwards: %v", err)
		}
		cfg.Guard = old
		if _, err := Open(cfg); old.Protection != ByFile && next.Protection != ByFile && err == nil {
			t.Fatal("the one before opens still")
		}
		cfg.Guard = next
	}
}

func TestAGuardStaysWhenPartsOfTheDeviceChange(t *testing.T) {
	cfg, key := madeUnder(t, chip(1))
	cfg.Parts = parts(fp.Board, fp.Disk)
	if again, err := started(t, cfg); err != nil || again != key {
		t.Fatal(err)
	}
	cfg.Guard = chip(2)
	if _, err := Open(cfg); !errors.Is(err, ErrSealed) {
		t.Errorf("%v", err)
	}
}

func TestNoStorageIsPutUnderAShortPassphrase(t *testing.T) {
	cfg := storage(t)
	cfg.Guard = phrase("1234567")
	if _, err := Open(cfg); !errors.Is(err, ErrShort) {
		t.Errorf("a new one: %v", err)
	}
	cfg, _ = made(t)
	cfg.Guard = phrase("1234567")
	if _, err := Open(cfg); !errors.Is(err, ErrShort) {
		t.Errorf("one that was by file: %v", err)
	}
	cfg.Guard = phrase("12345678")
	if _, err := Open(cfg); err != nil {
		t.Errorf("a longer one: %v", err)
	}
}

// The power fails while another guard is put on. The storage opens with both told.
func TestAPowerCutAnywhereInAChangeOfGuardLosesNoKey(t *testing.T) {
	whole, want := madeUnder(t, chip(1))
	whole.Guard, whole.Before = chip(2), chip(1)
	first := copied(t, whole)
	counter := durabletest.New(t, first.Dir)
	first.Disk = counter
	if _, err := started(t, first); err != nil {
		t.Fatal(err)
	}
	for _, cut := range cuts(counter.Steps) {
		for name, loss := range durabletest.Losses() {
			cfg := copied(t, whole)
			disk := durabletest.New(t, cfg.Dir)
			disk.CutAfter(cut)
			cfg.Disk = disk
			if key, err := started(t, cfg); key != want || (err == nil) != (cut == counter.Steps) {
				t.Fatalf("cut %d of %d: %v", cut, counter.Steps, err)
			}
			disk.After(t, loss)
			cfg.Disk = nil
			if r, err := Open(cfg); err != nil || derived(t, r) != want {
				t.Fatalf("cut %d, %s: another key, %v", cut, name, err)
			}
		}
	}
}
