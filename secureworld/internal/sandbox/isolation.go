package sandbox

import "os"

// IsolationVariable is the environment variable in which whoever starts the kernel
// tells it at which level that is: nothing for a process of the machine itself, or
// one of the levels below.
const IsolationVariable = "STRONGROOM_ISOLATION"

// Levels of a kernel in a virtual machine; the second word is its processor.
const (
	IsolationVMEmulated = "vm emulated"
	IsolationVMKVM      = "vm kvm"
)

// Isolation is what this process was told.
func Isolation() string { return os.Getenv(IsolationVariable) }
