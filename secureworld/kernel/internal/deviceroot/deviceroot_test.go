package deviceroot

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	fp "github.com/strongroom-pos/strongroom/secureworld/internal/fingerprint"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

func TestTheSameDeviceHasTheSameKeyAtEveryStart(t *testing.T) {
	cfg, key := made(t)
	for range 3 {
		r, err := Open(cfg)
		if err != nil || derived(t, r) != key {
			t.Fatalf("another key, %v", err)
		}
	}
	if other, _ := made(t); bytes.Equal(read(t, filepath.Join(other.Dir, RecordFile)), read(t, filepath.Join(cfg.Dir, RecordFile))) {
		t.Error("two storages have one record")
	}
	if _, err := os.Stat(filepath.Join(cfg.Dir, provisioning.Incoming, FirmwareFile)); err == nil {
		t.Error("the delivered firmware root key is still there")
	}
}

func TestAStatedNumberOfPartsMayChange(t *testing.T) {
	for name, c := range map[string]struct {
		now  fp.Parts
		want error
	}{
		"none":               {parts(), nil},
		"one":                {parts(fp.Disk), nil},
		"two":                {parts(fp.Disk, fp.FileSystem), nil},
		"one gone":           {without(parts(), fp.Board), nil},
		"one gone, one not":  {without(parts(fp.Disk), fp.Board), nil},
		"three":              {parts(fp.Disk, fp.FileSystem, fp.Installation), ErrOtherDevice},
		"a clone":            {parts(fp.System, fp.Board, fp.Product, fp.Disk), ErrOtherDevice},
		"all":                {parts(0, 1, 2, 3, 4, 5, 6), ErrOtherDevice},
		"two gone, one else": {without(parts(fp.Disk), fp.Board, fp.System), ErrOtherDevice},
		"nothing to be read": {fp.Parts{}, ErrNoParts},
	} {
		cfg, key := made(t)
		cfg.Parts = c.now
		r, err := Open(cfg)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		} else if err == nil && derived(t, r) != key {
			t.Errorf("%s: another key", name)
		}
	}
}

func TestPartsOfAPoorMachineMustAllStay(t *testing.T) {
	cfg := storage(t)
	cfg.Parts = without(parts(), fp.System, fp.Board, fp.Product, fp.Disk)
	r, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	key := derived(t, r)
	if r, err = Open(cfg); err != nil || derived(t, r) != key {
		t.Fatal(err)
	}
	cfg.Parts[fp.Make][5]++
	if _, err := Open(cfg); !errors.Is(err, ErrOtherDevice) {
		t.Errorf("%v", err)
	}
}

// Two parts change between any two starts that succeed, until none is as it was.
func TestAfterAStartThatSucceededTheNewPartsCount(t *testing.T) {
	cfg, key := made(t)
	for _, pair := range [][]fp.Part{{0, 1}, {2, 3}, {4, 5}, {6}} {
		for _, p := range pair {
			cfg.Parts[p][7]++
		}
		r, err := Open(cfg)
		if err != nil || derived(t, r) != key || !slices.Equal(r.Changed(), pair) {
			t.Fatalf("%v changed: %v", pair, err)
		}
		if _, err := Open(cfg); err != nil { // not renewed: the old ones count still
			t.Fatal(err)
		}
		if err := r.Renew(); err != nil {
			t.Fatal(err)
		}
	}
	old := cfg
	old.Parts = parts()
	if _, err := Open(old); !errors.Is(err, ErrOtherDevice) {
		t.Errorf("the parts of the first start: %v", err)
	}
}

func TestWithoutARenewalChangesAddUp(t *testing.T) {
	cfg, _ := made(t)
	cfg.Parts = parts(fp.Disk, fp.Board)
	if _, err := Open(cfg); err != nil {
		t.Fatal(err)
	}
	cfg.Parts = parts(fp.Disk, fp.Board, fp.Product)
	if _, err := Open(cfg); !errors.Is(err, ErrOtherDevice) {
		t.Errorf("%v", err)
	}
}

func TestMovesAreToldApart(t *testing.T) {
	whole, key := made(t)
	for name, c := range map[string]struct {
		change func(*Config)
		want   error
	}{
		"another device":   {func(c *Config) { c.Parts = parts(0, 1, 2, 3) }, ErrOtherDevice},
		"another customer": {func(c *Config) { c.Customer = "else" }, ErrOtherKernel},
		"another terminal": {func(c *Config) { c.Terminal = "TERM0002" }, ErrOtherTerminal},
		"another firmware root key": {func(c *Config) {
			write(t, filepath.Join(c.Dir, FirmwareFile), bytes.Repeat([]byte{7}, keySize))
		}, ErrOtherKernel},
		"no firmware root key": {func(c *Config) { _ = os.Remove(filepath.Join(c.Dir, FirmwareFile)) }, ErrMissing},
		"no record":            {func(c *Config) { _ = os.Remove(filepath.Join(c.Dir, RecordFile)) }, ErrMissing},
		"an older format": {func(c *Config) {
			_ = os.Remove(filepath.Join(c.Dir, RecordFile))
			write(t, filepath.Join(c.Dir, olderFormat), make([]byte, keySize))
		}, ErrFormat},
		"another one's record": {func(c *Config) {
			other, _ := made(t)
			write(t, filepath.Join(c.Dir, RecordFile), read(t, filepath.Join(other.Dir, RecordFile)))
		}, ErrOtherKernel},
		"nothing": {func(*Config) {}, nil},
	} {
		cfg := copied(t, whole)
		c.change(&cfg)
		r, err := Open(cfg)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		} else if err == nil && derived(t, r) != key {
			t.Errorf("%s: another key", name)
		}
	}
}

func TestEveryBitOfTheRecordCounts(t *testing.T) {
	whole, _ := made(t)
	path := filepath.Join(whole.Dir, RecordFile)
	good := read(t, path)
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1 << (i % 8)
		write(t, path, bad)
		if _, err := Open(whole); !errors.Is(err, ErrDamaged) {
			t.Fatalf("byte %d: %v", i, err)
		}
		if i >= len(bad)-checksumSize {
			continue
		}
		copy(bad[len(bad)-checksumSize:], checksum(bad[:len(bad)-checksumSize]))
		write(t, path, bad)
		if _, err := Open(whole); !errors.Is(err, ErrForged) && !errors.Is(err, ErrFormat) && !errors.Is(err, ErrOtherKernel) {
			t.Fatalf("byte %d, checksum made anew: %v", i, err)
		}
	}
	for n := range good {
		write(t, path, good[:n])
		if _, err := Open(whole); !errors.Is(err, ErrDamaged) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
	write(t, path, good)
	if _, err := Open(whole); err != nil {
		t.Error(err)
	}
}

func TestAFirstStartThatWasCutIsResumed(t *testing.T) {
	cfg := storage(t)
	r, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	key := derived(t, r)
	if r, err = Open(cfg); err != nil || derived(t, r) != key { // no Renew: the power was cut
		t.Fatalf("%v", err)
	}
	if err := os.Remove(filepath.Join(cfg.Dir, RecordFile)); err != nil { // and earlier
		t.Fatal(err)
	}
	if _, err := Open(cfg); err != nil {
		t.Error(err)
	}
}

func TestAResetDrawsANewSecret(t *testing.T) {
	cfg, key := made(t)
	cfg.Reset, cfg.Parts = true, parts(0, 1, 2, 3, 4)
	r, err := Open(cfg)
	if err != nil || derived(t, r) == key {
		t.Fatalf("the old key, %v", err)
	}
	cfg.Reset = false
	if again, err := Open(cfg); err != nil || derived(t, again) != derived(t, r) {
		t.Errorf("%v", err)
	}
}

func TestWantOfMemoryIsToldAsSuch(t *testing.T) {
	cfg, _ := made(t)
	whole := newRooms()
	cfg.Memory = whole
	if _, err := Open(cfg); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= whole.asked; n++ {
		cfg.Memory = &rooms{taken: map[*byte]int{}, refuses: n}
		if _, err := Open(cfg); !errors.Is(err, errNoRoom) {
			t.Errorf("request %d: %v", n, err)
		}
	}
}

func TestNoSecretRestsOnTheDisk(t *testing.T) {
	cfg := storage(t)
	r, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	record := read(t, filepath.Join(cfg.Dir, RecordFile))
	for name, secret := range map[string][]byte{"local secret": r.secret, "root key": r.key, "firmware root key": r.firmware} {
		if bytes.Contains(record, secret[:8]) {
			t.Errorf("the record holds the %s", name)
		}
	}
	if n := len(cfg.Memory.(*rooms).taken); n != 4 {
		t.Errorf("%d rooms are taken", n)
	}
}

func FuzzCanonicalRecord(f *testing.F) {
	cfg, _ := made(f)
	f.Add(read(f, filepath.Join(cfg.Dir, RecordFile)))
	for _, g := range []Guard{phrase("correct horse"), chip(1)} {
		cfg, _ := madeUnder(f, g)
		f.Add(read(f, filepath.Join(cfg.Dir, RecordFile)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, c := range [][]byte{b, append(bytes.Clone(b), checksum(b)...)} {
			if r, err := decode(c); err == nil && !bytes.Equal(r.encode(), c) {
				t.Fatalf("%x became %x", c, r.encode())
			}
		}
	})
}
