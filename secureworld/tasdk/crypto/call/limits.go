package call

// Limits of the services, for both ends.
const (
	// MaxData bounds one message, plaintext or ciphertext: two of them and an
	// instance's other memory fit an exchange buffer many times over, and one
	// operation on it is short beside a payment's.
	MaxData = 16 << 10
	// MaxExtra bounds what is authenticated beside a message: names and numbers.
	MaxExtra = 1024
	// MaxName bounds labels and names: enough for a person to read, and no store.
	MaxName = 32
	// MaxCertificate holds an RSA certificate with many names; one of this device
	// has 600 bytes to 2 KiB (ML-KEM-1024).
	MaxCertificate = 4096
	// MaxValue bounds one value of the datastore: state, not documents.
	MaxValue = 4096
	// MaxSecret bounds an imported secret: AES-SIV has 64 bytes, HMAC and HKDF any
	// length up to it.
	MaxSecret = 128
	// MaxRandom bounds one drawing of random bytes.
	MaxRandom = 1024
	// MaxGrowth is the most that an operation adds to its input: a KEM's
	// ciphertext (1568) and a tag.
	MaxGrowth = 2048
	// HeadSize is that of a request's fixed part.
	HeadSize = 8
	// MaxRequest is the longest request: certificate name, message, extra, and
	// room for a certificate that is put.
	MaxRequest = HeadSize + MaxData + MaxGrowth + MaxCertificate + 3*2
)
