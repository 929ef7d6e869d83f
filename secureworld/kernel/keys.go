//go:build linux

package main

import (
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/keystore"
	"github.com/strongroom-pos/strongroom/secureworld/keyregistry"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// keyList is every key of the registry, as far as this kernel knows it: each that is
// or was here with its age and check value, those of other custodians with what is
// known of them by what is shared.
func (k *kernel) keyList() []mailbox.KeyLine {
	s := k.stepper.State()
	return keyLines(k.keys.Inventory(), used{host: k.keys.HostKeysLeft(), reader: dukpt.Left(s.ReaderTop), pinpad: dukpt.Left(s.PINPadTop)})
}

// used is what is left of the keys that are counted.
type used struct{ host, reader, pinpad uint32 }

func keyLines(known []keystore.Line, left used) []mailbox.KeyLine {
	var out []mailbox.KeyLine
	for _, key := range keyregistry.All() {
		lines := linesOf(known, key.Number)
		if len(lines) == 0 {
			lines = []mailbox.KeyLine{unlisted(key, known)}
		}
		for _, l := range lines {
			out = append(out, left.limit(key.Name, l))
		}
	}
	return out
}

func linesOf(known []keystore.Line, number uint8) (out []mailbox.KeyLine) {
	for _, l := range known {
		if l.Key != number {
			continue
		}
		line := mailbox.KeyLine{Present: true, Key: number, End: mailbox.KeyEnd(l.End), Born: payment.CountOf(uint64(l.Born)),
			Ended: payment.CountOf(uint64(l.Ended)), Checked: l.Checked, Check: l.Check}
		if l.Ended != 0 {
			line.State = mailbox.KeyDestroyed
		}
		out = append(out, line)
	}
	return out
}

// unlisted is a key that the list does not have: another custodian's, or one of the
// kernel that has no date of its own.
func unlisted(key keyregistry.Key, known []keystore.Line) mailbox.KeyLine {
	l := mailbox.KeyLine{Present: true, Key: key.Number}
	switch {
	case key.Custodian != keyregistry.Kernel && key.Custodian != keyregistry.Application:
		l.State = mailbox.KeyElsewhere
	case key.Name == "remote-loading" || key.Name == "host-answer" || key.Name == "services":
		l.State = mailbox.KeyNone
	}
	shared, _ := keyregistry.Named(copies()[key.Name])
	for _, c := range linesOf(known, shared.Number) {
		l.Born, l.Checked, l.Check = c.Born, c.Checked, c.Check
	}
	return l
}

// copies are the keys of devices of which the kernel has the same.
func copies() map[string]string {
	return map[string]string{"reader/initial": "reader-initial", "reader/order": "reader-order", "pinpad/order": "pinpad-order",
		"pinpad/pan": "pan", "pinpad/keyed": "keyed"}
}

func (u used) limit(name string, l mailbox.KeyLine) mailbox.KeyLine {
	left, counted := map[string]uint32{"host-registers": u.host, "reader/initial": u.reader, "pinpad/initial": u.pinpad}[name]
	if !counted || l.State == mailbox.KeyDestroyed {
		return l
	}
	l.Limited, l.Left, l.Low = true, left, left < mailbox.LowKeys
	if left == 0 {
		l.State = mailbox.KeyExhausted
	}
	return l
}
