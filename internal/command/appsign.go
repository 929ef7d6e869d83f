package command

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

// signedDays is how long a demo application's signatures hold.
const signedDays = 365

// manifestFlags are what an application asks for.
type manifestFlags struct {
	version     uint64
	permissions string
	storage     uint
	memory      uint
	keep        bool
	countersign bool
}

func (m *manifestFlags) register(f *flag.FlagSet) {
	f.Uint64Var(&m.version, "version", 1, "the application's version; an older one cannot be installed over it")
	f.StringVar(&m.permissions, "permissions", "", "account-data, card-identifier, clock, crypto, storage: in this order, with commas")
	f.UintVar(&m.storage, "storage", 0, "bytes of its space; 0 is the usual")
	f.UintVar(&m.memory, "memory", 0, "pages of 64 KiB; 0 is the usual")
	f.BoolVar(&m.keep, "keep-data", false, "its space outlives its removal")
	f.BoolVar(&m.countersign, "countersign", false, "sign for the customer too, as account data need")
}

func (m *manifestFlags) application(name string, module []byte) (signing.Application, error) {
	if m.storage > 1<<32-1 || m.memory > 1<<16-1 {
		return signing.Application{}, fmt.Errorf("signing %s: more than any application is granted", name)
	}
	a := signing.Application{Name: name, Version: m.version, Module: module, KeepData: m.keep, Countersign: m.countersign,
		Quotas: signing.Quotas{StorageBytes: uint32(m.storage), MemoryPages: uint16(m.memory)}}
	if m.permissions != "" {
		a.Permissions = strings.Split(m.permissions, ",")
	}
	return a, nil
}

// signApplication signs NAME.wasm with a demo's keys and puts NAME.statement, and
// NAME.countersignature where one is asked for, beside it.
func signApplication(home, module string, m *manifestFlags, out io.Writer) error {
	wasm, err := os.ReadFile(module)
	if err != nil {
		return err
	}
	base := strings.TrimSuffix(module, ".wasm")
	name := filepath.Base(base)
	a, err := m.application(name, wasm)
	if err != nil {
		return err
	}
	keys, err := ceremony.Manufacturer(home)
	if err != nil {
		return err
	}
	now := time.Now()
	statement, countersignature, err := keys.SignApplication(a, signing.Validity{From: now.Add(-time.Hour), Until: now.AddDate(0, 0, signedDays)})
	if err != nil {
		return fmt.Errorf("signing %s: %w", name, err)
	}
	if err := os.WriteFile(base+".statement", statement, 0o644); err != nil { //nolint:gosec // signed, and for everybody
		return err
	}
	if countersignature != nil {
		if err := os.WriteFile(base+".countersignature", countersignature, 0o644); err != nil { //nolint:gosec // the same
			return err
		}
	}
	fmt.Fprintf(out, "%s version %d is signed, asking for: %s\n", name, a.Version, asked(a.Permissions))
	return nil
}

func asked(permissions []string) string {
	if len(permissions) == 0 {
		return "nothing"
	}
	return strings.Join(permissions, ", ")
}
