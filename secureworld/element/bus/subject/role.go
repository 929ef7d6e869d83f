package subject

// Kind is what a user of the bus is.
type Kind string

// Kinds.
const (
	MCU    Kind = "mcu"    // serves the subjects of its own group
	Client Kind = "client" // asks groups
	Keeper Kind = "centre" // keeps the registry and looks at every group
	Leaf   Kind = "leaf"   // the server of a branch, at the centre
	// Auditor asks groups as a client does, and says which are to be asked no more.
	Auditor Kind = "auditor"
)

// Role is a user of the bus.
type Role struct {
	Kind   Kind
	Name   string // tells users of one kind from each other
	Branch string // of an MCU and a leaf
	Group  string // of an MCU
}

// Valid checks the names that the role's kind needs.
func (r Role) Valid() bool {
	switch r.Kind {
	case MCU:
		return Valid(r.Name) && Valid(r.Branch) && Valid(r.Group)
	case Client, Keeper, Auditor:
		return Valid(r.Name)
	case Leaf:
		return Valid(r.Branch)
	}
	return false
}

// String is the role as one word.
func (r Role) String() string {
	switch r.Kind {
	case MCU:
		return "mcu-" + r.Branch + "-" + r.Group + "-" + r.Name
	case Leaf:
		return "leaf-" + r.Branch
	}
	return string(r.Kind) + "-" + r.Name
}

// Inbox is where answers to this role arrive.
func (r Role) Inbox() string { return "_INBOX." + r.String() }

// Permission is the subjects of a role. Publish and Subscribe are complete lists: what
// is not in them is refused.
type Permission struct {
	Publish, Subscribe []string
	Respond            bool // may answer, once, what it was asked
}

// Permission is the permit table of the bus.
func (r Role) Permission() Permission {
	own := []string{r.Inbox() + ".>"}
	switch r.Kind {
	case MCU:
		return Permission{
			Publish:   append(reading(Key(r.Branch, r.Group)), "$KV.groups."+Key(r.Branch, r.Group)),
			Subscribe: append(own, Group(r.Branch, r.Group, "*")),
			Respond:   true,
		}
	case Client:
		return Permission{Publish: asking(), Subscribe: own}
	case Auditor:
		return Permission{Publish: append(asking(), "$KV.groups."+suspected+">"), Subscribe: own}
	case Keeper:
		return Permission{
			Publish:   append(keeping(), Group("*", "*", Describe), Group("*", "*", View)),
			Subscribe: append(own, Centre),
			Respond:   true,
		}
	case Leaf:
		return Permission{
			Publish:   []string{"grp.>", "_INBOX.>", "$JS.*.API.>", "$JS.FC.>", Centre},
			Subscribe: []string{"grp." + r.Branch + ".>", "_INBOX.>", "$JS." + r.Branch + ".API.>", "$JS.FC.>"},
		}
	}
	return Permission{}
}

// reading is what reads one record.
func reading(key string) []string {
	return []string{
		"$JS.API.STREAM.INFO.KV_groups",
		"$JS.API.STREAM.MSG.GET.KV_groups",
		"$JS.API.DIRECT.GET.KV_groups.$KV.groups." + key,
	}
}

// watching is what follows a registry, of this branch or of another.
func watching() []string {
	var list []string
	for _, api := range []string{"$JS.API.", "$JS.*.API."} {
		list = append(list, api+"STREAM.INFO.KV_groups", api+"CONSUMER.CREATE.KV_groups.>",
			api+"CONSUMER.INFO.KV_groups.>", api+"CONSUMER.DELETE.KV_groups.>")
	}
	return append(list, "$JS.FC.KV_groups.>")
}

// asking is what finds groups and asks them.
func asking() []string {
	return append(watching(), Group("*", "*", Describe), Group("*", "*", Open), Group("*", "*", Ask), Centre)
}

// keeping is what makes a registry and changes any record in it.
func keeping() []string {
	return append(watching(),
		"$JS.API.INFO", "$JS.API.STREAM.CREATE.KV_groups", "$JS.API.STREAM.UPDATE.KV_groups",
		"$JS.API.STREAM.MSG.GET.KV_groups", "$JS.API.DIRECT.GET.KV_groups.>", "$KV.groups.>")
}
