package keyregistry

// deliveredKeys come to the kernel as key blocks; names are those of package
// provisioning.
func deliveredKeys() []Key {
	block := func(n uint8, name, algorithm, usage, used, valid string) Key {
		return Key{n, name, Kernel, algorithm, usage, Stages{ceremony, inBlock, asBlock, sealed, used, valid, erased}}
	}
	exchange := "until the devices of the lane are provisioned again"
	return []Key{
		{20, "supplier.key", Kernel, "AES-256", "K1: opens the delivered key blocks, once", Stages{ceremony, "file of 32 bytes in the folder incoming",
			"with the device, apart from the key blocks", "the same file, until the first start", "secret memory, during the take-over", "one take-over",
			"deleted when everything is taken over"}},
		block(21, "reader-initial", "AES-256", "B1 X: DUKPT initial key of the reader's envelopes", secret, "until the reader's counters end"),
		block(22, "reader-order", "AES-256", "M6 C: CMAC over orders to the reader", secret, exchange),
		block(23, "pinpad-order", "AES-256", "M6 C: CMAC over orders to the PIN pad", secret, exchange),
		block(24, "pan", "AES-256", "D0 E: the account number for one PIN block", secret, exchange),
		block(25, "keyed", "AES-256", "D0 D: a card that is keyed in", secret, exchange),
		block(26, "token", "HMAC-SHA-256", "M7 G: tokens of this merchant", "secret memory; memory of the payment application during a payment", "as long as the merchant's tokens"),
		{27, "host-initial", Kernel, "AES-256", "B1 X: fills the registers of the host key", Stages{"acquirer's module, from its base derivation key",
			inBlock + ", or a TR-34 token", "as that block or token", "does not rest: loaded at once", "secret memory, during the loading", "one loading",
			"erased when the registers are filled"}},
		{28, "host-registers", Kernel, "AES-256", "DUKPT: one key for each host message", Stages{"kernel, from the initial key (X9.24-3)",
			"is not distributed", nowhere, "sealed, in two files that are alike", secret, "as many messages as it has counters; replaced by another initial key",
			"each register when it is used; all of them when they are replaced: overwritten, and told in the journal"}},
	}
}

// signingKeys lie on the Go heap: the listed exception to secret memory.
func signingKeys() []Key {
	one := func(n uint8, name, algorithm, usage string) Key {
		return Key{n, name, Kernel, algorithm, usage, Stages{ceremony, "PKCS #8 file in the folder incoming", "with the device; its certificate in the configuration",
			sealed, "Go heap of the kernel", "until its certificate ends", "deleted from incoming at the take-over; the sealed copy goes with its space"}}
	}
	return []Key{
		one(30, "doors.key", "ECDSA P-256", "TLS 1.3 towards reader and PIN pad"),
		one(31, "host.key", "ECDSA P-256", "TLS 1.3 towards the acquirer"),
		one(32, "attest.key", "ECDSA P-256", "signs reports of this device"),
		one(33, "licence.key", "Ed25519", "proves that this kernel may use its licence"),
	}
}
