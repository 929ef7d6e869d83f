package entitlement

// What an application may have at most, and what it has without asking.
const (
	// MaxPages bounds what a manifest may ask for. The kernel's arenas have the usual
	// 128 pages (8 MiB), which hold a Go module: one was measured at 6.5 MiB after 200
	// calls.
	MaxPages   = 256
	usualPages = 128
	// MaxStorage is a thousandth of a small flash memory.
	MaxStorage   = 4 << 20
	usualStorage = 64 << 10
	// MaxDeadline keeps a call that hangs shorter than a merchant's patience. The
	// slowest call of the payment application was measured at some milliseconds.
	MaxDeadline   = 2000
	usualDeadline = 500
	// MaxCalls bounds what the app world asks of one application.
	MaxCalls   = 200
	usualCalls = 20
	// MaxCPU is half of one processor: two applications at their limit leave one of
	// two processors to payments.
	MaxCPU   = 500
	usualCPU = 200
	// MaxKeys is what the services hold for one owner.
	MaxKeys   = 32
	usualKeys = 8
)
