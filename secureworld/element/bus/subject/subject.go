// Package subject names what is said on the bus between groups of secure elements, and
// who may say it. It is text alone and links no NATS: a server holds its users to the
// same words that they use.
//
//	grp.<branch>.<group>.<verb>   a request to a group: describe, open, ask, view
//	centre.view                   a request for the pictures of all groups
//	_INBOX.<role>.…               answers, to that role alone
//	$KV.groups.<branch>.<group>   the group's record in its branch's registry
//	$KV.groups.suspected.<branch>.<group>   what an auditor found out about it
//
// Packages bus and its inner parts import it. It must never hold a key.
package subject

import "strings"

// Verbs of a group; each is a request of package overseer/door.
const (
	Describe = "describe"
	Open     = "open"
	Ask      = "ask"
	View     = "view"
)

const (
	// Bucket is the registry of a branch: a key and value store of JetStream.
	Bucket = "groups"
	// Centre is where the pictures of all groups are asked for.
	Centre = "centre.view"
	// Queue is what the MCUs of one group share.
	Queue = "mcu"
	// MaxName bounds the name of a branch, a group or a role.
	MaxName = 32
)

// Group is the subject of a request to a group.
func Group(branch, group, verb string) string {
	return "grp." + branch + "." + group + "." + verb
}

// Verb is the last word of a request's subject.
func Verb(subject string) string { return subject[strings.LastIndexByte(subject, '.')+1:] }

// Key is a group's key in a registry.
func Key(branch, group string) string { return branch + "." + group }

// suspected begins the key of a suspicion, which has three words.
const suspected = "suspected."

// Suspected is the key of a group's suspicion in a registry.
func Suspected(branch, group string) string { return suspected + Key(branch, group) }

// ParseSuspected takes such a key apart.
func ParseSuspected(key string) (branch, group string, ok bool) {
	rest, ok := strings.CutPrefix(key, suspected)
	if !ok {
		return "", "", false
	}
	return ParseKey(rest)
}

// ParseKey takes a key apart.
func ParseKey(key string) (branch, group string, ok bool) {
	branch, group, ok = strings.Cut(key, ".")
	return branch, group, ok && Valid(branch) && Valid(group)
}

// Valid tells whether a name is one word of lower-case letters, digits and hyphens: no
// wildcard and no dot, with which it would reach beyond its own subjects.
func Valid(name string) bool {
	if name == "" || len(name) > MaxName {
		return false
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
