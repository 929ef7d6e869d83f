package control

import "errors"

const version = 0x01

// Type is the second byte of a packet.
type Type byte

// Types.
const (
	TypeStatus       Type = 0x01
	TypeHistory      Type = 0x02
	TypeApplications Type = 0x03
	TypeBegin        Type = 0x10
	TypeFile         Type = 0x11
	TypeCommit       Type = 0x12
	TypeAbort        Type = 0x13
	TypeActivate     Type = 0x14
	TypeRemove       Type = 0x15
	TypeTamper       Type = 0x16
	TypeChallenge    Type = 0x17
	TypeLoadKey      Type = 0x18
	TypeDone         Type = 0x80
	TypeStanding     Type = 0x81
	TypeEvents       Type = 0x82
	TypeInstalled    Type = 0x83
	TypeDrawn        Type = 0x84
)

// Message is one of the types below.
type Message interface{ kind() Type }

// The messages, as the package comment draws them.
type (
	Status       struct{}
	History      struct{}
	Applications struct{}
	Begin        struct{ Kind Kind }
	File         struct {
		Role Role
		Name string
	}
	Commit   struct{}
	Abort    struct{}
	Activate struct{ Place Place }
	Remove   struct{ Name string }
	Tamper   struct{}

	Challenge struct{}
	LoadKey   struct{}

	Drawn struct {
		Reason Reason
		Random [16]byte
	}
	Done struct {
		Reason  Reason
		Version uint64
	}
	Standing struct {
		Running, Active, Pending Place
		Tries                    byte
		Reason                   Reason // of the last refusal or fall-back
		Strength                 Strength
		Counter                  uint64
		Starts                   uint32
		Images                   [3]Image // factory, a, b
	}
	Events    struct{ Entries []Entry }
	Installed struct{ Applications []Application }
)

// Image is how one place stands.
type Image struct {
	State   State
	Version uint64
	Kernel  [32]byte // SHA-256
}

// Entry is one line of the history.
type Entry struct {
	Time    int64 // Unix seconds
	Event   Event
	Place   Place
	Reason  Reason
	Version uint64
}

// Application is one that the kernel was given.
type Application struct {
	Name    string
	Version uint64
	SHA256  [32]byte
	Origin  Origin
}

func (Status) kind() Type       { return TypeStatus }
func (History) kind() Type      { return TypeHistory }
func (Applications) kind() Type { return TypeApplications }
func (Begin) kind() Type        { return TypeBegin }
func (File) kind() Type         { return TypeFile }
func (Commit) kind() Type       { return TypeCommit }
func (Abort) kind() Type        { return TypeAbort }
func (Activate) kind() Type     { return TypeActivate }
func (Remove) kind() Type       { return TypeRemove }
func (Tamper) kind() Type       { return TypeTamper }
func (Challenge) kind() Type    { return TypeChallenge }
func (LoadKey) kind() Type      { return TypeLoadKey }
func (Drawn) kind() Type        { return TypeDrawn }
func (Done) kind() Type         { return TypeDone }
func (Standing) kind() Type     { return TypeStanding }
func (Events) kind() Type       { return TypeEvents }
func (Installed) kind() Type    { return TypeInstalled }

var errMalformed = errors.New("control: malformed packet")

// carriesDescriptor tells which message comes with one.
func carriesDescriptor(t Type) bool { return t == TypeFile || t == TypeLoadKey }
