package control

// Reason is why something was refused, or why a kernel was given up. None of
// them quotes what was refused.
type Reason byte

// Reasons.
const (
	Accepted             Reason = 0
	ReasonOlder          Reason = 1
	ReasonSignature      Reason = 2
	ReasonKernel         Reason = 3
	ReasonApplication    Reason = 4
	ReasonForm           Reason = 5
	ReasonLicence        Reason = 6
	ReasonDevice         Reason = 7
	ReasonTime           Reason = 8
	ReasonNotHealthy     Reason = 9
	ReasonEnded          Reason = 10
	ReasonDisk           Reason = 11
	ReasonBusy           Reason = 12
	ReasonNothing        Reason = 13
	ReasonKernelDeclined Reason = 14
	ReasonFull           Reason = 15
	ReasonFixed          Reason = 16
	ReasonSealed         Reason = 17
	ReasonRepeated       Reason = 18
	ReasonNotKept        Reason = 19
	ReasonCustomer       Reason = 20
	ReasonDenied         Reason = 21
	ReasonUnderWay       Reason = 22
	ReasonToken          Reason = 23
	ReasonKnownKey       Reason = 24
	ReasonNoLoading      Reason = 25
	ReasonNoKernel       Reason = 26
)

func (r Reason) String() string {
	return spell(names{
		"accepted",
		"older than the oldest version permitted",
		"signature does not verify",
		"kernel is not the one that was signed",
		"application is not the one that was signed",
		"incomplete or malformed",
		"no licence covers it",
		"made for another device",
		"a signature's or licence's time is over, or has not come",
		"did not become healthy in time",
		"ended before it proved healthy",
		"storage failed",
		"another update is being tried",
		"there is none",
		"the kernel declined it",
		"no room for more",
		"part of the kernel image",
		"not a sealed memory file",
		"given twice, or too many files",
		"this device keeps no updates",
		"made for another customer",
		"it asks for what it is not granted, or the customer has not countersigned",
		"a payment is under way, or a reversal pending",
		"the key token is not of this device's key distribution host, or does not answer its last challenge",
		"the key is in use already, or was before",
		"this device takes no keys from afar",
		"no kernel serves, or it did not answer",
	}, byte(r), "reason")
}

// Error makes a reason an error of whoever asked.
func (r Reason) Error() string { return "refused: " + r.String() }
