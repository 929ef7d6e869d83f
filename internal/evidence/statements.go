package evidence

// State writes the plain words: what must be read first, and what this run is not.
func (r *Report) State() {
	r.Statements = []string{
		"This is not a PCI-listed or validated P2PE solution. It is a software secure world (isolation level " + r.Isolation.Level + ") with test keys and virtual cards.",
		"The secure world's host is a decryption point and in scope: the secure world opens the reader's envelopes on the merchant's machine, and that machine is in the cardholder data environment.",
		"Only a listed solution reduces a merchant's scope to SAQ P2PE. This report does not.",
	}
	r.Limits = []string{
		"One run, one machine, " + plural(r.Run.Sales, "sale", "sales") + ", test cards in software. No assessor took part, and nobody but the program itself wrote this.",
		"Isolation level " + r.Isolation.Level + ", memory protection " + r.Isolation.Memory + ". Root who injects code into the kernel process, or who changes the Linux kernel, is not stopped at level process.",
		"A secret that is encrypted, split into pieces, compressed otherwise than by gzip or zip, or held only in processor registers is not found by these scanners. In memory, compressed members are not opened; in files, answers, captures and the crash image they are.",
		"Storage root: " + r.Isolation.StorageRoot + ". Where that is file, root that reads the disk can open the secure world's storage.",
		"Keys of TLS sessions and of signatures lie on the ordinary heap of their process (the column “TLS and signature keys”): nothing of value rests on them alone.",
		"Bytes of Unix sockets and of shared memory are not counted by Linux: such an arrow shows that both ends were connected. What the mailbox can carry is shown by its types (make scope), and what it did carry by the terminal's memory, which holds both ends' view of it.",
		"The crash image is what a debugger would write. No core by Linux itself was forced: the lane's programs forbid it.",
		"The report's signature is by a demo key that lies on this machine: it shows that the files belong together and were not changed since, to whoever knows the key's fingerprint from elsewhere. It does not show who made them.",
		"The standards are licensed. Numbers are paraphrased and marked: “read” in a public secondary source, or “from memory”, which has to be checked before anybody quotes it.",
	}
	if r.Isolation.Attestation != "" {
		r.Limits = append(r.Limits, "Attestation is "+r.Isolation.Attestation+": where no TPM stands behind it, a kernel that was taken over could say the same.")
	}
	r.NotTested = []string{
		"A card of a bank, a reader or PIN pad of anyone's make, a hardware security module, an acquirer's real host.",
		"Side channels of the processor, electromagnetic emission, physical access to memory.",
		"A hypervisor, firmware or Linux kernel that is hostile.",
		"Contactless, stripe and keyed entry in this run: chip and PIN only. The test suite has the others.",
		"The PIN pad's page, which stands in for a keypad and carries the PIN in clear on loopback.",
	}
	r.Duties = []string{
		"A list of payment devices, and looking at them regularly for signs of tampering or exchange.",
		"No cardholder data in other systems: telephone, e-mail, paper, recordings, older software.",
		"All controls of the instruction manual of whichever listed solution is used; this project has none.",
		"Network segmentation, access control, updates and logging of the machine that the secure world runs on, since it is in scope.",
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(int64(n)) + " " + many
}
