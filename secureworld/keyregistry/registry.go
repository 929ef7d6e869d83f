package keyregistry

// Custodian is the world, or the role of people, that holds a key.
type Custodian string

// Custodians.
const (
	Kernel       Custodian = "kernel"
	Reader       Custodian = "reader"
	PINPad       Custodian = "pinpad"
	Acquirer     Custodian = "acquirer"
	Customer     Custodian = "customer"
	Manufacturer Custodian = "manufacturer"
	Application  Custodian = "application"
)

// Key is one kind of key.
type Key struct {
	Number    uint8 // in the mailbox
	Name      string
	Custodian Custodian
	Algorithm string
	Usage     string
	Stages    Stages
}

// Stages are those of a key's life.
type Stages struct {
	Generated   string // by whom, from what
	Waiting     string // at rest before distribution
	Distributed string
	Resting     string // at rest before use
	Used        string
	Valid       string
	Destroyed   string
}

// Named are the stages in order, each under the name that people are shown.
func (s Stages) Named() [7][2]string {
	return [7][2]string{{"generated", s.Generated}, {"at rest before distribution", s.Waiting}, {"distributed", s.Distributed},
		{"at rest before use", s.Resting}, {"used", s.Used}, {"valid", s.Valid}, {"destroyed", s.Destroyed}}
}

// All lists the keys by number.
func All() []Key {
	var out []Key
	for _, part := range [][]Key{kernelKeys(), deliveredKeys(), signingKeys(), deviceKeys(), hostKeys(), peopleKeys()} {
		out = append(out, part...)
	}
	return out
}

// Find returns the key of a number.
func Find(number uint8) (Key, bool) {
	for _, k := range All() {
		if k.Number == number {
			return k, true
		}
	}
	return Key{}, false
}

// Named returns the key of a name.
func Named(name string) (Key, bool) {
	for _, k := range All() {
		if k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}
