package handover

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
	"github.com/strongroom-pos/strongroom/secureworld/internal/fingerprint"
)

const version = 0x01

// Type is the second byte of a packet.
type Type byte

// Types.
const (
	TypeConfine     Type = 0x01
	TypeApplication Type = 0x02
	TypeLicence     Type = 0x03
	TypeConfig      Type = 0x04
	TypeParameters  Type = 0x05
	TypeRemove      Type = 0x06
	TypeDevicePart  Type = 0x07
	TypeStorage     Type = 0x08
	TypeGuard       Type = 0x0A
	TypeCompiled    Type = 0x09
	TypeConnected   Type = 0x10
	TypeHostFailed  Type = 0x11
	TypeHealth      Type = 0x12
	TypeStop        Type = 0x13
	TypeAnchored    Type = 0x14
	TypeMeasured    Type = 0x15
	TypeRing        Type = 0x16
	TypeTamper      Type = 0x17
	TypeQuoted      Type = 0x18
	TypeChallenge   Type = 0x19
	TypeKeyToken    Type = 0x1A
	TypeReady       Type = 0x81
	TypeHealthy     Type = 0x82
	TypeDial        Type = 0x83
	TypeLog         Type = 0x84
	TypeDenials     Type = 0x85
	TypeApplied     Type = 0x86
	TypeAnchor      Type = 0x87
	TypeClosed      Type = 0x88
	TypeLicensed    Type = 0x89
	TypeQuote       Type = 0x8A
	TypeChallenged  Type = 0x8B
	TypeKeyLoaded   Type = 0x8C
	TypeKeep        Type = 0x8D
)

// Door names what a passed socket is connected to.
type Door byte

// Doors.
const (
	DoorMailbox  Door = 1
	DoorSRED     Door = 2
	DoorPINEntry Door = 3
	DoorHost     Door = 4
)

func (d Door) String() string {
	switch d {
	case DoorMailbox:
		return "mailbox"
	case DoorSRED:
		return "sred"
	case DoorPINEntry:
		return "pinentry"
	case DoorHost:
		return "host"
	}
	return "unknown door"
}

// Message is one of the types below.
type Message interface{ kind() Type }

// The messages, as the package comment draws them.
type (
	Confine struct {
		UID, GID                                 uint32
		UserNamespace, KillOnForbidden, SelfTest bool
	}
	Application struct {
		Name   string
		SHA256 [32]byte
		Grant  entitlement.Grant
	}
	Licence    struct{}
	Parameters struct{}
	Config     struct{}
	Remove     struct{ Name string }
	DevicePart struct {
		Part   fingerprint.Part
		Digest [32]byte
	}
	Storage struct{ Anchor, Reset uint64 }
	Guard   struct {
		Protection Protection
		Before     bool
	}
	Compiled  struct{ SHA256 [32]byte }
	Keep      struct{ SHA256 [32]byte }
	Anchored  struct{ Number uint64 }
	Anchor    struct{ Number uint64 }
	Tamper    struct{ Reason Tampering }
	Connected struct {
		Door        Door
		Measured    bool
		ID          uint32
		Measurement [32]byte
	}
	HostFailed struct {
		ID   uint32
		Code HostFailure
	}
	Measured struct {
		ID      uint32 // of the connection
		Verdict Verdict
		Digest  [32]byte // of the peer's program now; zero where it cannot be read
	}
	Closed  struct{ ID uint32 }
	Ring    struct{ ID uint32 } // of the connection that comes next at the mailbox
	Health  struct{ Nonce uint32 }
	Stop    struct{}
	Ready   struct{ InForce, Missing uint32 }
	Healthy struct{ Nonce uint32 }
	Dial    struct{ ID uint32 }
	Log     struct {
		Event Event
		Value uint32
	}
	Denials struct{ Tried, Denied uint32 }
	Applied struct {
		Name string
		Code Outcome
	}
	Licensed   struct{ Code Outcome }
	Quote      struct{ Digest [32]byte }
	Quoted     struct{}
	Challenge  struct{}
	KeyToken   struct{}
	Challenged struct {
		Code   Outcome
		Random [16]byte
	}
	KeyLoaded struct{ Code Outcome }
)

func (Confine) kind() Type     { return TypeConfine }
func (Application) kind() Type { return TypeApplication }
func (Licence) kind() Type     { return TypeLicence }
func (Config) kind() Type      { return TypeConfig }
func (Parameters) kind() Type  { return TypeParameters }
func (Remove) kind() Type      { return TypeRemove }
func (DevicePart) kind() Type  { return TypeDevicePart }
func (Storage) kind() Type     { return TypeStorage }
func (Compiled) kind() Type    { return TypeCompiled }
func (Keep) kind() Type        { return TypeKeep }
func (Guard) kind() Type       { return TypeGuard }
func (Anchored) kind() Type    { return TypeAnchored }
func (Anchor) kind() Type      { return TypeAnchor }
func (Connected) kind() Type   { return TypeConnected }
func (Tamper) kind() Type      { return TypeTamper }
func (HostFailed) kind() Type  { return TypeHostFailed }
func (Health) kind() Type      { return TypeHealth }
func (Measured) kind() Type    { return TypeMeasured }
func (Closed) kind() Type      { return TypeClosed }
func (Ring) kind() Type        { return TypeRing }
func (Stop) kind() Type        { return TypeStop }
func (Ready) kind() Type       { return TypeReady }
func (Healthy) kind() Type     { return TypeHealthy }
func (Dial) kind() Type        { return TypeDial }
func (Log) kind() Type         { return TypeLog }
func (Denials) kind() Type     { return TypeDenials }
func (Applied) kind() Type     { return TypeApplied }
func (Licensed) kind() Type    { return TypeLicensed }
func (Quote) kind() Type       { return TypeQuote }
func (Quoted) kind() Type      { return TypeQuoted }
func (Challenge) kind() Type   { return TypeChallenge }
func (KeyToken) kind() Type    { return TypeKeyToken }
func (Challenged) kind() Type  { return TypeChallenged }
func (KeyLoaded) kind() Type   { return TypeKeyLoaded }

var (
	errMalformed = errors.New("handover: malformed packet")
	errName      = errors.New("handover: application name is empty, too long or holds a zero")
)

// Encode lays a message out.
func Encode(m Message) ([]byte, error) {
	if err := checkName(m); err != nil {
		return nil, err
	}
	p := []byte{version, byte(m.kind())}
	switch m := m.(type) {
	case Confine:
		p = put32(p, m.UID, m.GID)
		p = append(p, flags(m.UserNamespace, m.KillOnForbidden, m.SelfTest))
	case Application:
		p = m.Grant.Append(append(putName(p, m.Name), m.SHA256[:]...))
	case Remove:
		p = putName(p, m.Name)
	case DevicePart:
		p = append(append(p, byte(m.Part)), m.Digest[:]...)
	case Storage:
		p = put64(p, m.Anchor, m.Reset)
	case Guard:
		p = append(p, byte(m.Protection), flags(m.Before))
	case Compiled:
		p = append(p, m.SHA256[:]...)
	case Keep:
		p = append(p, m.SHA256[:]...)
	case Anchored:
		p = put64(p, m.Number)
	case Anchor:
		p = put64(p, m.Number)
	case Tamper:
		p = append(p, byte(m.Reason))
	case Connected:
		p = append(p, byte(m.Door), flags(m.Measured))
		p = append(put32(p, m.ID), m.Measurement[:]...)
	case HostFailed:
		p = append(put32(p, m.ID), byte(m.Code))
	case Measured:
		p = append(append(put32(p, m.ID), byte(m.Verdict)), m.Digest[:]...)
	case Closed:
		p = put32(p, m.ID)
	case Ring:
		p = put32(p, m.ID)
	case Health:
		p = put32(p, m.Nonce)
	case Ready:
		p = put32(p, m.InForce, m.Missing)
	case Healthy:
		p = put32(p, m.Nonce)
	case Dial:
		p = put32(p, m.ID)
	case Log:
		p = put32(binary.BigEndian.AppendUint16(p, uint16(m.Event)), m.Value)
	case Denials:
		p = put32(p, m.Tried, m.Denied)
	case Applied:
		p = append(putName(p, m.Name), byte(m.Code))
	case Licensed:
		p = append(p, byte(m.Code))
	case Quote:
		p = append(p, m.Digest[:]...)
	case Challenged:
		p = append(append(p, byte(m.Code)), m.Random[:]...)
	case KeyLoaded:
		p = append(p, byte(m.Code))
	}
	return p, nil
}

// Parse reads a packet. What it accepts encodes back to the same bytes.
func Parse(p []byte) (Message, error) {
	if len(p) < 2 || len(p) > maxPacket || p[0] != version {
		return nil, errMalformed
	}
	m := fields(Type(p[1]), p[2:])
	if m == nil {
		return nil, errMalformed
	}
	if again, err := Encode(m); err != nil || !bytes.Equal(again, p) {
		return nil, errMalformed
	}
	return m, nil
}

// fields reads what follows the type; nil when the length or type is wrong. The
// canonical check in Parse refuses unknown flags.
func fields(t Type, f []byte) Message {
	if size, ok := sizes(t); !ok || len(f) != size {
		return nil
	}
	switch t {
	case TypeConfine:
		return Confine{u32(f), u32(f[4:]), f[8]&1 != 0, f[8]&2 != 0, f[8]&4 != 0}
	case TypeApplication:
		return application(f)
	case TypeLicence:
		return Licence{}
	case TypeConfig:
		return Config{}
	case TypeParameters:
		return Parameters{}
	case TypeRemove:
		return Remove{name(f)}
	case TypeDevicePart:
		return devicePart(f)
	case TypeStorage:
		return Storage{u64(f), u64(f[8:])}
	case TypeCompiled:
		return Compiled{[32]byte(f)}
	case TypeKeep:
		return Keep{[32]byte(f)}
	case TypeGuard:
		if g := (Guard{Protection(f[0]), f[1] != 0}); g.Protection.Valid() {
			return g
		}
	case TypeAnchored:
		return Anchored{u64(f)}
	case TypeAnchor:
		return Anchor{u64(f)}
	case TypeTamper:
		if t := Tampering(f[0]); t.Valid() {
			return Tamper{t}
		}
	case TypeConnected:
		return connected(f)
	case TypeHostFailed:
		return HostFailed{u32(f), HostFailure(f[4])}
	case TypeMeasured:
		return measured(f)
	case TypeClosed:
		return Closed{u32(f)}
	case TypeRing:
		return Ring{u32(f)}
	case TypeHealth:
		return Health{u32(f)}
	case TypeStop:
		return Stop{}
	case TypeReady:
		return Ready{u32(f), u32(f[4:])}
	case TypeHealthy:
		return Healthy{u32(f)}
	case TypeDial:
		return Dial{u32(f)}
	case TypeLog:
		return Log{Event(binary.BigEndian.Uint16(f)), u32(f[2:])}
	case TypeDenials:
		return Denials{u32(f), u32(f[4:])}
	case TypeApplied:
		return Applied{name(f), Outcome(f[nameSize])}
	case TypeLicensed:
		return Licensed{Outcome(f[0])}
	case TypeQuote:
		return Quote{[32]byte(f)}
	case TypeQuoted:
		return Quoted{}
	case TypeChallenge:
		return Challenge{}
	case TypeKeyToken:
		return KeyToken{}
	case TypeChallenged:
		return challenged(f)
	case TypeKeyLoaded:
		return KeyLoaded{Outcome(f[0])}
	}
	return nil
}

func connected(f []byte) Message {
	c := Connected{Door(f[0]), f[1] != 0, u32(f[2:]), [32]byte(f[6:])}
	if c.Door < DoorMailbox || c.Door > DoorHost || !c.Measured && c.Measurement != [32]byte{} {
		return nil
	}
	return c
}

// application refuses a grant that breaks its own rules.
func application(f []byte) Message {
	g, ok := entitlement.Parse(f[nameSize+32:])
	if !ok {
		return nil
	}
	return Application{name(f), [32]byte(f[nameSize:]), g}
}

// challenged refuses a random number beside a refusal.
func challenged(f []byte) Message {
	c := Challenged{Outcome(f[0]), [16]byte(f[1:])}
	if (c.Code == OutcomeDone) != (c.Random != [16]byte{}) {
		return nil
	}
	return c
}

// measured refuses a verdict that there is not.
func measured(f []byte) Message {
	m := Measured{u32(f), Verdict(f[4]), [32]byte(f[5:])}
	if !m.Verdict.Valid() {
		return nil
	}
	return m
}

// devicePart refuses a part that there is not; an absent one is not sent.
func devicePart(f []byte) Message {
	d := DevicePart{fingerprint.Part(f[0]), [32]byte(f[1:])}
	if d.Part >= fingerprint.Count || d.Digest == [32]byte{} {
		return nil
	}
	return d
}

func sizes(t Type) (int, bool) {
	size, ok := map[Type]int{
		TypeConfine: 9, TypeApplication: nameSize + 32 + entitlement.Size, TypeLicence: 0, TypeConfig: 0, TypeParameters: 0, TypeRemove: nameSize,
		TypeDevicePart: 33, TypeStorage: 16, TypeGuard: 2, TypeCompiled: 32, TypeKeep: 32, TypeTamper: 1, TypeAnchored: 8, TypeAnchor: 8, TypeMeasured: 37, TypeClosed: 4, TypeRing: 4,
		TypeConnected: 38, TypeHostFailed: 5, TypeHealth: 4, TypeStop: 0,
		TypeReady: 8, TypeHealthy: 4, TypeDial: 4, TypeLog: 6, TypeDenials: 8, TypeApplied: nameSize + 1, TypeLicensed: 1,
		TypeQuote: 32, TypeQuoted: 0,
		TypeChallenge: 0, TypeKeyToken: 0, TypeChallenged: 17, TypeKeyLoaded: 1,
	}[t]
	return size, ok
}

// carriesDescriptor tells which messages come with one.
func carriesDescriptor(t Type) bool {
	switch t {
	case TypeApplication, TypeLicence, TypeParameters, TypeConfig, TypeGuard, TypeConnected, TypeRing, TypeQuoted, TypeKeyToken, TypeCompiled, TypeKeep:
		return true
	}
	return false
}

// nameSize is the room of an application's name; zeros stand behind a shorter one.
const nameSize = 32

func checkName(m Message) error {
	name := ""
	switch m := m.(type) {
	case Application:
		name = m.Name
	case Remove:
		name = m.Name
	case Applied:
		name = m.Name
	default:
		return nil
	}
	if name == "" || len(name) > nameSize || strings.IndexByte(name, 0) >= 0 {
		return errName
	}
	return nil
}

func putName(p []byte, name string) []byte {
	var room [nameSize]byte
	copy(room[:], name)
	return append(p, room[:]...)
}

func name(f []byte) string { return string(bytes.TrimRight(f[:nameSize], "\x00")) }

func put32(p []byte, values ...uint32) []byte {
	for _, v := range values {
		p = binary.BigEndian.AppendUint32(p, v)
	}
	return p
}

func put64(p []byte, values ...uint64) []byte {
	for _, v := range values {
		p = binary.BigEndian.AppendUint64(p, v)
	}
	return p
}

func u64(f []byte) uint64 { return binary.BigEndian.Uint64(f) }

func u32(f []byte) uint32 { return binary.BigEndian.Uint32(f) }

func flags(bits ...bool) (b byte) {
	for i, bit := range bits {
		if bit {
			b |= 1 << i
		}
	}
	return b
}
