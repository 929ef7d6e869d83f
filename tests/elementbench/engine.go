package main

import (
	"context"
	"crypto/aes"
	"encoding/json"
	"errors"
	"os/exec"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	gcrypt "github.com/strongroom-pos/strongroom/secureworld/element/gcrypt/engine"
	stdlib "github.com/strongroom-pos/strongroom/secureworld/element/stdlib/engine"
)

// Names of the rows that others are held against.
const (
	rawName    = "primitives: this engine's, from the base derivation key"
	stdName    = "primitives: Go's standard library, from the base derivation key"
	gcryptName = "primitives: libgcrypt, from the base derivation key"
	wholeName  = "element in process, each from the base derivation key"
	portable   = ", built without assembly"
	roundOfCPU = 400 * time.Millisecond
)

// measurePrimitives does what a translation must do and nothing else, with the
// engine's own form of AES, with the standard library and with libgcrypt.
func measurePrimitives() ([]Row, error) {
	raw, err := rate(own, roundOfCPU, func() (int, error) {
		const n = 5000
		stdlib.BenchTranslate(n)
		return n, nil
	})
	if err != nil {
		return nil, err
	}
	std, err := rate(own, roundOfCPU, rawTranslations)
	if err != nil {
		return nil, err
	}
	c, err := rate(own, roundOfCPU, func() (int, error) {
		const n = 20000
		if gcrypt.BenchTranslate(n) <= 0 {
			return 0, errors.New("libgcrypt could not be measured")
		}
		return n, nil
	})
	return []Row{{Name: rawName, Rate: raw}, {Name: stdName, Rate: std, Against: rawName},
		{Name: gcryptName, Rate: c, Against: rawName}}, err
}

// rawTranslations makes the schedules and blocks of translations at eight one-bits:
// ten keys (initial, eight on the way, working), two blocks for each, and two for each
// of both PIN blocks. The schedules of base derivation key and zone are kept, so those
// of the keys that were derived are what is left: ten.
func rawTranslations() (int, error) {
	const n, keys = 5000, 10
	var key [keySize]byte
	zone, err := aes.NewCipher(key[:])
	if err != nil {
		return 0, err
	}
	for range n {
		under := zone // the base derivation key's
		for range keys {
			under.Encrypt(key[:16], key[:16])
			under.Encrypt(key[16:], key[16:])
			if under, err = aes.NewCipher(key[:]); err != nil {
				return 0, err
			}
		}
		under.Decrypt(key[:16], key[:16])
		under.Decrypt(key[:16], key[:16])
		zone.Encrypt(key[:16], key[:16])
		zone.Encrypt(key[:16], key[:16])
	}
	return n, nil
}

// measureEngine asks the Go make in this process.
func measureEngine(w *work) ([]Row, error) {
	whole, wipeWhole, err := stdlib.OpenWithoutPaths(w.file, w.kbpk)
	if err != nil {
		return nil, err
	}
	defer wipeWhole()
	kept, wipeKept, err := stdlib.Open(w.file, w.kbpk)
	if err != nil {
		return nil, err
	}
	defer wipeKept()
	var rows []Row
	for _, m := range []struct {
		name, against string
		wanted        float64
		batch         func() (int, error)
	}{
		{wholeName, rawName, 0.8, w.operations(whole)},
		{"element in process, paths kept", gcryptName, 2, w.operations(kept)},
		{"the same behind its frames", gcryptName, 2, w.frames(kept)},
	} {
		r, err := rate(own, roundOfCPU, m.batch)
		if err != nil {
			return nil, err
		}
		rows = append(rows, Row{Name: m.name, Rate: r, Against: m.against, Wanted: m.wanted})
	}
	return rows, nil
}

// operations asks everything once.
func (w *work) operations(ops element.Operations) func() (int, error) {
	chance := new(element.Chance)
	return func() (int, error) {
		for i := range w.requests {
			if _, err := ops.TranslatePIN(w.requests[i], chance); err != nil {
				return 0, err
			}
		}
		return len(w.requests), nil
	}
}

// frames asks everything once, encoded.
func (w *work) frames(ops element.Operations) func() (int, error) {
	chance, in, out := new(element.Chance), make([]byte, 0, 256), make([]byte, 0, 256)
	return func() (int, error) {
		for i := range w.requests {
			in, err := element.AppendRequest(in, w.requests[i])
			if err != nil {
				return 0, err
			}
			if element.Handle(out, ops, element.KindTranslatePIN, in, chance)[0] == element.KindRefusal {
				return 0, errors.New("a translation was refused")
			}
		}
		return len(w.requests), nil
	}
}

// measurePortable asks the other build of this program: engine and primitives there
// are those of the standard library.
func measurePortable(ctx context.Context, program string) (rows []Row, err error) {
	if program == "" {
		return nil, nil
	}
	out, err := exec.CommandContext(ctx, program, "-engine").Output()
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(out, &rows); err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].Name += portable
		if rows[i].Against == rawName {
			rows[i].Against += portable
		}
		rows[i].Wanted = 0
	}
	return rows, nil
}
