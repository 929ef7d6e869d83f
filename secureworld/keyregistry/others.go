package keyregistry

const deviceState = "sealed state file of the device"

// deviceKeys are held by reader and PIN pad.
func deviceKeys() []Key {
	own := func(n uint8, name string, c Custodian, algorithm, usage, valid string) Key {
		return Key{n, name, c, algorithm, usage, Stages{ceremony, "X9.143 version D key block under the device's supplier key", "as that key block, with the device",
			deviceState, "memory of the device", valid, "overwritten when the device is provisioned again"}}
	}
	exchange := "until the lane's keys are exchanged"
	return []Key{
		own(40, "reader/initial", Reader, "AES-256", "DUKPT: one key for each envelope; registers after the loading", "as many envelopes as it has counters"),
		own(41, "reader/order", Reader, "AES-256", "M6 V: checks orders", exchange),
		own(42, "reader/tls", Reader, "ECDSA P-256", "TLS 1.3 towards the secure world", "until its certificate ends"),
		own(43, "pinpad/order", PINPad, "AES-256", "M6 V: checks orders", exchange),
		own(44, "pinpad/pan", PINPad, "AES-256", "D0 D: opens the account number for one PIN block", exchange),
		own(45, "pinpad/keyed", PINPad, "AES-256", "D0 E: seals a card that is keyed in", exchange),
		own(46, "pinpad/tls", PINPad, "ECDSA P-256", "TLS 1.3 towards the secure world", "until its certificate ends"),
		own(47, "pinpad/supplier", PINPad, "AES-256", "K1: opens the PIN pad's key blocks, once", "one take-over"),
		own(48, "reader/supplier", Reader, "AES-256", "K1: opens the reader's key blocks, once", "one take-over"),
		{49, "pinpad/initial", PINPad, "AES-256", "DUKPT: one key for each PIN block; the kernel relays its block and cannot open it", Stages{"acquirer's module, from its base derivation key",
			"X9.143 version D key block under the protection key of acquirer and PIN pad", "through the secure world, unopened", deviceState, "memory of the PIN pad",
			"as many PIN blocks as it has counters", "overwritten when another one is loaded"}},
		{50, "pinpad/acquirer-kbpk", PINPad, "AES-256", "K1: opens the acquirer's key blocks", Stages{"acquirer's ceremony", "with the acquirer's custodians",
			"to the PIN pad alone, under dual control", deviceState, "memory of the PIN pad", "until the acquirer replaces it", "overwritten when the device is provisioned again"}},
	}
}

// hostKeys are held by the acquirer's module.
func hostKeys() []Key {
	in := func(n uint8, name, algorithm, usage, valid string) Key {
		return Key{n, name, Acquirer, algorithm, usage, Stages{"acquirer's ceremony, in its module", "the module", "leaves it in key blocks only",
			"key block under the module's protection key", "inside the module", valid, "by the module"}}
	}
	return []Key{
		in(60, "acquirer/terminal-bdk", "AES-256", "B0 X: derives the terminals' initial keys", "until every initial key of it is replaced"),
		in(61, "acquirer/pin-bdk", "AES-256", "B0 X: derives the PIN pads' initial keys", "until every initial key of it is replaced"),
		in(62, "acquirer/tls", "ECDSA P-256", "TLS 1.3 towards terminals", "until its certificate ends"),
		in(63, "acquirer/distribution", "RSA-2048", "signs the key tokens of remote loading (TR-34)", "until its certificate ends or is revoked"),
	}
}

// peopleKeys are held by roles.
func peopleKeys() []Key {
	role := func(n uint8, name string, c Custodian, usage string) Key {
		return Key{n, name, c, "Ed25519", usage, Stages{"the role's token or ceremony", "the role's token", "public half in certificates only",
			"the role's token", "outside the terminal; this device verifies", "until its certificate ends", "by the role"}}
	}
	return []Key{
		role(70, "manufacturer/root", Manufacturer, "certifies the keys of the other roles; its public half is in boot's configuration"),
		role(71, "manufacturer/release", Manufacturer, "signs kernel images and their applications"),
		role(72, "customer/configuration", Customer, "signs parameters, and the papers that let a storage begin anew"),
		role(73, "customer/licence", Customer, "signs licences and countersigns applications"),
		{74, "devices/authority", Customer, "ECDSA P-256", "certifies readers, PIN pads, doors, reports and remote loading", Stages{ceremony, "the authority's folder or token",
			"public half in configurations", "the same", "outside the terminal", "until its certificate ends", "by the role"}},
	}
}
