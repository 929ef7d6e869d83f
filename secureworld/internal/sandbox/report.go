package sandbox

import "strconv"

// Layer is one thing that stands between the kernel and the machine. Its number
// is its bit in InForce and Missing.
type Layer uint

// Layers.
const (
	UserNamespace Layer = iota
	PIDNamespace
	MountNamespace
	NetworkNamespace
	IPCNamespace
	UTSNamespace
	CgroupNamespace
	OwnRoot
	NoCore
	NotDumpable
	Landlock
	OwnUser
	NoCapabilities
	NoNewPrivileges
	Seccomp
	layers
)

func (l Layer) String() string {
	names := [...]string{
		"user namespace", "pid namespace", "mount namespace", "network namespace", "ipc namespace", "uts namespace",
		"cgroup namespace", "own root", "no core", "not dumpable", "landlock", "own user", "no capabilities",
		"no new privileges", "seccomp",
	}
	if l >= layers {
		return "layer " + strconv.Itoa(int(l))
	}
	return names[l]
}

// State of one layer.
type State struct {
	Layer   Layer
	InForce bool
	// Why says why it is not in force, or how far it is.
	Why string
}

// Report lists every layer.
type Report struct {
	States      []State
	LandlockABI int
}

func (r *Report) set(l Layer, inForce bool, why string) {
	r.States = append(r.States, State{l, inForce, why})
}

// InForce has bit 1<<layer for each layer in force.
func (r Report) InForce() uint32 { return r.mask(true) }

// Missing has bit 1<<layer for each layer that is not.
func (r Report) Missing() uint32 { return r.mask(false) }

func (r Report) mask(inForce bool) (mask uint32) {
	for _, s := range r.States {
		if s.InForce == inForce {
			mask |= 1 << s.Layer
		}
	}
	return mask
}

// Names lists the layers of a mask.
func Names(mask uint32) (names []string) {
	for l := range layers {
		if mask&(1<<l) != 0 {
			names = append(names, l.String())
		}
	}
	return names
}
