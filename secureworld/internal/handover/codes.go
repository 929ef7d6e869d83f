package handover

import "strconv"

// HostFailure is why boot could not dial.
type HostFailure byte

// Reasons.
const (
	HostUnreachable HostFailure = 1
	HostTimeout     HostFailure = 2
	HostBusy        HostFailure = 3 // too many dials under way
)

func (f HostFailure) Error() string {
	switch f {
	case HostUnreachable:
		return "host unreachable"
	case HostTimeout:
		return "host did not answer in time"
	case HostBusy:
		return "too many dials under way"
	}
	return "host failed: code " + strconv.Itoa(int(f))
}

// Outcome is the kernel's answer to application and remove.
type Outcome byte

// Outcomes.
const (
	OutcomeDone         Outcome = 0
	OutcomeNotSupported Outcome = 1  // this kernel installs nothing while it runs
	OutcomeFull         Outcome = 2  // as many applications as it holds
	OutcomeUnknown      Outcome = 3  // no application of this name runs
	OutcomeFixed        Outcome = 4  // part of the kernel image: only an update changes it
	OutcomeNotStarted   Outcome = 5  // the module does not compile or start
	OutcomeDenied       Outcome = 6  // its permissions or quotas are not granted
	OutcomeUnusable     Outcome = 7  // the memory file is not what was announced
	OutcomeBusy         Outcome = 8  // a payment is under way, or a reversal pending
	OutcomeToken        Outcome = 9  // a key token that is not for this device now, or not of its host
	OutcomeLoaded       Outcome = 10 // the key is in use already, or was before
)

func (o Outcome) String() string {
	switch o {
	case OutcomeDone:
		return "done"
	case OutcomeNotSupported:
		return "not supported by this kernel"
	case OutcomeFull:
		return "no room for another application"
	case OutcomeUnknown:
		return "no application of this name"
	case OutcomeFixed:
		return "part of the kernel image"
	case OutcomeNotStarted:
		return "application did not start"
	case OutcomeDenied:
		return "permissions or quotas not granted"
	case OutcomeUnusable:
		return "application is not what was announced"
	}
	return o.ofKeys()
}

// ofKeys are the outcomes of remote key loading.
func (o Outcome) ofKeys() string {
	switch o {
	case OutcomeBusy:
		return "a payment is under way, or a reversal pending"
	case OutcomeToken:
		return "key token refused"
	case OutcomeLoaded:
		return "the key is in use, or was before"
	}
	return "outcome " + strconv.Itoa(int(o))
}

// Event is what the kernel may log through boot: a code and a number.
type Event uint16

// Events. Whoever writes a part of the kernel adds its own here.
const (
	EventStarted         Event = 1 // value: milliseconds since start
	EventSandbox         Event = 2 // a layer is missing; value: its number
	EventSecretMemory    Event = 3 // memfd_secret is not in force
	EventApplication     Event = 4 // an application did not start; value: its place
	EventStorage         Event = 5 // storage cannot be used; value: StorageFault
	EventProvisioning    Event = 6 // the configuration was refused
	EventRefusedPeer     Event = 7 // value: door
	EventHostLink        Event = 8 // value: HostFailure
	EventApplicationFell Event = 9 // a trusted application trapped, exited or was too slow
	EventFatal           Event = 10
	EventAppChanged      Event = 13 // a program at the mailbox changed; value: Verdict
	EventTampered        Event = 14 // the device was tampered with; value: Tampering
	EventGuarded         Event = 17 // the storage's root is protected in another way from now on; value: Protection
	EventStorageRecord   Event = 11 // a record of the storage was refused; value: StorageFault
	EventCompiled        Event = 15 // machine code was not kept, or not as it was given; applications are compiled anew
)

// Meaning is what the value of a logged event says, for people.
func (l Log) Meaning() any {
	if l.Event == EventStorage || l.Event == EventStorageRecord {
		return StorageFault(l.Value).String()
	}
	if l.Event == EventGuarded {
		return Protection(l.Value).String()
	}
	if l.Event == EventTampered {
		return Tampering(l.Value).String()
	}
	return l.Value
}

func (e Event) String() string {
	switch e {
	case EventStarted:
		return "started"
	case EventSandbox:
		return "sandbox layer missing"
	case EventSecretMemory:
		return "secret memory not in force"
	case EventApplication:
		return "trusted application did not start"
	case EventStorage:
		return "storage unusable"
	case EventProvisioning:
		return "configuration refused"
	case EventRefusedPeer:
		return "peer refused"
	case EventHostLink:
		return "host link"
	case EventApplicationFell:
		return "trusted application ended"
	case EventFatal:
		return "fatal"
	case EventAppChanged:
		return "app world changed, session ended"
	case EventTampered:
		return "tampered with: keys are erased"
	case EventGuarded:
		return "storage root protected in another way from now on"
	case EventStorageRecord:
		return "a record of the storage was refused"
	case EventCompiled:
		return "machine code of applications not kept or not usable"
	}
	return "event " + strconv.Itoa(int(e))
}
