package control

import "strconv"

// Place is where a kernel image lies.
type Place byte

// Places.
const (
	NoPlace Place = 0
	Factory Place = 1 // as the device came, or was installed anew
	SlotA   Place = 2
	SlotB   Place = 3
)

func (p Place) String() string {
	return spell(names{"none", "factory", "a", "b"}, byte(p), "place")
}

// State is how an image stands.
type State byte

// States.
const (
	Empty  State = 0
	Staged State = 1 // whole and verified, never ran
	Good   State = 2 // proved healthy once
	Bad    State = 3 // did not prove healthy, or does not verify
)

func (s State) String() string {
	return spell(names{"empty", "staged", "good", "bad"}, byte(s), "state")
}

// Strength is how well the anti-rollback counter resists.
type Strength byte

// Strengths.
const (
	StrengthFile Strength = 1 // root can put an older file back
	StrengthTPM  Strength = 2
)

func (s Strength) String() string {
	return spell(names{"unknown", "file", "tpm"}, byte(s), "strength")
}

// Kind is what is begun.
type Kind byte

// Kinds.
const (
	KindImage       Kind = 1
	KindApplication Kind = 2
	KindLicence     Kind = 3
)

// Role is what a file is for.
type Role byte

// Roles.
const (
	RoleKernel           Role = 1
	RoleManifest         Role = 2
	RoleLicence          Role = 3
	RoleModule           Role = 4
	RoleStatement        Role = 5
	RoleCountersignature Role = 6
)

// named tells which files belong to an application.
func (r Role) named() bool { return r >= RoleModule }

// Origin is where an application comes from.
type Origin byte

// Origins.
const (
	OriginImage     Origin = 1 // part of the kernel image
	OriginInstalled Origin = 2 // installed by the operator
)

func (o Origin) String() string {
	return spell(names{"unknown", "image", "installed"}, byte(o), "origin")
}

// Event is one line of the history.
type Event byte

// Events.
const (
	EventStaged    Event = 1
	EventActivated Event = 2
	EventProved    Event = 3 // healthy: from now on in place of the former
	EventFellBack  Event = 4
	EventRefused   Event = 5
	EventLicence   Event = 6 // another licence for the app world
	EventInstalled Event = 7
	EventRemoved   Event = 8
)

func (e Event) String() string {
	return spell(names{"nothing", "staged", "activated", "proved healthy", "fell back", "refused",
		"licence replaced", "application installed", "application removed"}, byte(e), "event")
}

// names of a closed type, by value.
type names []string

func spell(n names, v byte, kind string) string {
	if int(v) < len(n) {
		return n[v]
	}
	return kind + " " + strconv.Itoa(int(v))
}
