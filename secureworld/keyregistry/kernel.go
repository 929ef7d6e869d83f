package keyregistry

// What recurs in the stages.
const (
	nowhere    = "never leaves the kernel"
	secret     = "secret memory of the kernel"
	sealed     = "sealed in the space kernel/keystore of the trusted storage"
	erased     = "secret memory is erased when the kernel ends; the sealed copy goes with its space"
	ceremony   = "key ceremony, the system's random numbers"
	inBlock    = "X9.143 version D key block under the supplier key, in the signed-for configuration"
	asBlock    = "as that key block; the ceremony forgets the clear key"
	storageEnd = "until the storage is given up: authorised reset, tamper, end of service"
)

// kernelKeys are those that the kernel makes for itself.
func kernelKeys() []Key {
	derived := func(n uint8, name, usage, valid string) Key {
		return Key{n, name, Kernel, "AES-256", usage, Stages{"kernel, derived from the storage root key (SP 800-108, CMAC)",
			"is not distributed", nowhere, "does not rest: derived at each start", secret + "; " + usage, valid,
			"erased with the process; cannot be derived again without the storage root key"}}
	}
	return []Key{
		{1, "firmware.root", Kernel, "AES-256", "derives the storage root key", Stages{"manufacturer's " + ceremony,
			"file of 32 bytes in the folder incoming", "with the device, before its first start", "file of the kernel's storage, root alone can read it",
			"secret memory, while the kernel starts", storageEnd, "overwritten and deleted when the storage is given up"}},
		{2, "local-secret", Kernel, "AES-256", "binds the storage root key to this machine", Stages{"kernel, at its first start",
			"is not distributed", nowhere, "nowhere: k-of-n shares, masked by the parts of the machine", "secret memory, while the kernel starts",
			storageEnd, "the shares are overwritten"}},
		{3, "storage-root", Kernel, "AES-256", "derives the kernel's own keys", Stages{"kernel, from firmware root key, identity and local secret",
			"is not distributed", nowhere, "does not rest: combined at each start", secret, storageEnd, "erased with the process"}},
		derived(4, "journal", "CMAC over the journal", storageEnd),
		derived(5, "host-state", "AES-GCM over the registers of the host key", storageEnd),
		derived(6, "host-checks", "AES-GCM over the keys that verify awaited answers", storageEnd),
		derived(7, "storage-record", "AES-GCM over the root record of the storage", storageEnd),
		derived(8, "storage-passwords", "masks the keys of spaces that have a password", storageEnd),
		{9, "spaces", Kernel, "AES-256", "AES-GCM over the objects of one space each", Stages{"kernel, when the space is made",
			"is not distributed", nowhere, "sealed in the root record", secret, "as long as the space", "gone with the root record that held it"}},
		{10, "host-answer", Kernel, "AES-256", "CMAC over the answer to one host message", Stages{"kernel, derived from one DUKPT transaction key",
			"is not distributed", nowhere, "sealed in the journal while the answer is awaited", secret, "one message", "erased after the check"}},
		{11, "services", Application, "AES, HMAC, RSA, EC, Ed25519, ML-KEM", "fixed at birth, one owner", Stages{"kernel, when an owner asks",
			"is not distributed", "no call wraps or returns it", "sealed in the owner's space", "secret memory; private keys on the Go heap",
			"until its owner deletes it", "erased with the owner, or by delete"}},
		{12, "remote-loading", Kernel, "RSA-2048", "deciphers and proves remote key loading (TR-34)", Stages{ceremony,
			"PKCS #8 file in the folder incoming; its certificate is the device authority's", "with the device; its certificate in the configuration", sealed, "Go heap, while one token is opened",
			"until the certificate ends", "deleted when the device is unbound or the storage given up"}},
	}
}
