package mailbox

// Opaque is bytes whose meaning this door does not know: names, messages, sealed
// data, signatures and certificates of the cryptographic services, and what the app
// world and a trusted application tell each other. Each field that has it names its
// largest length. It stands in messages 10 to 21 and their answers only; see the
// package comment for why nothing of the secure world leaves in it.
type Opaque []byte

// Limits of its fields.
const (
	// MaxName is for names and labels.
	MaxName = 32
	// MaxMessage is for messages and values.
	MaxMessage = 4096
	// MaxExtra is for what is authenticated beside a message.
	MaxExtra = 1024
	// MaxSealed holds what became of a message of MaxMessage: a KEM's ciphertext and
	// a tag beside it.
	MaxSealed = MaxMessage + 2048
	// MaxSignature holds one of RSA with 4096 bits.
	MaxSignature = 512
	// MaxCertificate holds one with many names.
	MaxCertificate = 4096
)
