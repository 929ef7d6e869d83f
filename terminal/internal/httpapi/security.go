package httpapi

import (
	"net/http"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/session"
)

// securityView is what is in force, in the secure world's own words. It has no
// room for a key.
type securityView struct {
	Environment      string                   `json:"environment"`
	Isolation        payment.Isolation        `json:"isolation"`
	Accelerator      payment.Accelerator      `json:"accelerator"` // of a virtual machine: emulated or kvm
	MemoryProtection payment.MemoryProtection `json:"memory_protection"`
	StorageRoot      payment.StorageRoot      `json:"storage_root"`
	Attestation      string                   `json:"attestation"`     // tpm or self_reported
	AppMeasurement   string                   `json:"app_measurement"` // measured or none
	PreemptionOff    bool                     `json:"preemption_off"`
	FIPS140          bool                     `json:"fips_140"`
	FIPS140Mode      string                   `json:"fips_140_mode"`   // off, on, only: what is not approved is refused
	FIPS140Module    payment.FIPSModule       `json:"fips_140_module"` // its version
	LandlockABI      uint8                    `json:"landlock_abi"`
	Layers           layersView               `json:"layers"`
	KernelVersion    uint32                   `json:"kernel_version"`
	KernelStarts     uint32                   `json:"kernel_starts"`
	Measurements     measurements             `json:"measurements"`
	Parameters       parametersView           `json:"parameters"`
	Journal          journalView              `json:"journal"`
	HostKeysLeft     uint32                   `json:"host_keys_left"`
	Counters         counters                 `json:"counters"`
	Transport        string                   `json:"transport"` // of the mailbox: ring or socket
	TransportReason  session.Reason           `json:"transport_reason"`
	Notes            []string                 `json:"notes"` // what is weaker than it can be, and what is not claimed
}

type layersView struct {
	OwnUser          bool `json:"own_user"`
	UserNamespace    bool `json:"user_namespace"`
	PIDNamespace     bool `json:"pid_namespace"`
	MountNamespace   bool `json:"mount_namespace"`
	NetworkNamespace bool `json:"network_namespace"`
	IPCNamespace     bool `json:"ipc_namespace"`
	EmptyRoot        bool `json:"empty_root"`
	NoCapabilities   bool `json:"no_capabilities"`
	NoNewPrivileges  bool `json:"no_new_privileges"`
	Landlock         bool `json:"landlock"`
	Seccomp          bool `json:"seccomp"`
	NotDumpable      bool `json:"not_dumpable"`
	NoCore           bool `json:"no_core"`
}

type measurements struct {
	Boot    payment.Digest `json:"boot"`
	Kernel  payment.Digest `json:"kernel"`
	Payment payment.Digest `json:"payment"`
	App     payment.Digest `json:"app"`
	System  payment.Digest `json:"system"` // of a virtual machine
}

// parametersView names the signed parameters in force.
type parametersView struct {
	Version uint32         `json:"version"`
	Digest  payment.Digest `json:"digest"`
}

type journalView struct {
	Head   payment.Digest `json:"head"`
	Length payment.Count  `json:"length"`
}

type counters struct {
	FramesRefused    payment.Count `json:"frames_refused"`
	EnvelopesRefused payment.Count `json:"envelopes_refused"`
	LateAnswers      payment.Count `json:"late_answers"`
	BadMACs          payment.Count `json:"bad_macs"`
}

func (a *api) security(w http.ResponseWriter, r *http.Request) {
	d, err := a.cfg.Lane.Describe()
	if err != nil {
		a.fail(w, r, err)
		return
	}
	v, t := securityOf(d, a.cfg.Environment), a.cfg.Transport()
	v.Transport, v.TransportReason = word(t.Ring, "ring", "socket"), t.Reason
	answer(w, http.StatusOK, v)
}

func securityOf(d mailbox.Description, environment string) securityView {
	return securityView{Environment: environment, Isolation: d.Isolation, Accelerator: d.Accelerator,
		MemoryProtection: d.MemoryProtection, StorageRoot: d.StorageRoot,
		Attestation:    word(d.AttestedByTPM, "tpm", "self_reported"),
		AppMeasurement: word(d.AppMeasured, "measured", "none"),
		PreemptionOff:  d.PreemptionOff, FIPS140: d.FIPS, FIPS140Mode: fipsMode(d), FIPS140Module: d.FIPSModule, LandlockABI: d.LandlockABI,
		Layers: layersView(d.Layers), KernelVersion: d.KernelVersion, KernelStarts: d.KernelStarts,
		Measurements: measurements{d.BootDigest, d.KernelDigest, d.PaymentDigest, d.AppDigest, d.SystemDigest},
		Parameters:   parametersView{d.ParametersVersion, d.ParametersDigest},
		Journal:      journalView{d.JournalHead, d.JournalLength}, HostKeysLeft: d.HostKeysLeft,
		Counters: counters{d.FramesRefused, d.EnvelopesRefused, d.LateAnswers, d.BadMACs},
		Notes:    notesOn(d, environment)}
}

// notesOn never lets a good word stand alone: what is missing is said beside it.
func notesOn(d mailbox.Description, environment string) []string {
	notes := []string{"not_pci_listed"}
	add := func(condition bool, note string) {
		if condition {
			notes = append(notes, note)
		}
	}
	add(environment == "demo", "test_keys")
	add(d.MemoryProtection != payment.MemoryProtectionSecret, "memory_readable_by_root")
	add(d.Isolation == payment.IsolationNone, "not_isolated")
	add(d.Isolation == payment.IsolationProcess, "root_that_injects_code_is_not_stopped")
	add(d.Isolation == payment.IsolationVM, "root_that_reads_guest_memory_is_not_stopped")
	add(d.StorageRoot == payment.StorageRootFile || d.StorageRoot == payment.StorageRootNone, "storage_opens_to_root")
	add(d.HostKeysLeft < mailbox.LowKeys, "host_keys_low")
	add(!d.AttestedByTPM, "self_reported")
	add(!d.AppMeasured, "app_not_measured")
	return notes
}

func fipsMode(d mailbox.Description) string {
	if d.FIPSEnforced {
		return "only"
	}
	return word(d.FIPS, "on", "off")
}

func word(condition bool, yes, no string) string {
	if condition {
		return yes
	}
	return no
}
