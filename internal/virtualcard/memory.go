package virtualcard

import "sync"

// A Memory is what a card keeps without power: it outlives insertions and
// taps, and both interfaces share it. One card at a time uses it; a second one
// waits for the first one's command.
type Memory struct {
	mu           sync.Mutex
	applications map[string]*applicationMemory // by AID
	pin          string                        // as scripts left it
	tries        byte                          // of the PIN that remain
	blocked      bool                          // CARD BLOCK came
	story        Story                         // since it was last told
	told         int                           // cryptograms of it whose fate is known
}

// applicationMemory belongs to one application.
type applicationMemory struct {
	atc        uint16
	lastOnline uint16 // 9F13
	offline    byte   // approvals since the last one online
	blocked    bool
	scripts    byte // commands done in the last transaction with scripts, 0 to 15
	failed     bool // one of them failed
	unfinished bool // the last online transaction has no second cryptogram
	refused    bool // the last issuer authentication failed
	records    map[[2]byte][]byte
	data       map[uint16][]byte // PUT DATA
	last       lastCryptogram
}

// lastCryptogram is what RECOVER AC gives again.
type lastCryptogram struct {
	key    string // the data that DRDOL must bring
	answer []byte
	kind   byte
	value  []byte
}

// NewMemory is the memory of a card that has never been used.
func NewMemory(p Profile) *Memory {
	p.setDefaults()
	return &Memory{applications: map[string]*applicationMemory{}, pin: p.PIN, tries: p.PINTries}
}

// ATC is the transaction counter of an application, 0 before its first use.
func (m *Memory) ATC(aid []byte) uint16 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a := m.applications[string(aid)]; a != nil {
		return a.atc
	}
	return 0
}

// application is called before the card is used, or with mu held.
func (m *Memory) application(p Profile) *applicationMemory {
	a := m.applications[string(p.AID)]
	if a == nil {
		a = &applicationMemory{
			atc: p.ATC, lastOnline: p.LastOnlineATC, blocked: p.AppBlocked,
			records: map[[2]byte][]byte{}, data: map[uint16][]byte{},
		}
		m.applications[string(p.AID)] = a
	}
	return a
}
