package mailbox

import "github.com/strongroom-pos/strongroom/secureworld/payment"

// Kinds of trusted applications. They lie in 20 to 2f.
const (
	KindInvoke  byte = 0x20
	KindInspect byte = 0x21
)

// Invoke asks a trusted application to do one of its operations. What the bytes
// mean is between the app world and that application. One that may see account data
// cannot be asked, and operations from 80000000 on are the kernel's alone.
type Invoke struct {
	Application Opaque `max:"32"` // its name
	Operation   uint32
	Request     Opaque `max:"4096"`
}

// Invoked answers Invoke. Code is 0, or the application's own reason of refusal,
// 1 to 999; then there is no answer.
type Invoked struct {
	Code   uint16
	Answer Opaque `max:"4096"`
}

// Inspect asks for the application at a place, counted from 0.
type Inspect struct{ Index uint8 }

// Inspected answers Inspect. Present is false behind the last application.
type Inspected struct {
	Present     bool
	Name        Opaque `max:"32"`
	Version     payment.Count
	Digest      payment.Digest // SHA-256 of its module
	Permissions uint8          // bits of package entitlement
	State       ApplicationState
	Reason      ApplicationReason
	Failures    uint8                    // in a row
	Interpreted bool                     // until the kernel's next start
	Memory      payment.MemoryProtection // of its memory, as it is
}

// ApplicationState is how an application stands.
type ApplicationState uint8

// States of an application.
const (
	ApplicationRuns     ApplicationState = iota
	ApplicationWaits                     // it failed, and is started again after a pause
	ApplicationDisabled                  // it failed too often, until an update or the next start
	applicationStateEnd
)

// Valid reports whether s is a known state.
func (s ApplicationState) Valid() bool { return s < applicationStateEnd }

// String names the state.
func (s ApplicationState) String() string {
	return [...]string{"runs", "waits", "disabled", "unknown"}[min(s, applicationStateEnd)]
}

// ApplicationReason is why an application does not run.
type ApplicationReason uint8

// Reasons.
const (
	ApplicationFine    ApplicationReason = iota
	ApplicationHung                      // it missed its deadline
	ApplicationCrashed                   // it trapped or ended itself
	ApplicationStart                     // it did not start
	ApplicationStorage                   // its space cannot be opened
	applicationReasonEnd
)

// Valid reports whether r is a known reason.
func (r ApplicationReason) Valid() bool { return r < applicationReasonEnd }

// String names the reason.
func (r ApplicationReason) String() string {
	return [...]string{"none", "missed its deadline", "crashed", "did not start", "storage", "unknown"}[min(r, applicationReasonEnd)]
}

// applicationMessages may have an Opaque too.
func applicationMessages() []any {
	return []any{Invoke{}, Invoked{}, Inspect{}, Inspected{}}
}

// Invoke asks a trusted application. code is the application's own refusal, or 0.
func (c *Client) Invoke(application string, operation uint32, request []byte) (answer []byte, code int, err error) {
	a, err := call[Invoked](c, KindInvoke, Invoke{Application: []byte(application), Operation: operation, Request: request})
	return a.Answer, int(a.Code), err
}

// Applications tells of every trusted application.
func (c *Client) Applications() ([]Inspected, error) {
	var all []Inspected
	for i := range uint8(255) {
		a, err := call[Inspected](c, KindInspect, Inspect{Index: i})
		if err != nil || !a.Present {
			return all, err
		}
		all = append(all, a)
	}
	return all, nil
}
