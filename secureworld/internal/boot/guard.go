package boot

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
	"github.com/strongroom-pos/strongroom/secureworld/internal/fingerprint"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
	"github.com/strongroom-pos/strongroom/secureworld/internal/tpmpipe"
)

// StorageRoot is how the root of the storage is protected besides by this device.
type StorageRoot struct {
	// Protection is "file" (also when empty: not at all), "passphrase" or "tpm".
	Protection string `json:"protection,omitempty"`
	// Passphrase is where that is read at each start: file:/path, as systemd gives a
	// service its credentials, or fd:N, a descriptor that boot inherits, reads once and
	// keeps as a memory file. Never an argument or the environment: both can be read.
	Passphrase string `json:"passphrase,omitempty"`
}

func (r StorageRoot) check(tpm string) error {
	named := r.Passphrase != ""
	switch {
	case r.Protection != "" && r.Protection != "file" && r.Protection != "passphrase" && r.Protection != "tpm":
		return errors.New(`configuration: the storage root's protection is "file", "passphrase" or "tpm"`)
	case named != (r.Protection == "passphrase"):
		return errors.New("configuration: a passphrase is named where it protects the storage root, and only there")
	case named && !strings.HasPrefix(r.Passphrase, "file:/") && r.descriptor() == 0:
		return errors.New("configuration: a passphrase must begin with file:/ or be fd: and a number from 3 up")
	case r.Protection == "tpm" && tpm == "":
		return errors.New("configuration: a storage root in a TPM needs tpm")
	}
	return nil
}

// descriptor is that of fd:N, or 0.
func (r StorageRoot) descriptor() int {
	text, ok := strings.CutPrefix(r.Passphrase, "fd:")
	if n, err := strconv.Atoi(text); ok && err == nil && n >= 3 {
		return n
	}
	return 0
}

// guard is one secret on its way to a kernel. Boot does not look into a passphrase.
type guard struct {
	told handover.Guard
	file *os.File
}

// openGuards gets what protects the storage's root. Without it no kernel is started,
// not even counted: an image is not given up for it. A device that was tampered with
// needs nothing that opens.
func (b *Boot) openGuards() error {
	b.closeGuards()
	err := b.openGuard(b.cfg.StorageRoot, false)
	if err != nil && b.tampered() == 0 {
		b.keepFault(err.Error())
		return fmt.Errorf("storage root: %w", err)
	}
	if err := b.openGuard(b.cfg.StorageRootBefore, true); err != nil {
		b.log.Warn("what protected the storage root before", "reason", err.Error()) // the kernel tells if it is needed
	}
	return nil
}

func (b *Boot) openGuard(r StorageRoot, before bool) (err error) {
	g := guard{told: handover.Guard{Before: before}}
	switch r.Protection {
	case "passphrase":
		g.told.Protection = handover.ProtectionPassphrase
		g.file, err = b.passphrase(r)
	case "tpm":
		g.told.Protection = handover.ProtectionTPM
		g.file, err = b.unsealed(!before)
	default:
		return nil
	}
	if err == nil {
		b.guards = append(b.guards, g)
	}
	return err
}

// provideGuards hands them over and keeps none. A self-test ends before it opens
// anything.
func (b *Boot) provideGuards(link *handover.Boot, confine handover.Confine) error {
	if confine.SelfTest {
		return nil
	}
	defer b.closeGuards()
	for _, g := range b.guards {
		if err := link.Send(g.told, g.file); err != nil {
			return err
		}
	}
	return nil
}

func (b *Boot) closeGuards() {
	for _, g := range b.guards {
		_ = g.file.Close()
	}
	b.guards = nil
}

var errNoPassphrase = errors.New("the passphrase cannot be read, or is longer than 256 bytes")

func (b *Boot) passphrase(r StorageRoot) (*os.File, error) {
	path, ok := strings.CutPrefix(r.Passphrase, "file:")
	if !ok {
		held := b.held[r.descriptor()]
		if held == nil {
			return nil, errNoPassphrase
		}
		path = fmt.Sprintf("/proc/self/fd/%d", held.Fd())
	}
	f, err := spawn.MemoryFileFrom("guard", path, handover.MaxGuard)
	if err != nil {
		return nil, errNoPassphrase
	}
	return f, nil
}

// holdPassphrases reads those that come by descriptor, before any program is started
// that could inherit it.
func (b *Boot) holdPassphrases() error {
	b.held = map[int]*os.File{}
	for _, r := range []StorageRoot{b.cfg.StorageRoot, b.cfg.StorageRootBefore} {
		n := r.descriptor()
		if n == 0 || b.held[n] != nil {
			continue
		}
		from := os.NewFile(uintptr(n), "passphrase") //nolint:gosec // 3 or more
		to, err := spawn.MemoryFileBy("passphrase", func(w io.Writer) error { return pour(w, from) })
		_ = from.Close() // read, or useless
		if err != nil {
			return errNoPassphrase
		}
		b.held[n] = to
	}
	return nil
}

func pour(to io.Writer, from io.Reader) error {
	room := make([]byte, handover.MaxGuard+1)
	defer clear(room)
	n, err := io.ReadFull(from, room)
	if n > handover.MaxGuard || err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return errNoPassphrase
	}
	_, err = to.Write(room[:n])
	return err
}

// sealedFile has what the TPM made of the secret. It is worth nothing elsewhere.
func (b *Boot) sealedFile() string { return b.cfg.Counter + ".sealed" }

// unsealed has the TPM open the secret. The first time, and when the storage may begin
// anew by a signed paper, there is a new one.
func (b *Boot) unsealed(mayBegin bool) (*os.File, error) {
	if err := b.tpm.start(b.cfg); err != nil {
		return nil, err
	}
	kept, err := os.ReadFile(b.sealedFile())
	switch {
	case errors.Is(err, fs.ErrNotExist) && mayBegin:
		return b.sealNew()
	case err != nil:
		return nil, errors.New("the sealed secret cannot be read")
	}
	f, err := b.unseal(kept)
	lost := errors.Is(err, tpmpipe.FaultOther) || errors.Is(err, tpmpipe.FaultSealed)
	if lost && mayBegin && b.beginsAnew() {
		return b.sealNew()
	}
	return f, err
}

// sealNew keeps a new secret before anything is protected by it.
func (b *Boot) sealNew() (*os.File, error) {
	answer, err := b.tpm.ask(tpmpipe.Seal{})
	if err != nil {
		return nil, err
	}
	made, ok := answer.(tpmpipe.Sealed)
	if !ok {
		return nil, tpmpipe.ErrMalformed
	}
	if err := durable.Replace(durable.OS{}, b.sealedFile(), made.Sealed); err != nil {
		return nil, errors.New("the sealed secret cannot be kept")
	}
	b.log.Info("a secret was sealed in the TPM")
	return b.unseal(made.Sealed)
}

func (b *Boot) unseal(kept []byte) (*os.File, error) {
	if len(kept) == 0 || len(kept) > tpmpipe.MaxSealed {
		return nil, tpmpipe.FaultSealed
	}
	answer, err := b.tpm.ask(tpmpipe.Unseal{Sealed: kept})
	if err != nil {
		return nil, err
	}
	opened, ok := answer.(tpmpipe.Unsealed)
	if !ok {
		return nil, tpmpipe.ErrMalformed
	}
	defer clear(opened.Secret)
	return spawn.MemoryFile("guard", opened.Secret)
}

// beginsAnew reports whether a paper lets the storage begin anew now. The device and
// the moment that the paper must name are logged.
func (b *Boot) beginsAnew() bool {
	parts, anchored, err := b.binding()
	return err == nil && b.reset(parts.Digest(), anchored) != 0
}

// binding is what the storage is bound to: the parts of this machine, and the number
// of its root record.
func (b *Boot) binding() (parts fingerprint.Parts, anchored uint64, err error) {
	if anchored, err = b.anchor().Read(); err != nil {
		return parts, 0, err
	}
	parts = fingerprint.Machine{Root: "/", Storage: b.cfg.Storage}.Read()
	device := parts.Digest()
	b.log.Info("storage", "device", fmt.Sprintf("%x", device), "parts", parts.Present(), "anchor", anchored)
	return parts, anchored, nil
}
