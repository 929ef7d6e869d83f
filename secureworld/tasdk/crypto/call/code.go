package call

// Code says why the kernel refused; 0 is success. They lie among the platform's
// codes of package tasdk, apart from its own.
type Code int32

// Codes of refusal.
const (
	OK               Code = 0
	CodeNotPermitted Code = -1101 // not in the application's manifest
	CodeNoKey        Code = -1102 // no such key of this owner; another's key looks alike
	CodeUsage        Code = -1103 // the key is not for this
	CodeAlgorithm    Code = -1104 // no such algorithm, or not for this
	CodeMalformed    Code = -1105 // the request, or a value in it
	CodeTooLong      Code = -1106 // a value above its limit, or no room for the answer
	CodeQuota        Code = -1107 // too many keys, names or uses
	CodeInvalid      Code = -1108 // does not verify, does not open
	CodeUntrusted    Code = -1109 // the certificate's chain, time or purpose
	CodeNotFound     Code = -1110 // no such name
	CodeExists       Code = -1111 // the label is taken
	CodeStorage      Code = -1112 // the storage fails, or there is none
	CodeFIPS         Code = -1113 // outside the FIPS 140-3 module, which is enforced
	CodeBusy         Code = -1114 // try again
	CodeInternal     Code = -1115
)

// Codes lists every refusal.
func Codes() []Code {
	var all []Code
	for c := CodeNotPermitted; c >= CodeInternal; c-- {
		all = append(all, c)
	}
	return all
}

// String names the code.
func (c Code) String() string {
	names := [...]string{"not permitted", "no such key", "usage", "algorithm", "malformed", "too long", "quota",
		"invalid", "untrusted", "not found", "exists", "storage", "fips", "busy", "internal"}
	if i := int(CodeNotPermitted - c); i >= 0 && i < len(names) {
		return names[i]
	}
	if c == OK {
		return "ok"
	}
	return "unknown"
}

// Error is the code as an error.
func (c Code) Error() string { return "cryptographic service refused: " + c.String() }
