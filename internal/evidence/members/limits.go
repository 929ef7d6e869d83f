package members

const (
	// maxInflated of one member: a log of some days. More would let a file of zeros
	// fill the memory.
	maxInflated = 8 << 20
	// maxMembers in one text: the magic numbers occur by chance too.
	maxMembers = 10_000
)
