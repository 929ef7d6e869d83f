// Package call draws the host functions 128 to 131, with which a trusted
// application reaches the space of the trusted storage that is its own. Package
// tasdk/storage speaks it, and the kernel answers it.
//
// The request and the answer lie in the application's memory (package tasdk,
// sr_host):
//
//	fn           request                             answer
//	128  Get     name                                value
//	129  Put     length of name(1) ‖ name ‖ value    empty, and it is durable
//	130  Delete  name                                empty
//	131  List    empty                               length of name(1) ‖ name, for each
//
// A name has 1 to 48 letters, digits, dots, hyphens and underscores. Which space is
// meant is not the application's choice: it has one.
//
// Trusted applications and the kernel import it.
package call

// Host functions.
const (
	FnGet    uint32 = 128
	FnPut    uint32 = 129
	FnDelete uint32 = 130
	FnList   uint32 = 131
)

// Limits.
const (
	// MaxName leaves the storage's names room for what the kernel puts before.
	MaxName = 48
	// MaxValue is the storage's largest object.
	MaxValue = 16 << 10
	// MaxObjects bounds a List: 256 names fit into 12.25 KiB.
	MaxObjects = 256
	// MaxRequest is the longest Put.
	MaxRequest = 1 + MaxName + MaxValue
	// MaxAnswer is what Get and List need at most.
	MaxAnswer = MaxValue
)

// Code says why the kernel refused; 0 is success. They lie among the platform's
// codes of package tasdk, apart from its own.
type Code int32

// Codes of refusal.
const (
	OK               Code = 0
	CodeNotPermitted Code = -1201 // not in the application's manifest
	CodeMalformed    Code = -1202
	CodeNotFound     Code = -1203
	CodeTooLong      Code = -1204 // a value above its limit, or no room for the answer
	CodeQuota        Code = -1205
	CodeFailed       Code = -1206 // the storage fails, or what it holds was changed
)

// String names the code.
func (c Code) String() string {
	names := [...]string{"not permitted", "malformed", "not found", "too long", "quota", "failed"}
	if i := int(CodeNotPermitted - c); i >= 0 && i < len(names) {
		return names[i]
	}
	if c == OK {
		return "ok"
	}
	return "unknown"
}

// Error is the code as an error.
func (c Code) Error() string { return "trusted storage refused: " + c.String() }

// ValidName tells whether name is one.
func ValidName(name []byte) bool {
	if len(name) == 0 || len(name) > MaxName {
		return false
	}
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// AppendPut lays a Put's request out.
func AppendPut(dst []byte, name string, value []byte) []byte {
	return append(append(append(dst, byte(len(name))), name...), value...)
}

// ParsePut reads it. The value is a part of b.
func ParsePut(b []byte) (name, value []byte, ok bool) {
	if len(b) == 0 || len(b) > MaxRequest || int(b[0]) > len(b)-1 {
		return nil, nil, false
	}
	end := 1 + int(b[0])
	name, value = b[1:end], b[end:]
	return name, value, ValidName(name) && len(value) <= MaxValue
}

// ParseList reads a List's answer.
func ParseList(b []byte) (names []string, ok bool) {
	for len(b) > 0 {
		n := int(b[0])
		if n > len(b)-1 || !ValidName(b[1:1+n]) {
			return nil, false
		}
		names, b = append(names, string(b[1:1+n])), b[1+n:]
	}
	return names, true
}
