package remoteload

import "errors"

// Errors. None quotes what was refused.
var (
	ErrForm      = errors.New("remoteload: malformed token")
	ErrHost      = errors.New("remoteload: not a certificate of a key distribution host")
	ErrRevoked   = errors.New("remoteload: the host is revoked, or the revocation list is missing, old or not authentic")
	ErrBound     = errors.New("remoteload: the device is bound to another host, or to none")
	ErrSignature = errors.New("remoteload: the token is not signed by the bound host")
	ErrChallenge = errors.New("remoteload: the token does not answer this device's random number")
	ErrRecipient = errors.New("remoteload: the token is for another device")
	ErrSeal      = errors.New("remoteload: the key does not open")
	ErrHeader    = errors.New("remoteload: the key is not of the expected kind")
)
