package applets

const (
	// runs at once: each has up to applet.MaxPages of memory. Who comes later waits.
	maxRuns = 4
	// maxFloors bounds what is remembered of versions: some bytes for each applet that an
	// operator ever had here.
	maxFloors = 256
	// hostPrice is what asking the element costs in fuel, some derivations of keys; every
	// eight bytes cost one more.
	hostPrice = 2000
	perBytes  = 8
	// maxRandom bounds what a runtime may draw at once for itself.
	maxRandom = 1024
	// tick is what passes, in nanoseconds, whenever a runtime asks for the time: it is no
	// time, but who waits for it to pass does not wait for ever.
	tick = 1000
	// lastOwn is the highest code of an applet's own (package tasdk).
	lastOwn = 999
)
