package crypto

import "github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"

// Algorithms of keys.
const (
	AES256GCM        = call.AES256GCM
	AES256CBC        = call.AES256CBC
	AES256CTR        = call.AES256CTR
	AES256CMAC       = call.AES256CMAC
	AES512SIV        = call.AES512SIV
	ChaCha20Poly1305 = call.ChaCha20Poly1305
	HMACSHA256       = call.HMACSHA256
	HMACSHA384       = call.HMACSHA384
	HMACSHA512       = call.HMACSHA512
	HMACSHA3256      = call.HMACSHA3256
	HKDFSHA256       = call.HKDFSHA256
	HKDFSHA384       = call.HKDFSHA384
	HKDFSHA512       = call.HKDFSHA512
	RSA2048PSS       = call.RSA2048PSS
	RSA3072PSS       = call.RSA3072PSS
	RSA2048PKCS1v15  = call.RSA2048PKCS1v15
	RSA2048OAEP      = call.RSA2048OAEP
	RSA3072OAEP      = call.RSA3072OAEP
	ECDSAP256        = call.ECDSAP256
	ECDSAP384        = call.ECDSAP384
	Ed25519          = call.Ed25519
	ECDHP256         = call.ECDHP256
	ECDHP384         = call.ECDHP384
	X25519           = call.X25519
	MLKEM768         = call.MLKEM768
	MLKEM1024        = call.MLKEM1024
)

// Hashes.
const (
	SHA256  = call.SHA256
	SHA384  = call.SHA384
	SHA512  = call.SHA512
	SHA3256 = call.SHA3256
	SHA3384 = call.SHA3384
	SHA3512 = call.SHA3512
)

// Usages. A symmetric key may have several, a private key one.
const (
	Encrypt   = call.Encrypt
	Decrypt   = call.Decrypt
	Sign      = call.Sign
	MAC       = call.MAC
	VerifyMAC = call.VerifyMAC
	Agree     = call.Agree
	Derive    = call.Derive
)

// Codes of refusal that a caller may want to tell apart.
const (
	CodeNotPermitted = call.CodeNotPermitted
	CodeNoKey        = call.CodeNoKey
	CodeUsage        = call.CodeUsage
	CodeAlgorithm    = call.CodeAlgorithm
	CodeMalformed    = call.CodeMalformed
	CodeTooLong      = call.CodeTooLong
	CodeQuota        = call.CodeQuota
	CodeInvalid      = call.CodeInvalid
	CodeUntrusted    = call.CodeUntrusted
	CodeNotFound     = call.CodeNotFound
	CodeExists       = call.CodeExists
	CodeStorage      = call.CodeStorage
	CodeFIPS         = call.CodeFIPS
	CodeBusy         = call.CodeBusy
	CodeInternal     = call.CodeInternal
)

// Limits, in bytes.
const (
	MaxData        = call.MaxData
	MaxExtra       = call.MaxExtra
	MaxName        = call.MaxName
	MaxCertificate = call.MaxCertificate
	MaxValue       = call.MaxValue
	MaxRandom      = call.MaxRandom
)
