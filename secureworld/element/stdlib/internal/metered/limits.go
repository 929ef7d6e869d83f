package metered

import "errors"

const (
	// Export is the name of the global with the fuel that is left.
	Export = "strongroom_fuel"
	// maxTable bounds a table's elements: Go's has one for each function, and eight bytes
	// are taken for each when a run begins.
	maxTable = 1 << 16
	// maxLocals bounds those of one function (wazero's own limit): more than one type of
	// them is declared by count.
	maxLocals = 50000
	// maxDepth bounds blocks within blocks, which are walked with a stack.
	maxDepth = 4096
	// perRange is how many bytes or elements of a range cost one unit, as a power of two.
	perRange = 3
	// perLocals is how many locals cost one unit, as a power of two.
	perLocals = 3
)

// ErrModule refuses a module: it is not one, or it has what no applet may have.
var ErrModule = errors.New("metered: not a module that may run")
