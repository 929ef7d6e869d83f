// Package entitlement is what a trusted application is entitled to: its permissions
// and quotas. The developer asks for them in the application's signed manifest, the
// customer countersigns account data, boot verifies both, and the kernel holds the
// application to them. Whatever is not named is denied.
//
// Boot hands a grant over beside the module, fixed, numbers big endian:
//
//	 0            8                9          10         12         16
//	+------------+----------------+----------+----------+----------+
//	| version(8) | permissions(1) | flags(1) | pages(2) | bytes(4) |
//	+------------+----------------+----------+----------+----------+
//	 16           18         20       22      23
//	+------------+----------+--------+-------+
//	| deadline(2)| calls(2) | cpu(2) | keys(1)|
//	+------------+----------+--------+-------+
//
// permissions: bits of Permissions. flags: 1 countersigned by the customer, 2 part
// of the kernel image, 4 its data are kept when it is removed. A quota of zero is
// the usual one.
//
// Boot, the kernel and who signs import it.
package entitlement

import (
	"encoding/binary"
	"time"
)

// Permissions is a set.
type Permissions uint8

// Permissions.
const (
	// AccountData: the application is given account data in clear. Only with the
	// customer's countersignature, and the app world then cannot call it.
	AccountData Permissions = 1 << iota
	// CardIdentifier: it is told of payments, with the card's identifier that was
	// derived for its name.
	CardIdentifier
	// Crypto: it may use the cryptographic services.
	Crypto
	// Storage: it has a space of its own.
	Storage
	// Clock: it is told the time of day.
	Clock

	all = AccountData | CardIdentifier | Crypto | Storage | Clock
)

// Has tells whether all of q are in p.
func (p Permissions) Has(q Permissions) bool { return p&q == q }

// words are the permissions as a manifest names them, in its order.
func words() []struct {
	word string
	p    Permissions
} {
	return []struct {
		word string
		p    Permissions
	}{{"account-data", AccountData}, {"card-identifier", CardIdentifier}, {"clock", Clock}, {"crypto", Crypto}, {"storage", Storage}}
}

// Words are the permissions as a manifest names them: each once, in alphabetical
// order.
func (p Permissions) Words() (out []string) {
	for _, w := range words() {
		if p.Has(w.p) {
			out = append(out, w.word)
		}
	}
	return out
}

// ParseWords reads them. Order and spelling are strict: one set has one form.
func ParseWords(list []string) (p Permissions, ok bool) {
	for _, w := range words() {
		if len(list) > 0 && list[0] == w.word {
			p |= w.p
			list = list[1:]
		}
	}
	return p, len(list) == 0
}

// Quotas bound what an application may use. Zero is the usual quota.
type Quotas struct {
	MemoryPages    uint16 `json:"memory_pages,omitempty"`     // of 64 KiB each
	StorageBytes   uint32 `json:"storage_bytes,omitempty"`    // in its space
	DeadlineMillis uint16 `json:"deadline_millis,omitempty"`  // of one call
	CallsPerSecond uint16 `json:"calls_per_second,omitempty"` // of the app world
	CPUMillis      uint16 `json:"cpu_millis,omitempty"`       // that its calls run, in each second
	Keys           uint8  `json:"keys,omitempty"`             // in the cryptographic services
}

// Valid tells whether all are within what this device grants at most.
func (q Quotas) Valid() bool {
	return q.MemoryPages <= MaxPages && q.StorageBytes <= MaxStorage && q.DeadlineMillis <= MaxDeadline &&
		q.CallsPerSecond <= MaxCalls && q.CPUMillis <= MaxCPU && q.Keys <= MaxKeys
}

// Effective replaces zeros by the usual quotas.
func (q Quotas) Effective() Quotas {
	return Quotas{
		MemoryPages: usual(q.MemoryPages, usualPages), StorageBytes: usual(q.StorageBytes, usualStorage),
		DeadlineMillis: usual(q.DeadlineMillis, usualDeadline), CallsPerSecond: usual(q.CallsPerSecond, usualCalls),
		CPUMillis: usual(q.CPUMillis, usualCPU), Keys: usual(q.Keys, usualKeys),
	}
}

func usual[N uint8 | uint16 | uint32](n, otherwise N) N {
	if n == 0 {
		return otherwise
	}
	return n
}

// Deadline of one call.
func (q Quotas) Deadline() time.Duration {
	return time.Duration(q.DeadlineMillis) * time.Millisecond
}

// Grant is what one verified application has.
type Grant struct {
	Version       uint64
	Permissions   Permissions
	Countersigned bool // by the customer
	Image         bool // part of the kernel image
	KeepData      bool // its space outlives its removal
	Quotas        Quotas
}

// Valid tells whether the grant keeps the rules: no account data without the
// customer's countersignature.
func (g Grant) Valid() bool {
	return g.Permissions&^all == 0 && g.Quotas.Valid() && (g.Countersigned || !g.Permissions.Has(AccountData))
}

// Size of an encoded grant.
const Size = 23

// Append encodes g onto dst.
func (g Grant) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, g.Version)
	dst = append(dst, byte(g.Permissions), bit(g.Countersigned, 1)|bit(g.Image, 2)|bit(g.KeepData, 4))
	dst = binary.BigEndian.AppendUint16(dst, g.Quotas.MemoryPages)
	dst = binary.BigEndian.AppendUint32(dst, g.Quotas.StorageBytes)
	for _, q := range []uint16{g.Quotas.DeadlineMillis, g.Quotas.CallsPerSecond, g.Quotas.CPUMillis} {
		dst = binary.BigEndian.AppendUint16(dst, q)
	}
	return append(dst, g.Quotas.Keys)
}

func bit(on bool, b byte) byte {
	if on {
		return b
	}
	return 0
}

// Parse decodes exactly Size bytes; ok is false for what no grant encodes to.
func Parse(b []byte) (g Grant, ok bool) {
	if len(b) != Size || b[9]&^7 != 0 {
		return Grant{}, false
	}
	g = Grant{
		Version: binary.BigEndian.Uint64(b), Permissions: Permissions(b[8]),
		Countersigned: b[9]&1 != 0, Image: b[9]&2 != 0, KeepData: b[9]&4 != 0,
		Quotas: Quotas{
			MemoryPages: binary.BigEndian.Uint16(b[10:]), StorageBytes: binary.BigEndian.Uint32(b[12:]),
			DeadlineMillis: binary.BigEndian.Uint16(b[16:]), CallsPerSecond: binary.BigEndian.Uint16(b[18:]),
			CPUMillis: binary.BigEndian.Uint16(b[20:]), Keys: b[22],
		},
	}
	return g, g.Valid()
}
