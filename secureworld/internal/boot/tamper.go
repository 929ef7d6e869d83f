package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/upkeep"
)

// maxForbidden is how many kernels may be killed for a forbidden system call while
// boot runs. One may be a fault of a release; a kernel that is being taken over tries
// again.
const maxForbidden = 3

// A device that was tampered with is marked in a file beside the counter. Whatever
// starts next, this boot or another image's kernel, is told so and erases what keys
// are left. The mark goes when the customer's paper lets the storage begin anew.
func (b *Boot) tamperFile() string { return b.cfg.Counter + ".tamper" }

// tamper makes the mark durable first; then the kernel that serves is told. It erases
// its keys and ends.
func (b *Boot) tamper(t handover.Tampering) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := fmt.Sprintf("%d\n%s\n%s\n", t, t, time.Now().UTC().Format(time.RFC3339))
	if err := durable.Replace(durable.OS{}, b.tamperFile(), []byte(text)); err != nil {
		b.log.Error("tampered with, and it cannot be noted", "reason", err.Error())
		return err
	}
	b.log.Error("tampered with", "reason", t.String())
	if b.serving != nil {
		_ = b.serving.kernel.link.Send(handover.Tamper{Reason: t}, nil) // one that cannot be told erases at its next start
	}
	return nil
}

// tampered is the reason in the mark, 0 where there is none. A mark that cannot be
// read counts.
func (b *Boot) tampered() handover.Tampering {
	raw, err := os.ReadFile(b.tamperFile())
	if errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	n, parsed := strconv.ParseUint(first, 10, 8)
	if t := handover.Tampering(n); err == nil && parsed == nil && t.Valid() {
		return t
	}
	return handover.TamperOperator
}

// tellTampered tells a kernel that starts. A storage that may begin anew, as the
// customer's paper says, is one that is provisioned again: then the mark goes.
func (b *Boot) tellTampered(link *handover.Boot, reset uint64) error {
	t := b.tampered()
	if t == 0 {
		return nil
	}
	if reset != 0 {
		b.log.Warn("provisioned again after tampering")
		return durable.OS{}.Remove(b.tamperFile())
	}
	return link.Send(handover.Tamper{Reason: t}, nil)
}

// forbidden counts kernels that were killed for a forbidden system call.
func (b *Boot) forbidden() {
	if b.violations++; b.violations >= maxForbidden {
		_ = b.tamper(handover.TamperForbidden) // logged
	}
}

// desk is what the operator may ask of boot.
type desk struct {
	*upkeep.Keeper
	boot *Boot
}

// Tamper takes this device for tampered with.
func (d desk) Tamper() control.Reason {
	if d.boot.tamper(handover.TamperOperator) != nil {
		return control.ReasonDisk
	}
	return control.Accepted
}
