package secretmem

import "golang.org/x/sys/unix"

// What Protection.Kind may say.
const (
	KindSecret   = "memfd_secret"
	KindLocked   = "locked"
	KindOrdinary = "ordinary"
)

// Protection describes the memory as it is, never as it was meant to be.
type Protection struct {
	Kind string
	// Reason is why memfd_secret is not in force; empty when it is.
	Reason string
}

// HiddenFromRoot tells whether root reading the process's memory finds nothing.
func (p Protection) HiddenFromRoot() bool { return p.Kind == KindSecret }

// lockAll locks what was mapped in place of secret memory. All or none are
// called locked.
func lockAll(regions [][]byte, why error) Protection {
	p := Protection{Kind: KindLocked, Reason: why.Error()}
	for _, region := range regions {
		if err := unix.Mlock(region); err != nil {
			p.Kind = KindOrdinary
			p.Reason += "; mlock: " + err.Error()
			return p
		}
	}
	return p
}
