package door

// Kind is the number of a frame.
type Kind = byte

// Kinds of requests. The answer's kind is the request's with the first bit set.
const (
	KindIdentify Kind = 0x01
	KindPropose  Kind = 0x02
	KindFix      Kind = 0x03
	KindDeliver  Kind = 0x04
	KindActivate Kind = 0x05
	KindRetire   Kind = 0x06
	KindOpen     Kind = 0x07
	KindAsk      Kind = 0x08
	KindTestify  Kind = 0x09
	KindInquire  Kind = 0x0A

	KindAnswer  Kind = 0x80 // set in every answer
	KindRefusal Kind = 0xFF
)

// Sizes of what members exchange in an agreement, each in the order of the
// transcript's members.
const (
	CommitmentSize   = 32 + 64      // SHA-256, Ed25519 signature over transcript hash and commitment
	ContributionSize = 32 + 32 + 16 // HPKE encapsulated key, 32 bytes sealed
	ConfirmationSize = 32 + 32 + 64 // MAC under the group secret, X25519 key of the group, signature over both
)

// Identify asks who a member is.
type Identify struct {
	Nonce [32]byte
}

// Identity answers Identify. The two certificates are of the same Ed25519 key: the
// manufacturer's says what it is, the operator's that it may serve here.
type Identity struct {
	Make         []byte   `max:"32"` // ASCII, as in the manufacturer's certificate
	Version      uint16   // of the element language
	Verbs        uint32   // bit n: the verb of kind n is offered
	Manufacturer []byte   `max:"1024"` // X.509, DER
	Operator     []byte   `max:"1024"` // X.509, DER
	Agreement    [32]byte // X25519 public key
	Signature    [64]byte // Ed25519 over label, nonce, make, version, verbs and agreement key
}

// Propose begins an agreement on a group secret among the transcript's members.
type Propose struct {
	Transcript []byte `max:"20480"` // see Transcript
}

// Commitment answers Propose.
type Commitment struct {
	Commitment [CommitmentSize]byte
}

// Fix tells all commitments; from here no member can change its contribution.
type Fix struct {
	Commitments []byte `max:"672"` // CommitmentSize each
}

// Contribution answers Fix: this member's contribution sealed to each of the members,
// zeros in its own place.
type Contribution struct {
	Sealed []byte `max:"560"` // ContributionSize each
}

// Deliver brings a member the contributions of the others, zeros in its own place.
type Deliver struct {
	Sealed []byte `max:"560"` // ContributionSize each
}

// Confirmation answers Deliver.
type Confirmation struct {
	Confirmation [ConfirmationSize]byte
}

// Activate brings the confirmations of all; a member begins to serve the epoch once
// it has verified each.
type Activate struct {
	Confirmations []byte `max:"896"` // ConfirmationSize each
}

// Active answers Activate.
type Active struct{}

// Retire ends an epoch at once.
type Retire struct {
	Group GroupID
	Epoch uint32
}

// Retired answers Retire.
type Retired struct{}

// Open opens a client's session: its keys are sealed to the group by HPKE (RFC 9180),
// and one vote key to each member by its own agreement key.
type Open struct {
	Group     GroupID
	Epoch     uint32
	Session   SessionID
	Client    []byte   `max:"1024"` // X.509, DER: the operator's certificate of the client
	Group32   [32]byte // HPKE encapsulated key to the group's
	Votes     []byte   `max:"224"` // HPKE encapsulated keys to the members', 32 bytes each
	Signature [64]byte // the client's, Ed25519, over label and all before
}

// Opened answers Open.
type Opened struct{}

// Testify asks a member to answer a question again and to sign what it says. It needs
// no fresh counter: the answer depends on the question alone.
type Testify struct {
	Question []byte `max:"5120"` // as AppendQuestion writes it
}

// Testimony answers Testify.
type Testimony struct {
	Answer    []byte   `max:"5120"` // as AppendAnswer writes it, without body
	Signature [64]byte // Ed25519, over TestimonyInput
}

// Inquire asks for a member's condition.
type Inquire struct{}

// Condition answers Inquire.
type Condition struct {
	Epoch    uint32 // the one that is active, 0: none
	Sessions uint16
	Answered uint64
	Refused  uint64
}

// Refusal is the answer to what a member does not do. Member is the index of the one
// to blame, 255: none.
type Refusal struct {
	Code   Code
	Member uint8
}

// TestimonyInput is what a testimony's signature covers. Appended to dst.
func TestimonyInput(dst, transcriptHash, question, answer []byte) []byte {
	dst = append(dst, "strongroom testimony 1"...)
	dst = append(dst, transcriptHash...)
	dst = append(dst, byte(len(question)>>8), byte(len(question)))
	dst = append(dst, question...)
	return append(dst, answer...)
}
