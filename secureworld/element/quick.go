package element

// The verbs of every payment, without reflection: parse, do, and append the answer.

func translatePIN(dst []byte, ops Operations, body []byte, chance *Chance) []byte {
	var r TranslatePIN
	if !r.parse(body) {
		return refuse(dst, CodeMalformed)
	}
	t, err := ops.TranslatePIN(r, chance)
	if err != nil {
		return refuse(dst, codeOf(err))
	}
	return append(append(dst, KindTranslatePIN|KindAnswer), t.Block[:]...)
}

func openAccount(dst []byte, ops Operations, body []byte) []byte {
	var r OpenAccount
	if !r.parse(body) {
		return refuse(dst, CodeMalformed)
	}
	a, err := ops.OpenAccount(r)
	if err != nil {
		return refuse(dst, codeOf(err))
	}
	out, err := appendSlice(append(dst, KindOpenAccount|KindAnswer), a.Data, MaxSealed)
	if err != nil {
		return refuse(dst, CodeInternal)
	}
	return out
}

func macVerify(dst []byte, ops Operations, body []byte) []byte {
	var r MACVerify
	if !r.parse(body) {
		return refuse(dst, CodeMalformed)
	}
	if _, err := ops.MACVerify(r); err != nil {
		return refuse(dst, codeOf(err))
	}
	return append(dst, KindMACVerify|KindAnswer)
}

func macGenerate(dst []byte, ops Operations, body []byte) []byte {
	var r MACGenerate
	if !r.parse(body) {
		return refuse(dst, CodeMalformed)
	}
	m, err := ops.MACGenerate(r)
	if err != nil {
		return refuse(dst, codeOf(err))
	}
	return append(append(dst, KindMACGenerate|KindAnswer), m.MAC[:]...)
}
