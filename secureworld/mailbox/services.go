package mailbox

// Kinds of the cryptographic services. They fill 10 to 1f.
const (
	KindGenerate          byte = 0x10
	KindFind              byte = 0x11
	KindDelete            byte = 0x12
	KindCertify           byte = 0x13
	KindSign              byte = 0x14
	KindMAC               byte = 0x15
	KindSeal              byte = 0x16
	KindOpen              byte = 0x17
	KindPutCertificate    byte = 0x18
	KindGetCertificate    byte = 0x19
	KindDeleteCertificate byte = 0x1a
	KindVerifyWith        byte = 0x1b
	KindEncryptWith       byte = 0x1c
	KindPutData           byte = 0x1d
	KindGetData           byte = 0x1e
	KindDeleteData        byte = 0x1f
)

// KeyAlgorithm is one of tasdk/crypto/call, with the same numbers.
type KeyAlgorithm uint8

// KeyUsage is a set of usages of tasdk/crypto/call, with the same bits. A private
// key has one.
type KeyUsage uint8

// What the app world needs of them. A test of the kernel holds them to be the same.
const (
	AlgorithmAES256GCM        KeyAlgorithm = 1
	AlgorithmAES256CMAC       KeyAlgorithm = 4
	AlgorithmAES512SIV        KeyAlgorithm = 5
	AlgorithmChaCha20Poly1305 KeyAlgorithm = 6
	AlgorithmHMACSHA256       KeyAlgorithm = 7
	AlgorithmRSA2048PSS       KeyAlgorithm = 14
	AlgorithmRSA3072PSS       KeyAlgorithm = 15
	AlgorithmRSA2048PKCS1v15  KeyAlgorithm = 16
	AlgorithmRSA2048OAEP      KeyAlgorithm = 17
	AlgorithmRSA3072OAEP      KeyAlgorithm = 18
	AlgorithmECDSAP256        KeyAlgorithm = 19
	AlgorithmECDSAP384        KeyAlgorithm = 20
	AlgorithmEd25519          KeyAlgorithm = 21
	AlgorithmECDHP256         KeyAlgorithm = 22
	AlgorithmECDHP384         KeyAlgorithm = 23
	AlgorithmX25519           KeyAlgorithm = 24
	AlgorithmMLKEM768         KeyAlgorithm = 25
	AlgorithmMLKEM1024        KeyAlgorithm = 26

	UsageEncrypt KeyUsage = 1
	UsageDecrypt KeyUsage = 2
	UsageSign    KeyUsage = 4
	UsageMAC     KeyUsage = 8
)

// Generate asks for a key. Algorithm and usage are fixed then. A persistent one
// outlives this session; its label is its own among the app world's.
type Generate struct {
	Algorithm  KeyAlgorithm
	Usage      KeyUsage
	Persistent bool
	Label      Opaque `max:"32"`
}

// Find asks for the persistent key of a label.
type Find struct {
	Label Opaque `max:"32"`
}

// Key answers Generate and Find.
type Key struct {
	Handle     uint32
	Algorithm  KeyAlgorithm
	Usage      KeyUsage
	Persistent bool
}

// Delete ends a key.
type Delete struct{ Handle uint32 }

// Done says that it was done.
type Done struct{}

// Certify asks for a private key's public half, as a certificate that this
// device's services authority signs.
type Certify struct{ Handle uint32 }

// Certificate is X.509, DER.
type Certificate struct {
	DER Opaque `max:"4096"`
}

// Sign asks for a signature.
type Sign struct {
	Handle  uint32
	Message Opaque `max:"4096"`
}

// Signature answers Sign.
type Signature struct {
	Signature Opaque `max:"512"`
}

// MAC asks for an authentication tag.
type MAC struct {
	Handle  uint32
	Message Opaque `max:"4096"`
}

// Tag answers MAC.
type Tag struct {
	Tag Opaque `max:"64"`
}

// Seal asks for encryption under a symmetric key.
type Seal struct {
	Handle    uint32
	Plaintext Opaque `max:"4096"`
	Extra     Opaque `max:"1024"`
}

// Sealed answers Seal and EncryptWith.
type Sealed struct {
	Sealed Opaque `max:"6144"`
}

// Open asks for decryption, under a symmetric or a private key.
type Open struct {
	Handle uint32
	Sealed Opaque `max:"6144"`
	Extra  Opaque `max:"1024"`
}

// Opened answers Open.
type Opened struct {
	Plaintext Opaque `max:"6144"`
}

// PutCertificate brings a certificate in. One that is trusted is an authority;
// any other must have a chain to a trusted one, or to this device's authority.
type PutCertificate struct {
	Name    Opaque `max:"32"`
	Trusted bool
	DER     Opaque `max:"4096"`
}

// GetCertificate asks for one that was put.
type GetCertificate struct {
	Name Opaque `max:"32"`
}

// DeleteCertificate removes one.
type DeleteCertificate struct {
	Name Opaque `max:"32"`
}

// VerifyWith asks whether a signature is that of a certificate's holder. Done says
// yes.
type VerifyWith struct {
	Name      Opaque `max:"32"`
	Algorithm KeyAlgorithm
	Message   Opaque `max:"4096"`
	Signature Opaque `max:"512"`
}

// EncryptWith asks for encryption to a certificate's holder.
type EncryptWith struct {
	Name      Opaque `max:"32"`
	Algorithm KeyAlgorithm
	Plaintext Opaque `max:"4096"`
	Extra     Opaque `max:"1024"`
}

// PutData stores a value under a name.
type PutData struct {
	Name  Opaque `max:"32"`
	Value Opaque `max:"4096"`
}

// GetData asks for it.
type GetData struct {
	Name Opaque `max:"32"`
}

// Data answers GetData.
type Data struct {
	Value Opaque `max:"4096"`
}

// DeleteData removes it.
type DeleteData struct {
	Name Opaque `max:"32"`
}

// serviceMessages are the only ones in which an Opaque may stand.
func serviceMessages() []any {
	return []any{Generate{}, Find{}, Key{}, Delete{}, Done{}, Certify{}, Certificate{}, Sign{}, Signature{}, MAC{}, Tag{},
		Seal{}, Sealed{}, Open{}, Opened{}, PutCertificate{}, GetCertificate{}, DeleteCertificate{}, VerifyWith{},
		EncryptWith{}, PutData{}, GetData{}, Data{}, DeleteData{}}
}
